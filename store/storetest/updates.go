package storetest

import (
	"errors"
	"math"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

func testUpdates(t *testing.T, c contract) {
	b := newBench(t, c)
	for _, row := range []struct {
		name           string
		before, update bson.D
		want           bson.D
	}{
		{"$set replaces a value", d("v", 1), d("$set", d("v", "x")), d("v", "x")},
		{"$set adds fields", d("v", 1), d("$set", d("w", nil, "u", noon)), d("v", 1, "u", noon, "w", nil)},
		{"$set adds a path", d(), d("$set", d("in.deep.n", 1)), d("in", d("deep", d("n", 1)))},
		{"$set goes into a document", d("in", d("n", 1, "m", 2)), d("$set", d("in.n", 3)), d("in", d("n", 3, "m", 2))},
		{"$set goes to an element", d("list", a(1, 2, 3)), d("$set", d("list.1", "x")), d("list", a(1, "x", 3))},
		{"$set goes into an element", d("list", a(d("n", 1), d("n", 2))), d("$set", d("list.1.n", 9)), d("list", a(d("n", 1), d("n", 9)))},
		{"$set fills a list up with null", d("list", a(1)), d("$set", d("list.3", 4)), d("list", a(1, nil, nil, 4))},
		{"$set under a number makes a document", d(), d("$set", d("months.202611", 1)), d("months", d("202611", 1))},
		{"several paths into one document", d("in", d("n", 1)), d("$set", d("in.m", 2, "in.k", 3), "$inc", d("in.n", 1)), d("in", d("n", 2, "k", 3, "m", 2))},
		{"$unset removes", d("v", 1, "w", 2), d("$unset", d("v", "")), d("w", 2)},
		{"$unset of nothing is nothing", d("v", 1), d("$unset", d("w", "", "v.n", "", "u.x", "")), d("v", 1)},
		{"$unset goes into a document", d("in", d("n", 1, "m", 2)), d("$unset", d("in.n", 1)), d("in", d("m", 2))},
		{"$unset leaves null in a list", d("list", a(1, 2)), d("$unset", d("list.0", 1)), d("list", a(nil, 2))},
		{"$inc adds", d("v", int32(1)), d("$inc", d("v", int32(2))), d("v", int32(3))},
		{"$inc takes away", d("v", int32(1)), d("$inc", d("v", int32(-2))), d("v", int32(-1))},
		{"$inc begins with the step", d(), d("$inc", d("v", int64(5))), d("v", int64(5))},
		{"$inc makes a path", d(), d("$inc", d("in.n", 1)), d("in", d("n", 1))},
		{"an int32 grows into an int64", d("v", int32(math.MaxInt32)), d("$inc", d("v", int32(1))), d("v", int64(math.MaxInt32)+1)},
		{"an int64 makes an int64", d("v", int32(1)), d("$inc", d("v", int64(1))), d("v", int64(2))},
		{"a double makes a double", d("v", int32(1)), d("$inc", d("v", 0.5)), d("v", 1.5)},
		{"$push adds at the end", d("list", a(1)), d("$push", d("list", 1)), d("list", a(1, 1))},
		{"$push begins a list", d(), d("$push", d("list", d("n", 1))), d("list", a(d("n", 1)))},
		{"$push adds a list as one", d("list", a()), d("$push", d("list", a(1, 2))), d("list", a(a(1, 2)))},
		{"$push adds each", d("list", a(1)), d("$push", d("list", d("$each", a(2, "x")))), d("list", a(1, 2, "x"))},
		{"$push each of nothing", d(), d("$push", d("list", d("$each", a()))), d("list", a())},
		{"$push beyond ten", d("list", a(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)), d("$push", d("list", d("$each", a(10, 11)))), d("list", a(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))},
		{"$push goes into a document", d("in", d("list", a(1))), d("$push", d("in.list", 2)), d("in", d("list", a(1, 2)))},
		{"$addToSet adds what is new", d("list", a(1)), d("$addToSet", d("list", 2)), d("list", a(1, 2))},
		{"$addToSet leaves what is there", d("list", a(1)), d("$addToSet", d("list", 1)), d("list", a(1))},
		{"$addToSet adds each once", d("list", a("x")), d("$addToSet", d("list", d("$each", a("y", "x", "y")))), d("list", a("x", "y"))},
		{"$addToSet compares documents in order", d("list", a(d("n", 1, "m", 2))), d("$addToSet", d("list", d("$each", a(d("m", 2, "n", 1), d("n", 1, "m", 2))))), d("list", a(d("n", 1, "m", 2), d("m", 2, "n", 1)))},
		{"$addToSet begins a list", d(), d("$addToSet", d("list", nil)), d("list", a(nil))},
		{"$pull removes all that are equal", d("list", a(1, 2, 1)), d("$pull", d("list", 1)), d("list", a(2))},
		{"$pull of what is not there", d("list", a(1)), d("$pull", d("list", 7)), d("list", a(1))},
		{"$pull from nowhere", d("v", 1), d("$pull", d("list", 7)), d("v", 1)},
		{"$pull by operator", d("list", a(1, 5, "x", 9)), d("$pull", d("list", d("$gte", 5))), d("list", a(1, "x"))},
		{"$pull one of several", d("list", a("x", "y", "z")), d("$pull", d("list", d("$in", a("x", "z")))), d("list", a("y"))},
		{"$pull by fields", d("list", a(d("n", 1, "w", "x"), d("n", 2), "n")), d("$pull", d("list", d("n", 1))), d("list", a(d("n", 2), "n"))},
		{"$pull by operators on fields", d("list", a(d("at", 1, "w", "x"), d("at", 5, "w", "x"), d("at", 9))), d("$pull", d("list", d("at", d("$lt", 9), "w", "x"))), d("list", a(d("at", 9)))},
		{"$pull null", d("list", a(nil, 1)), d("$pull", d("list", nil)), d("list", a(1))},
		{"$setOnInsert leaves a document alone", d("v", 1), d("$setOnInsert", d("v", 2, "w", 3), "$set", d("u", 1)), d("v", 1, "u", 1)},
		{"everything together", d("n", 1, "list", a("x")), d("$inc", d("n", 1), "$push", d("list", "y"), "$set", d("state", "done"), "$unset", d("gone", 1)), d("n", 2, "list", a("x", "y"), "state", "done")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := b.on(t)
			id := t.Name()
			b.put(append(d("_id", id), row.before...))
			var after bson.D
			b.must(b.Update(t.Context(), things, d("_id", id), row.update, &after))
			want := asJSON(t, append(d("_id", id), row.want...))
			b.same(want, asJSON(t, after))
			b.same(want, b.get(id))
		})
	}
	t.Run("a guard that does not hold changes nothing", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "guarded", "seats", 0, "holders", a("x")))
		guards := []bson.D{
			d("_id", "guarded", "seats", d("$gt", 0)),
			d("_id", "guarded", "holders", d("$ne", "x")),
			d("_id", "guarded", "$or", a(d("seats", 1), d("holders", "y"))),
		}
		for _, guard := range guards {
			if err := b.Update(t.Context(), things, guard, d("$inc", d("seats", -1)), nil); !errors.Is(err, store.ErrNoDocument) {
				t.Errorf("got %v, want ErrNoDocument", err)
			}
		}
		b.same(`{"_id":"guarded","holders":["x"],"seats":{"$numberInt":"0"}}`, b.get("guarded"))
	})
	t.Run("an update of all counts what matched", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "all 1", "all", 1), d("_id", "all 2", "all", 1, "done", true), d("_id", "all 3", "all", 2))
		count, err := b.UpdateAll(t.Context(), things, d("all", 1), d("$set", d("done", true)))
		b.must(err)
		b.same(int64(2), count)
		b.same(`{"_id":"all 1","all":{"$numberInt":"1"},"done":true}`, b.get("all 1"))
		b.same(`{"_id":"all 3","all":{"$numberInt":"2"}}`, b.get("all 3"))
		count, err = b.UpdateAll(t.Context(), things, d("all", 7), d("$set", d("done", true)))
		b.must(err)
		b.same(int64(0), count)
	})
	t.Run("an update changes one of those that match", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "queue 1", "queue", 1), d("_id", "queue 2", "queue", 1))
		for range 2 {
			b.must(b.Update(t.Context(), things, d("queue", 1), d("$set", d("queue", 2)), nil))
		}
		if err := b.Update(t.Context(), things, d("queue", 1), d("$set", d("queue", 2)), nil); !errors.Is(err, store.ErrNoDocument) {
			t.Errorf("got %v, want ErrNoDocument", err)
		}
	})
}

func testUpserts(t *testing.T, c contract) {
	b := newBench(t, c, store.Index{Name: "code", Keys: d("code", 1), Unique: true, Sparse: true})
	for _, row := range []struct {
		name           string
		filter, update bson.D
		want           bson.D
	}{
		{"the changes are inserted", d(), d("$set", d("v", 1), "$setOnInsert", d("w", 2), "$inc", d("n", 1), "$push", d("list", "x"), "$addToSet", d("set", "y")), d("v", 1, "w", 2, "n", 1, "list", a("x"), "set", a("y"))},
		{"equalities are inserted", d("kind", "k", "in.n", 1), d("$set", d("v", 1)), d("kind", "k", "in", d("n", 1), "v", 1)},
		{"$eq and $and are equalities", d("kind", d("$eq", "k"), "$and", a(d("w", 2))), d("$set", d("v", 1)), d("kind", "k", "w", 2, "v", 1)},
		{"other conditions are not inserted", d("n", d("$lt", 5), "m", d("$ne", 1)), d("$set", d("v", 1)), d("v", 1)},
		{"a change goes on from an equality", d("n", 3), d("$inc", d("n", 1)), d("n", 4)},
		{"$unset and $pull of nothing", d(), d("$unset", d("v", 1), "$pull", d("list", 1), "$set", d("w", 1)), d("w", 1)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := b.on(t)
			id := t.Name()
			var after bson.D
			b.must(b.Upsert(t.Context(), things, append(d("_id", id), row.filter...), row.update, &after))
			want := asJSON(t, append(d("_id", id), row.want...))
			b.same(want, asJSON(t, after))
			b.same(want, b.get(id))
		})
	}
	t.Run("an upsert of a document that is there updates it", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		for range 2 {
			b.must(b.Upsert(t.Context(), things, d("_id", "twice"), d("$inc", d("n", 1), "$setOnInsert", d("first", true)), nil))
		}
		b.same(`{"_id":"twice","first":true,"n":{"$numberInt":"2"}}`, b.get("twice"))
	})
	t.Run("an upsert whose guard does not hold finds the _id taken", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.put(d("_id", "lease", "until", 10))
		b.isTaken(store.PrimaryIndex, b.Upsert(t.Context(), things, d("_id", "lease", "until", d("$lt", 5)), d("$set", d("until", 20)), nil))
		b.must(b.Upsert(t.Context(), things, d("_id", "lease", "until", d("$lt", 15)), d("$set", d("until", 20)), nil))
		b.same(`{"_id":"lease","until":{"$numberInt":"20"}}`, b.get("lease"))
	})
	t.Run("an upsert meets unique indexes", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.must(b.Upsert(t.Context(), things, d("_id", "code 1"), d("$set", d("code", 1)), nil))
		b.isTaken("code", b.Upsert(t.Context(), things, d("_id", "code 2"), d("$set", d("code", 1)), nil))
	})
}
