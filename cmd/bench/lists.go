package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"kezhi/cmd/internal/rig"
	"kezhi/service"
	"kezhi/store"

	"github.com/skip2/go-qrcode"
)

// benchLists is a list of 50 out of 100,000, scoped, sorted and masked, without and
// with the count of the whole; and what the program takes when it does nothing.
func benchLists(ctx context.Context, o settings, mongo string) error {
	if !o.wants("list", "list_count", "idle_memory") {
		return nil
	}
	return withRig(ctx, o, mongo, func(_ *rig.Rig, s *store.Store) error {
		return rig.FillVolunteers(ctx, s, 0, 100_000, service.VolunteerActive)
	}, func(r *rig.Rig) error {
		time.Sleep(time.Second)
		memory, err := r.Memory()
		if err != nil {
			return err
		}
		figure("idle_memory", memory, "MB")
		admin, err := r.LogIn(ctx, rig.AdminID)
		if err != nil {
			return err
		}
		for _, list := range []struct{ name, path string }{
			{"list", "/api/v1/volunteers?state=active&limit=50"},
			{"list_count", "/api/v1/volunteers?state=active&limit=50&count=true"},
		} {
			request := rig.Request(http.MethodGet, list.path, admin, nil)
			if _, err := blast(ctx, r.Address(), 32, 1000, func(int) []byte { return request }); err != nil {
				return err
			}
			got, err := blast(ctx, r.Address(), 64, 4000*o.seconds, func(int) []byte { return request })
			if err := errors.Join(err, got.mustAll(http.StatusOK)); err != nil {
				return err
			}
			figure(list.name, got.rate(), "lists/s", p99(got.p(99)))
		}
		return nil
	}, nil)
}

// benchQR draws the picture of a check-in code.
func benchQR() error {
	const pictures = 200
	begin := time.Now()
	for range pictures {
		if _, err := qrcode.Encode("https://kezhi.example/c/AQIDBAUGBwgJCgsMDQ4PEBESExQV", qrcode.Medium, 512); err != nil {
			return err
		}
	}
	figure("qr", float64(time.Since(begin).Microseconds())/1000/pictures, "ms")
	return nil
}

// growthSizes are the numbers of documents at which the cost of a request is compared.
func growthSizes(largest int) []int {
	var sizes []int
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		if n <= largest {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// benchGrowth measures the same requests on stores that hold ever more.
func benchGrowth(ctx context.Context, o settings, mongo string) error {
	names := []string{"growth_signup", "growth_checkin", "growth_list", "growth_queue", "growth_own", "start"}
	if !o.wants(names...) {
		return nil
	}
	first := map[string]float64{}
	for _, size := range growthSizes(o.growth) {
		costs, err := growthAt(ctx, o, mongo, size)
		if err != nil {
			return err
		}
		for _, name := range names {
			if first[name] == 0 {
				first[name] = costs[name]
			}
			figure(name, costs[name], "ms", ratio(costs[name]/first[name]), "documents "+human(size))
		}
	}
	return nil
}

func human(n int) string {
	switch {
	case n >= 1_000_000:
		return "1M"
	case n >= 100_000:
		return "100k"
	default:
		return "10k"
	}
}

// growthAt fills a store with so many documents and returns the cost of each request
// in milliseconds: the mean of many, one after the other, so that nothing queues.
func growthAt(ctx context.Context, o settings, mongo string, size int) (map[string]float64, error) {
	costs := map[string]float64{}
	volunteers := size / 2
	err := withRig(ctx, o, mongo, func(_ *rig.Rig, s *store.Store) error {
		// Half of the documents are people and their volunteers, half are sign-ups.
		if err := errors.Join(
			rig.FillVolunteers(ctx, s, 0, volunteers/2-200, service.VolunteerActive),
			rig.FillVolunteers(ctx, s, volunteers/2-200, volunteers/2, service.VolunteerPending),
			rig.FillActivity(ctx, s, "wide", 100_000),
			rig.FillActivity(ctx, s, "old", 10_000_000),
		); err != nil {
			return err
		}
		a, err := s.Activity(ctx, "old")
		if err != nil {
			return err
		}
		return rig.Each(ctx, 0, size/2, func(n int) error {
			r := rig.Registration(a, rig.PersonID(n%(volunteers/2)), n)
			r.ID += "-" + r.SeatID
			return s.InsertRegistration(ctx, r)
		})
	}, func(r *rig.Rig) error {
		if err := r.Stop(); err != nil {
			return err
		}
		took, err := r.Start(ctx)
		if err != nil {
			return err
		}
		costs["start"] = float64(took.Microseconds()) / 1000
		return growthRequests(ctx, r, costs)
	}, nil)
	return costs, err
}

func growthRequests(ctx context.Context, r *rig.Rig, costs map[string]float64) error {
	const requests = 400
	tokens, err := logIn(ctx, r, requests)
	if err != nil {
		return err
	}
	staff := map[string]string{}
	for _, id := range []string{rig.AdminID, rig.OrganizerID} {
		if staff[id], err = r.LogIn(ctx, id); err != nil {
			return err
		}
	}
	measure := func(name string, request func(i int) []byte) error {
		got, err := blast(ctx, r.Address(), 4, requests, request)
		if err := errors.Join(err, got.mustAll(http.StatusOK)); err != nil {
			return err
		}
		costs[name] = got.p(50)
		return nil
	}
	if err := measure("growth_signup", func(i int) []byte {
		return rig.Request(http.MethodPost, "/api/v1/activities/wide/registration", tokens[i], nil)
	}); err != nil {
		return err
	}
	scans := make([][]byte, requests)
	for i := range scans {
		code, err := codeOf(r, tokens[i], "wide", i)
		if err != nil {
			return err
		}
		if scans[i], err = scanOf(code, staff[rig.OrganizerID]); err != nil {
			return err
		}
	}
	for name, request := range map[string]func(i int) []byte{
		"growth_checkin": func(i int) []byte { return scans[i] },
		"growth_list": func(int) []byte {
			return rig.Request(http.MethodGet, "/api/v1/volunteers?state=active&limit=50", staff[rig.AdminID], nil)
		},
		"growth_queue": func(int) []byte {
			return rig.Request(http.MethodGet, "/api/v1/volunteers?state=pending", staff[rig.AdminID], nil)
		},
		"growth_own": func(i int) []byte { return rig.Request(http.MethodGet, "/api/v1/me/registrations", tokens[i], nil) },
	} {
		if err := measure(name, request); err != nil {
			return err
		}
	}
	return nil
}
