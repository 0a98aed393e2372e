// Package store keeps Kezhi's documents and sessions.
//
// The repositories in this package implement the interfaces of package service,
// written once in MongoDB's query language over the port Documents. Two engines
// stand behind the port: store/embedded (one SQLite file) and store/mongo. The
// suite in store/storetest proves that they mean the same.
package store

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Documents is a store of BSON documents in named collections, each with a string _id.
//
// A write is one document, atomic, and durable when the call returns: on the
// embedded engine its commit is on disk, on MongoDB it is acknowledged by a
// majority and journaled. There are no transactions over several documents.
//
// Filters and updates are written in a named subset of MongoDB's language and
// mean what MongoDB means:
//
//	filters  field: value (equality; an array field matches by element) · $eq $ne $gt $gte $lt $lte $in $nin
//	         $exists $elemMatch $not · top-level $and $or · dotted paths
//	updates  $set $unset $inc $push $addToSet $pull $setOnInsert ($push and $addToSet with $each)
//
// Anything else is ErrUnsupported at once, on both engines (query_filter.go,
// query_update.go, query_value.go say what exactly). So is a change that does not fit
// the value that it meets, like $inc of a string.
//
// Find, Count and Group name the index that serves them. Update, UpdateAll, Replace and
// Delete find their documents by _id where the filter says it, and otherwise through
// the index that pins most of the filter.
type Documents interface {
	// Insert stores a new document. It returns a *DuplicateError when its _id or
	// a unique index is taken.
	Insert(ctx context.Context, collection string, document any) error

	// Get decodes the document with this _id into the pointer. It returns ErrNoDocument.
	Get(ctx context.Context, collection, id string, into any) error

	// Update changes the first document that matches the filter and decodes it, as
	// it is after the change, into the pointer (nil: not wanted). It returns
	// ErrNoDocument when none matches and a *DuplicateError when a unique index forbids it.
	Update(ctx context.Context, collection string, filter, update bson.D, into any) error

	// Upsert is Update, but inserts a document made of the filter's equalities and
	// the update when none matches. The filter must hold an _id.
	Upsert(ctx context.Context, collection string, filter, update bson.D, into any) error

	// UpdateAll changes every document that matches, each atomically on its own,
	// and returns how many matched.
	UpdateAll(ctx context.Context, collection string, filter, update bson.D) (int64, error)

	// Replace swaps the first document that matches the filter for this one, which
	// must have the same _id. It returns ErrNoDocument and *DuplicateError.
	Replace(ctx context.Context, collection string, filter bson.D, document any) error

	// Find decodes a page of matching documents into the pointer to a slice.
	Find(ctx context.Context, collection string, query Query, into any) error

	// Count returns how many documents match; index names the declared index that
	// serves the filter.
	Count(ctx context.Context, collection, index string, filter bson.D) (int64, error)

	// Group returns one row for each distinct value of the field By among the
	// matching documents, ordered by that value.
	Group(ctx context.Context, collection string, query GroupQuery) ([]GroupRow, error)

	// Delete removes every document that matches and returns how many.
	Delete(ctx context.Context, collection string, filter bson.D) (int64, error)

	// EnsureIndexes creates the declared indexes that are missing. It is called
	// once at start, before anything else, with all that are declared: what is not
	// declared any more may be dropped.
	EnsureIndexes(ctx context.Context, indexes []Index) error

	// Ping tells whether the engine answers.
	Ping(ctx context.Context) error

	// Close waits for calls under way and releases the engine.
	Close(ctx context.Context) error
}

// Query is one page of documents.
type Query struct {
	Index  string // the declared index that serves it; required, "_id_" for the primary key
	Filter bson.D
	Sort   bson.D   // fields with 1 or -1; the engine appends _id as the last key, in the first field's direction
	After  bson.A   // the sort values, _id last, of the document that the page begins after; nil: from the start
	Limit  int      // 1 to 1000
	Fields []string // only these top-level fields (and _id); empty: all
}

// GroupQuery counts matching documents by the value of a field.
type GroupQuery struct {
	Index  string // the declared index that serves the filter
	Filter bson.D
	By     string   // a field; an array field counts under each of its elements
	Sums   []string // numeric fields to be summed; missing counts as 0
}

// GroupRow is one group: the value of the field, the number of documents, and a
// sum for each field asked for.
type GroupRow struct {
	Value bson.RawValue
	Count int64
	Sums  map[string]float64
}

// Index declares one index of one collection.
type Index struct {
	Collection string
	Name       string
	Keys       bson.D // fields with 1 or -1, in order; an array field makes it multikey
	Unique     bool
	// Sparse leaves out documents that lack the first key. With Unique it allows
	// any number of documents without it ("sparse-like by absence"). A query on it
	// must ask for the first key: a value, a range, $exists.
	Sparse bool
}

// ErrNoDocument says that no document matched.
var ErrNoDocument = errors.New("store: no document matches")

// ErrUnsupported says that a filter or an update uses an operator or a value
// outside the named subset, or that a query names no declared index.
var ErrUnsupported = errors.New("store: outside the supported query language")

// ErrUnavailable says that the engine does not answer; the call may be tried again.
var ErrUnavailable = errors.New("store: the engine does not answer")

// DuplicateError says that a unique key is taken.
type DuplicateError struct {
	Collection string
	Index      string // "_id_" for the primary key
}

func (e *DuplicateError) Error() string {
	return "store: duplicate key in " + e.Collection + " index " + e.Index
}
