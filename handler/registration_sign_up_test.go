package handler_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"kezhi/service"
)

// 200 people race for 20 seats, each with two requests at once, through HTTP and a real network.
func TestRushForSeats(t *testing.T) {
	t.Parallel()
	const people, seats = 200, 20
	w := newWorld(t)
	a := w.activity(w.team, func(f *service.ActivityForm) { f.Capacity = seats })
	runners := make([]*user, people)
	var arriving sync.WaitGroup
	for part := range slices.Chunk(runners, 10) { // who arrives together shares the store's commits
		arriving.Go(func() {
			for i := range part {
				part[i] = w.volunteer(w.team)
			}
		})
	}
	arriving.Wait()
	server := httptest.NewServer(w.handler)
	defer server.Close()

	type outcome struct {
		status int
		body   []byte
	}
	outcomes := make([][2]outcome, people)
	start := make(chan struct{})
	var racing sync.WaitGroup
	for i, runner := range runners {
		for try := range 2 {
			racing.Go(func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+api+"/activities/"+a.ID+"/registration", nil)
				if err != nil {
					t.Error(err)
					return
				}
				request.Header.Set("Authorization", "Bearer "+runner.bearer)
				<-start
				response, err := server.Client().Do(request)
				if err != nil {
					t.Error(err)
					return
				}
				defer response.Body.Close()
				body, err := io.ReadAll(response.Body)
				if err != nil {
					t.Error(err)
				}
				outcomes[i][try] = outcome{response.StatusCode, body}
				theContract().check(t, request, nil, &answer{status: response.StatusCode, header: response.Header, body: body})
			})
		}
	}
	close(start)
	racing.Wait()
	w.settle()

	confirmed, full := map[string]bool{}, 0
	for i, both := range outcomes {
		won := false
		for _, o := range both {
			switch o.status {
			case http.StatusOK:
				var r struct{ ID, State string }
				must(t, json.Unmarshal(o.body, &r))
				same(t, r.ID, service.RegistrationID(a.ID, runners[i].id))
				same(t, r.State, "confirmed")
				confirmed[r.ID], won = true, true
			default:
				answer := &answer{t: t, status: o.status, body: o.body}
				same(t, answer.refusal(http.StatusConflict, "activity.full").Message, "名额已满")
			}
		}
		if !won {
			full++
		} else if both[0].status != both[1].status {
			t.Errorf("one person got two answers: %s and %s", both[0].body, both[1].body)
		}
	}
	same(t, len(confirmed), seats)
	same(t, full, people-seats)

	stored, err := w.store.Activity(t.Context(), a.ID)
	must(t, err)
	same(t, []int64{stored.Taken, stored.Left}, []int64{seats, 0})
	roster, err := w.store.RegistrationsFor(t.Context(), a.ID, "", 500)
	must(t, err)
	same(t, len(roster.Items), seats)
	for _, r := range roster.Items {
		if !confirmed[r.ID] || r.State != service.RegistrationConfirmed {
			t.Errorf("%s is stored as %s, its person was told otherwise", r.ID, r.State)
		}
	}
}

func TestSeatComesBackWhenItsHolderCancels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.volunteer(w.team), w.volunteer(w.team)
	a := w.activity(w.team, func(f *service.ActivityForm) { f.Capacity = 1 })
	path := "/activities/" + a.ID + "/registration"
	once := first.post(path, nil).want(http.StatusOK).object()
	same(t, first.post(path, nil).want(http.StatusOK).object(), once)
	second.post(path, nil).refusal(http.StatusConflict, "activity.full")
	cancelled := first.del(path).want(http.StatusOK).object()
	same(t, cancelled["state"], any("cancelled"))
	if cancelled["code_url"] != nil {
		t.Errorf("a cancelled sign-up has a code: %v", cancelled)
	}
	w.settle()
	second.post(path, nil).want(http.StatusOK)
}
