package service

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// OutboxStore reaches the outboxes of all documents.
type OutboxStore interface {
	// Overdue names documents with an entry older than the moment, at most so many.
	Overdue(ctx context.Context, before time.Time, limit int) ([]OutboxRef, error)
	// Entries reads a document's outbox; a document that is gone has none.
	Entries(ctx context.Context, ref OutboxRef) ([]OutboxEntry, error)
	// Pull removes entries; those that are gone already are no error.
	Pull(ctx context.Context, ref OutboxRef, entryIDs []string) error
}

// Relay carries out what stands in the outboxes: at once for a document it is
// nudged about, and in a sweep for what a crash left. Carrying an entry out twice
// changes nothing, so any number of relays may run.
type Relay struct {
	Env
	Outbox        OutboxStore
	Journal       JournalStore
	Notices       NoticeStore
	Attendances   AttendanceStore
	Activities    ActivityStore
	Organizations OrganizationStore
	People        PersonStore
	Registrations *Registrations
	Courier       *Courier
	Log           *slog.Logger

	began time.Time // entries from before were left by a process that died
	mu    sync.Mutex
	queue []OutboxRef
	waits map[OutboxRef]*relayWork
	wake  chan struct{}
}

// relayWork is what is to be done about one document.
type relayWork struct {
	read bool      // read the outbox and carry out what stands there
	done []relayed // entries that their request has carried out, all but telling
}

// relayed is an entry that only needs its notice queued and then to be pulled.
type relayed struct {
	entryID string
	notice  *Notice
}

// The relay's pace. A seat's entry is left alone while its request may still be
// settling it. An activity remembers that a seat has come back for longer than
// another relay, which read the registration before, may take to return it again.
const (
	relayWorkers = 2
	sweepEvery   = 2 * time.Second
	sweepAge     = 6 * time.Second
	sweepLimit   = 200

	deliverTime   = 20 * time.Second
	releaseMemory = time.Minute
)

// Nudge asks for a document's outbox to be carried out soon.
func (r *Relay) Nudge(ref OutboxRef) { r.add(ref, func(w *relayWork) { w.read = true }) }

// done asks for an entry that has been carried out to be told of and pulled soon.
func (r *Relay) done(ref OutboxRef, entryID string, notice *Notice) {
	r.add(ref, func(w *relayWork) { w.done = append(w.done, relayed{entryID, notice}) })
}

func (r *Relay) add(ref OutboxRef, change func(*relayWork)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waits == nil {
		r.waits = map[OutboxRef]*relayWork{}
	}
	w, ok := r.waits[ref]
	if !ok {
		w = &relayWork{}
		r.waits[ref] = w
		r.queue = append(r.queue, ref)
	}
	change(w)
	select {
	case r.wakeUp() <- struct{}{}:
	default:
	}
}

// wakeUp returns the channel that wakes workers; the caller holds mu.
func (r *Relay) wakeUp() chan struct{} {
	if r.wake == nil {
		r.wake = make(chan struct{}, relayWorkers)
	}
	return r.wake
}

func (r *Relay) next() (OutboxRef, *relayWork, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return OutboxRef{}, nil, false
	}
	ref := r.queue[0]
	r.queue = r.queue[1:]
	w := r.waits[ref]
	delete(r.waits, ref)
	return ref, w, true
}

// Recover carries out what a process that died has left. It is called before the
// first request, so that nobody is told that the seat they hold is taken.
func (r *Relay) Recover(ctx context.Context) error {
	r.began = r.Now()
	return r.Sweep(ctx, r.began)
}

// Run works until ctx ends, then carries out what was nudged before it returns.
func (r *Relay) Run(ctx context.Context) {
	r.mu.Lock()
	wake := r.wakeUp()
	r.mu.Unlock()
	var workers sync.WaitGroup
	for range relayWorkers {
		workers.Go(func() {
			for {
				r.Flush(context.WithoutCancel(ctx))
				select {
				case <-wake:
				case <-ctx.Done():
					r.Flush(context.WithoutCancel(ctx))
					return
				}
			}
		})
	}
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := r.Sweep(ctx, r.Now().Add(-sweepAge)); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "outbox sweep", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	workers.Wait()
}

// Flush carries out everything nudged so far.
func (r *Relay) Flush(ctx context.Context) {
	for {
		ref, work, ok := r.next()
		if !ok {
			return
		}
		if err := r.carryOut(ctx, ref, work); err != nil {
			r.Log.ErrorContext(ctx, "outbox entry left to the sweep", "collection", ref.Collection, "id", ref.ID, "error", err)
		}
	}
}

// Sweep carries out entries older than the moment, wherever they are.
func (r *Relay) Sweep(ctx context.Context, before time.Time) error {
	refs, err := r.Outbox.Overdue(ctx, before, sweepLimit)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := r.carryOut(ctx, ref, &relayWork{read: true}); err != nil {
			r.Log.ErrorContext(ctx, "outbox entry left to the next sweep", "collection", ref.Collection, "id", ref.ID, "error", err)
		}
	}
	return nil
}

func (r *Relay) carryOut(ctx context.Context, ref OutboxRef, work *relayWork) error {
	done, failed := r.tell(ctx, work.done)
	if work.read {
		entries, err := r.Outbox.Entries(ctx, ref)
		if err != nil {
			return err
		}
		for i := range entries {
			entry := &entries[i]
			if slices.Contains(done, entry.ID) {
				continue
			}
			carried, err := r.deliver(ctx, ref, entry)
			if err != nil {
				failed = err // one bad entry does not hold up the others
				continue
			}
			if carried {
				done = append(done, entry.ID)
			}
		}
	}
	if len(done) > 0 {
		if err := r.Outbox.Pull(ctx, ref, done); err != nil {
			return err
		}
	}
	return failed
}

// deliver carries one entry out; carried is false while it must stay.
func (r *Relay) deliver(ctx context.Context, ref OutboxRef, e *OutboxEntry) (carried bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, deliverTime)
	defer cancel()
	switch {
	case e.Journal != nil:
		return true, r.Journal.InsertJournalLine(ctx, e.Journal)
	case e.Notice != nil:
		return true, r.queueNotice(ctx, e.Notice)
	case e.Attendance != nil:
		return true, r.Attendances.InsertAttendance(ctx, e.Attendance)
	case e.Fanout != nil:
		return true, r.fanOut(ctx, e)
	case e.Seat != nil:
		if !e.At.Before(r.began) && r.Now().Sub(e.At) < sweepAge {
			return false, nil
		}
		a, err := r.Activities.Activity(ctx, ref.ID)
		if err != nil {
			return false, err
		}
		reg, err := r.Registrations.settle(ctx, a, e)
		if err != nil || reg.SeatID != e.ID || reg.State != RegistrationConfirmed {
			return true, err
		}
		return true, r.queueNotice(ctx, r.Registrations.signedUpNotice(a, e))
	case e.Release != nil:
		released := OutboxEntry{ID: e.ID, At: r.Now().Add(releaseMemory), Released: e.Release}
		return true, r.Activities.ReleaseSeat(ctx, e.Release.ActivityID, &released)
	case e.Released != nil:
		if r.Now().Before(e.At) {
			return false, nil
		}
		asking, err := r.Outbox.Entries(ctx, registrationRef(e.Released.RegistrationID))
		if err != nil {
			return false, err
		}
		return !slices.ContainsFunc(asking, func(a OutboxEntry) bool { return a.ID == e.ID }), nil
	}
	return true, nil
}

// tell queues the notices of many entries at once, so that they share a commit, and
// returns the entries whose notice is queued.
func (r *Relay) tell(ctx context.Context, entries []relayed) (told []string, failed error) {
	var mu sync.Mutex
	var group sync.WaitGroup
	for part := range slices.Chunk(entries, 256) {
		for _, e := range part {
			group.Go(func() {
				err := r.queueNotice(ctx, e.notice)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed = err
					return
				}
				told = append(told, e.entryID)
			})
		}
		group.Wait()
	}
	return told, failed
}

func (r *Relay) queueNotice(ctx context.Context, n *Notice) error {
	if err := r.Notices.InsertNotice(ctx, n); err != nil {
		return err
	}
	r.Courier.Nudge()
	return nil
}

func (r *Relay) fanOut(ctx context.Context, e *OutboxEntry) error {
	tell := func(personID string) error { return r.queueNotice(ctx, e.Fanout.noticeFor(personID, e)) }
	switch e.Fanout.Audience {
	case AudienceRegistered:
		return r.tellRegistered(ctx, e.Fanout, tell)
	case AudienceAdmins:
		return r.tellAdmins(ctx, e.Fanout.Of, tell)
	}
	return nil
}

func (r *Relay) tellRegistered(ctx context.Context, f *Fanout, tell func(personID string) error) error {
	a, err := r.Activities.Activity(ctx, f.Of)
	if err != nil {
		return err
	}
	if err := r.Registrations.Store.MoveRegistrations(ctx, a.ID, a.StartsAt); err != nil {
		return err
	}
	for cursor := ""; ; {
		page, err := r.Registrations.Store.RegistrationsFor(ctx, a.ID, cursor, 200)
		if err != nil {
			return err
		}
		for _, reg := range page.Items {
			if reg.State != RegistrationConfirmed {
				continue
			}
			if err := tell(reg.VolunteerID); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// tellAdmins tells the admins of the organization itself, or of the nearest one above it that has any.
func (r *Relay) tellAdmins(ctx context.Context, organizationID string, tell func(personID string) error) error {
	o, err := r.Organizations.Organization(ctx, organizationID)
	if err != nil {
		return err
	}
	for _, id := range slices.Backward(o.Path) {
		admins, err := r.People.AdminsOf(ctx, id)
		if err != nil {
			return err
		}
		for _, p := range admins {
			if err := tell(p.ID); err != nil {
				return err
			}
		}
		if len(admins) > 0 {
			return nil
		}
	}
	return nil
}
