package embedded

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
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
	const documents, writes = 3, 150
	acknowledged := make([]atomic.Int64, documents)
	for i := range documents {
		if err := db.Insert(ctx, "things", bson.D{{Key: "_id", Value: fmt.Sprint(i)}, {Key: "n", Value: 0}}); err != nil {
			t.Fatal(err)
		}
	}
	var writers, readers errgroup.Group
	for i := range documents {
		writers.Go(func() error {
			for range writes {
				var after struct{ N int64 }
				if err := db.Update(ctx, "things", bson.D{{Key: "_id", Value: fmt.Sprint(i)}}, bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: 1}}}}, &after); err != nil {
					return err
				}
				acknowledged[i].Store(after.N)
			}
			return nil
		})
	}
	var stop atomic.Bool
	for range 8 {
		readers.Go(func() error {
			var seen [documents]int64
			for !stop.Load() {
				i := rand.IntN(documents)
				least := max(seen[i], acknowledged[i].Load())
				var now struct{ N int64 }
				if err := db.Get(ctx, "things", fmt.Sprint(i), &now); err != nil {
					return err
				}
				if now.N < least {
					return fmt.Errorf("read %d after %d", now.N, least)
				}
				seen[i] = now.N
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
	var all errgroup.Group
	for worker := range 4 {
		all.Go(func() error {
			for range 80 {
				if err := writeSomething(ctx, db, fmt.Sprint(worker, rand.IntN(10))); err != nil {
					return err
				}
			}
			return nil
		})
		all.Go(func() error {
			for range 200 {
				if n, err := count(filters[rand.IntN(len(filters))]); err != nil || n < 0 {
					return fmt.Errorf("counted %d: %w", n, err)
				}
				if rand.IntN(20) == 0 {
					db.counts.clear() // so that counts are made while commits come
				}
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, filter := range filters {
		kept, err := count(filter)
		if err != nil {
			t.Fatal(err)
		}
		db.counts.clear()
		anew, err := count(filter)
		if err != nil {
			t.Fatal(err)
		}
		if kept != anew {
			t.Errorf("%v: kept %d, counted anew %d", filter, kept, anew)
		}
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
