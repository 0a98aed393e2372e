package embedded

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"kezhi/store"
)

// maxBatch bounds how many writes share one commit, and so how long the first waits.
const maxBatch = 1024

// patience is how many turns of the scheduler without a new write end the gathering.
const patience = 4

// writer is the one goroutine that writes. While a commit waits for the disk, the
// writes of other callers gather; they share the next commit. So the disk's few
// hundred commits a second carry many thousand writes.
type writer struct {
	db     *DB
	conn   *conn
	queue  chan *request
	number int64 // of the last commit

	closing sync.RWMutex // read-held while a request is put into the queue
	closed  bool
	done    chan struct{}
}

// request is one caller's write.
type request struct {
	apply  func(*batch) error
	answer chan error
	state  atomic.Int32
}

const (
	waiting int32 = iota
	taken
	abandoned
)

func newWriter(db *DB, c *conn, number int64) *writer {
	w := &writer{db: db, conn: c, number: number, queue: make(chan *request, maxBatch), done: make(chan struct{})}
	go w.run()
	return w
}

// do has the writer apply a write, and returns when its commit is on disk. A context
// that ends before the write is taken up takes it back; after that the answer is the
// write's own.
func (w *writer) do(ctx context.Context, apply func(*batch) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{apply: apply, answer: make(chan error, 1)}
	if err := w.enqueue(ctx, r); err != nil {
		return err
	}
	select {
	case err := <-r.answer:
		return err
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		return <-r.answer
	}
}

func (w *writer) enqueue(ctx context.Context, r *request) error {
	w.closing.RLock()
	defer w.closing.RUnlock()
	if w.closed {
		return errClosed
	}
	select {
	case w.queue <- r:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets the writes under way finish.
func (w *writer) close() {
	w.closing.Lock()
	if !w.closed {
		w.closed = true
		close(w.queue)
	}
	w.closing.Unlock()
	<-w.done
}

func (w *writer) run() {
	defer close(w.done)
	var requests []*request
	for first := range w.queue {
		requests = append(requests[:0], first)
		w.commit(w.gather(requests))
	}
}

// gather takes what is in the queue, and gives those who were answered just now the
// chance to come back with more: a commit costs more than a few turns of the scheduler.
func (w *writer) gather(requests []*request) []*request {
	for idle := 0; len(requests) < maxBatch && idle < patience; {
		select {
		case r, open := <-w.queue:
			if !open {
				return requests
			}
			requests = append(requests, r)
			idle = 0
		default:
			idle++
			runtime.Gosched()
		}
	}
	return requests
}

// commit applies the requests, commits once, and answers.
func (w *writer) commit(requests []*request) {
	type answered struct {
		r   *request
		err error
	}
	b := &batch{
		db: w.db, conn: w.conn, catalogue: *w.db.catalogue.Load(),
		staged: map[documentKey]*staged{}, taken: map[*index]map[string]string{}, number: w.number,
	}
	if err := w.conn.run(`BEGIN IMMEDIATE`); err != nil {
		b.fault = err
	}
	answers := make([]answered, 0, len(requests))
	for _, r := range requests {
		if !r.state.CompareAndSwap(waiting, taken) {
			continue
		}
		var err error
		if b.fault == nil {
			err = r.apply(b)
		}
		answers = append(answers, answered{r, err})
	}
	if b.fault == nil {
		changed := b.changes()
		w.db.cache.hold(changed)
		err := b.commit()
		w.db.cache.release(changed, err == nil)
	}
	if b.fault != nil {
		// The transaction may be over already; then this says so, and nothing is lost.
		_ = w.conn.run(`ROLLBACK`)
		b.fault = fmt.Errorf("%w: %w", store.ErrUnavailable, b.fault)
	} else {
		w.number = b.number
		w.db.catalogue.Store(&b.catalogue)
		w.db.counts.follow(b.rows, b.number)
		if b.rebuilt {
			w.db.counts.clear()
		}
	}
	for _, a := range answers {
		if b.fault != nil {
			a.err = b.fault
		}
		a.r.answer <- a.err
	}
}
