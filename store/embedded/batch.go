package embedded

import (
	"bytes"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// batch is what the writer does between two commits: the writes of many callers,
// applied one after the other to documents in memory, then put into the tables
// together. A document that a hundred callers change is written once.
//
// A write that fails leaves no trace: it looks first and stages last. A fault of the
// engine itself is another matter; it ends the batch for everyone.
type batch struct {
	db        *DB
	conn      *conn
	catalogue catalogue
	staged    map[documentKey]*staged
	order     []*staged
	// taken overlays the unique indexes: who holds an entry now. An empty id says
	// that its holder in the tables has given it up.
	taken map[*index]map[string]string
	rows  []rowChange
	// number counts the commits that changed something; the file holds it, too.
	number  int64
	rebuilt bool // tables were dropped or built
	fault   error
}

type documentKey struct{ collection, id string }

// staged is a document as it is in the tables, and as it will be. Nil is not there.
type staged struct {
	of      *collection
	id      string
	n       int64
	changed bool // in this batch, written to the tables or not
	before  bson.Raw
	after   bson.Raw
	stored  [][]entry // of before, for each of the collection's indexes; nil: not asked for yet
	entries [][]entry // of after
}

func (s *staged) key() documentKey { return documentKey{s.of.name, s.id} }

// fail ends the batch: the engine is in trouble.
func (b *batch) fail(err error) error {
	if b.fault == nil {
		b.fault = err
	}
	return err
}

// collection returns a collection; it makes its table if it is new.
func (b *batch) collection(name string) (*collection, error) {
	if of := b.catalogue[name]; of != nil {
		return of, nil
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	of := newCollection(name)
	if err := createCollection(b.conn, of); err != nil {
		return nil, b.fail(err)
	}
	b.catalogue = b.catalogue.with(of)
	return of, nil
}

// load returns a document as this batch sees it.
func (b *batch) load(of *collection, id string) (*staged, error) {
	if s := b.staged[documentKey{of.name, id}]; s != nil {
		return s, nil
	}
	key := documentKey{of.name, id}
	known, ticket := b.db.cache.get(key)
	if known != nil {
		return b.stage(of, id, known.n, known.body), nil
	}
	n, body, err := of.read(b.conn, id)
	if err != nil {
		return nil, b.fail(err)
	}
	if body != nil {
		b.db.cache.put(key, n, body, ticket)
	}
	return b.stage(of, id, n, body), nil
}

// read returns a document of the tables; nil when it is not there.
func (of *collection) read(c *conn, id string) (int64, bson.Raw, error) {
	statement, err := c.take(`SELECT n, body FROM ` + of.table + ` WHERE id = ?`)
	if err != nil {
		return 0, nil, err
	}
	defer c.give(statement)
	if err := statement.bind(id); err != nil {
		return 0, nil, err
	}
	found, err := statement.step()
	if err != nil || !found {
		return 0, nil, err
	}
	return statement.int(0), statement.bytes(1), nil
}

func (b *batch) stage(of *collection, id string, n int64, body bson.Raw) *staged {
	s := &staged{of: of, id: id, n: n, before: body, after: body}
	b.staged[documentKey{of.name, id}] = s
	b.order = append(b.order, s)
	return s
}

// put makes the document what it will be, nil to remove it. It returns a
// *store.DuplicateError when a unique index forbids that.
func (b *batch) put(s *staged, after bson.Raw) error {
	if bytes.Equal(s.after, after) {
		return nil
	}
	current, err := s.current()
	if err != nil {
		return b.fail(err)
	}
	entries := make([][]entry, len(s.of.indexes))
	for at, i := range s.of.indexes {
		switch {
		case after == nil || i.late():
		case s.after != nil && i.keys.sameIn(s.after, after):
			entries[at] = current[at]
		default:
			if entries[at], err = b.entriesOf(i, after); err != nil {
				return err
			}
		}
	}
	for at, i := range s.of.indexes {
		if !i.Unique {
			continue
		}
		if err := b.checkUnique(s, i, current[at], entries[at]); err != nil {
			return err
		}
	}
	for at, i := range s.of.indexes {
		if !i.Unique {
			continue
		}
		for _, e := range current[at] {
			b.overlay(i)[string(e)] = ""
		}
		for _, e := range entries[at] {
			b.overlay(i)[string(e)] = s.id
		}
	}
	s.after, s.entries, s.changed = after, entries, true
	return nil
}

// entriesOf returns the entries of a document in an index, and notes which keys met an array.
func (b *batch) entriesOf(i *index, document bson.Raw) ([]entry, error) {
	found, met, err := i.keys.entries(document)
	if err != nil {
		return nil, err
	}
	if met != 0 && arrays(i.arrays.Load())|met != arrays(i.arrays.Load()) {
		i.arrays.Or(uint64(met))
		if err := b.conn.run(`UPDATE kezhi_index SET arrays = ? WHERE collection = ? AND name = ?`,
			int64(i.arrays.Load()), i.Collection, i.Name); err != nil {
			return nil, b.fail(err)
		}
	}
	return found, nil
}

// current returns the entries of the document as it is now in the batch.
func (s *staged) current() ([][]entry, error) {
	if s.entries != nil {
		return s.entries, nil
	}
	s.entries = make([][]entry, len(s.of.indexes))
	if s.after != nil {
		for at, i := range s.of.indexes {
			found, _, err := i.keys.entries(s.after)
			if err != nil {
				return nil, fmt.Errorf("a stored document: %w", err)
			}
			s.entries[at] = found
		}
	}
	s.stored = s.entries
	return s.entries, nil
}

func (b *batch) checkUnique(s *staged, i *index, current, wanted []entry) error {
	for _, e := range wanted {
		if slices.ContainsFunc(current, func(own entry) bool { return bytes.Equal(own, e) }) {
			continue
		}
		holder, staged := b.overlay(i)[string(e)]
		if staged && holder == "" {
			continue
		}
		if !staged {
			found, err := holds(b.conn, i, e)
			if err != nil {
				return b.fail(err)
			}
			if !found {
				continue
			}
		}
		return &store.DuplicateError{Collection: s.of.name, Index: i.Name}
	}
	return nil
}

func (b *batch) overlay(i *index) map[string]string {
	if b.taken[i] == nil {
		b.taken[i] = map[string]string{}
	}
	return b.taken[i]
}

// changes are the documents that the batch changes.
func (b *batch) changes() []*staged {
	changed := make([]*staged, 0, len(b.order))
	for _, s := range b.order {
		if s.changed {
			changed = append(changed, s)
		}
	}
	return changed
}

// flush writes what is staged into the tables, inside the transaction.
func (b *batch) flush() error {
	for _, s := range b.order {
		if bytes.Equal(s.before, s.after) {
			continue
		}
		for at, i := range s.of.indexes {
			if !i.late() || s.after == nil {
				continue
			}
			var err error
			if s.entries[at], err = b.entriesOf(i, s.after); err != nil {
				return b.fail(err)
			}
		}
		if err := b.write(s); err != nil {
			return b.fail(err)
		}
		s.before, s.stored = s.after, s.entries
	}
	return nil
}

func (b *batch) write(s *staged) error {
	var err error
	switch {
	case s.before == nil:
		err = b.conn.run(`INSERT INTO `+s.of.table+` (id, body) VALUES (?, ?)`, s.id, []byte(s.after))
		s.n = b.conn.lastRow()
		b.rows = append(b.rows, rowChange{s.of.table, s.id, 1})
	case s.after == nil:
		err = b.conn.run(`DELETE FROM `+s.of.table+` WHERE n = ?`, s.n)
		b.rows = append(b.rows, rowChange{s.of.table, s.id, -1})
	default:
		err = b.conn.run(`UPDATE `+s.of.table+` SET body = ? WHERE n = ?`, []byte(s.after), s.n)
	}
	if err != nil {
		return err
	}
	for at, i := range s.of.indexes {
		if err := b.writeEntries(s, i, s.stored[at], s.entries[at]); err != nil {
			return err
		}
	}
	return nil
}

// writeEntries writes how two sorted lists of entries differ.
func (b *batch) writeEntries(s *staged, i *index, before, after []entry) error {
	for len(before) > 0 || len(after) > 0 {
		var order int
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = bytes.Compare(before[0], after[0])
		}
		switch {
		case order == 0:
			before, after = before[1:], after[1:]
		case order < 0:
			key := i.keys.row(before[0], s.id)
			if err := b.conn.run(`DELETE FROM `+i.table+` WHERE key = ?`, key); err != nil {
				return err
			}
			b.rows = append(b.rows, rowChange{i.table, string(key), -1})
			before = before[1:]
		default:
			key := i.keys.row(after[0], s.id)
			if err := insertRow(b.conn, i, key, s.n); err != nil {
				return err
			}
			b.rows = append(b.rows, rowChange{i.table, string(key), 1})
			after = after[1:]
		}
	}
	return nil
}

func insertRow(c *conn, i *index, key []byte, n int64) error {
	return c.run(`INSERT INTO `+i.table+` (key, n) VALUES (?, ?)`, key, n)
}

// commit writes what is staged, and the number of the commit, and commits.
func (b *batch) commit() error {
	if err := b.flush(); err != nil {
		return err
	}
	if len(b.rows) > 0 {
		b.number++
		if err := b.conn.run(`UPDATE kezhi_meta SET value = ? WHERE name = 'commit'`, b.number); err != nil {
			return b.fail(err)
		}
	}
	if err := b.conn.run(`COMMIT`); err != nil {
		return b.fail(err)
	}
	return nil
}

// holds tells whether a table has an entry, whichever document's it is.
func holds(c *conn, i *index, e entry) (bool, error) {
	statement, err := c.take(`SELECT 1 FROM ` + i.table + ` WHERE key >= ? AND key < ? LIMIT 1`)
	if err != nil {
		return false, err
	}
	defer c.give(statement)
	if err := statement.bind(e, successor(e)); err != nil {
		return false, err
	}
	return statement.step()
}
