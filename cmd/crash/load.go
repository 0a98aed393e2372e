package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"

	"kezhi/cmd/internal/rig"
	"kezhi/service"
)

// The town of the crashes: few seats for many, so that the guard is always tried.
const (
	volunteers = 60
	activities = 4
	seats      = 10
	pending    = 3000 // registrations to be reviewed, after the volunteers
	reviewers  = 4
)

// state is what is known of a thing that calls change: what the last answer said, or
// nothing after a call without one.
type state int

const (
	untouched state = iota
	unknown
	confirmed
	cancelled
)

type load struct {
	rig    *rig.Rig
	tokens []string
	admin  string
	scans  string // the organizer's session
	keep   bool   // nobody cancels, so that a seat sold twice stays sold twice

	mu        sync.Mutex
	states    map[string]state // of registrations
	attended  map[string]bool  // registrations whose check-in was acknowledged
	decided   map[string]bool  // volunteers whose approval was acknowledged
	nextTurn  atomic.Int64     // the next registration to be reviewed
	signedUp  atomic.Int64
	cancelled atomic.Int64
	approved  atomic.Int64
	checkedIn atomic.Int64
	cutOff    atomic.Int64
}

func activityID(n int) string { return fmt.Sprintf("activity-%d", n) }

// newLoad fills the store and logs everyone in.
func newLoad(ctx context.Context, r *rig.Rig) (*load, error) {
	documents, s, err := r.Open(ctx)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		rig.FillCounty(ctx, s),
		rig.FillVolunteers(ctx, s, 0, volunteers, service.VolunteerActive),
		rig.FillVolunteers(ctx, s, volunteers, volunteers+pending, service.VolunteerPending))
	for n := range activities {
		err = errors.Join(err, rig.FillActivity(ctx, s, activityID(n), seats))
	}
	if err := errors.Join(err, documents.Close(ctx)); err != nil {
		return nil, err
	}
	l := &load{rig: r, states: map[string]state{}, attended: map[string]bool{}, decided: map[string]bool{}}
	for n := range volunteers {
		token, err := r.LogIn(ctx, rig.PersonID(n))
		if err != nil {
			return nil, err
		}
		l.tokens = append(l.tokens, token)
	}
	if l.admin, err = r.LogIn(ctx, rig.AdminID); err != nil {
		return nil, err
	}
	l.scans, err = r.LogIn(ctx, rig.OrganizerID)
	return l, err
}

// run loads the program until ctx ends; the function that it returns waits for the last call.
func (l *load) run(ctx context.Context, round int) (wait func()) {
	var group sync.WaitGroup
	for n := range volunteers {
		group.Go(func() { l.volunteer(ctx, n, round) })
	}
	for range reviewers {
		group.Go(func() { l.reviewer(ctx) })
	}
	return group.Wait
}

// volunteer signs up and cancels in turns, and is checked in now and then.
func (l *load) volunteer(ctx context.Context, n, round int) {
	client := rig.NewClient(l.rig.Address())
	defer client.Close()
	for turn := round; ctx.Err() == nil; turn++ {
		activity := activityID(turn % activities) // all at the same one, so that the guard is tried
		id := service.RegistrationID(activity, rig.PersonID(n))
		path := "/api/v1/activities/" + activity + "/registration"
		before := l.set(id, unknown)
		status, body, err := client.Do(rig.Request(http.MethodPost, path, l.tokens[n], nil))
		if !l.answered(err) {
			return
		}
		if status == http.StatusConflict { // full: what was before still is
			l.set(id, before)
			continue
		}
		if status != http.StatusOK {
			continue
		}
		l.set(id, confirmed)
		l.signedUp.Add(1)
		var signed struct {
			CodeURL string `json:"code_url"`
		}
		if json.Unmarshal(body, &signed) == nil && (n+turn)%40 == 0 {
			l.checkIn(client, id, activity, signed.CodeURL)
			continue
		}
		if l.keep || mathrand.IntN(2) == 0 { //nolint:gosec // it shuffles a load
			continue // keeps the seat for a while, so that the activities stay nearly full
		}
		l.set(id, unknown)
		status, _, err = client.Do(rig.Request(http.MethodDelete, path, l.tokens[n], nil))
		if !l.answered(err) {
			return
		}
		if status == http.StatusOK {
			l.set(id, cancelled)
			l.cancelled.Add(1)
		}
	}
}

func (l *load) checkIn(client *rig.Client, id, activity, code string) {
	body, err := json.Marshal(map[string]string{"code": code, "nonce": rand.Text(), "activity_id": activity})
	if err != nil {
		return
	}
	status, _, err := client.Do(rig.Request(http.MethodPost, "/api/v1/check-ins", l.scans, body))
	if l.answered(err) && status == http.StatusOK {
		l.mu.Lock()
		l.attended[id] = true
		l.mu.Unlock()
		l.checkedIn.Add(1)
	}
}

// reviewer approves one registration after the other.
func (l *load) reviewer(ctx context.Context) {
	client := rig.NewClient(l.rig.Address())
	defer client.Close()
	for ctx.Err() == nil {
		n := int(l.nextTurn.Add(1)) - 1
		if n >= pending {
			return
		}
		id := rig.PersonID(volunteers + n)
		status, _, err := client.Do(rig.Request(http.MethodPost, "/api/v1/volunteers/"+id+"/approve", l.admin, []byte(`{"version":1}`)))
		if !l.answered(err) {
			return
		}
		if status == http.StatusOK {
			l.mu.Lock()
			l.decided[id] = true
			l.mu.Unlock()
			l.approved.Add(1)
		}
	}
}

func (l *load) answered(err error) bool {
	if err != nil {
		l.cutOff.Add(1)
	}
	return err == nil
}

// set notes what is known of a sign-up, and returns what was known before.
func (l *load) set(id string, s state) (before state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before = l.states[id]
	l.states[id] = s
	return before
}
