package embedded

import (
	"fmt"
	"runtime"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// This file is the whole of what we need of SQLite: a connection, a prepared
// statement, values in and out. It calls the library below database/sql, because a
// write here costs a few microseconds, and the generic layers above (a pool lock,
// a mutex in every call, a goroutine for each context, the names of the columns
// asked for each query, a malloc for each value) cost more than the engine itself.

// fdatasync is what SQLite uses on every Linux distribution: it leaves out the time
// stamps that fsync writes through the file system's journal, nothing that a commit
// needs. Where the platform has no such call the switch says so and nothing changes.
var _, _ = sqlite.Fdatasync(true)

// conn is one connection. It is used by one goroutine at a time.
type conn struct {
	tls        *libc.TLS
	db         uintptr
	statements map[string][]*stmt // idle ones, by their text
}

// maxIdle is how many statements of one text a connection keeps.
const maxIdle = 32

// openConn opens the file with the settings in the pragmas.
func openConn(path string, pragmas ...string) (*conn, error) {
	c := &conn{tls: libc.NewTLS(), statements: map[string][]*stmt{}}
	name, err := libc.CString(path)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	handle := libc.Xmalloc(c.tls, 8)
	defer libc.Xfree(c.tls, handle)
	const flags = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_NOMUTEX
	code := sqlite3.Xsqlite3_open_v2(c.tls, name, handle, flags, 0)
	c.db = *(*uintptr)(pointer(handle))
	if code != sqlite3.SQLITE_OK {
		err := c.fault(code)
		c.close()
		return nil, err
	}
	for _, pragma := range pragmas {
		if err := c.exec("PRAGMA " + pragma); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *conn) close() {
	for _, idle := range c.statements {
		for _, s := range idle {
			s.finalize()
		}
	}
	c.statements = nil
	sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	c.tls.Close()
}

// fault is SQLite's own words for what went wrong last.
func (c *conn) fault(code int32) error {
	if c.db == 0 {
		return fmt.Errorf("sqlite: error %d", code)
	}
	return fmt.Errorf("sqlite: %s (%d)", libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)), code)
}

// exec runs a statement once and drops its rows.
func (c *conn) exec(sql string, args ...any) error {
	s, err := c.newStmt(sql)
	if err != nil {
		return err
	}
	defer s.finalize()
	if err := s.bind(args...); err != nil {
		return err
	}
	for {
		if row, err := s.step(); err != nil || !row {
			return err
		}
	}
}

// take returns a statement for this text that nobody else is reading from; give
// returns it. A text is compiled once, unless it is read from at several places.
func (c *conn) take(sql string) (*stmt, error) {
	if free := c.statements[sql]; len(free) > 0 {
		c.statements[sql] = free[:len(free)-1]
		return free[len(free)-1], nil
	}
	s, err := c.newStmt(sql)
	if err == nil {
		s.sql = sql
	}
	return s, err
}

func (c *conn) give(s *stmt) {
	s.reset()
	if len(c.statements[s.sql]) >= maxIdle {
		s.finalize()
		return
	}
	c.statements[s.sql] = append(c.statements[s.sql], s)
}

// run runs a statement that returns no rows.
func (c *conn) run(sql string, args ...any) error {
	s, err := c.take(sql)
	if err != nil {
		return err
	}
	defer c.give(s)
	if err := s.bind(args...); err != nil {
		return err
	}
	_, err = s.step()
	return err
}

func (c *conn) newStmt(sql string) (*stmt, error) {
	text, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, text)
	handle := libc.Xmalloc(c.tls, 8)
	defer libc.Xfree(c.tls, handle)
	code := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, text, -1, sqlite3.SQLITE_PREPARE_PERSISTENT, handle, 0)
	if code != sqlite3.SQLITE_OK {
		return nil, fmt.Errorf("%w in %q", c.fault(code), sql)
	}
	return &stmt{conn: c, handle: *(*uintptr)(pointer(handle))}, nil
}

// lastRow is the rowid that the last insert gave.
func (c *conn) lastRow() int64 { return sqlite3.Xsqlite3_last_insert_rowid(c.tls, c.db) }

// stmt is a compiled statement with its own memory for the values bound to it.
type stmt struct {
	conn   *conn
	sql    string
	handle uintptr
	memory []memory // one for each parameter
}

type memory struct {
	at   uintptr
	size int
}

func (s *stmt) finalize() {
	sqlite3.Xsqlite3_finalize(s.conn.tls, s.handle)
	for _, m := range s.memory {
		libc.Xfree(s.conn.tls, m.at)
	}
	s.memory = nil
}

func (s *stmt) bind(args ...any) error {
	for i, arg := range args {
		index := int32(i + 1)
		var code int32
		switch v := arg.(type) {
		case int64:
			code = sqlite3.Xsqlite3_bind_int64(s.conn.tls, s.handle, index, v)
		case []byte:
			// Static: the memory is ours and stays until this parameter is bound again.
			code = sqlite3.Xsqlite3_bind_blob(s.conn.tls, s.handle, index, s.copyIn(i, v), int32(len(v)), 0)
		case string:
			code = sqlite3.Xsqlite3_bind_text(s.conn.tls, s.handle, index, s.copyIn(i, []byte(v)), int32(len(v)), 0)
		default:
			return fmt.Errorf("sqlite: cannot bind a %T", arg)
		}
		if code != sqlite3.SQLITE_OK {
			return s.conn.fault(code)
		}
	}
	return nil
}

// copyIn copies the bytes to where SQLite may keep looking at them: the collector
// may move or free ours.
func (s *stmt) copyIn(parameter int, data []byte) uintptr {
	for len(s.memory) <= parameter {
		s.memory = append(s.memory, memory{})
	}
	m := &s.memory[parameter]
	if m.size < len(data)+1 {
		libc.Xfree(s.conn.tls, m.at)
		m.size = max(2*len(data), 64)
		m.at = libc.Xmalloc(s.conn.tls, libc.Tsize_t(m.size))
		if m.at == 0 {
			panic("sqlite: out of memory")
		}
	}
	copy(unsafe.Slice((*byte)(pointer(m.at)), m.size), data) //nolint:gosec // memory of m.size bytes, allocated above
	return m.at
}

// step goes to the next row and tells whether there is one. At the end, and after
// an error, the statement is ready to be bound again.
func (s *stmt) step() (bool, error) {
	switch code := sqlite3.Xsqlite3_step(s.conn.tls, s.handle); code {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		s.reset()
		return false, nil
	default:
		err := s.conn.fault(code)
		s.reset()
		return false, err
	}
}

func (s *stmt) reset() { sqlite3.Xsqlite3_reset(s.conn.tls, s.handle) }

func (s *stmt) int(column int32) int64 {
	return sqlite3.Xsqlite3_column_int64(s.conn.tls, s.handle, column)
}

// view returns a column's bytes, which are SQLite's own and gone at the next step.
func (s *stmt) view(column int32) []byte {
	at := sqlite3.Xsqlite3_column_blob(s.conn.tls, s.handle, column)
	size := sqlite3.Xsqlite3_column_bytes(s.conn.tls, s.handle, column)
	if at == 0 || size == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(at)), size) //nolint:gosec // SQLite says where it is and how long
}

// bytes returns a copy of a column's bytes.
func (s *stmt) bytes(column int32) []byte { return append([]byte(nil), s.view(column)...) }

func (s *stmt) text(column int32) string { return string(s.view(column)) }

// pointer turns an address in the library's memory, which the collector does not
// know, into a pointer. Going through the variable's own address says so to vet.
func pointer(address uintptr) unsafe.Pointer {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&address)) //nolint:gosec // see above
	runtime.KeepAlive(&address)
	return p
}
