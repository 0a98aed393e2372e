package embedded

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// schemaVersion names the layout of the tables below. A file of another version is refused.
const schemaVersion = 1

// The catalogue says which tables hold what. Beside it there is
//
//   - for each collection a table named like it: (n INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB),
//     the body being the document in BSON;
//   - for each index a table named "collection.index": (key BLOB PRIMARY KEY, n), the key being the
//     entry and the _id (see entries.go), without a rowid, so that the rows lie in the order of the index.
const (
	catalogueTables  = `CREATE TABLE IF NOT EXISTS kezhi_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID`
	catalogueIndexes = `CREATE TABLE IF NOT EXISTS kezhi_index (
	collection TEXT NOT NULL, name TEXT NOT NULL, declaration BLOB NOT NULL, arrays INTEGER NOT NULL,
	PRIMARY KEY (collection, name)) WITHOUT ROWID`
)

// catalogue is what the file holds, as the process knows it. A new one replaces it
// whole, so that readers need no lock.
type catalogue map[string]*collection

type collection struct {
	name    string
	table   string // quoted
	primary *index
	indexes []*index
}

type index struct {
	store.Index
	table string // quoted
	keys  indexKeys
	// arrays are the keys that have met an array since the index was made. It only
	// grows, and grows before the commit, so that whoever sees a row has seen it.
	arrays atomic.Uint64
}

// late tells whether the entries of a changed document can wait until the batch is
// written: nobody can be refused for them. So a document that a hundred callers
// change has them made once.
func (i *index) late() bool { return !i.Unique && len(i.keys.parts) == 1 }

func (i *index) multikey(key int) bool { return arrays(i.arrays.Load()).has(key) }

func newCollection(name string) *collection {
	return &collection{name: name, table: quote(name), primary: &index{
		Index: store.Index{Collection: name, Name: store.PrimaryIndex, Keys: bson.D{{Key: "_id", Value: 1}}, Unique: true},
	}}
}

func newIndex(declared store.Index) *index {
	return &index{Index: declared, table: quote(declared.Collection + "." + declared.Name), keys: newIndexKeys(declared)}
}

// index returns a declared index by its name.
func (c *collection) index(name string) (*index, error) {
	if name == store.PrimaryIndex {
		return c.primary, nil
	}
	for _, i := range c.indexes {
		if i.Name == name {
			return i, nil
		}
	}
	return nil, fmt.Errorf("%w: the collection %s has no index %q", store.ErrUnsupported, c.name, name)
}

// checkName keeps collections and indexes to names that are plain in SQL and in MongoDB.
func checkName(name string) error {
	if name == "" || len(name) > 64 {
		return fmt.Errorf("%w: the name %q", store.ErrUnsupported, name)
	}
	for _, r := range name {
		if r != '_' && r != '-' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return fmt.Errorf("%w: the name %q", store.ErrUnsupported, name)
		}
	}
	return nil
}

func quote(name string) string { return `"` + name + `"` }

// declaration is an index as the catalogue keeps it.
type declaration struct {
	Keys   bson.D `bson:"keys"`
	Unique bool   `bson:"unique"`
	Sparse bool   `bson:"sparse"`
}

// readCatalogue makes the tables of a new file, and reads those of an old one.
func readCatalogue(c *conn) (catalogue, error) {
	if err := c.exec(catalogueTables); err != nil {
		return nil, err
	}
	if err := c.exec(catalogueIndexes); err != nil {
		return nil, err
	}
	if err := c.exec(`INSERT OR IGNORE INTO kezhi_meta VALUES ('schema', ?), ('commit', 0)`, int64(schemaVersion)); err != nil {
		return nil, err
	}
	version, err := meta(c, "schema")
	if err != nil {
		return nil, err
	}
	if version != schemaVersion {
		return nil, fmt.Errorf("store/embedded: the file has schema %d, this program knows %d", version, schemaVersion)
	}
	known := catalogue{}
	tables, err := c.newStmt(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'kezhi\_%' ESCAPE '\' AND instr(name, '.') = 0 AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	defer tables.finalize()
	for {
		row, err := tables.step()
		if err != nil {
			return nil, err
		}
		if !row {
			break
		}
		name := tables.text(0)
		known[name] = newCollection(name)
	}
	return known, readIndexes(c, known)
}

// meta reads one of the file's own numbers.
func meta(c *conn, name string) (int64, error) {
	statement, err := c.take(`SELECT value FROM kezhi_meta WHERE name = ?`)
	if err != nil {
		return 0, err
	}
	defer c.give(statement)
	if err := statement.bind(name); err != nil {
		return 0, err
	}
	found, err := statement.step()
	if err != nil || !found {
		return 0, err
	}
	return statement.int(0), nil
}

func readIndexes(c *conn, known catalogue) error {
	rows, err := c.newStmt(`SELECT collection, declaration, name, arrays FROM kezhi_index ORDER BY collection, name`)
	if err != nil {
		return err
	}
	defer rows.finalize()
	for {
		row, err := rows.step()
		if err != nil || !row {
			return err
		}
		var d declaration
		if err := bson.Unmarshal(rows.bytes(1), &d); err != nil {
			return fmt.Errorf("reading the catalogue: %w", err)
		}
		name := rows.text(0)
		i := newIndex(store.Index{Collection: name, Name: rows.text(2), Keys: d.Keys, Unique: d.Unique, Sparse: d.Sparse})
		i.arrays.Store(uint64(rows.int(3)))
		if known[name] == nil {
			return fmt.Errorf("store/embedded: the catalogue knows the index %s of a collection that is not there", i.table)
		}
		known[name].indexes = append(known[name].indexes, i)
	}
}

// sameDeclaration tells whether an index need not be built again.
func sameDeclaration(a, b store.Index) bool {
	return a.Unique == b.Unique && a.Sparse == b.Sparse && len(a.Keys) == len(b.Keys) && reflect.DeepEqual(canonicalKeys(a.Keys), canonicalKeys(b.Keys))
}

// canonicalKeys writes the directions as one type, whichever the declaration used.
func canonicalKeys(keys bson.D) bson.D {
	canonical := make(bson.D, len(keys))
	for i, key := range keys {
		direction, _ := store.Direction(key.Value) // checked when it was declared
		canonical[i] = bson.E{Key: key.Key, Value: int32(direction)}
	}
	return canonical
}

// EnsureIndexes builds the declared indexes that are missing or declared otherwise,
// over the documents that are there, and drops those that are not declared any more.
// It returns a *store.DuplicateError when documents break a new unique index.
func (db *DB) EnsureIndexes(ctx context.Context, indexes []store.Index) error {
	if err := store.CheckIndexes(indexes); err != nil {
		return err
	}
	for _, declared := range indexes {
		if err := checkName(declared.Collection); err != nil {
			return err
		}
		if err := checkName(strings.ReplaceAll(declared.Name, ".", "")); err != nil {
			return err
		}
	}
	return db.writer.do(ctx, func(b *batch) error { return b.ensureIndexes(indexes) })
}

func (b *batch) ensureIndexes(declared []store.Index) error {
	if err := b.flush(); err != nil {
		return err
	}
	next := catalogue{}
	for name, old := range b.catalogue {
		kept := newCollection(name)
		for _, i := range old.indexes {
			if isDeclared(i.Index, declared) {
				kept.indexes = append(kept.indexes, i)
			} else if err := dropIndex(b.conn, i); err != nil {
				return b.fail(err)
			}
		}
		next[name] = kept
	}
	for _, d := range declared {
		d.Keys = canonicalKeys(d.Keys)
		if next[d.Collection] == nil {
			next[d.Collection] = newCollection(d.Collection)
			if err := createCollection(b.conn, next[d.Collection]); err != nil {
				return b.fail(err)
			}
		}
		target := next[d.Collection]
		if _, err := target.index(d.Name); err == nil {
			continue
		}
		i := newIndex(d)
		if err := buildIndex(b.conn, target, i); err != nil {
			return b.fail(err)
		}
		target.indexes = append(target.indexes, i)
	}
	b.catalogue, b.rebuilt = next, true
	return nil
}

func isDeclared(i store.Index, declared []store.Index) bool {
	for _, d := range declared {
		if d.Collection == i.Collection && d.Name == i.Name && sameDeclaration(d, i) {
			return true
		}
	}
	return false
}

func createCollection(c *conn, of *collection) error {
	return c.exec(`CREATE TABLE ` + of.table + ` (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL)`)
}

func dropIndex(c *conn, i *index) error {
	if err := c.exec(`DROP TABLE ` + i.table); err != nil {
		return err
	}
	return c.exec(`DELETE FROM kezhi_index WHERE collection = ? AND name = ?`, i.Collection, i.Name)
}

// buildIndex makes an index over the documents that are there.
func buildIndex(c *conn, of *collection, i *index) error {
	if err := c.exec(`CREATE TABLE ` + i.table + ` (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID`); err != nil {
		return err
	}
	documents, err := c.newStmt(`SELECT n, id, body FROM ` + of.table)
	if err != nil {
		return err
	}
	defer documents.finalize()
	for {
		row, err := documents.step()
		if err != nil {
			return err
		}
		if !row {
			break
		}
		found, met, err := i.keys.entries(documents.view(2))
		if err != nil {
			return fmt.Errorf("building the index %s: %w", i.table, err)
		}
		i.arrays.Or(uint64(met))
		id := documents.text(1)
		for _, e := range found {
			if i.Unique {
				taken, err := holds(c, i, e)
				if err != nil {
					return err
				}
				if taken {
					return &store.DuplicateError{Collection: of.name, Index: i.Name}
				}
			}
			if err := insertRow(c, i, i.keys.row(e, id), documents.int(0)); err != nil {
				return err
			}
		}
	}
	d, err := bson.Marshal(declaration{Keys: i.Keys, Unique: i.Unique, Sparse: i.Sparse})
	if err != nil {
		return err
	}
	return c.exec(`INSERT INTO kezhi_index VALUES (?, ?, ?, ?)`, i.Collection, i.Name, d, int64(i.arrays.Load()))
}

// with is the catalogue with one more collection.
func (c catalogue) with(of *collection) catalogue {
	next := maps.Clone(c)
	next[of.name] = of
	return next
}
