package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"kezhi/store"
)

func openTest(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "kezhi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return db
}

// What is kept in memory is never behind: a reader sees at least what was acknowledged
// before it asked, and never less than it has seen.
func TestAReaderNeverGoesBack(t *testing.T) {
	t.Parallel()
	db, ctx := openTest(t), t.Context()
	const documents, writes = 3, 60
	acknowledged := make([]atomic.Int64, documents)
	for i := range documents {
		if err := db.Insert(ctx, "things", bson.D{{Key: "_id", Value: strconv.Itoa(i)}, {Key: "n", Value: 0}}); err != nil {
			t.Fatal(err)
		}
	}
	var writers, readers errgroup.Group
	for i := range documents {
		writers.Go(func() error {
			for range writes {
				var after struct{ N int64 }
				if err := db.Update(ctx, "things", bson.D{{Key: "_id", Value: strconv.Itoa(i)}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}}, &after); err != nil {
					return err
				}
				acknowledged[i].Store(after.N)
			}
			return nil
		})
	}
	var stop atomic.Bool
	for range 3 {
		readers.Go(func() error {
			var seen [documents]int64
			for !stop.Load() {
				i := rand.IntN(documents)
				least := max(seen[i], acknowledged[i].Load())
				n, err := read(ctx, db, strconv.Itoa(i))
				if err != nil {
					return err
				}
				if n < least {
					return fmt.Errorf("read %d after %d", n, least)
				}
				seen[i] = n
				runtime.Gosched()
			}
			return nil
		})
	}
	if err := writers.Wait(); err != nil {
		t.Error(err)
	}
	stop.Store(true)
	if err := readers.Wait(); err != nil {
		t.Error(err)
	}
}

// read gets the document, which may come from memory, or finds it, which does not.
func read(ctx context.Context, db *DB, id string) (int64, error) {
	if rand.IntN(2) == 0 {
		var now struct{ N int64 }
		err := db.Get(ctx, "things", id, &now)
		return now.N, err
	}
	var page []struct{ N int64 }
	err := db.Find(ctx, "things", store.Query{Index: "_id_", Filter: bson.D{{Key: "_id", Value: id}}, Limit: 1}, &page)
	if err != nil || len(page) != 1 {
		return 0, errors.Join(err, fmt.Errorf("found %d", len(page)))
	}
	return page[0].N, nil
}

// A count that is kept follows the commits: what it says in the end is what counting
// anew says.
func TestACountFollowsTheCommits(t *testing.T) {
	t.Parallel()
	db, ctx := openTest(t), t.Context()
	index := store.Index{Collection: "things", Name: "by", Keys: bson.D{{Key: "scopes", Value: 1}, {Key: "state", Value: 1}}}
	if err := db.EnsureIndexes(ctx, []store.Index{index}); err != nil {
		t.Fatal(err)
	}
	filters := []bson.D{
		nil,
		{{Key: "scopes", Value: "x"}},
		{{Key: "scopes", Value: "x"}, {Key: "state", Value: 1}},
		{{Key: "scopes", Value: "y"}, {Key: "state", Value: bson.D{{Key: "$in", Value: bson.A{0, 1}}}}},
	}
	count := func(filter bson.D) (int64, error) {
		name := "by"
		if filter == nil {
			name = "_id_"
		}
		return db.Count(ctx, "things", name, filter)
	}
	for round := range 40 {
		// Counts are made while commits come.
		db.counts.clear()
		var all errgroup.Group
		for worker := range 4 {
			all.Go(func() error {
				for range 4 {
					if err := writeSomething(ctx, db, fmt.Sprint(worker, rand.IntN(10))); err != nil {
						return err
					}
				}
				return nil
			})
			all.Go(func() error {
				for range 4 {
					if _, err := count(filters[rand.IntN(len(filters))]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		kept := make([]int64, len(filters))
		for i, filter := range filters {
			var err error
			if kept[i], err = count(filter); err != nil {
				t.Fatal(err)
			}
		}
		db.counts.clear()
		for i, filter := range filters {
			anew, err := count(filter)
			if err != nil {
				t.Fatal(err)
			}
			if kept[i] != anew {
				t.Fatalf("round %d, %v: kept %d, counted anew %d", round, filter, kept[i], anew)
			}
		}
	}
}

// While a commit is under way the cache has nothing of what it changes, and takes
// nothing from who read the file before it or during it.
func TestTheCacheWaitsForACommit(t *testing.T) {
	t.Parallel()
	c := newCache()
	s := &staged{of: newCollection("things"), id: "1", n: 1, after: bson.Raw("new")}
	key := s.key()
	_, before := c.get(key)
	c.put(key, 1, bson.Raw("old"), before)
	if known, _ := c.get(key); known == nil || string(known.body) != "old" {
		t.Fatalf("got %v, want the document", known)
	}
	c.hold([]*staged{s})
	known, during := c.get(key)
	if known != nil {
		t.Error("the document is there during a commit")
	}
	c.put(key, 1, bson.Raw("old"), before)
	c.put(key, 1, bson.Raw("old"), during)
	if known, _ := c.get(key); known != nil {
		t.Error("a document was taken during a commit")
	}
	c.release([]*staged{s}, true)
	if known, _ := c.get(key); known == nil || string(known.body) != "new" {
		t.Errorf("got %v, want the document after the commit", known)
	}
	c.hold([]*staged{s})
	c.release([]*staged{s}, false)
	c.put(key, 1, bson.Raw("old"), during)
	if known, _ := c.get(key); known != nil {
		t.Error("a document that was read before a commit was taken after it")
	}
}

// The cache stays inside its bounds and spares what is used.
func TestTheCacheForgets(t *testing.T) {
	t.Parallel()
	c := newCache()
	hot := documentKey{"things", "hot"}
	c.put(hot, 0, make(bson.Raw, 1000), 0)
	for i := range 100_000 {
		c.put(documentKey{"things", strconv.Itoa(i)}, 0, make(bson.Raw, 1000), 0)
		if known, _ := c.get(hot); known == nil {
			t.Fatalf("after %d others the one in use was forgotten", i)
		}
	}
	c.put(documentKey{"things", "large"}, 0, make(bson.Raw, cachedDocument+1), 0)
	if known, _ := c.get(documentKey{"things", "large"}); known != nil {
		t.Error("a document was taken that is too large")
	}
	if c.bytes > cacheBytes {
		t.Errorf("%d bytes, at most %d", c.bytes, cacheBytes)
	}
}

func writeSomething(ctx context.Context, db *DB, id string) error {
	switch rand.IntN(3) {
	case 0:
		_, err := db.Delete(ctx, "things", bson.D{{Key: "_id", Value: id}})
		return err
	case 1:
		scopes := bson.A{"x", "y", "z"}[:rand.IntN(4)]
		return db.Upsert(ctx, "things", bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$set", Value: bson.D{{Key: "scopes", Value: scopes}, {Key: "state", Value: rand.IntN(2)}}}}, nil)
	}
	err := db.Update(ctx, "things", bson.D{{Key: "_id", Value: id}}, bson.D{{Key: "$pull", Value: bson.D{{Key: "scopes", Value: "x"}}}}, nil)
	if errors.Is(err, store.ErrNoDocument) {
		return nil
	}
	return err
}

// Steps told while a count is made are added if they are of later commits than its own.
func TestACountAddsWhatItsOwnCommitLacks(t *testing.T) {
	t.Parallel()
	c := newCounts()
	row := func(key string, rows int64) []rowChange { return []rowChange{{"t", key, rows}, {"other", key, rows}} }
	making := c.begin("t", []byte("ab"))
	if c.begin("t", []byte("ab")) != nil {
		t.Error("a count is made twice at once")
	}
	c.follow(row("abc", 1), 4)
	c.follow(row("abd", 1), 5)
	c.follow(row("abd", 1), 6)
	c.follow(row("ac", 1), 6) // begins otherwise
	c.follow(row("a", 1), 6)  // is shorter
	if _, ok := c.get("t", []byte("ab")); ok {
		t.Error("a count is known before it is made")
	}
	c.finish(making, 10, 5)
	c.follow(row("ab", -3), 7)
	if rows, ok := c.get("t", []byte("ab")); !ok || rows != 10+1-3 {
		t.Errorf("got %d, %t, want 8", rows, ok)
	}
	for i := range 3 * maxCounts {
		c.finish(c.begin("t", fmt.Append(nil, i)), 0, 0)
	}
	if c.size > maxCounts {
		t.Errorf("%d counts, at most %d", c.size, maxCounts)
	}
	c.abandon(c.begin("u", nil))
	c.clear()
	if _, ok := c.get("t", []byte("ab")); ok || c.size != 0 {
		t.Error("a cleared count is known")
	}
}
