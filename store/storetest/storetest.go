// Package storetest is the contract that every store.Documents must pass, whichever
// engine is behind it. What it expects is what MongoDB does.
package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// Run holds an engine to the contract. Each call of open gives a store with nothing in
// it, which is closed when the test ends. The named cases are left out: they are for
// a server that only stands in for MongoDB and is known to be wrong there.
func Run(t *testing.T, open func(t *testing.T) store.Documents, leftOut ...string) {
	t.Helper()
	skip := func(t *testing.T, name string) {
		t.Helper()
		if slices.Contains(leftOut, name) {
			t.Skip("the server behind this engine is known to be wrong here")
		}
	}
	for _, part := range []struct {
		name string
		test func(t *testing.T, c contract)
	}{
		{"documents", testDocuments},
		{"filters", testFilters},
		{"language", testLanguage},
		{"updates", testUpdates},
		{"upserts", testUpserts},
		{"pages", testPages},
		{"indexes", testIndexes},
		{"groups", testGroups},
		{"concurrency", testConcurrency},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.test(t, contract{open, skip})
		})
	}
}

// contract is what the parts of the suite are given.
type contract struct {
	open func(t *testing.T) store.Documents
	skip func(t *testing.T, name string)
}

// d builds a bson.D from names and values in turn.
func d(pairs ...any) bson.D {
	built := make(bson.D, 0, len(pairs)/2)
	for pair := range slices.Chunk(pairs, 2) {
		built = append(built, bson.E{Key: pair[0].(string), Value: pair[1]})
	}
	return built
}

// a builds a bson.A; of nothing, an empty one.
func a(values ...any) bson.A { return append(bson.A{}, values...) }

// bench is a store with the collection "things" in the hands of one test.
type bench struct {
	store.Documents
	t *testing.T
}

const things = "things"

// newBench opens a store whose things have the indexes, and the documents in them.
func newBench(t *testing.T, c contract, indexes ...store.Index) *bench {
	t.Helper()
	b := &bench{c.open(t), t}
	for i := range indexes {
		indexes[i].Collection = things
	}
	b.must(b.EnsureIndexes(t.Context(), indexes))
	return b
}

// on is the same store for a test inside.
func (b *bench) on(t *testing.T) *bench { return &bench{b.Documents, t} }

func (b *bench) ctx() context.Context { return b.t.Context() }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) put(documents ...bson.D) {
	b.t.Helper()
	for _, document := range documents {
		b.must(b.Insert(b.t.Context(), things, document))
	}
}

// ids returns the _ids of a page, in the page's order.
func (b *bench) ids(query store.Query) []string {
	b.t.Helper()
	if query.Limit == 0 {
		query.Limit = 100
	}
	var found []struct {
		ID string `bson:"_id"`
	}
	b.must(b.Find(b.t.Context(), things, query, &found))
	ids := make([]string, 0, len(found))
	for _, one := range found {
		ids = append(ids, one.ID)
	}
	return ids
}

// get returns a document as JSON with types, its fields in the order of their names.
func (b *bench) get(id string) string {
	b.t.Helper()
	var document bson.D
	b.must(b.Get(b.t.Context(), things, id, &document))
	return asJSON(b.t, document)
}

func (b *bench) same(want, got any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("(-want +got)\n%s", diff)
	}
}

func (b *bench) refuses(what string, err error) {
	b.t.Helper()
	if !errors.Is(err, store.ErrUnsupported) {
		b.t.Errorf("%s: got %v, want ErrUnsupported", what, err)
	}
}

func (b *bench) isTaken(index string, err error) {
	b.t.Helper()
	var duplicate *store.DuplicateError
	if !errors.As(err, &duplicate) {
		b.t.Errorf("got %v, want a DuplicateError", err)
		return
	}
	b.same(store.DuplicateError{Collection: things, Index: index}, *duplicate)
}

// asJSON writes a document so that types show and the order of fields does not.
func asJSON(t *testing.T, document bson.D) string {
	t.Helper()
	text, err := bson.MarshalExtJSON(inOrder(document), true, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func inOrder(v any) any {
	switch v := v.(type) {
	case bson.D:
		sorted := make(bson.D, len(v))
		for i, field := range v {
			sorted[i] = bson.E{Key: field.Key, Value: inOrder(field.Value)}
		}
		slices.SortFunc(sorted, func(a, b bson.E) int {
			if a.Key < b.Key {
				return -1
			}
			return 1
		})
		return sorted
	case bson.A:
		items := make(bson.A, len(v))
		for i, item := range v {
			items[i] = inOrder(item)
		}
		return items
	}
	return v
}
