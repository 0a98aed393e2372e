package embedded

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// Insert stores a new document.
func (db *DB) Insert(ctx context.Context, collection string, document any) error {
	raw, err := store.EncodeDocument(document)
	if err != nil {
		return err
	}
	id, _ := store.DocumentID(raw)
	return db.writer.do(ctx, func(b *batch) error {
		of, err := b.collection(collection)
		if err != nil {
			return err
		}
		return b.insert(of, id, raw)
	})
}

func (b *batch) insert(of *collection, id string, document bson.Raw) error {
	s, err := b.load(of, id)
	if err != nil {
		return err
	}
	if s.after != nil {
		return &store.DuplicateError{Collection: of.name, Index: store.PrimaryIndex}
	}
	return b.put(s, document)
}

// Update changes the first document that matches.
func (db *DB) Update(ctx context.Context, collection string, filter, update bson.D, into any) error {
	f, u, err := store.ParseChange(filter, update)
	if err != nil {
		return err
	}
	return db.change(ctx, collection, f, u, into, noInsert)
}

// Upsert changes the first document that matches, or inserts one.
func (db *DB) Upsert(ctx context.Context, collection string, filter, update bson.D, into any) error {
	f, u, err := store.ParseUpsert(filter, update)
	if err != nil {
		return err
	}
	return db.change(ctx, collection, f, u, into, (*batch).upsert)
}

// absent says what a change does when no document matches.
type absent func(*batch, *collection, store.Filter, store.Update) (*staged, error)

func noInsert(*batch, *collection, store.Filter, store.Update) (*staged, error) {
	return nil, store.ErrNoDocument
}

func (b *batch) upsert(of *collection, f store.Filter, u store.Update) (*staged, error) {
	document, err := newDocument(f, u)
	if err != nil {
		return nil, err
	}
	id, _ := store.DocumentID(document)
	if err := b.insert(of, id, document); err != nil {
		return nil, err
	}
	return b.load(of, id)
}

func (db *DB) change(ctx context.Context, collection string, f store.Filter, u store.Update, into any, otherwise absent) error {
	var after bson.Raw
	err := db.writer.do(ctx, func(b *batch) error {
		of, err := b.collection(collection)
		if err != nil {
			return err
		}
		s, err := b.findFirst(ctx, of, f)
		if err != nil {
			return err
		}
		if s == nil {
			s, err = otherwise(b, of, f, u)
		} else {
			err = b.update(s, u)
		}
		if err == nil {
			after = s.after
		}
		return err
	})
	if err != nil || into == nil {
		return err
	}
	return store.Decode(after, into)
}

func (b *batch) update(s *staged, u store.Update) error {
	after, err := apply(s.after, u.Changes, false)
	if err != nil {
		return err
	}
	return b.put(s, after)
}

// UpdateAll changes every document that matches.
func (db *DB) UpdateAll(ctx context.Context, collection string, filter, update bson.D) (int64, error) {
	u, err := store.ParseUpdate(update)
	if err != nil {
		return 0, err
	}
	return db.forEach(ctx, collection, filter, func(b *batch, s *staged) error { return b.update(s, u) })
}

// Delete removes every document that matches.
func (db *DB) Delete(ctx context.Context, collection string, filter bson.D) (int64, error) {
	return db.forEach(ctx, collection, filter, func(b *batch, s *staged) error { return b.put(s, nil) })
}

func (db *DB) forEach(ctx context.Context, collection string, filter bson.D, write func(*batch, *staged) error) (int64, error) {
	f, err := store.ParseFilter(filter)
	if err != nil {
		return 0, err
	}
	var count int64
	err = db.writer.do(ctx, func(b *batch) error {
		of, err := b.collection(collection)
		if err != nil {
			return err
		}
		matching, err := b.find(ctx, of, f, -1)
		if err != nil {
			return err
		}
		for _, s := range matching {
			if err := write(b, s); err != nil {
				return err
			}
			count++
		}
		return nil
	})
	return count, err
}

// Replace swaps the first document that matches for another with the same _id.
func (db *DB) Replace(ctx context.Context, collection string, filter bson.D, document any) error {
	f, err := store.ParseFilter(filter)
	if err != nil {
		return err
	}
	raw, err := store.EncodeDocument(document)
	if err != nil {
		return err
	}
	id, _ := store.DocumentID(raw)
	return db.writer.do(ctx, func(b *batch) error {
		of, err := b.collection(collection)
		if err != nil {
			return err
		}
		s, err := b.findFirst(ctx, of, f)
		switch {
		case err != nil:
			return err
		case s == nil:
			return store.ErrNoDocument
		case s.id != id:
			return fmt.Errorf("%w: a replacement with another _id", store.ErrUnsupported)
		}
		return b.put(s, raw)
	})
}

// findFirst returns the first document that matches, or nil.
func (b *batch) findFirst(ctx context.Context, of *collection, f store.Filter) (*staged, error) {
	found, err := b.find(ctx, of, f, 1)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// find returns the documents that match, as this batch sees them. A filter that says
// the _id looks at that document alone; others read an index of the tables, so what
// is staged goes there first.
func (b *batch) find(ctx context.Context, of *collection, f store.Filter, limit int) ([]*staged, error) {
	if id, ok := f.ID(); ok {
		s, err := b.load(of, id)
		if err != nil || s.after == nil || !matches(f.Conditions, s.after) {
			return nil, err
		}
		return []*staged{s}, nil
	}
	i, plan := of.bestPlan(f)
	if err := b.flush(); err != nil {
		return nil, err
	}
	var found []*staged
	err := newScan(of, i, plan, nil).each(ctx, b.conn, func(r row) (bool, error) {
		id, _ := store.DocumentID(r.body)
		s := b.staged[documentKey{of.name, id}]
		if s == nil {
			s = b.stage(of, id, r.n, append(bson.Raw(nil), r.body...))
		}
		found = append(found, s)
		return limit < 0 || len(found) < limit, nil
	})
	if err != nil && ctx.Err() == nil {
		return nil, b.fail(err)
	}
	return found, err
}

// bestPlan chooses the index that pins most; the whole collection when none helps.
func (of *collection) bestPlan(f store.Filter) (*index, store.Plan) {
	best := of.primary
	plan, _ := store.PlanQuery(best.Index, store.SingleValued, f, nil) // never refused without a sort
	for _, i := range of.indexes {
		other, err := store.PlanQuery(i.Index, i.multikey, f, nil)
		if err == nil && weight(other) > weight(plan) {
			best, plan = i, other
		}
	}
	return best, plan
}

func weight(p store.Plan) int {
	w := 4 * len(p.Points)
	if p.Lower != nil {
		w++
	}
	if p.Upper != nil {
		w++
	}
	return w
}
