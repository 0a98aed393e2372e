package storetest

import (
	"testing"

	"kezhi/store"
)

func testIndexes(t *testing.T, c contract) {
	t.Run("a unique index lets a value in once", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c, store.Index{Name: "u", Keys: d("u", 1), Unique: true})
		b.put(d("_id", "1", "u", 1), d("_id", "2", "u", "1"), d("_id", "3"))
		b.isTaken("u", b.Insert(b.ctx(), things, d("_id", "4", "u", 1)))
		b.isTaken("u", b.Insert(b.ctx(), things, d("_id", "4", "u", 1.0)))
		b.isTaken("u", b.Insert(b.ctx(), things, d("_id", "4", "u", nil))) // missing is null
		b.isTaken("u", b.Update(b.ctx(), things, d("_id", "2"), d("$set", d("u", 1)), nil))
		b.isTaken("u", b.Replace(b.ctx(), things, d("_id", "2"), d("_id", "2", "u", 1)))
		b.must(b.Update(b.ctx(), things, d("_id", "1"), d("$set", d("u", 2, "v", 1)), nil))
		b.must(b.Update(b.ctx(), things, d("_id", "1"), d("$set", d("u", 2, "v", 2)), nil)) // its own value is free to it
		b.put(d("_id", "4", "u", 1))                                                        // and the old one to others
		_, err := b.Delete(b.ctx(), things, d("_id", "1"))
		b.must(err)
		b.put(d("_id", "5", "u", 2))
	})
	t.Run("a unique index over two keys looks at both", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c, store.Index{Name: "ab", Keys: d("a", 1, "b", -1), Unique: true})
		b.put(d("_id", "1", "a", 1, "b", 1), d("_id", "2", "a", 1, "b", 2), d("_id", "3", "a", 2, "b", 1), d("_id", "4", "a", 1))
		b.isTaken("ab", b.Insert(b.ctx(), things, d("_id", "5", "a", 1, "b", 2)))
		b.isTaken("ab", b.Insert(b.ctx(), things, d("_id", "5", "a", 1, "b", nil)))
		b.same([]string{"4", "1", "2"}, b.ids(store.Query{Index: "ab", Filter: d("a", 1), Sort: d("b", 1)}))
	})
	t.Run("a sparse unique index lets any number be without", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c, store.Index{Name: "u", Keys: d("u", 1), Unique: true, Sparse: true})
		b.put(d("_id", "1"), d("_id", "2"), d("_id", "3", "u", nil), d("_id", "4", "u", "x"))
		b.isTaken("u", b.Insert(b.ctx(), things, d("_id", "5", "u", "x")))
		b.isTaken("u", b.Insert(b.ctx(), things, d("_id", "5", "u", nil))) // null is a value here
		b.must(b.Update(b.ctx(), things, d("_id", "4"), d("$unset", d("u", 1)), nil))
		b.put(d("_id", "5", "u", "x"))
		b.same([]string{"5"}, b.ids(store.Query{Index: "u", Filter: d("u", "x")}))
		b.refuses("all of it", b.Find(b.ctx(), things, store.Query{Index: "u", Limit: 1}, &[]struct{}{}))
		_, err := b.Count(b.ctx(), things, "u", d("u", nil))
		b.refuses("the missing ones", err)
	})
	t.Run("a unique index over a list looks at each element", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c, store.Index{Name: "codes", Keys: d("codes", 1), Unique: true, Sparse: true})
		b.put(d("_id", "1", "codes", a("x", "y", "x")), d("_id", "2", "codes", a("z")))
		b.isTaken("codes", b.Insert(b.ctx(), things, d("_id", "3", "codes", a("w", "y"))))
		b.isTaken("codes", b.Update(b.ctx(), things, d("_id", "2"), d("$push", d("codes", "x")), nil))
		b.must(b.Update(b.ctx(), things, d("_id", "1"), d("$pull", d("codes", "x")), nil))
		b.must(b.Update(b.ctx(), things, d("_id", "2"), d("$push", d("codes", "x")), nil))
	})
	t.Run("a list is found by each element and comes once", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c,
			store.Index{Name: "scopes_at", Keys: d("scopes", 1, "at", -1)},
			store.Index{Name: "n", Keys: d("list.n", 1)})
		b.put(
			d("_id", "1", "scopes", a("x", "y"), "at", 1, "list", a(d("n", 1), d("n", 2))),
			d("_id", "2", "scopes", a("y", "x", "x"), "at", 2, "list", a(d("n", 2), d("n", 2), d("k", 1))),
			d("_id", "3", "scopes", a("y"), "at", 3))
		b.same([]string{"2", "1"}, b.ids(store.Query{Index: "scopes_at", Filter: d("scopes", "x"), Sort: d("at", -1)}))
		b.same([]string{"1", "2", "3"}, b.ids(store.Query{Index: "scopes_at", Filter: d("scopes", d("$in", a("y", "x"))), Sort: d("at", 1)}))
		b.same([]string{"2"}, b.ids(store.Query{Index: "scopes_at", Filter: d("scopes", "x", "at", d("$gt", 1, "$lt", 3)), Sort: d("at", 1)}))
		b.same(3, len(b.ids(store.Query{Index: "scopes_at"})))
		b.same(2, len(b.ids(store.Query{Index: "n", Filter: d("list.n", d("$gte", 1))})))
		for filter, want := range map[string]int64{"x": 2, "y": 3} {
			count, err := b.Count(b.ctx(), things, "scopes_at", d("scopes", filter))
			b.must(err)
			b.same(want, count)
		}
		count, err := b.Count(b.ctx(), things, "scopes_at", d("scopes", d("$in", a("x", "y"))))
		b.must(err)
		b.same(int64(3), count)

		b.must(b.Update(b.ctx(), things, d("_id", "1"), d("$pull", d("scopes", "x")), nil))
		b.same([]string{"2"}, b.ids(store.Query{Index: "scopes_at", Filter: d("scopes", "x"), Sort: d("at", -1)}))
		b.must(b.Update(b.ctx(), things, d("_id", "3"), d("$addToSet", d("scopes", "x"), "$set", d("at", 0)), nil))
		b.same([]string{"2", "3"}, b.ids(store.Query{Index: "scopes_at", Filter: d("scopes", "x"), Sort: d("at", -1)}))
	})
	t.Run("two lists in one index are refused", func(t *testing.T) {
		c.skip(t, "two lists in one index are refused")
		t.Parallel()
		b := newBench(t, c, store.Index{Name: "ab", Keys: d("a", 1, "b", 1)})
		b.put(d("_id", "1", "a", a(1, 2), "b", 1), d("_id", "2", "a", 1, "b", a(1, 2)))
		b.refuses("insert", b.Insert(b.ctx(), things, d("_id", "3", "a", a(1), "b", a(1))))
		b.refuses("update", b.Update(b.ctx(), things, d("_id", "1"), d("$set", d("b", a(1))), nil))
	})
	t.Run("an index declared later is built over what is there", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c)
		b.put(d("_id", "1", "v", 2), d("_id", "2", "v", a(1, 3)), d("_id", "3"))
		v := store.Index{Collection: things, Name: "v", Keys: d("v", 1)}
		b.must(b.EnsureIndexes(b.ctx(), []store.Index{v}))
		b.must(b.EnsureIndexes(b.ctx(), []store.Index{v}))
		b.same([]string{"2"}, b.ids(store.Query{Index: "v", Filter: d("v", 3)}))
		b.same([]string{"3", "2", "1"}, b.ids(store.Query{Index: "v", Sort: d("v", 1)}))
		unique := store.Index{Collection: things, Name: "u", Keys: d("u", 1), Unique: true}
		b.isTaken("u", b.EnsureIndexes(b.ctx(), []store.Index{v, unique}))
		// And what was there before still is.
		b.same([]string{"2"}, b.ids(store.Query{Index: "v", Filter: d("v", 3)}))
	})
	t.Run("a declaration that cannot be held is refused", func(t *testing.T) {
		t.Parallel()
		b := newBench(t, c)
		for name, index := range map[string]store.Index{
			"no keys":             {Collection: things, Name: "n"},
			"no name":             {Collection: things, Keys: d("v", 1)},
			"no collection":       {Name: "n", Keys: d("v", 1)},
			"a number in a path":  {Collection: things, Name: "n", Keys: d("v.0", 1)},
			"a direction of text": {Collection: things, Name: "n", Keys: d("v", "text")},
			"a key twice":         {Collection: things, Name: "n", Keys: d("v", 1, "v", -1)},
		} {
			b.refuses(name, b.EnsureIndexes(b.ctx(), []store.Index{index}))
		}
	})
}
