package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"kezhi/cmd/internal/rig"
	"kezhi/service"
	"kezhi/store"
)

// seatsSignUps is how many people sign up in the figures where everyone succeeds.
const seatsSignUps = 20_000

// benchSeats are sign-ups that all succeed, check-ins, and a sign-up into an
// activity that is nearly full.
func benchSeats(ctx context.Context, o settings, mongo string) error {
	if !o.wants("signup", "checkin", "seats_4900") {
		return nil
	}
	codes := make([]string, seatsSignUps)
	return withRig(ctx, o, mongo, func(_ *rig.Rig, s *store.Store) error {
		for _, id := range []string{"warm", "wide", "empty"} {
			if err := rig.FillActivity(ctx, s, id, 100_000); err != nil {
				return err
			}
		}
		if err := rig.FillActivity(ctx, s, "nearly", 5000); err != nil {
			return err
		}
		if err := rig.FillVolunteers(ctx, s, 0, seatsSignUps, service.VolunteerActive); err != nil {
			return err
		}
		return rig.TakeSeats(ctx, s, "nearly", 4900)
	}, func(r *rig.Rig) error {
		tokens, err := logIn(ctx, r, seatsSignUps)
		if err != nil {
			return err
		}
		organizer, err := r.LogIn(ctx, rig.OrganizerID)
		if err != nil {
			return err
		}
		signUp := func(activity string, from int) func(i int) []byte {
			return func(i int) []byte {
				return rig.Request(http.MethodPost, "/api/v1/activities/"+activity+"/registration", tokens[from+i], nil)
			}
		}
		if _, err := blast(ctx, r.Address(), 64, 2000, signUp("warm", 0)); err != nil {
			return err
		}
		signed, err := blast(ctx, r.Address(), 256, seatsSignUps, signUp("wide", 0))
		if err := errors.Join(err, signed.mustAll(http.StatusOK)); err != nil {
			return err
		}
		bare, err := bareWrites(ctx, mongo, 256, seatsSignUps, bareSignUp)
		if err != nil {
			return err
		}
		figure("signup", signed.rate(), "signups/s", ratio(signed.rate()/bare), p99(signed.p(99)))
		figure("signup_bare", bare, "signups/s")
		if err := benchNearlyFull(ctx, r, signUp); err != nil {
			return err
		}
		for i := range codes {
			if codes[i], err = codeOf(r, tokens[i], "wide", i); err != nil {
				return err
			}
		}
		return benchCheckIns(ctx, r, mongo, organizer, codes)
	}, nil)
}

// benchNearlyFull compares the same small load on an empty and on a nearly full activity, in turns.
func benchNearlyFull(ctx context.Context, r *rig.Rig, signUp func(string, int) func(int) []byte) error {
	var empty, nearly []float64
	for turn := range 5 {
		for _, on := range []struct {
			activity string
			took     *[]float64
		}{{"empty", &empty}, {"nearly", &nearly}} {
			got, err := blast(ctx, r.Address(), 8, 20, signUp(on.activity, 5000+turn*20))
			if err := errors.Join(err, got.mustAll(http.StatusOK)); err != nil {
				return err
			}
			*on.took = append(*on.took, got.elapsed.Seconds())
		}
	}
	figure("seats_4900", median(nearly)/20*1000, "ms", ratio(median(nearly)/median(empty)))
	return nil
}

// codeOf reads a sign-up's check-in code as its owner sees it.
func codeOf(r *rig.Rig, token, activity string, n int) (string, error) {
	client := rig.NewClient(r.Address())
	defer client.Close()
	id := service.RegistrationID(activity, rig.PersonID(n))
	status, body, err := client.Do(rig.Request(http.MethodGet, "/api/v1/registrations/"+id, token, nil))
	if err != nil || status != http.StatusOK {
		return "", fmt.Errorf("reading sign-up %s: %d %w", id, status, err)
	}
	var view struct {
		CodeURL string `json:"code_url"`
	}
	err = json.Unmarshal(body, &view)
	return view.CodeURL, err
}

func benchCheckIns(ctx context.Context, r *rig.Rig, mongo, organizer string, codes []string) error {
	scans := make([][]byte, len(codes))
	for i, code := range codes {
		scan, err := scanOf(code, organizer)
		if err != nil {
			return err
		}
		scans[i] = scan
	}
	half := len(scans) / 2
	paced, err := pace(ctx, r.Address(), 64, min(half, 2500), 500, func(i int) []byte { return scans[half+i] })
	if err := errors.Join(err, paced.mustAll(http.StatusOK)); err != nil {
		return err
	}
	checked, err := blast(ctx, r.Address(), 256, half, func(i int) []byte { return scans[i] })
	if err := errors.Join(err, checked.mustAll(http.StatusOK)); err != nil {
		return err
	}
	bare, err := bareWrites(ctx, mongo, 256, half, bareCheckIn)
	if err != nil {
		return err
	}
	figure("checkin", checked.rate(), "checkins/s", ratio(checked.rate()/bare), p99(paced.p(99)))
	figure("checkin_bare", bare, "checkins/s")
	return nil
}

// scanOf is the organizer's scan of a code.
func scanOf(code, organizer string) ([]byte, error) {
	body, err := json.Marshal(map[string]string{"code": code, "nonce": rand.Text(), "activity_id": "wide"})
	return rig.Request(http.MethodPost, "/api/v1/check-ins", organizer, body), err
}

func median(values []float64) float64 {
	values = slices.Clone(values)
	slices.Sort(values)
	return values[len(values)/2]
}
