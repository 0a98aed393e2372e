package embedded

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// Group counts the matching documents by the value of a field.
func (db *DB) Group(ctx context.Context, collection string, query store.GroupQuery) ([]store.GroupRow, error) {
	of, i, err := db.index(collection, query.Index)
	if err != nil {
		return nil, err
	}
	plan, err := store.PlanGroup(i.Index, i.multikey, query)
	if err != nil || of == nil {
		return nil, err
	}
	g := grouping{by: strings.Split(query.By, "."), rows: map[string]*store.GroupRow{}}
	for _, sum := range query.Sums {
		g.sums = append(g.sums, strings.Split(sum, "."))
	}
	g.names = query.Sums
	err = db.readers.do(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			return newScan(of, i, plan, nil).each(ctx, c, func(r row) (bool, error) {
				g.add(r.body)
				return true, nil
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("grouping %s: %w", collection, err)
	}
	return g.sorted(), nil
}

type grouping struct {
	by    []string
	sums  [][]string
	names []string
	rows  map[string]*store.GroupRow // by the key of their value
}

func (g *grouping) add(document []byte) {
	unwind(document, g.by, func(v value) {
		key := appendKey(nil, v)
		row := g.rows[string(key)]
		if row == nil {
			if isMissing(v) {
				v = value{Type: bson.TypeNull}
			}
			v.Value = slices.Clone(v.Value)
			row = &store.GroupRow{Value: v}
			if len(g.names) > 0 {
				row.Sums = make(map[string]float64, len(g.names))
				for _, name := range g.names {
					row.Sums[name] = 0
				}
			}
			g.rows[string(key)] = row
		}
		row.Count++
		for at, parts := range g.sums {
			if n := plainField(document, parts); isNumber(n) {
				row.Sums[g.names[at]] += floatOf(n)
			}
		}
	})
}

// unwind hands over the value that the path reaches, for each element of the arrays on it.
func unwind(document []byte, parts []string, visit func(value)) {
	v := field(document, parts[0])
	if !isArray(v) || isEmpty(v) {
		if isArray(v) {
			v = missing
		}
		unwindRest(v, parts[1:], visit)
		return
	}
	for item := range items(v) {
		unwindRest(item, parts[1:], visit)
	}
}

func unwindRest(v value, rest []string, visit func(value)) {
	switch {
	case len(rest) == 0:
		visit(v)
	case isDocument(v):
		unwind(v.Value, rest, visit)
	default:
		visit(missing)
	}
}

// plainField follows a path through documents alone.
func plainField(document []byte, parts []string) value {
	v := field(document, parts[0])
	for _, part := range parts[1:] {
		if !isDocument(v) {
			return missing
		}
		v = field(v.Value, part)
	}
	return v
}

func (g *grouping) sorted() []store.GroupRow {
	keys := make([]string, 0, len(g.rows))
	for key := range g.rows {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	rows := make([]store.GroupRow, len(keys))
	for at, key := range keys {
		rows[at] = *g.rows[key]
	}
	return rows
}
