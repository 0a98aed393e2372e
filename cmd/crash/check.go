package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"kezhi/cmd/internal/rig"
	"kezhi/service"
	"kezhi/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// findings are the promises that were broken.
type findings struct{ lost, oversold, untold, twice int }

// rest waits until nothing has been said to WeChat for longer than a courier's lease:
// then every message has been sent that will be, and every outbox carried out.
func rest(ctx context.Context, r *rig.Rig) error {
	quiet := 0
	for before := -1; quiet < 13; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Second):
		}
		now := len(r.Box.Calls(""))
		if now == before {
			quiet++
		} else {
			quiet = 0
		}
		before = now
	}
	return nil
}

// check holds the stopped program's documents against what it had acknowledged.
func (l *load) check(ctx context.Context) (f findings, err error) {
	documents, s, err := l.rig.Open(ctx)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, documents.Close(ctx)) }()
	for n := range activities {
		if err := l.checkSeats(ctx, s, activityID(n), &f); err != nil {
			return f, err
		}
	}
	if err := l.checkRegistrations(ctx, s, &f); err != nil {
		return f, err
	}
	if err := l.checkDecisions(ctx, documents, s, &f); err != nil {
		return f, err
	}
	l.checkLedger(&f)
	left, err := s.Overdue(ctx, rig.Now().Add(-15*time.Second), 1000) // two sweeps ago
	for _, ref := range left {
		f.untold++
		complain("%s %s still has something in its outbox", ref.Collection, ref.ID)
	}
	return f, err
}

// complain says what is wrong, on stderr.
func complain(format string, args ...any) { fmt.Fprintf(os.Stderr, "# "+format+"\n", args...) }

func (l *load) checkSeats(ctx context.Context, s *store.Store, id string, f *findings) error {
	a, err := s.Activity(ctx, id)
	if err != nil {
		return err
	}
	held := int64(0)
	page, err := s.RegistrationsFor(ctx, id, "", volunteers+1)
	if err != nil {
		return err
	}
	for _, r := range page.Items {
		if r.State == service.RegistrationConfirmed {
			held++
		}
	}
	if a.Taken != held || a.Taken > a.Capacity || a.Left != a.Capacity-a.Taken {
		f.oversold++
		complain("%s: %d taken, %d left of %d, %d confirmed", id, a.Taken, a.Left, a.Capacity, held)
	}
	return nil
}

func (l *load) checkRegistrations(ctx context.Context, s *store.Store, f *findings) error {
	for id, want := range l.states {
		r, err := s.Registration(ctx, id)
		if err != nil && !errors.Is(err, service.ErrRegistrationNotFound) {
			return err
		}
		got := cancelled
		if r != nil && r.State == service.RegistrationConfirmed {
			got = confirmed
		}
		if want == untouched {
			want = cancelled // refused at every try
		}
		if want != unknown && got != want {
			f.lost++
			complain("sign-up %s: acknowledged %d, stored %d", id, want, got)
		}
		if l.attended[id] && (r == nil || r.CheckIn == nil) {
			f.lost++
			complain("check-in of %s was acknowledged and is not stored", id)
		}
	}
	return nil
}

// checkDecisions: every approved volunteer has one line in the journal, and two
// notices that have come to an end.
func (l *load) checkDecisions(ctx context.Context, documents store.Documents, s *store.Store, f *findings) error {
	for n := range pending {
		id := rig.PersonID(volunteers + n)
		v, err := s.Volunteer(ctx, id)
		if err != nil {
			return err
		}
		approved := v.State == service.VolunteerApproved
		if l.decided[id] && !approved {
			f.lost++
			complain("the approval of %s was acknowledged and is not stored", id)
		}
		lines, err := documents.Count(ctx, "journal", "subject", bson.D{{Key: "subject_id", Value: id}})
		if err != nil {
			return err
		}
		if want := map[bool]int64{true: 1, false: 0}[approved]; lines != want {
			f.lost++
			complain("%s is %s and has %d journal lines", id, v.State, lines)
		}
		notices, err := s.NoticesOf(ctx, id, "", 10)
		if err != nil {
			return err
		}
		told := 0
		for _, notice := range notices.Items {
			switch notice.State {
			case service.NoticeSent, service.NoticeDelivered, service.NoticeFailed, service.NoticeUnknown:
				told++
			case service.NoticeQueued, service.NoticeSending, service.NoticeWaiting:
				complain("%s: %s is %s: %s", id, notice.Kind, notice.State, notice.FailText)
			}
		}
		if approved && told != 2 {
			f.untold++
			complain("%s was approved and %d of 2 notices came to an end", id, told)
		}
	}
	return nil
}

// checkLedger: no person has the same message twice.
func (l *load) checkLedger(f *findings) {
	for n := range pending + volunteers {
		seen := map[string]bool{}
		for _, m := range l.rig.Box.Inbox(rig.OpenID(rig.PersonID(n))) {
			key := m.ClientID
			if n >= volunteers {
				key = m.Title // a result and a code, one of each
			}
			if seen[key] {
				f.twice++
				complain("%s was told %q twice", rig.PersonID(n), m.Title)
			}
			seen[key] = true
		}
	}
}
