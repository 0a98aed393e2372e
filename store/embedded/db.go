// Package embedded keeps documents in one SQLite file, for a county office and for
// anyone who tries Kezhi: no server, nothing to set up. It implements store.Documents.
//
// One goroutine writes (writer.go): it gathers the writes that come while the last
// commit waits for the disk, applies them to documents in memory (batch.go), puts the
// outcome into the tables and commits once for all. Readers have connections of their
// own and see the last commit (read.go). Indexes are tables whose keys order bytes as
// MongoDB orders values (key.go, entries.go); a query reads them along the plan that
// package store makes (scan.go).
package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"kezhi/store"
)

// DB is a store.Documents in one file. One process has it open at a time.
type DB struct {
	catalogue atomic.Pointer[catalogue]
	cache     *cache
	counts    *counts
	lock      *fileLock
	writer    *writer
	readers   *readers
}

var _ store.Documents = (*DB)(nil)

var errClosed = fmt.Errorf("%w: the database is closed", store.ErrUnavailable)

// Open opens the file, and makes it if it is not there. It returns an error that says
// so when another process has it open.
func Open(ctx context.Context, path string) (*DB, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return nil, err
	}
	db := &DB{lock: lock, cache: newCache(), counts: newCounts()}
	c, err := openConn(path,
		"journal_mode = WAL",
		"synchronous = FULL", // a commit is on disk when it returns
		"cache_size = -16384",
		"temp_store = MEMORY",
		// A page that many commits change goes from the log into the file once in
		// 16 MB and not once in 4.
		"wal_autocheckpoint = 4000",
	)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), lock.release())
	}
	known, err := readCatalogue(c)
	var number int64
	if err == nil {
		number, err = meta(c, "commit")
	}
	if err != nil {
		c.close()
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), lock.release())
	}
	db.catalogue.Store(&known)
	db.readers = newReaders(path)
	db.writer = newWriter(db, c, number)
	return db, nil
}

// Ping tells whether the file can be read.
func (db *DB) Ping(ctx context.Context) error {
	return db.readers.do(ctx, func(c *conn) error { return c.run(`SELECT 1`) })
}

// Close waits for the calls under way and releases the file.
func (db *DB) Close(context.Context) error {
	db.writer.close()
	db.readers.close()
	db.writer.conn.close()
	return db.lock.release()
}

// collection returns what is known of a collection; one that is not there is empty.
func (db *DB) collection(name string) *collection {
	if of := (*db.catalogue.Load())[name]; of != nil {
		return of
	}
	return nil
}
