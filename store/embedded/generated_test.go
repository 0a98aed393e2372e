package embedded

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"kezhi/store"
	"kezhi/store/storetest"
)

// What an index answers must be what reading everything would: random documents and
// updates, an index over random keys, random filters and sorts, page by page, against
// the matcher on every document and a plain sort.
func TestAnIndexAnswersAsReadingEverythingWould(t *testing.T) {
	t.Parallel()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "kezhi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	served, refused, round := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		w := &world{rt: rt, db: db, name: "things", generator: storetest.Generator{}}
		w.declare()
		w.fill()
		w.checkTables()
		for range 6 {
			if w.ask() {
				served++
			} else {
				refused++
			}
		}
	})
	if served < refused/4 {
		t.Errorf("the cases are about nothing: %d queries served, %d refused", served, refused)
	}
}

type world struct {
	rt        *rapid.T
	db        *DB
	name      string
	generator storetest.Generator
	index     store.Index
}

// declare makes an index over up to three keys; that it changes from one round to the
// next tests building and dropping, too.
func (w *world) declare() {
	paths := []string{"a", "b", "c", "a.n", "b.n"}
	w.index = store.Index{Collection: w.name, Name: "by"}
	for range rapid.IntRange(1, 3).Draw(w.rt, "keys") {
		path := rapid.SampledFrom(paths).Draw(w.rt, "key")
		if !slices.ContainsFunc(w.index.Keys, func(e bson.E) bool { return e.Key == path }) {
			w.index.Keys = append(w.index.Keys, bson.E{Key: path, Value: rapid.SampledFrom([]int{1, -1}).Draw(w.rt, "direction")})
		}
	}
	w.index.Sparse = rapid.IntRange(0, 5).Draw(w.rt, "sparse") == 0
	w.must(w.db.writer.do(w.rt.Context(), func(b *batch) error {
		of, err := b.collection(w.name)
		if err != nil {
			return err
		}
		staged, err := b.find(w.rt.Context(), of, store.Filter{}, -1)
		for _, s := range staged {
			err = errors.Join(err, b.put(s, nil))
		}
		return err
	}))
	w.must(w.db.EnsureIndexes(w.rt.Context(), []store.Index{w.index}))
}

func (w *world) must(err error) {
	w.rt.Helper()
	if err != nil {
		w.rt.Fatal(err)
	}
}

// fill inserts and updates in one commit, so that what is staged over what meets too.
func (w *world) fill() {
	var documents []bson.Raw
	for i := range rapid.IntRange(1, 20).Draw(w.rt, "documents") {
		document := append(bson.D{{Key: "_id", Value: fmt.Sprintf("%02d", i*7%20)}}, w.generator.Document().Draw(w.rt, "document")...)
		raw, err := store.EncodeDocument(document)
		w.must(err)
		documents = append(documents, raw)
	}
	type change struct {
		store.Filter
		store.Update
	}
	var changes []change
	for range rapid.IntRange(0, 10).Draw(w.rt, "updates") {
		f, u, err := store.ParseChange(w.generator.Filter().Draw(w.rt, "which"), w.generator.Update().Draw(w.rt, "update"))
		w.must(err)
		changes = append(changes, change{f, u})
	}
	w.must(w.db.writer.do(w.rt.Context(), func(b *batch) error {
		of, err := b.collection(w.name)
		if err != nil {
			return err
		}
		for _, document := range documents {
			id, _ := store.DocumentID(document)
			if err := b.insert(of, id, document); err != nil && !errors.Is(err, store.ErrUnsupported) { // two lists
				return err
			}
		}
		for _, c := range changes {
			s, err := b.findFirst(w.rt.Context(), of, c.Filter)
			if err != nil {
				return err
			}
			if s == nil {
				continue
			}
			if err := b.update(s, c.Update); err != nil && !errors.Is(err, store.ErrUnsupported) {
				return err
			}
		}
		return nil
	}))
}

func (w *world) everything() []bson.Raw {
	var all []bson.Raw
	w.must(w.db.Find(w.rt.Context(), w.name, store.Query{Index: "_id_", Limit: 1000}, &all))
	return all
}

// checkTables compares the index's table with the entries that the documents have.
func (w *world) checkTables() {
	var want, got []string
	i := (*w.db.catalogue.Load())[w.name].indexes[0]
	for _, document := range w.everything() {
		found, met, err := i.keys.entries(document)
		w.must(err)
		id, _ := store.DocumentID(document)
		for _, e := range found {
			want = append(want, hex.EncodeToString(i.keys.row(e, id)))
		}
		if met&^arrays(i.arrays.Load()) != 0 {
			w.rt.Fatalf("the index does not know of the arrays in %s", document)
		}
	}
	w.must(w.db.readers.do(w.rt.Context(), func(c *conn) error {
		rows, err := c.newStmt(`SELECT i.key FROM ` + i.table + ` i JOIN things d ON d.n = i.n`)
		if err != nil {
			return err
		}
		defer rows.finalize()
		for {
			row, err := rows.step()
			if err != nil || !row {
				return err
			}
			got = append(got, hex.EncodeToString(rows.view(0)))
		}
	}))
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		w.rt.Fatalf("the index's table (-want +got)\n%s", diff)
	}
}

// ask sends one query and tells whether the index served it.
func (w *world) ask() bool {
	filter := w.generator.Filter().Draw(w.rt, "filter")
	if rapid.Bool().Draw(w.rt, "an equality first") {
		filter = append(bson.D{{Key: w.index.Keys[0].Key, Value: rapid.SampledFrom([]any{1, "a", bson.D{{Key: "$in", Value: bson.A{1, "a", nil, 1.5}}}}).Draw(w.rt, "equality")}}, filter...)
	}
	query := store.Query{Index: "by", Filter: filter, Limit: rapid.IntRange(1, 5).Draw(w.rt, "limit")}
	turned := rapid.SampledFrom([]int{1, -1}).Draw(w.rt, "turned")
	for _, key := range w.index.Keys[rapid.IntRange(0, len(w.index.Keys)).Draw(w.rt, "sort from"):] {
		query.Sort = append(query.Sort, bson.E{Key: key.Key, Value: key.Value.(int) * turned})
	}
	f, err := store.ParseFilter(filter)
	w.must(err)
	all := w.everything()
	var matching []bson.Raw
	for _, document := range all {
		if matches(f.Conditions, document) {
			matching = append(matching, document)
		}
	}
	count, err := w.db.Count(w.rt.Context(), w.name, "by", filter)
	if err == nil && int(count) != len(matching) {
		w.rt.Fatalf("counted %d, want %d: %v", count, len(matching), filter)
	}
	got, err := w.pages(query, matching)
	if errors.Is(err, store.ErrUnsupported) {
		return false
	}
	w.must(err)
	want := []string{}
	for _, document := range w.inOrder(matching, query.Sort) {
		id, _ := store.DocumentID(document)
		want = append(want, id)
	}
	if len(query.Sort) == 0 {
		slices.Sort(want)
		slices.Sort(got)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.rt.Fatalf("%v by %v sorted %v (-want +got)\n%s\n%v", filter, w.index.Keys, query.Sort, diff, all)
	}
	return true
}

// inOrder sorts the documents as MongoDB does: an array by its least or greatest element.
func (w *world) inOrder(all []bson.Raw, sort bson.D) []bson.Raw {
	if len(sort) == 0 {
		return all
	}
	keys := newIndexKeys(store.Index{Keys: sort})
	return slices.SortedFunc(slices.Values(all), func(x, y bson.Raw) int {
		return bytes.Compare(first(w.rt, keys, x), first(w.rt, keys, y))
	})
}

func first(rt *rapid.T, keys indexKeys, document bson.Raw) []byte {
	found, _, err := keys.entries(document)
	if err != nil {
		rt.Fatal(err)
	}
	id, _ := store.DocumentID(document)
	return keys.row(found[0], id)
}

// pages reads page after page. Where the sort meets an array there is no value to
// begin the next page after, so it reads one long page.
func (w *world) pages(query store.Query, matching []bson.Raw) ([]string, error) {
	keys := newIndexKeys(store.Index{Keys: query.Sort})
	for _, document := range matching {
		if _, met, _ := keys.entries(document); met != 0 {
			query.Limit = 1000
		}
	}
	if len(query.Sort) == 0 {
		query.Limit = 1000
	}
	got := []string{}
	for {
		var page []bson.Raw
		if err := w.db.Find(w.rt.Context(), w.name, query, &page); err != nil {
			return nil, err
		}
		for _, document := range page {
			id, _ := store.DocumentID(document)
			got = append(got, id)
		}
		if len(page) < query.Limit {
			return got, nil
		}
		last := page[len(page)-1]
		query.After = nil
		for _, parts := range keys.parts {
			v, _, _ := follow(last, parts)
			if isMissing(v) {
				query.After = append(query.After, nil)
			} else {
				query.After = append(query.After, v)
			}
		}
		query.After = append(query.After, last.Lookup("_id"))
	}
}
