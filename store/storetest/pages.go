package storetest

import (
	"fmt"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"kezhi/store"
)

// queueEntry is a document with ties and gaps in what it is sorted by.
type queueEntry struct {
	ID       string   `bson:"_id"`
	Scopes   []string `bson:"scopes"`
	State    string   `bson:"state"`
	At       *int     `bson:"at,omitempty"`
	Priority int      `bson:"priority"`
	Note     string   `bson:"note"`
}

func (e queueEntry) after(fields ...string) bson.A {
	var values bson.A
	for _, field := range fields {
		switch field {
		case "at":
			if e.At == nil {
				values = append(values, nil)
			} else {
				values = append(values, *e.At)
			}
		case "priority":
			values = append(values, e.Priority)
		}
	}
	return append(values, e.ID)
}

func testPages(t *testing.T, c contract) {
	b := newBench(t, c,
		store.Index{Name: "queue", Keys: d("scopes", 1, "state", 1, "at", 1)},
		store.Index{Name: "ranked", Keys: d("state", 1, "priority", -1, "at", 1)},
	)
	var all []queueEntry
	for i := range 40 {
		e := queueEntry{ID: fmt.Sprintf("e%02d", i*7%40), Scopes: []string{"all", fmt.Sprint("team", i%3)}, State: "pending", Priority: i % 3, Note: "n"}
		if i%4 == 0 {
			e.State = "done"
		}
		if i%5 != 0 {
			at := i % 4
			e.At = &at
		}
		all = append(all, e)
		b.must(b.Insert(t.Context(), things, e))
	}
	at := func(e queueEntry) int {
		if e.At == nil {
			return -1
		}
		return *e.At
	}
	byAt := func(x, y queueEntry) int { return at(x) - at(y) }
	byID := func(x, y queueEntry) int {
		if x.ID < y.ID {
			return -1
		}
		return 1
	}

	for _, row := range []struct {
		name   string
		query  store.Query
		fields []string
		keep   func(queueEntry) bool
		orders []func(x, y queueEntry) int
	}{
		{
			"equality on a list and a state, oldest first",
			store.Query{Index: "queue", Filter: d("scopes", "team1", "state", "pending"), Sort: d("at", 1)},
			[]string{"at"},
			func(e queueEntry) bool { return slices.Contains(e.Scopes, "team1") && e.State == "pending" },
			[]func(x, y queueEntry) int{byAt, byID},
		},
		{
			"the same, newest first",
			store.Query{Index: "queue", Filter: d("scopes", "all", "state", "pending"), Sort: d("at", -1)},
			[]string{"at"},
			func(e queueEntry) bool { return e.State == "pending" },
			[]func(x, y queueEntry) int{func(x, y queueEntry) int { return -byAt(x, y) }, func(x, y queueEntry) int { return -byID(x, y) }},
		},
		{
			"several teams, each document once",
			store.Query{Index: "queue", Filter: d("scopes", d("$in", a("team2", "team1", "all")), "state", "pending"), Sort: d("at", 1)},
			[]string{"at"},
			func(e queueEntry) bool { return e.State == "pending" },
			[]func(x, y queueEntry) int{byAt, byID},
		},
		{
			"several teams and states, backwards",
			store.Query{Index: "queue", Filter: d("scopes", d("$in", a("team2", "team1")), "state", d("$in", a("done", "pending", "none"))), Sort: d("at", -1)},
			[]string{"at"},
			func(e queueEntry) bool { return !slices.Contains(e.Scopes, "team0") },
			[]func(x, y queueEntry) int{func(x, y queueEntry) int { return -byAt(x, y) }, func(x, y queueEntry) int { return -byID(x, y) }},
		},
		{
			"a range on what is sorted",
			store.Query{Index: "queue", Filter: d("scopes", "all", "state", "pending", "at", d("$gte", 1, "$lt", 3)), Sort: d("at", 1)},
			[]string{"at"},
			func(e queueEntry) bool { return e.State == "pending" && at(e) >= 1 && at(e) < 3 },
			[]func(x, y queueEntry) int{byAt, byID},
		},
		{
			"directions that differ",
			store.Query{Index: "ranked", Filter: d("state", "pending"), Sort: d("priority", -1, "at", 1)},
			[]string{"priority", "at"},
			func(e queueEntry) bool { return e.State == "pending" },
			[]func(x, y queueEntry) int{func(x, y queueEntry) int { return y.Priority - x.Priority }, byAt, byID},
		},
		{
			"directions that differ, turned around",
			store.Query{Index: "ranked", Filter: d("state", "pending"), Sort: d("priority", 1, "at", -1)},
			[]string{"priority", "at"},
			func(e queueEntry) bool { return e.State == "pending" },
			[]func(x, y queueEntry) int{func(x, y queueEntry) int { return x.Priority - y.Priority }, func(x, y queueEntry) int { return -byAt(x, y) }, func(x, y queueEntry) int { return -byID(x, y) }},
		},
		{
			"a condition that the index does not know",
			store.Query{Index: "queue", Filter: d("scopes", "all", "state", "pending", "priority", 1), Sort: d("at", 1)},
			[]string{"at"},
			func(e queueEntry) bool { return e.State == "pending" && e.Priority == 1 },
			[]func(x, y queueEntry) int{byAt, byID},
		},
		{
			"by _id",
			store.Query{Index: "_id_", Filter: d("state", "done")},
			nil,
			func(e queueEntry) bool { return e.State == "done" },
			[]func(x, y queueEntry) int{byID},
		},
		{
			"by _id, backwards",
			store.Query{Index: "_id_", Sort: d("_id", -1)},
			nil,
			func(queueEntry) bool { return true },
			[]func(x, y queueEntry) int{func(x, y queueEntry) int { return -byID(x, y) }},
		},
		{
			"by _id after equality on all keys",
			store.Query{Index: "queue", Filter: d("scopes", "all", "state", "pending", "at", 2)},
			nil,
			func(e queueEntry) bool { return e.State == "pending" && at(e) == 2 },
			[]func(x, y queueEntry) int{byID},
		},
	} {
		want := []string{}
		for _, e := range sortedBy(all, row.orders) {
			if row.keep(e) {
				want = append(want, e.ID)
			}
		}
		if len(want) < 3 {
			t.Fatalf("%s: the case is about nothing", row.name)
		}
		for _, size := range []int{1, 3, 7, 100} {
			t.Run(fmt.Sprintf("%s, %d a page", row.name, size), func(t *testing.T) {
				t.Parallel()
				b := b.on(t)
				got := []string{}
				query := row.query
				query.Limit = size
				for {
					var page []queueEntry
					b.must(b.Find(t.Context(), things, query, &page))
					for _, e := range page {
						got = append(got, e.ID)
					}
					if len(page) < size || len(got) > 2*len(all) {
						break
					}
					query.After = page[len(page)-1].after(row.fields...)
				}
				b.same(want, got)
			})
		}
	}
	t.Run("a page may begin after what is not there any more", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.same([]string{"e01", "e02"}, b.ids(store.Query{Index: "_id_", After: a("e00z"), Limit: 2}))
		b.same([]string{}, b.ids(store.Query{Index: "_id_", After: a("z")}))
	})
	t.Run("a page of some fields has the _id and no others", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		var found []bson.M
		b.must(b.Find(t.Context(), things, store.Query{Index: "_id_", Filter: d("_id", "e00"), Fields: []string{"state", "none"}, Limit: 1}, &found))
		b.same([]bson.M{{"_id": "e00", "state": "done"}}, found)
	})
	t.Run("a page of nothing is empty", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		found := []bson.M{{"left": "over"}}
		b.must(b.Find(t.Context(), things, store.Query{Index: "_id_", Filter: d("_id", "nobody"), Limit: 1}, &found))
		b.same(0, len(found))
		b.must(b.Find(t.Context(), "nowhere", store.Query{Index: "_id_", Limit: 1}, &found))
		b.same(0, len(found))
		count, err := b.Count(t.Context(), "nowhere", "_id_", nil)
		b.must(err)
		b.same(int64(0), count)
	})
	t.Run("pages during inserts miss nobody who was there", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c, store.Index{Name: "at", Keys: d("at", 1)})
		for i := range 30 {
			b.put(d("_id", fmt.Sprintf("old%02d", i), "at", i/3))
		}
		var inserts errgroup.Group
		inserts.Go(func() error {
			for i := range 60 {
				if err := b.Insert(t.Context(), things, d("_id", fmt.Sprintf("new%02d", i), "at", i%10)); err != nil {
					return err
				}
			}
			return nil
		})
		seen := map[string]int{}
		var after bson.A
		for {
			var page []struct {
				ID string `bson:"_id"`
				At int
			}
			b.must(b.Find(t.Context(), things, store.Query{Index: "at", Sort: d("at", 1), After: after, Limit: 4}, &page))
			for _, e := range page {
				seen[e.ID]++
			}
			if len(page) < 4 {
				break
			}
			after = a(page[3].At, page[3].ID)
		}
		b.must(inserts.Wait())
		for i := range 30 {
			if id := fmt.Sprintf("old%02d", i); seen[id] != 1 {
				t.Errorf("%s was seen %d times", id, seen[id])
			}
		}
	})
}

func sortedBy(all []queueEntry, orders []func(x, y queueEntry) int) []queueEntry {
	return slices.SortedFunc(slices.Values(all), func(x, y queueEntry) int {
		for _, order := range orders {
			if o := order(x, y); o != 0 {
				return o
			}
		}
		return 0
	})
}
