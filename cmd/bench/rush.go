package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"kezhi/cmd/internal/rig"
	"kezhi/service"
	"kezhi/store"
)

const rushPeople, rushSeats = 10_000, 500

// benchRush is 10,000 people with two requests each for 500 seats: all at once,
// and at constant arrival.
func benchRush(ctx context.Context, o settings, mongo string) error {
	if !o.wants("rush") {
		return nil
	}
	return withRig(ctx, o, mongo, func(r *rig.Rig, s *store.Store) error {
		for _, id := range []string{"warm", "rush", "paced"} {
			if err := rig.FillActivity(ctx, s, id, rushSeats); err != nil {
				return err
			}
		}
		return rig.FillVolunteers(ctx, s, 0, rushPeople, service.VolunteerActive)
	}, func(r *rig.Rig) error {
		tokens, err := logIn(ctx, r, rushPeople)
		if err != nil {
			return err
		}
		signUp := func(activity string) func(i int) []byte {
			return func(i int) []byte {
				return rig.Request(http.MethodPost, "/api/v1/activities/"+activity+"/registration", tokens[i%rushPeople], nil)
			}
		}
		if _, err := blast(ctx, r.Address(), 64, 4000, signUp("warm")); err != nil {
			return err
		}
		all, err := blast(ctx, r.Address(), 512, 2*rushPeople, signUp("rush"))
		if err != nil {
			return err
		}
		if err := all.mustAll(http.StatusOK, http.StatusConflict); err != nil {
			return err
		}
		memory, err := r.Memory()
		if err != nil {
			return err
		}
		figure("rush", all.rate(), "requests/s", p99(all.p(99)))
		rate := min(all.rate()*0.7, 6000)
		paced, err := pace(ctx, r.Address(), 512, 2*rushPeople, rate, signUp("paced"))
		if err != nil {
			return err
		}
		figure("rush_paced", rate, "requests/s", p99(paced.p(99)))
		figure("full_memory", memory, "MB")
		for _, got := range []result{all, paced} {
			if held := got.statuses[http.StatusOK]; held < rushSeats || held > 2*rushSeats {
				return fmt.Errorf("%d answers said that a seat is held, of %d seats asked for twice", held, rushSeats)
			}
		}
		return nil
	}, func(s *store.Store) error {
		for _, id := range []string{"rush", "paced"} {
			if err := mustBeSoldOut(ctx, s, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// mustBeSoldOut holds the documents against what was promised.
func mustBeSoldOut(ctx context.Context, s *store.Store, activityID string) error {
	a, err := s.Activity(ctx, activityID)
	if err != nil {
		return err
	}
	people := map[string]bool{}
	for cursor := ""; ; {
		page, err := s.RegistrationsFor(ctx, activityID, cursor, 500)
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			if r.State == service.RegistrationConfirmed {
				people[r.VolunteerID] = true
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if a.Taken != rushSeats || a.Left != 0 || len(people) != rushSeats {
		return fmt.Errorf("%s: %d taken, %d left, %d people hold a seat of %d", activityID, a.Taken, a.Left, len(people), rushSeats)
	}
	return nil
}

// withRig fills a store, measures the program on it, and looks at the store again.
func withRig(ctx context.Context, o settings, mongo string, fill func(*rig.Rig, *store.Store) error, measure func(*rig.Rig) error, check func(*store.Store) error) (err error) {
	r, err := rig.New(o.binary, mongo, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.Env = []string{"KEZHI_LOG_LEVEL=warn"}
	documents, s, err := r.Open(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(rig.FillCounty(ctx, s), fill(r, s), documents.Close(ctx)); err != nil {
		return err
	}
	if _, err := r.Start(ctx); err != nil {
		return err
	}
	if err := errors.Join(measure(r), r.Stop()); err != nil {
		return err
	}
	if check == nil {
		return nil
	}
	documents, s, err = r.Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(check(s), documents.Close(ctx))
}

// logIn makes sessions for the first n volunteers.
func logIn(ctx context.Context, r *rig.Rig, n int) ([]string, error) {
	tokens := make([]string, n)
	return tokens, rig.Each(ctx, 0, n, func(i int) (err error) {
		tokens[i], err = r.LogIn(ctx, rig.PersonID(i))
		return err
	})
}
