package service_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"kezhi/service"
)

func TestDiesBetweenSeatAndRegistration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	volunteer := w.active()
	a := w.activity(1)
	entry := service.OutboxEntry{ID: "seat", At: w.clock.now(), Seat: &service.SeatTake{VolunteerID: volunteer.PersonID, Code: "code"}}
	must(t, w.ports.Activities.TakeSeat(t.Context(), a.ID, &entry, w.clock.now()))
	w.clock.pass(time.Minute)
	w.settle()
	r := got(w.ports.Registrations.Registration(t.Context(), service.RegistrationID(a.ID, volunteer.PersonID)))(t)
	if r.State != service.RegistrationConfirmed || r.SeatID != "seat" {
		t.Errorf("the seat's registration: got %+v", r)
	}
	w.mustBeAtRest(a.ID)
}

func TestSeatLeftBehindIsKnownBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	volunteer := w.active()
	a := w.activity(1)
	entry := service.OutboxEntry{ID: "seat", At: w.clock.now(), Seat: &service.SeatTake{VolunteerID: volunteer.PersonID, Code: "code"}}
	must(t, w.ports.Activities.TakeSeat(t.Context(), a.ID, &entry, w.clock.now()))
	w.open()
	w.clock.pass(time.Millisecond)
	must(t, w.Relay.Recover(t.Context()))
	signed := got(w.Registrations.SignUp(t.Context(), volunteer, a.ID))(t)
	if signed.SeatID != "seat" {
		t.Errorf("the last seat is the volunteer's own; got %s", signed.SeatID)
	}
	w.rest()
	w.mustBeAtRest(a.ID)
}

// A seat that a crash left behind must not become a second one, whatever its
// volunteer did before the sweep found it.
func TestSeatLeftBehindIsSettledOnce(t *testing.T) {
	t.Parallel()
	for _, then := range []string{"nothing", "signs up", "signs up and cancels", "signs up, cancels, signs up"} {
		t.Run(then, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			volunteer := w.active()
			a := w.activity(5)
			entry := service.OutboxEntry{ID: "left-behind", At: w.clock.now(), Seat: &service.SeatTake{VolunteerID: volunteer.PersonID, Code: "code"}}
			must(t, w.ports.Activities.TakeSeat(t.Context(), a.ID, &entry, w.clock.now()))
			w.clock.pass(time.Second)
			want := service.RegistrationConfirmed
			for step := range strings.SplitSeq(then, ", ") {
				switch step {
				case "signs up":
					got(w.Registrations.SignUp(t.Context(), volunteer, a.ID))(t)
				case "cancels":
					got(w.Registrations.Cancel(t.Context(), volunteer, a.ID))(t)
				case "signs up and cancels":
					got(w.Registrations.SignUp(t.Context(), volunteer, a.ID))(t)
					got(w.Registrations.Cancel(t.Context(), volunteer, a.ID))(t)
					want = service.RegistrationCancelled
				}
				w.clock.pass(time.Millisecond)
			}
			w.rest()
			r := got(w.ports.Registrations.Registration(t.Context(), service.RegistrationID(a.ID, volunteer.PersonID)))(t)
			if r.State != want {
				t.Errorf("got %s, want %s", r.State, want)
			}
			w.mustBeAtRest(a.ID)
		})
	}
}

func TestSignUpsAndCancellationsRacing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var volunteers []service.Actor
	for range 12 {
		volunteers = append(volunteers, w.active())
	}
	a := w.activity(5)
	running, stop := context.WithCancel(t.Context())
	var relay sync.WaitGroup
	relay.Go(func() { w.Relay.Run(running) })
	var group sync.WaitGroup
	for i, v := range volunteers {
		for range 3 {
			group.Go(func() {
				for range 6 {
					_, err := w.Registrations.SignUp(t.Context(), v, a.ID)
					if err != nil && !errors.Is(err, service.ErrActivityFull) {
						t.Errorf("volunteer %d signs up: %v", i, err)
					}
					_, err = w.Registrations.Cancel(t.Context(), v, a.ID)
					if err != nil && !errors.Is(err, service.ErrRegistrationNotFound) {
						t.Errorf("volunteer %d cancels: %v", i, err)
					}
					if now := got(w.ports.Activities.Activity(t.Context(), a.ID))(t); now.Taken > 5 || now.Left < 0 {
						t.Errorf("oversold: %d taken, %d left", now.Taken, now.Left)
					}
				}
			})
		}
	}
	group.Wait()
	stop()
	relay.Wait()
	w.rest()
	w.mustBeAtRest(a.ID)
}

// rest lets the time pass that the relay needs to finish everything.
func (w *world) rest() {
	w.t.Helper()
	w.clock.pass(time.Minute)
	w.settle()
	w.clock.pass(2 * time.Minute)
	w.settle()
}

// mustBeAtRest holds what must be true when nothing is under way.
func (w *world) mustBeAtRest(activityID string) {
	w.t.Helper()
	a := got(w.ports.Activities.Activity(w.t.Context(), activityID))(w.t)
	page := got(w.ports.Registrations.RegistrationsFor(w.t.Context(), activityID, "", 500))(w.t)
	var confirmed int64
	people := map[string]bool{}
	for _, r := range page.Items {
		if r.State == service.RegistrationConfirmed {
			confirmed++
			people[r.VolunteerID] = true
		}
	}
	if a.Taken != confirmed || a.Left != a.Capacity-a.Taken || a.Taken > a.Capacity || int64(len(people)) != confirmed {
		w.t.Errorf("at rest: %d taken, %d left of %d; %d confirmed by %d people", a.Taken, a.Left, a.Capacity, confirmed, len(people))
	}
	if refs := got(w.ports.Outbox.Overdue(w.t.Context(), w.clock.now().Add(time.Hour), 100))(w.t); len(refs) > 0 {
		w.t.Errorf("at rest: still in outboxes of %v", refs)
	}
}

func TestEditingNeverLosesSeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.activity(3)
	for range 2 {
		got(w.Registrations.SignUp(t.Context(), w.active(), a.ID))(t)
	}
	form := service.ActivityForm{
		OrganizationID: a.OrganizationID, Type: a.Type, Title: a.Title, Place: "体育馆", StartsAt: a.StartsAt, EndsAt: a.EndsAt,
		SignupOpensAt: a.SignupOpensAt, SignupClosesAt: a.SignupClosesAt, Capacity: 1, Version: a.Version,
	}
	if _, err := w.Activities.Update(t.Context(), w.organizer, a.ID, form); !errors.Is(err, service.ErrSeatsTaken) {
		t.Errorf("fewer seats than are taken: got %v, want %v", err, service.ErrSeatsTaken)
	}
	form.Capacity = 10
	after := got(w.Activities.Update(t.Context(), w.organizer, a.ID, form))(t)
	if after.Taken != 2 || after.Left != 8 {
		t.Errorf("after the edit: %d taken, %d left; want 2 and 8", after.Taken, after.Left)
	}
	if _, err := w.Activities.Update(t.Context(), w.organizer, a.ID, form); !errors.Is(err, service.ErrChanged) {
		t.Errorf("editing what was seen before: got %v, want %v", err, service.ErrChanged)
	}
	w.settle()
	if n := count(w.wechat.kinds(), service.NoticeChanged); n != 2 {
		t.Errorf("told of the change: %d, want 2", n)
	}
	w.mustBeAtRest(a.ID)
}
