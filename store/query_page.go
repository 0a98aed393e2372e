package store

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// MaxLimit is the greatest page that Find returns.
const MaxLimit = 1000

// Page is a checked Query: how its index serves it, and where it begins.
type Page struct {
	Filter Filter
	Plan   Plan
	After  []bson.RawValue // one for each field of the full sort; nil: from the start
}

// PlanPage checks a query and plans it. A query without a sort comes in the order of
// _id where its index has that order, and in the index's order otherwise, which
// cannot be paged. It returns ErrUnsupported.
func PlanPage(index Index, multikey Multikey, query Query) (Page, error) {
	if query.Limit < 1 || query.Limit > MaxLimit {
		return Page{}, unsupported("a page of %d documents", query.Limit)
	}
	for _, field := range query.Fields {
		if parts, err := checkPath(field); err != nil || len(parts) > 1 {
			return Page{}, unsupported("the field %q of a page", field)
		}
	}
	filter, err := ParseFilter(query.Filter)
	if err != nil {
		return Page{}, err
	}
	sort := query.Sort
	if len(sort) == 0 {
		sort = bson.D{}
	}
	plan, err := PlanQuery(index, multikey, filter, sort)
	if err != nil && len(sort) == 0 && query.After == nil {
		plan, err = PlanQuery(index, multikey, filter, nil)
	}
	if err != nil {
		return Page{}, err
	}
	after, err := encodeAfter(query.After, len(FullSort(sort)))
	return Page{Filter: filter, Plan: plan, After: after}, err
}

// PlanGroup checks a GroupQuery and plans how its documents are found. It returns
// ErrUnsupported.
func PlanGroup(index Index, multikey Multikey, query GroupQuery) (Plan, error) {
	for _, path := range append([]string{query.By}, query.Sums...) {
		if _, err := checkPath(path); err != nil {
			return Plan{}, err
		}
	}
	filter, err := ParseFilter(query.Filter)
	if err != nil {
		return Plan{}, err
	}
	return PlanQuery(index, multikey, filter, nil)
}

func encodeAfter(after bson.A, fields int) ([]bson.RawValue, error) {
	if after == nil {
		return nil, nil
	}
	raw, err := encode(bson.D{{Key: "after", Value: after}})
	if err != nil {
		return nil, fmt.Errorf("encoding where a page begins: %w", err)
	}
	value := raw.Lookup("after")
	if err := checkValue(value, 0); err != nil {
		return nil, err
	}
	values, err := arrayOperand("After", value)
	if err != nil {
		return nil, err
	}
	if len(values) != fields {
		return nil, unsupported("a page after %d values for %d fields of the sort", len(values), fields)
	}
	if slices.ContainsFunc(values[:fields-1], isArray) {
		return nil, unsupported("a page after an array")
	}
	if values[fields-1].Type != bson.TypeString {
		return nil, unsupported("a page after an _id of type %s", values[fields-1].Type)
	}
	return values, nil
}

// CheckIndexes returns ErrUnsupported for a declaration that an engine could not
// hold to: no keys, a key twice, a number in a path, an _id that is not the last key.
func CheckIndexes(indexes []Index) error {
	type name struct{ collection, index string }
	seen := map[name]bool{}
	for _, index := range indexes {
		id := name{index.Collection, index.Name}
		switch {
		case index.Collection == "" || index.Name == "" || index.Name == PrimaryIndex || len(index.Keys) == 0:
			return unsupported("the declaration of the index %q", index.Name)
		case seen[id]:
			return unsupported("the index %s of %s is declared twice", index.Name, index.Collection)
		}
		seen[id] = true
		keys := map[string]bool{}
		for i, key := range index.Keys {
			parts, err := checkPath(key.Key)
			if err != nil {
				return err
			}
			for _, part := range parts {
				if part[0] >= '0' && part[0] <= '9' {
					return unsupported("the key %s of the index %s", key.Key, index.Name)
				}
			}
			if keys[key.Key] || key.Key == "_id" && (i == 0 || i < len(index.Keys)-1) {
				return unsupported("the key %s of the index %s", key.Key, index.Name)
			}
			keys[key.Key] = true
			if _, err := Direction(key.Value); err != nil {
				return err
			}
		}
	}
	return nil
}
