package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"kezhi/store"
)

const crowd = 50

func testConcurrency(t *testing.T, c contract) {
	b := newBench(t, c,
		store.Index{Name: "code", Keys: d("code", 1), Unique: true, Sparse: true},
		store.Index{Name: "n", Keys: d("n", 1)})

	// together has a crowd do the same at once, and counts who succeeded. An error
	// that is not among the expected ones fails the test.
	together := func(t *testing.T, expected func(error) bool, do func(i int) error) int64 {
		t.Helper()
		var successes atomic.Int64
		var all errgroup.Group
		for i := range crowd {
			all.Go(func() error {
				err := do(i)
				if err == nil {
					successes.Add(1)
				} else if !expected(err) {
					return err
				}
				return nil
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		return successes.Load()
	}
	noDocument := func(err error) bool { return errors.Is(err, store.ErrNoDocument) }
	duplicate := func(err error) bool { var d *store.DuplicateError; return errors.As(err, &d) }
	none := func(error) bool { return false }

	t.Run("a guarded counter stops at its guard", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "activity", "seats", 20, "holders", a()))
		var highest atomic.Int64
		got := together(t, noDocument, func(i int) error {
			var after struct{ Seats, Version int64 }
			err := b.Update(b.ctx(), things,
				d("_id", "activity", "seats", d("$gt", 0), "holders", d("$ne", i)),
				d("$inc", d("seats", -1, "version", 1), "$push", d("holders", i)), &after)
			if err == nil && after.Seats+after.Version != 20 {
				return fmt.Errorf("a torn document: %+v", after)
			}
			for seen := highest.Load(); after.Version > seen && !highest.CompareAndSwap(seen, after.Version); seen = highest.Load() {
			}
			return err
		})
		b.same(int64(20), got)
		b.same(int64(20), highest.Load())
		var after struct {
			Seats   int
			Holders []int
		}
		b.must(b.Get(b.ctx(), things, "activity", &after))
		b.same(0, after.Seats)
		seen := map[int]bool{}
		for _, holder := range after.Holders {
			seen[holder] = true
		}
		b.same(20, len(seen))
	})
	t.Run("a counter counts everyone", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "counter", "n", 0))
		together(t, none, func(int) error {
			return b.Update(b.ctx(), things, d("_id", "counter"), d("$inc", d("n", 1)), nil)
		})
		b.same([]string{"counter"}, b.ids(store.Query{Index: "n", Filter: d("n", crowd)}))
	})
	t.Run("upserts of one _id make one document", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		together(t, none, func(int) error {
			return b.Upsert(b.ctx(), things, d("_id", "upserted"), d("$inc", d("times", 1), "$setOnInsert", d("first", true)), nil)
		})
		b.same(fmt.Sprintf(`{"_id":"upserted","first":true,"times":{"$numberInt":"%d"}}`, crowd), b.get("upserted"))
	})
	t.Run("a unique value is inserted once", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.same(int64(1), together(t, duplicate, func(i int) error {
			return b.Insert(b.ctx(), things, d("_id", fmt.Sprint("unique", i), "code", "one"))
		}))
		count, err := b.Count(b.ctx(), things, "code", d("code", "one"))
		b.must(err)
		b.same(int64(1), count)
	})
	t.Run("an _id is inserted once", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.same(int64(1), together(t, duplicate, func(i int) error {
			return b.Insert(b.ctx(), things, d("_id", "single", "by", i))
		}))
	})
	t.Run("one failing write does not hurt its neighbours", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "taken", "code", "taken"))
		b.same(int64(crowd/2), together(t, duplicate, func(i int) error {
			if i%2 == 0 {
				return b.Insert(b.ctx(), things, d("_id", fmt.Sprint("neighbour", i), "code", "taken"))
			}
			return b.Insert(b.ctx(), things, d("_id", fmt.Sprint("neighbour", i), "code", i))
		}))
	})
	t.Run("who read it last writes, or reads again", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "versioned", "version", 0, "n", -1000))
		together(t, none, func(int) error {
			for {
				var now struct{ Version, N int }
				if err := b.Get(b.ctx(), things, "versioned", &now); err != nil {
					return err
				}
				err := b.Replace(b.ctx(), things, d("_id", "versioned", "version", now.Version), d("_id", "versioned", "version", now.Version+1, "n", now.N+1))
				if !noDocument(err) {
					return err
				}
			}
		})
		b.same(fmt.Sprintf(`{"_id":"versioned","n":{"$numberInt":"%d"},"version":{"$numberInt":"%d"}}`, crowd-1000, crowd), b.get("versioned"))
	})
	t.Run("a page during a write shows a document before or after it", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "pair", "left", 0, "right", 0))
		together(t, none, func(i int) error {
			if i%2 == 0 {
				return b.Update(b.ctx(), things, d("_id", "pair"), d("$inc", d("left", 1, "right", -1)), nil)
			}
			var found []struct{ Left, Right int }
			if err := b.Find(b.ctx(), things, store.Query{Index: "_id_", Filter: d("_id", "pair"), Limit: 1}, &found); err != nil {
				return err
			}
			if len(found) != 1 || found[0].Left+found[0].Right != 0 {
				return fmt.Errorf("a torn document: %v", found)
			}
			return nil
		})
	})
}
