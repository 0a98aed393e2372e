package storetest

import (
	"math"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

var someID = bson.ObjectID{1, 2, 3}

// assorted are documents whose v has every type, and the shapes that filters treat apart.
func assorted() []bson.D {
	return []bson.D{
		d("_id", "missing"),
		d("_id", "null", "v", nil),
		d("_id", "int32", "v", int32(1)),
		d("_id", "int64", "v", int64(1)),
		d("_id", "double", "v", 1.0),
		d("_id", "half", "v", 1.5),
		d("_id", "minus", "v", int32(-7)),
		d("_id", "zero", "v", math.Copysign(0, -1)),
		d("_id", "greatest", "v", int64(math.MaxInt64)),
		d("_id", "nearly", "v", int64(math.MaxInt64-1)),
		d("_id", "infinite", "v", math.Inf(1)),
		d("_id", "text", "v", "科志"),
		d("_id", "latin", "v", "Kezhi"),
		d("_id", "empty text", "v", ""),
		d("_id", "zero text", "v", "\x00"),
		d("_id", "true", "v", true),
		d("_id", "false", "v", false),
		d("_id", "noon", "v", noon),
		d("_id", "long ago", "v", time.UnixMilli(-1).UTC()),
		d("_id", "bytes", "v", bson.Binary{Data: []byte{1, 2, 3}}),
		d("_id", "uuid", "v", bson.Binary{Subtype: 4, Data: make([]byte, 16)}),
		d("_id", "object id", "v", someID),
		d("_id", "document", "v", d("n", 1, "w", "x")),
		d("_id", "turned", "v", d("w", "x", "n", 1)),
		d("_id", "deep", "v", d("n", d("m", 2))),
		d("_id", "list", "v", a(1, "x")),
		d("_id", "apart", "v", a(-8, 100)),
		d("_id", "empty list", "v", a()),
		d("_id", "null in list", "v", a(nil)),
		d("_id", "list in list", "v", a(a(1, "x"))),
		d("_id", "documents", "v", a(d("n", 1, "w", "y"), d("n", 2, "w", "x"))),
		d("_id", "lists inside", "v", a(d("n", a(1, 5)), d("w", "z"))),
	}
}

func testFilters(t *testing.T, c contract) {
	b := newBench(t, c,
		store.Index{Name: "v", Keys: d("v", 1)},
		store.Index{Name: "v_down", Keys: d("v", -1)},
		store.Index{Name: "v.n", Keys: d("v.n", 1)},
	)
	b.put(assorted()...)
	ones := []string{"double", "int32", "int64"}

	for _, row := range []struct {
		name   string
		filter bson.D
		want   []string
	}{
		{"one is one in every type of number, and as an element", d("v", 1), append(ones, "list")},
		{"an int64 is found by a double", d("v", 1.0), append(ones, "list")},
		{"$eq is the same", d("v", d("$eq", int64(1))), append(ones, "list")},
		{"a half is no integer", d("v", 1.5), []string{"half"}},
		{"minus zero is zero", d("v", 0), []string{"zero"}},
		{"great integers are told apart", d("v", int64(math.MaxInt64)), []string{"greatest"}},
		{"a text is equal by its bytes", d("v", "科志"), []string{"text"}},
		{"an empty text is a text", d("v", ""), []string{"empty text"}},
		{"a zero byte is a byte", d("v", "\x00"), []string{"zero text"}},
		{"true is not one", d("v", true), []string{"true"}},
		{"a date", d("v", noon), []string{"noon"}},
		{"bytes", d("v", []byte{1, 2, 3}), []string{"bytes"}},
		{"bytes of another kind", d("v", bson.Binary{Subtype: 0x80, Data: []byte{1, 2, 3}}), nil},
		{"an object id", d("v", someID), []string{"object id"}},
		{"null is missing, too, and an element", d("v", nil), []string{"missing", "null", "null in list"}},
		{"a document is equal in its order", d("v", d("n", 1, "w", "x")), []string{"document"}},
		{"numbers inside are equal across types", d("v", d("n", 1.0, "w", "x")), []string{"document"}},
		{"a document as an element", d("v", d("n", 1, "w", "y")), []string{"documents"}},
		{"a list is equal as a whole, and as an element", d("v", a(1, "x")), []string{"list", "list in list"}},
		{"an empty list is itself", d("v", a()), []string{"empty list"}},

		{"not equal", d("v", d("$ne", nil), "_id", d("$in", a("missing", "null", "int32", "null in list", "empty list"))), []string{"empty list", "int32"}},
		{"not equal looks at every element", d("v", d("$ne", 1), "_id", d("$in", a("list", "apart", "int64", "text"))), []string{"apart", "text"}},

		{"greater stays among numbers", d("v", d("$gt", 1)), []string{"apart", "greatest", "half", "infinite", "nearly"}},
		{"greater or equal", d("v", d("$gte", 1.0)), append([]string{"apart", "greatest", "half", "infinite", "list", "nearly"}, ones...)},
		{"less", d("v", d("$lt", 0)), []string{"apart", "minus"}},
		{"less or equal", d("v", d("$lte", 0)), []string{"apart", "minus", "zero"}},
		{"between, in great integers", d("v", d("$gt", int64(math.MaxInt64-2), "$lt", int64(math.MaxInt64))), []string{"nearly"}},
		{"two elements may satisfy two bounds", d("v", d("$gt", 50, "$lt", 0)), []string{"apart"}},
		{"texts are ordered by their bytes", d("v", d("$gt", "Kezhi")), []string{"list", "text"}},
		{"a text's beginning is less", d("v", d("$lt", "K")), []string{"empty text", "zero text"}},
		{"dates before the epoch are less", d("v", d("$lt", noon)), []string{"long ago"}},
		{"false is less than true", d("v", d("$lt", true)), []string{"false"}},
		{"shorter bytes are less", d("v", d("$gt", []byte{9, 9, 9})), []string{"uuid"}},
		{"object ids are ordered", d("v", d("$gte", bson.ObjectID{1, 2})), []string{"object id"}},

		{"one of several", d("v", d("$in", a(1.5, "科志", true))), []string{"half", "text", "true"}},
		{"one of none", d("v", d("$in", a())), nil},
		{"one of the same", d("v", d("$in", a(1, 1.0, int64(1)))), append(ones, "list")},
		{"null among several", d("v", d("$in", a(nil, -7))), []string{"minus", "missing", "null", "null in list"}},
		{"a list among several", d("v", d("$in", a(a(1, "x"), a()))), []string{"empty list", "list", "list in list"}},
		{"none of several", d("v", d("$nin", a(1, nil)), "_id", d("$in", a("list", "apart", "int64", "text", "missing"))), []string{"apart", "text"}},

		{"there", d("v", d("$exists", true), "_id", d("$in", a("missing", "null", "empty list"))), []string{"empty list", "null"}},
		{"not there", d("v", d("$exists", false)), []string{"missing"}},

		{"not greater includes other types", d("v", d("$not", d("$gt", 0)), "_id", d("$in", a("missing", "text", "minus", "apart", "int32"))), []string{"minus", "missing", "text"}},
		{"not both", d("v", d("$not", d("$gt", 50, "$lt", 0)), "_id", d("$in", a("apart", "list"))), []string{"list"}},
		{"not not", d("v", d("$not", d("$not", d("$eq", true)))), []string{"true"}},

		{"inside a document", d("v.n", 1), []string{"document", "documents", "lists inside", "turned"}},
		{"inside a document's document", d("v.n.m", 2), []string{"deep"}},
		{"inside, greater", d("v.n", d("$gt", 1)), []string{"documents", "lists inside"}},
		{"inside, missing", d("v.n", nil, "_id", d("$in", a("missing", "int32", "document", "list", "empty list", "documents", "lists inside"))), []string{"int32", "lists inside", "missing"}},
		{"inside, there", d("v.n", d("$exists", true)), []string{"deep", "document", "documents", "lists inside", "turned"}},
		{"inside, not there", d("v.n", d("$exists", false), "_id", d("$in", a("list", "document", "lists inside", "text"))), []string{"list", "text"}},
		{"inside, not equal", d("v.w", d("$ne", "x"), "_id", d("$in", a("document", "documents", "lists inside", "int32"))), []string{"int32", "lists inside"}},
		{"two fields of different elements", d("v.n", 1, "v.w", "x"), []string{"document", "documents", "turned"}},
		{"an element by its number", d("v.1", "x"), []string{"list"}},
		{"a field of an element by its number", d("v.1.n", 2), []string{"documents"}},

		{"one element satisfies all", d("v", d("$elemMatch", d("n", 1, "w", "x"))), nil},
		{"one element does satisfy all", d("v", d("$elemMatch", d("n", 2, "w", "x"))), []string{"documents"}},
		{"one element between bounds", d("v", d("$elemMatch", d("$gt", 50, "$lt", 200))), []string{"apart"}},
		{"no element between bounds", d("v", d("$elemMatch", d("$gt", 50, "$lt", 0))), nil},
		{"an element that is none of several", d("v", d("$elemMatch", d("$nin", a(1, "x", a(1, "x"))))), []string{"apart", "documents", "lists inside", "null in list"}},
		{"an element with a list", d("v", d("$elemMatch", d("n", 5))), []string{"lists inside"}},

		{"either", d("$or", a(d("v", 1.5), d("v", "科志"), d("_id", "half"))), []string{"half", "text"}},
		{"both", d("$and", a(d("v", d("$gt", 1)), d("v", d("$lt", 2)))), []string{"apart", "half"}},
		{"either of both", d("$or", a(d("$and", a(d("v", 1), d("_id", "int32"))), d("v", true))), []string{"int32", "true"}},
		{"either, and more", d("v", d("$gte", 1), "$or", a(d("_id", "half"), d("_id", "minus"))), []string{"half"}},

		{"by _id", d("_id", "half"), []string{"half"}},
		{"by _ids", d("_id", d("$in", a("half", "text", "half", "nobody", 7))), []string{"half", "text"}},
		{"by a range of _ids", d("_id", d("$gte", "int32", "$lt", "latin")), []string{"infinite", "int32", "int64"}[1:]},
		{"an _id of another type", d("_id", 1), nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			c.skip(t, row.name)
			t.Parallel()
			b := b.on(t)
			want := slices.Sorted(slices.Values(row.want))
			for _, index := range []string{"_id_", "v", "v_down", "v.n"} {
				got := b.ids(store.Query{Index: index, Filter: row.filter})
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Errorf("through %s: got %q, want %q", index, got, want)
				}
				count, err := b.Count(t.Context(), things, index, row.filter)
				b.must(err)
				b.same(int64(len(want)), count)
			}
		})
	}
	t.Run("every document is one that matches or one that does not", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		for name, pair := range map[string][2]bson.D{
			"$eq":  {d("v", 1), d("v", d("$ne", 1))},
			"$in":  {d("v", d("$in", a(nil, "x"))), d("v", d("$nin", a(nil, "x")))},
			"$gt":  {d("v", d("$gt", 1)), d("v", d("$not", d("$gt", 1)))},
			"deep": {d("v.n", nil), d("v.n", d("$ne", nil))},
		} {
			both := append(b.ids(store.Query{Index: "_id_", Filter: pair[0]}), b.ids(store.Query{Index: "_id_", Filter: pair[1]})...)
			if len(both) != len(assorted()) {
				t.Errorf("%s: %d of %d", name, len(both), len(assorted()))
			}
		}
	})
}

func testLanguage(t *testing.T, c contract) {
	b := newBench(t, c, store.Index{Name: "v", Keys: d("v", 1)})
	b.put(d("_id", "one", "v", 1, "list", a(1), "text", "x", "most", int64(math.MaxInt64), "in", d("n", 1)))

	for name, filter := range map[string]bson.D{
		"$where":                      d("$where", "1"),
		"$expr":                       d("$expr", d("$eq", a(1, 1))),
		"$nor":                        d("$nor", a(d("v", 1))),
		"$text":                       d("$text", d("$search", "x")),
		"$comment":                    d("$comment", "x"),
		"$regex":                      d("v", d("$regex", "x")),
		"a regular expression":        d("v", bson.Regex{Pattern: "x"}),
		"$type":                       d("v", d("$type", "string")),
		"$size":                       d("v", d("$size", 1)),
		"$mod":                        d("v", d("$mod", a(2, 0))),
		"$all":                        d("v", d("$all", a(1))),
		"an unknown operator":         d("v", d("$unheard", 1)),
		"operator and field":          d("v", d("$gt", 1, "n", 1)),
		"field and operator":          d("v", d("n", 1, "$gt", 1)),
		"an operator inside a value":  d("v", d("n", d("$gt", 1))),
		"an operator inside a list":   d("v", d("$in", a(d("$gt", 1)))),
		"$in without a list":          d("v", d("$in", 1)),
		"$exists of a number":         d("v", d("$exists", 1)),
		"$gt of a list":               d("v", d("$gt", a(1))),
		"$gt of null":                 d("v", d("$gt", nil)),
		"$gt of a document":           d("v", d("$gt", d("n", 1))),
		"$not of a value":             d("v", d("$not", 1)),
		"$not of nothing":             d("v", d("$not", d())),
		"$elemMatch of a value":       d("v", d("$elemMatch", 1)),
		"$elemMatch of nothing":       d("v", d("$elemMatch", d())),
		"$or inside $elemMatch":       d("v", d("$elemMatch", d("$or", a(d("n", 1))))),
		"$or of nothing":              d("$or", a()),
		"$or of a value":              d("$or", a(1)),
		"$and of a filter, no list":   d("$and", d("v", 1)),
		"an empty path":               d("", 1),
		"an empty part of a path":     d("v..n", 1),
		"a path to an operator":       d("v.$", 1),
		"a decimal":                   d("v", bson.NewDecimal128(1, 2)),
		"NaN":                         d("v", math.NaN()),
		"an unknown operator in $or":  d("$or", a(d("v", 1), d("v", d("$size", 1)))),
		"an unknown operator in $not": d("v", d("$not", d("$size", 1))),
	} {
		t.Run("a filter with "+name+" is refused", func(t *testing.T) {
			t.Parallel()
			b := b.on(t)
			b.refuses("find", b.Find(b.ctx(), things, store.Query{Index: "_id_", Filter: filter, Limit: 1}, &[]bson.D{}))
			_, err := b.Count(b.ctx(), things, "_id_", filter)
			b.refuses("count", err)
			_, err = b.Group(b.ctx(), things, store.GroupQuery{Index: "_id_", Filter: filter, By: "v"})
			b.refuses("group", err)
			b.refuses("update", b.Update(b.ctx(), things, filter, d("$set", d("v", 2)), nil))
			_, err = b.UpdateAll(b.ctx(), things, filter, d("$set", d("v", 2)))
			b.refuses("update all", err)
			_, err = b.Delete(b.ctx(), things, filter)
			b.refuses("delete", err)
		})
	}

	for name, update := range map[string]bson.D{
		"no operator":               d(),
		"a replacement":             d("v", 2),
		"an empty operator":         d("$set", d()),
		"$rename":                   d("$rename", d("v", "w")),
		"$mul":                      d("$mul", d("v", 2)),
		"$min":                      d("$min", d("v", 2)),
		"$pop":                      d("$pop", d("list", 1)),
		"$pullAll":                  d("$pullAll", d("list", a(1))),
		"$currentDate":              d("$currentDate", d("v", true)),
		"$slice":                    d("$push", d("list", d("$each", a(1), "$slice", 1))),
		"$position":                 d("$push", d("list", d("$each", a(1), "$position", 0))),
		"$each without a list":      d("$push", d("list", d("$each", 1))),
		"an unknown modifier":       d("$addToSet", d("list", d("$unheard", a(1)))),
		"the positional operator":   d("$set", d("list.$", 1)),
		"all elements":              d("$set", d("list.$[]", 1)),
		"one path twice":            d("$set", d("v", 1), "$inc", d("v", 1)),
		"a path and its inside":     d("$set", d("in", d("n", 2), "in.n", 1)),
		"a change of the _id":       d("$set", d("_id", "two")),
		"a step that is no number":  d("$inc", d("v", "1")),
		"an operator in a value":    d("$set", d("v", d("$inc", 1))),
		"an operator in $push":      d("$push", d("list", d("$each", a(d("$gt", 1))))),
		"$pull by unknown operator": d("$pull", d("list", d("$size", 1))),
		// What does not fit the value that is there.
		"$inc of a text":            d("$inc", d("text", 1)),
		"$inc of a list":            d("$inc", d("list", 1)),
		"$inc over the edge":        d("$inc", d("most", 1)),
		"$push onto a text":         d("$push", d("text", 1)),
		"$addToSet onto a text":     d("$addToSet", d("text", 1)),
		"$pull from a text":         d("$pull", d("text", 1)),
		"a path through a text":     d("$set", d("text.n", 1)),
		"a name in a list":          d("$set", d("list.n", 1)),
		"all or nothing: $set,$inc": d("$set", d("v", 99), "$inc", d("text", 1)),
	} {
		t.Run("an update with "+name+" is refused", func(t *testing.T) {
			c.skip(t, name)
			t.Parallel()
			b := b.on(t)
			before := b.get("one")
			b.refuses("update", b.Update(b.ctx(), things, d("_id", "one"), update, nil))
			b.refuses("upsert", b.Upsert(b.ctx(), things, d("_id", "one"), update, nil))
			_, err := b.UpdateAll(b.ctx(), things, d("v", 1), update)
			b.refuses("update all", err)
			b.same(before, b.get("one"))
		})
	}

	for name, query := range map[string]store.Query{
		"no index":                    {Limit: 1},
		"an index of another name":    {Index: "w", Limit: 1},
		"no limit":                    {Index: "_id_"},
		"too great a limit":           {Index: "_id_", Limit: 1001},
		"a sort that no index gives":  {Index: "v", Sort: d("w", 1), Limit: 1},
		"a sort before the equality":  {Index: "_id_", Filter: d("v", 1), Sort: d("v", 1), Limit: 1},
		"a direction that is none":    {Index: "v", Sort: d("v", 2), Limit: 1},
		"too few values to begin at":  {Index: "v", Sort: d("v", 1), After: a("one"), Limit: 1},
		"too many values to begin at": {Index: "_id_", After: a(1, "one"), Limit: 1},
		"an _id that is a number":     {Index: "v", Sort: d("v", 1), After: a(1, 1), Limit: 1},
		"no order to page in":         {Index: "v", Filter: d("v", d("$gt", 0)), After: a("one"), Limit: 1},
		"a dotted field":              {Index: "_id_", Fields: []string{"in.n"}, Limit: 1},
	} {
		t.Run("a page with "+name+" is refused", func(t *testing.T) {
			t.Parallel()
			b := b.on(t)
			b.refuses("find", b.Find(b.ctx(), things, query, &[]bson.D{}))
		})
	}
	t.Run("an upsert without an _id is refused", func(t *testing.T) {
		t.Parallel()
		b := b.on(t)
		b.refuses("upsert", b.Upsert(b.ctx(), things, d("v", 12), d("$set", d("w", 1)), nil))
		b.refuses("upsert", b.Upsert(b.ctx(), things, d("_id", d("$gt", "a")), d("$set", d("w", 1)), nil))
	})
}
