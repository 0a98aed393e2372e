package storetest

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// group is a store.GroupRow that can be compared.
type group struct {
	Value string
	Count int64
	Sums  map[string]float64
}

func testGroups(t *testing.T, c contract) {
	b := newBench(t, c, store.Index{Name: "scopes_state", Keys: d("scopes", 1, "state", 1)})
	b.put(
		d("_id", "1", "scopes", a("x", "y"), "state", "open", "hours", 1.5, "in", d("n", 1, "k", "p"), "at", noon),
		d("_id", "2", "scopes", a("x"), "state", "open", "hours", 2, "in", d("n", int64(2), "k", "q"), "at", noon),
		d("_id", "3", "scopes", a("x"), "state", "done", "hours", "many", "in", 7),
		d("_id", "4", "scopes", a("y"), "state", nil, "rank", 1),
		d("_id", "5", "scopes", a(), "rank", 1.0, "hours", int64(4)),
	)
	for _, row := range []struct {
		name  string
		query store.GroupQuery
		want  []group
	}{
		{
			"by a field, with sums",
			store.GroupQuery{Index: "scopes_state", Filter: d("scopes", "x"), By: "state", Sums: []string{"hours", "in.n", "none"}},
			[]group{
				{`"done"`, 1, map[string]float64{"hours": 0, "in.n": 0, "none": 0}},
				{`"open"`, 2, map[string]float64{"hours": 3.5, "in.n": 3, "none": 0}},
			},
		},
		{
			"null and missing are one, before the others",
			store.GroupQuery{Index: "_id_", By: "state"},
			[]group{{`null`, 2, nil}, {`"done"`, 1, nil}, {`"open"`, 2, nil}},
		},
		{
			"a list counts under each of its elements, an empty one under null",
			store.GroupQuery{Index: "_id_", By: "scopes", Sums: []string{"hours"}},
			[]group{
				{`null`, 1, map[string]float64{"hours": 4}},
				{`"x"`, 3, map[string]float64{"hours": 3.5}},
				{`"y"`, 2, map[string]float64{"hours": 1.5}},
			},
		},
		{
			"by a field inside",
			store.GroupQuery{Index: "_id_", By: "in.k"},
			[]group{{`null`, 3, nil}, {`"p"`, 1, nil}, {`"q"`, 1, nil}},
		},
		{
			"nothing matches",
			store.GroupQuery{Index: "scopes_state", Filter: d("scopes", "z"), By: "state"},
			[]group{},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := b.on(t)
			rows, err := b.Group(t.Context(), things, row.query)
			b.must(err)
			got := []group{}
			for _, one := range rows {
				got = append(got, group{one.Value.String(), one.Count, one.Sums})
			}
			b.same(row.want, got)
		})
	}
	t.Run("dates and numbers keep their type", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		rows, err := b.Group(t.Context(), things, store.GroupQuery{Index: "_id_", Filter: d("at", d("$exists", true)), By: "at"})
		b.must(err)
		if len(rows) != 1 || rows[0].Value.Type != bson.TypeDateTime || !rows[0].Value.Time().Equal(noon) {
			t.Errorf("got %v", rows)
		}
		rows, err = b.Group(t.Context(), things, store.GroupQuery{Index: "_id_", Filter: d("rank", 1), By: "rank"})
		b.must(err)
		if len(rows) != 1 || rows[0].Count != 2 {
			t.Errorf("1 and 1.0 are one value: got %v", rows)
		}
	})
	t.Run("a path that is none is refused", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		_, err := b.Group(t.Context(), things, store.GroupQuery{Index: "_id_", By: "$state"})
		b.refuses("by", err)
		_, err = b.Group(t.Context(), things, store.GroupQuery{Index: "_id_", By: "state", Sums: []string{""}})
		b.refuses("sum", err)
		_, err = b.Group(t.Context(), things, store.GroupQuery{Index: "none", By: "state"})
		b.refuses("index", err)
	})
}
