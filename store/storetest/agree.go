package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"kezhi/store"
)

// Agree sends the same random documents, filters and updates to two engines and
// expects the same answers and the same documents afterwards.
func Agree(t *testing.T, g Generator, one, other store.Documents) {
	t.Helper()
	// One field each: several lists in one index would be refused.
	indexes := []store.Index{
		{Name: "a", Keys: d("a", 1)},
		{Name: "b_n", Keys: d("b.n", 1)},
		{Name: "c", Keys: d("c", -1)},
	}
	for i := range indexes {
		indexes[i].Collection = things
	}
	for _, engine := range []store.Documents{one, other} {
		if err := engine.EnsureIndexes(t.Context(), indexes); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		p := &pair{Generator: g, t: t, rt: rt, one: one, other: other}
		p.clear()
		for i := range rapid.IntRange(1, 8).Draw(rt, "documents") {
			document := append(d("_id", strconv.Itoa(i)), g.Document().Draw(rt, "document")...)
			p.same("insert", func(e store.Documents) (any, error) {
				return nil, e.Insert(t.Context(), things, document)
			})
		}
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			p.step()
		}
		p.same("what is left", func(e store.Documents) (any, error) {
			return p.all(e, store.Query{Index: "_id_", Limit: 100})
		})
	})
}

type pair struct {
	Generator
	t          *testing.T
	rt         *rapid.T
	one, other store.Documents
}

func (p *pair) clear() {
	for _, engine := range []store.Documents{p.one, p.other} {
		if _, err := engine.Delete(p.t.Context(), things, bson.D{}); err != nil {
			p.rt.Fatal(err)
		}
	}
}

// same calls both engines and compares the answers, and the errors by their kind.
func (p *pair) same(what string, call func(store.Documents) (any, error)) {
	p.rt.Helper()
	got, err := call(p.one)
	want, wantErr := call(p.other)
	if kind(err) != kind(wantErr) {
		p.rt.Fatalf("%s: one says %v, the other %v", what, err, wantErr)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.rt.Fatalf("%s:\none   %v\nother %v", what, got, want)
	}
}

func kind(err error) string {
	var duplicate *store.DuplicateError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, store.ErrNoDocument):
		return "no document"
	case errors.Is(err, store.ErrUnsupported):
		return "unsupported"
	case errors.As(err, &duplicate):
		return "duplicate in " + duplicate.Index
	}
	return "other: " + err.Error()
}

func (p *pair) step() {
	ctx := p.t.Context()
	id := strconv.Itoa(rapid.IntRange(0, 9).Draw(p.rt, "id"))
	switch rapid.IntRange(0, 7).Draw(p.rt, "step") {
	case 0, 1:
		filter := append(d("_id", id), p.Filter().Draw(p.rt, "guard")...)
		update := p.Update().Draw(p.rt, "update")
		p.same(fmt.Sprintf("update %v %v", filter, update), func(e store.Documents) (any, error) {
			var after bson.D
			err := e.Update(ctx, things, filter, update, &after)
			return p.json(after), err
		})
	case 2:
		update := p.Update().Draw(p.rt, "update")
		p.same(fmt.Sprintf("upsert %s %v", id, update), func(e store.Documents) (any, error) {
			var after bson.D
			err := e.Upsert(ctx, things, d("_id", id), update, &after)
			return p.json(after), err
		})
	case 3:
		filter := p.Filter().Draw(p.rt, "filter")
		value := p.value().Draw(p.rt, "value")
		p.same(fmt.Sprintf("update all %v to %v", filter, value), func(e store.Documents) (any, error) {
			return e.UpdateAll(ctx, things, filter, d("$set", d("c", value)))
		})
	case 4:
		filter := append(d("_id", id), p.Filter().Draw(p.rt, "guard")...)
		p.same(fmt.Sprintf("delete %v", filter), func(e store.Documents) (any, error) {
			return e.Delete(ctx, things, filter)
		})
	case 5:
		query := store.Query{Index: "a", Limit: 100}
		query.Filter = append(d("a", d("$in", a(p.scalar().Draw(p.rt, "a"), p.scalar().Draw(p.rt, "or a")))), d("c", p.condition("c").Draw(p.rt, "c"))...)
		p.same(fmt.Sprintf("page %v", query), func(e store.Documents) (any, error) { return p.all(e, query) })
	default:
		filter := p.Filter().Draw(p.rt, "filter")
		for _, index := range []string{"_id_", "a", "b_n", "c"} {
			query := store.Query{Index: index, Filter: filter, Limit: 100}
			p.same(fmt.Sprintf("find %v", query), func(e store.Documents) (any, error) { return p.all(e, query) })
			p.same(fmt.Sprintf("count %v", query), func(e store.Documents) (any, error) { return e.Count(ctx, things, index, filter) })
		}
	}
}

// all are the documents of a page as JSON, in the order of their _ids.
func (p *pair) all(e store.Documents, query store.Query) ([]string, error) {
	var found []bson.D
	if err := e.Find(p.t.Context(), things, query, &found); err != nil {
		return nil, err
	}
	texts := make([]string, 0, len(found))
	for _, document := range found {
		texts = append(texts, p.json(document))
	}
	slices.Sort(texts)
	return texts, nil
}

// json writes a document for comparing; narrowly without the types of numbers, as the
// server there keeps an int32 that is set to an equal double.
func (p *pair) json(document bson.D) string {
	if p.Narrow {
		document, _ = plainNumbers(document).(bson.D)
	}
	return asJSON(p.t, document)
}

func plainNumbers(v any) any {
	switch v := v.(type) {
	case bson.D:
		plain := make(bson.D, len(v))
		for i, field := range v {
			plain[i] = bson.E{Key: field.Key, Value: plainNumbers(field.Value)}
		}
		return plain
	case bson.A:
		plain := make(bson.A, len(v))
		for i, item := range v {
			plain[i] = plainNumbers(item)
		}
		return plain
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	}
	return v
}
