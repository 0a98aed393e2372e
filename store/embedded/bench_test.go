//go:build unix

package embedded

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sys/unix"

	"kezhi/store"
)

// Each benchmark stands next to the bare engine doing the same durable work: SQLite
// through database/sql, the same rows in the same tables, the writes of 64 callers
// sharing their commits in the same way.
//
//	go test ./store/embedded -run - -bench . -benchtime 2s

const callers = 64

type volunteer struct {
	ID       string    `bson:"_id"`
	Version  int64     `bson:"version"`
	Name     string    `bson:"name"`
	Phone    []byte    `bson:"phone"`
	State    string    `bson:"state"`
	Scopes   []string  `bson:"scope_ids"`
	At       time.Time `bson:"submitted_at"`
	Skills   []string  `bson:"skills"`
	District string    `bson:"district"`
}

func newVolunteer(i int64) volunteer {
	states := []string{"pending", "approved", "approved", "approved"}
	return volunteer{
		ID: fmt.Sprintf("01JDQ5K6T2%016d", i), Version: 1, Name: "科技志愿者", Phone: make([]byte, 48), State: states[i%4],
		Scopes: []string{"province", fmt.Sprint("city", i%10), fmt.Sprint("county", i%100), fmt.Sprint("team", i%1000)},
		At:     time.UnixMilli(1_764_000_000_000 + i*977%1_000_000_000), Skills: []string{"teaching", "first aid"}, District: "510100",
	}
}

var volunteerIndexes = []store.Index{
	{Collection: "volunteers", Name: "by_scope", Keys: bson.D{{Key: "scope_ids", Value: 1}, {Key: "state", Value: 1}, {Key: "submitted_at", Value: 1}}},
	{Collection: "volunteers", Name: "by_phone", Keys: bson.D{{Key: "phone_hash", Value: 1}}, Unique: true, Sparse: true},
}

func benchDB(b *testing.B) *DB {
	b.Helper()
	db, err := Open(b.Context(), filepath.Join(b.TempDir(), "kezhi.db"))
	check(b, err)
	b.Cleanup(func() { check(b, db.Close(context.Background())) })
	check(b, db.EnsureIndexes(b.Context(), volunteerIndexes))
	return db
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// crowd runs the function from 64 goroutines and reports how many calls a second, and
// what processor time each takes, which other work on the machine does not change.
func crowd(b *testing.B, call func(i int64) error) {
	b.Helper()
	b.SetParallelism(callers / runtime.GOMAXPROCS(0))
	var next atomic.Int64
	b.ReportAllocs()
	var before, after unix.Rusage
	check(b, unix.Getrusage(unix.RUSAGE_SELF, &before))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := call(next.Add(1)); err != nil {
				b.Error(err)
				return
			}
		}
	})
	check(b, unix.Getrusage(unix.RUSAGE_SELF, &after))
	used := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(used)/1000/float64(b.N), "cpu-µs/call")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func BenchmarkGuardedIncrement(b *testing.B) {
	db := benchDB(b)
	check(b, db.Insert(b.Context(), "activities", bson.D{{Key: "_id", Value: "a"}, {Key: "taken", Value: 0}, {Key: "title", Value: "科普进校园"}, {Key: "state", Value: "open"}}))
	crowd(b, func(int64) error {
		var after struct{ Taken int64 }
		return db.Update(b.Context(), "activities",
			bson.D{{Key: "_id", Value: "a"}, {Key: "taken", Value: bson.D{{Key: "$lt", Value: 1 << 40}}}},
			bson.D{{Key: "$inc", Value: bson.D{{Key: "taken", Value: 1}}}}, &after)
	})
}

func BenchmarkGuardedIncrementBare(b *testing.B) {
	bare := newBare(b, `CREATE TABLE activities (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, taken INTEGER, body BLOB NOT NULL)`)
	_, err := bare.db.Exec(`INSERT INTO activities VALUES (1, 'a', 0, ?)`, make([]byte, 80))
	check(b, err)
	update := bare.prepare(`UPDATE activities SET taken = taken + 1 WHERE id = ? AND taken < ? RETURNING taken`)
	crowd(b, func(int64) error {
		return bare.do(func(tx *sql.Tx) error {
			var taken int64
			return tx.Stmt(update).QueryRow("a", 1<<40).Scan(&taken)
		})
	})
}

func BenchmarkInsert(b *testing.B) {
	db := benchDB(b)
	crowd(b, func(i int64) error { return db.Insert(b.Context(), "volunteers", newVolunteer(i)) })
}

func BenchmarkInsertBare(b *testing.B) {
	bare := newBare(b, bareVolunteers...)
	insert := bare.prepare(`INSERT INTO volunteers (id, body) VALUES (?, ?)`)
	index := bare.prepare(`INSERT INTO by_scope VALUES (?, ?)`)
	crowd(b, func(i int64) error {
		v := newVolunteer(i)
		body, err := bson.Marshal(v)
		if err != nil {
			return err
		}
		return bare.do(func(tx *sql.Tx) error { return insertBare(tx.Stmt(insert), tx.Stmt(index), v, body) })
	})
}

var bareVolunteers = []string{
	`CREATE TABLE volunteers (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body BLOB NOT NULL)`,
	`CREATE TABLE by_scope (key BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID`,
}

func insertBare(insert, index *sql.Stmt, v volunteer, body []byte) error {
	result, err := insert.Exec(v.ID, body)
	if err != nil {
		return err
	}
	n, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for _, scope := range v.Scopes {
		if _, err := index.Exec(bareKey(scope, v.State, v.At, v.ID), n); err != nil {
			return err
		}
	}
	return nil
}

func bareKey(scope, state string, at time.Time, id string) []byte {
	key := append(append([]byte(scope), 0), state...)
	key = binary.BigEndian.AppendUint64(append(key, 0), uint64(at.UnixMilli()))
	return append(key, id...)
}

const many = 100_000

// BenchmarkReads reads among 100,000 volunteers, each of them in four scopes.
func BenchmarkReads(b *testing.B) {
	db := benchDB(b)
	fillMany(b, db)
	bare := openBare(b, db.readers.path)
	b.Run("FindFifty", func(b *testing.B) {
		crowd(b, func(i int64) error {
			var page []volunteer
			err := db.Find(b.Context(), "volunteers", pageOf(i), &page)
			if err == nil && len(page) != 50 {
				err = fmt.Errorf("a page of %d", len(page))
			}
			return err
		})
	})
	b.Run("FindFiftyBare", func(b *testing.B) {
		of := (*db.catalogue.Load())["volunteers"]
		find, err := bare.Prepare(newScan(of, of.indexes[0], store.Plan{}, nil).sql() + ` LIMIT 50`)
		check(b, err)
		crowd(b, func(i int64) error { return findBare(find, of.indexes[0], pageOf(i)) })
	})
	b.Run("Get", func(b *testing.B) {
		crowd(b, func(i int64) error {
			var v volunteer
			return db.Get(b.Context(), "volunteers", someID(i), &v)
		})
	})
	b.Run("GetBare", func(b *testing.B) {
		get, err := bare.Prepare(`SELECT body FROM volunteers WHERE id = ?`)
		check(b, err)
		crowd(b, func(i int64) error {
			var body []byte
			if err := get.QueryRow(someID(i)).Scan(&body); err != nil {
				return err
			}
			var v volunteer
			return bson.Unmarshal(body, &v)
		})
	})
	b.Run("CountOfThousands", func(b *testing.B) {
		crowd(b, func(i int64) error {
			_, err := db.Count(b.Context(), "volunteers", "by_scope", pageOf(i).Filter)
			return err
		})
	})
}

// someID is one of a thousand that are asked for again and again.
func someID(i int64) string { return newVolunteer(i * 7919 % 1000).ID }

func pageOf(i int64) store.Query {
	return store.Query{
		Index: "by_scope", Limit: 50, Sort: bson.D{{Key: "submitted_at", Value: 1}},
		Filter: bson.D{{Key: "scope_ids", Value: fmt.Sprint("city", 1+i%9/2*2)}, {Key: "state", Value: "approved"}},
	}
}

func fillMany(b *testing.B, db *DB) {
	b.Helper()
	for start := int64(0); start < many; start += 10_000 {
		check(b, db.writer.do(b.Context(), func(w *batch) error {
			of, err := w.collection("volunteers")
			for i := start; i < start+10_000 && err == nil; i++ {
				v := newVolunteer(i)
				raw, _ := store.EncodeDocument(v)
				err = w.insert(of, v.ID, raw)
			}
			return err
		}))
	}
}

func findBare(find *sql.Stmt, i *index, query store.Query) error {
	f, err := store.ParseFilter(query.Filter)
	if err != nil {
		return err
	}
	prefix := i.keys.appendField(i.keys.appendField(nil, 0, f.Conditions[0].Value), 1, f.Conditions[1].Value)
	rows, err := find.Query(prefix, successor(prefix))
	if err != nil {
		return err
	}
	defer rows.Close()
	page := make([]volunteer, 0, 50)
	for rows.Next() {
		var key, body []byte
		var n int64
		var v volunteer
		if err := rows.Scan(&key, &n, &body); err != nil {
			return err
		}
		if err := bson.Unmarshal(body, &v); err != nil {
			return err
		}
		page = append(page, v)
	}
	if len(page) != 50 {
		return fmt.Errorf("a page of %d", len(page))
	}
	return rows.Err()
}

// bare is SQLite with one writing goroutine that shares commits, and nothing else.
type bare struct {
	b     *testing.B
	path  string
	db    *sql.DB
	queue chan bareWrite
}

type bareWrite struct {
	write  func(*sql.Tx) error
	answer chan error
}

func newBare(b *testing.B, tables ...string) *bare {
	b.Helper()
	w := &bare{b: b, path: filepath.Join(b.TempDir(), "bare.db"), queue: make(chan bareWrite, 1024)}
	w.db = openBare(b, w.path)
	w.db.SetMaxOpenConns(1)
	for _, table := range tables {
		_, err := w.db.Exec(table)
		check(b, err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.run()
	}()
	b.Cleanup(func() { close(w.queue); <-done })
	return w
}

func openBare(b *testing.B, path string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-16384)")
	check(b, err)
	b.Cleanup(func() { check(b, db.Close()) })
	return db
}

func (w *bare) prepare(text string) *sql.Stmt {
	statement, err := w.db.Prepare(text)
	check(w.b, err)
	return statement
}

func (w *bare) do(write func(*sql.Tx) error) error {
	answer := make(chan error, 1)
	w.queue <- bareWrite{write, answer}
	return <-answer
}

func (w *bare) run() {
	for first := range w.queue {
		writes := []bareWrite{first}
		tx, err := w.db.Begin()
		for more := true; more; {
			last := writes[len(writes)-1]
			if e := last.write(tx); err == nil {
				err = e
			}
			select {
			case next, open := <-w.queue:
				if more = open; open {
					writes = append(writes, next)
				}
			default:
				more = false
			}
		}
		if err == nil {
			err = tx.Commit()
		} else {
			_ = tx.Rollback()
		}
		for _, one := range writes {
			one.answer <- err
		}
	}
}
