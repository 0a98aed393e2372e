package embedded

import (
	"context"
	"runtime"
	"sync"
)

// readers are the connections that read, opened as they are needed. Each sees the
// last commit; none waits for the writer.
type readers struct {
	path string
	free chan *conn // as many places as there may be connections; nil is one not opened yet

	closing sync.RWMutex // read-held while one is in use
	closed  bool
}

func newReaders(path string) *readers {
	count := max(4, 2*runtime.GOMAXPROCS(0))
	r := &readers{path: path, free: make(chan *conn, count)}
	for range count {
		r.free <- nil
	}
	return r
}

// do hands a connection to the function.
func (r *readers) do(ctx context.Context, read func(*conn) error) error {
	r.closing.RLock()
	defer r.closing.RUnlock()
	if r.closed {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var c *conn
	select {
	case c = <-r.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { r.free <- c }()
	if c == nil {
		opened, err := openConn(r.path, "query_only = ON", "cache_size = -4096", "busy_timeout = 5000")
		if err != nil {
			return err
		}
		c = opened
	}
	return read(c)
}

func (r *readers) close() {
	r.closing.Lock()
	defer r.closing.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	for range cap(r.free) {
		if c := <-r.free; c != nil {
			c.close()
		}
	}
}
