package embedded

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// Get decodes the document with this _id.
func (db *DB) Get(ctx context.Context, collection, id string, into any) error {
	of := db.collection(collection)
	if of == nil {
		return store.ErrNoDocument
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	key := documentKey{collection, id}
	known, ticket := db.cache.get(key)
	if known != nil {
		return store.Decode(known.body, into)
	}
	var body bson.Raw
	err := db.readers.do(ctx, func(c *conn) error {
		n, found, err := of.read(c, id)
		if err == nil && found == nil {
			err = store.ErrNoDocument
		}
		if err == nil {
			body = found
			db.cache.put(key, n, body, ticket)
		}
		return err
	})
	if err != nil {
		return err
	}
	return store.Decode(body, into)
}

// Find decodes a page of documents into the pointer to a slice.
func (db *DB) Find(ctx context.Context, collection string, query store.Query, into any) error {
	of, i, err := db.index(collection, query.Index)
	if err != nil {
		return err
	}
	page, err := store.PlanPage(i.Index, i.multikey, query)
	if err != nil {
		return err
	}
	list, err := store.NewList(into)
	if err != nil {
		return err
	}
	if of == nil {
		return nil
	}
	return db.readers.do(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			return newScan(of, i, page.Plan, page.After).each(ctx, c, func(r row) (bool, error) {
				body := bson.Raw(r.body)
				if len(query.Fields) > 0 {
					body = project(body, query.Fields)
				}
				err := list.Append(body)
				return list.Len() < query.Limit, err
			})
		})
	})
}

// snapshot lets several statements see the same commit.
func (c *conn) snapshot(read func() error) error {
	if err := c.run(`BEGIN`); err != nil {
		return err
	}
	err := read()
	if end := c.run(`COMMIT`); err == nil {
		err = end
	}
	return err
}

// index returns a collection and one of its indexes; a collection that is not there
// has the index on _id and nothing in it.
func (db *DB) index(collection, name string) (*collection, *index, error) {
	of := db.collection(collection)
	known := of
	if known == nil {
		known = newCollection(collection)
	}
	i, err := known.index(name)
	return of, i, err
}

// project keeps the named fields and the _id.
func project(document bson.Raw, fields []string) bson.Raw {
	out := []byte{0, 0, 0, 0}
	for name, v := range elements(document) {
		if string(name) == "_id" || slices.Contains(fields, string(name)) {
			out = appendElement(out, string(name), v)
		}
	}
	return closeDocument(out, 0)
}

// Count returns how many documents match.
func (db *DB) Count(ctx context.Context, collection, index string, filter bson.D) (int64, error) {
	of, i, err := db.index(collection, index)
	if err != nil {
		return 0, err
	}
	f, err := store.ParseFilter(filter)
	if err != nil {
		return 0, err
	}
	plan, err := store.PlanQuery(i.Index, i.multikey, f, nil)
	if err != nil || of == nil {
		return 0, err
	}
	s := newScan(of, i, plan, nil)
	if len(plan.Residual) == 0 && !s.repeats {
		return db.countRows(ctx, s)
	}
	var count int64
	err = db.readers.do(ctx, func(c *conn) error {
		return c.snapshot(func() error {
			return s.each(ctx, c, func(row) (bool, error) {
				count++
				return true, nil
			})
		})
	})
	return count, err
}

// countRows counts the rows of the index, without the documents.
func (db *DB) countRows(ctx context.Context, s *scan) (int64, error) {
	var sum int64
	for at := range s.stretches {
		rows, err := db.countStretch(ctx, s, at)
		if err != nil {
			return 0, err
		}
		sum += rows
	}
	return sum, nil
}

func (db *DB) countStretch(ctx context.Context, s *scan, at int) (int64, error) {
	var making *count
	if one := s.stretches[at]; one.whole {
		if rows, ok := db.counts.get(s.table(), one.lo); ok {
			return rows, ctx.Err()
		}
		making = db.counts.begin(s.table(), one.lo)
	}
	var rows, number int64
	err := db.readers.do(ctx, func(c *conn) error {
		return c.snapshot(func() (err error) {
			if number, err = meta(c, "commit"); err != nil {
				return err
			}
			rows, err = s.count(c, at)
			return err
		})
	})
	switch {
	case making == nil:
	case err == nil:
		db.counts.finish(making, rows, number)
	default:
		db.counts.abandon(making)
	}
	return rows, err
}

func (s *scan) count(c *conn, at int) (int64, error) {
	key := "key"
	if s.index == s.of.primary {
		key = "id"
	}
	statement, err := c.take(`SELECT count(*) FROM ` + s.table() + ` WHERE ` + key + ` >= ? AND ` + key + ` < ?`)
	if err != nil {
		return 0, err
	}
	defer c.give(statement)
	if err := s.bind(statement, at); err != nil {
		return 0, err
	}
	if _, err := statement.step(); err != nil {
		return 0, err
	}
	return statement.int(0), nil
}
