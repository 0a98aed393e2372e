package storetest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

var noon = time.Date(2026, 11, 27, 4, 0, 0, 0, time.UTC)

type visitor struct {
	ID     string    `bson:"_id"`
	Name   string    `bson:"name"`
	At     time.Time `bson:"at"`
	Secret []byte    `bson:"secret,omitempty"`
	Scopes []string  `bson:"scopes"`
	Raw    bson.Raw  `bson:"raw,omitempty"`
}

func testDocuments(t *testing.T, c contract) {
	b := newBench(t, c)

	t.Run("a document comes back as it went in", func(t *testing.T) {
		b := b.on(t)
		raw, _ := bson.Marshal(d("x", 1))
		want := visitor{ID: "志愿者", Name: "zero \x00, 科志, 👩‍🔬", At: noon, Secret: []byte{0, 255, 1}, Scopes: []string{"a", "b"}, Raw: raw}
		b.must(b.Insert(b.ctx(), things, want))
		var got visitor
		b.must(b.Get(b.ctx(), things, want.ID, &got))
		b.same(want, got)

		// What one caller does to it is not seen by the next.
		got.Secret[0], got.Raw[4], got.Scopes[0] = 9, 9, "z"
		var again visitor
		b.must(b.Get(b.ctx(), things, want.ID, &again))
		b.same(want, again)
	})
	t.Run("an _id is taken once", func(t *testing.T) {
		b := b.on(t)
		b.put(d("_id", "one", "v", 1))
		b.isTaken(store.PrimaryIndex, b.Insert(b.ctx(), things, d("_id", "one", "v", 2)))
		b.same(`{"_id":"one","v":{"$numberInt":"1"}}`, b.get("one"))
	})
	t.Run("a document that is not there is ErrNoDocument", func(t *testing.T) {
		b := b.on(t)
		var into bson.D
		for name, err := range map[string]error{
			"get":                        b.Get(b.ctx(), things, "nobody", &into),
			"get from nowhere":           b.Get(b.ctx(), "nowhere", "nobody", &into),
			"update":                     b.Update(b.ctx(), things, d("_id", "nobody"), d("$set", d("v", 1)), nil),
			"replace":                    b.Replace(b.ctx(), things, d("_id", "nobody"), d("_id", "nobody")),
			"update in a new collection": b.Update(b.ctx(), "fresh", d("_id", "nobody"), d("$set", d("v", 1)), nil),
		} {
			if !errors.Is(err, store.ErrNoDocument) {
				t.Errorf("%s: got %v, want ErrNoDocument", name, err)
			}
		}
	})
	t.Run("an _id is a string", func(t *testing.T) {
		b := b.on(t)
		b.refuses("no _id", b.Insert(b.ctx(), things, d("v", 1)))
		b.refuses("an empty _id", b.Insert(b.ctx(), things, d("_id", "")))
		b.refuses("a number", b.Insert(b.ctx(), things, d("_id", 1)))
	})
	t.Run("values outside the named types are refused", func(t *testing.T) {
		b := b.on(t)
		for name, v := range map[string]any{
			"NaN": math.NaN(), "a regular expression": bson.Regex{Pattern: "x"}, "a decimal": bson.NewDecimal128(1, 2),
			"a timestamp": bson.Timestamp{T: 1}, "code": bson.JavaScript("1"), "the least key": bson.MinKey{},
			"undefined": bson.Undefined{}, "an operator's name": d("$set", 1), "a dot in a name": d("a.b", 1),
			"a name twice": d("n", 1, "n", 2), "an empty name": d("", 1),
		} {
			b.refuses(name, b.Insert(b.ctx(), things, d("_id", name, "v", v)))
			b.refuses(name+" in a list", b.Insert(b.ctx(), things, d("_id", name, "v", a(1, v))))
			b.refuses(name+" by $set", b.Update(b.ctx(), things, d("_id", "one"), d("$set", d("v", v)), nil))
		}
	})
	t.Run("a replacement guarded by a version wins once", func(t *testing.T) {
		b := b.on(t)
		b.put(d("_id", "versioned", "version", 1, "old", true))
		b.must(b.Replace(b.ctx(), things, d("_id", "versioned", "version", 1), d("_id", "versioned", "version", 2)))
		if err := b.Replace(b.ctx(), things, d("_id", "versioned", "version", 1), d("_id", "versioned", "version", 3)); !errors.Is(err, store.ErrNoDocument) {
			t.Errorf("got %v, want ErrNoDocument", err)
		}
		b.same(`{"_id":"versioned","version":{"$numberInt":"2"}}`, b.get("versioned"))
		b.refuses("another _id", b.Replace(b.ctx(), things, d("_id", "versioned"), d("_id", "other")))
	})
	t.Run("a removal counts what it removes", func(t *testing.T) {
		b := b.on(t)
		b.put(d("_id", "r1", "kind", "r"), d("_id", "r2", "kind", "r"), d("_id", "r3", "kind", "s"))
		removed, err := b.Delete(b.ctx(), things, d("kind", "r"))
		b.must(err)
		b.same(int64(2), removed)
		again, err := b.Delete(b.ctx(), things, d("kind", "r"))
		b.must(err)
		b.same(int64(0), again)
		b.same([]string{"r3"}, b.ids(store.Query{Index: "_id_", Filter: d("kind", d("$in", a("r", "s")))}))
		// And its place is free again.
		b.put(d("_id", "r1", "kind", "back"))
	})
	t.Run("a large document comes back whole", func(t *testing.T) {
		b := b.on(t)
		text := strings.Repeat("科", 200_000)
		b.put(d("_id", "large", "text", text))
		var got struct{ Text string }
		b.must(b.Get(b.ctx(), things, "large", &got))
		if got.Text != text {
			t.Error("the text is another")
		}
	})
	t.Run("a context that has ended does nothing", func(t *testing.T) {
		b := b.on(t)
		ended, end := context.WithCancel(b.ctx())
		end()
		for name, err := range map[string]error{
			"insert": b.Insert(ended, things, d("_id", "late")),
			"get":    b.Get(ended, things, "one", new(bson.D)),
			"update": b.Update(ended, things, d("_id", "one"), d("$set", d("v", 9)), nil),
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want context.Canceled", name, err)
			}
		}
		if err := b.Get(b.ctx(), things, "late", new(bson.D)); !errors.Is(err, store.ErrNoDocument) {
			t.Errorf("got %v, want ErrNoDocument", err)
		}
	})
	t.Run("a ping is answered", func(t *testing.T) {
		b.on(t).must(b.Ping(b.ctx()))
	})
}
