package store

import (
	"context"
	"encoding/base64"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Store implements the document interfaces of package service.
type Store struct {
	documents Documents
	now       func() time.Time
}

// New returns the repositories over an engine. Open declares the indexes first.
func New(documents Documents, now func() time.Time) *Store {
	return &Store{documents: documents, now: now}
}

// Open creates the indexes that are missing; nothing may be read or written before.
func (s *Store) Open(ctx context.Context) error {
	return fault(s.documents.EnsureIndexes(ctx, indexes))
}

// get loads one document by its id; notFound is the noun's refusal.
func get[T any](ctx context.Context, s *Store, collection, id string, notFound error) (*T, error) {
	var document T
	err := s.documents.Get(ctx, collection, id, &document)
	if errors.Is(err, ErrNoDocument) {
		return nil, notFound
	}
	if err != nil {
		return nil, fault(err)
	}
	return &document, nil
}

// getBy loads the one document whose field has the value.
func getBy[T any](ctx context.Context, s *Store, collection, index, field, value string, notFound error) (*T, error) {
	found, err := find[T](ctx, s, collection, Query{Index: index, Filter: bson.D{{Key: field, Value: value}}, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, notFound
	}
	return &found[0], nil
}

// find loads one bounded list.
func find[T any](ctx context.Context, s *Store, collection string, q Query) ([]T, error) {
	var found []T
	if err := s.documents.Find(ctx, collection, q, &found); err != nil {
		return nil, fault(err)
	}
	return found, nil
}

// byID loads the documents that exist of these ids, in no order.
func byID[T any](ctx context.Context, s *Store, collection string, ids []string) ([]T, error) {
	var all []T
	for part := range slices.Chunk(ids, 500) {
		found, err := find[T](ctx, s, collection, Query{
			Index: "_id_", Filter: bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: part}}}}, Limit: len(part),
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// page loads one part of a list and makes the cursor of the next. key returns the
// values that the list is sorted by, _id last.
func page[T any](ctx context.Context, s *Store, collection string, q Query, cursor string, key func(*T) bson.A) (service.Page[T], error) {
	limit := q.Limit
	q.Limit++
	if cursor != "" {
		after, err := readCursor(cursor, len(q.Sort)+1)
		if err != nil {
			return service.Page[T]{}, err
		}
		q.After = after
	}
	items, err := find[T](ctx, s, collection, q)
	if err != nil {
		return service.Page[T]{}, err
	}
	if len(items) <= limit {
		return service.Page[T]{Items: items}, nil
	}
	items = items[:limit]
	next, err := writeCursor(key(&items[limit-1]))
	return service.Page[T]{Items: items, Next: next}, err
}

type cursorKeys struct {
	Keys bson.A `bson:"k"`
}

func writeCursor(keys bson.A) (string, error) {
	raw, err := bson.Marshal(cursorKeys{keys})
	return base64.RawURLEncoding.EncodeToString(raw), err
}

func readCursor(cursor string, keys int) (bson.A, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, service.ErrBadCursor
	}
	var c cursorKeys
	if bson.Unmarshal(raw, &c) != nil || len(c.Keys) != keys {
		return nil, service.ErrBadCursor
	}
	for _, k := range c.Keys {
		switch k.(type) {
		case string, bson.DateTime, int64, int32:
		default:
			return nil, service.ErrBadCursor
		}
	}
	return c.Keys, nil
}

// insert stores a new document with the entries that must follow from it.
func (s *Store) insert(ctx context.Context, collection string, document any, pending []service.OutboxEntry) error {
	if len(pending) == 0 {
		return fault(s.documents.Insert(ctx, collection, document))
	}
	fields, _, err := fieldsOf(document)
	if err != nil {
		return err
	}
	return fault(s.documents.Insert(ctx, collection, append(fields, bson.E{Key: "outbox", Value: pending})))
}

// insertOnce is insert, but a document that is there already is success.
func (s *Store) insertOnce(ctx context.Context, collection string, document any) error {
	err := s.insert(ctx, collection, document, nil)
	var taken *DuplicateError
	if errors.As(err, &taken) && taken.Index == "_id_" {
		return nil
	}
	return err
}

// save writes all fields of a document, when it still has the version, and adds
// the entries that must follow. The outbox itself is left to the relay: fields in
// except are left alone, too.
func (s *Store) save(ctx context.Context, collection, id string, version int64, document any, pending []service.OutboxEntry, except ...string) error {
	update, err := changeOf(document, pending, except...)
	if err != nil {
		return err
	}
	err = s.documents.Update(ctx, collection, bson.D{{Key: "_id", Value: id}, {Key: "version", Value: version}}, update, nil)
	if errors.Is(err, ErrNoDocument) {
		return service.ErrChanged
	}
	return fault(err)
}

// changeOf is the update that makes a stored document like this one, one version later.
func changeOf(document any, pending []service.OutboxEntry, except ...string) (bson.D, error) {
	fields, absent, err := fieldsOf(document)
	if err != nil {
		return nil, err
	}
	except = append(except, "_id", "version")
	fields = slices.DeleteFunc(fields, func(e bson.E) bool { return slices.Contains(except, e.Key) })
	update := bson.D{{Key: "$set", Value: fields}, {Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}}}
	if len(absent) > 0 {
		unset := make(bson.D, len(absent))
		for i, name := range absent {
			unset[i] = bson.E{Key: name, Value: ""}
		}
		update = append(update, bson.E{Key: "$unset", Value: unset})
	}
	if len(pending) > 0 {
		update = append(update, bson.E{Key: "$push", Value: bson.D{{Key: "outbox", Value: bson.D{{Key: "$each", Value: pending}}}}})
	}
	return update, nil
}

// fieldsOf returns a struct as a document, and the names of its fields that are
// empty and left out, so that they can be removed where they were stored.
func fieldsOf(document any) (fields bson.D, absent []string, err error) {
	raw, err := bson.Marshal(document)
	if err != nil {
		return nil, nil, err
	}
	if err := bson.Unmarshal(raw, &fields); err != nil {
		return nil, nil, err
	}
	t := reflect.Indirect(reflect.ValueOf(document)).Type()
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("bson"), ",")
		if options == "omitempty" && !slices.ContainsFunc(fields, func(e bson.E) bool { return e.Key == name }) {
			absent = append(absent, name)
		}
	}
	return fields, absent, nil
}

// taken tells whether the error says that this unique index holds the key already.
func taken(err error, index string) bool {
	var d *DuplicateError
	return errors.As(err, &d) && d.Index == index
}

// fault turns an engine that does not answer into the refusal that says so.
func fault(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return service.ErrUnavailable.After(2 * time.Second).Because(err)
	}
	return err
}
