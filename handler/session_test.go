package handler_test

import (
	"net/http"
	"testing"

	"kezhi/handler"
	"kezhi/service"
)

func TestSessionEndsWhenItShould(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		do   func(w *world, u *user)
	}{
		{"logging out", func(_ *world, u *user) {
			out := u.del("/session").want(http.StatusNoContent)
			if cookie := out.cookie("kezhi"); cookie.MaxAge >= 0 || cookie.Value != "" {
				u.Errorf("the cookie stays: %v", cookie)
			}
		}},
		{"being locked out", func(w *world, u *user) {
			w.with(service.RoleAdmin, w.city).post("/people/"+u.id+"/disable", form{"reason": "冒用他人信息"}).want(http.StatusNoContent)
		}},
		{"losing a role", func(w *world, u *user) {
			w.with(service.RoleAdmin, w.city).post("/people/"+u.id+"/roles/revoke", form{"role": "organizer", "organization_id": w.team.ID}).want(http.StatusNoContent)
		}},
		{"not being used for a week", func(w *world, _ *user) { w.memory.FastForward(7*24*60*60*1e9 + 1e9) }},
		{"being a month old", func(w *world, u *user) {
			for range 5 {
				w.clock.pass(6 * 24 * 60 * 60 * 1e9)
				w.memory.FastForward(6 * 24 * 60 * 60 * 1e9)
				if w.clock.now().Sub(noon) < 30*24*60*60*1e9 {
					u.get("/me").want(http.StatusOK)
				}
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			u := w.with(service.RoleOrganizer, w.team)
			u.register(w.team)
			u.get("/me").want(http.StatusOK)
			row.do(w, u)
			u.get("/me").refusal(http.StatusUnauthorized, "session.none")
			u.get("/activities").want(http.StatusOK) // what is open stays open
		})
	}
}

func TestLoggingOutTwiceIsTheSameAnswer(t *testing.T) {
	t.Parallel()
	u := newWorld(t).newcomer()
	u.del("/session").want(http.StatusNoContent)
	u.del("/session").want(http.StatusNoContent)
}

func TestANewRoleCountsFromTheNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang := w.volunteer(w.team)
	wang.get("/desk").refusal(http.StatusForbidden, "forbidden")
	w.with(service.RoleAdmin, w.county).post("/people/"+wang.id+"/roles", form{"role": "organizer", "organization_id": w.team.ID}).want(http.StatusNoContent)
	wang.get("/desk").want(http.StatusOK)
}

func TestOtherSitesCannotUseTheCookie(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		header map[string]string
		want   int
	}{
		{"our own page", map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusNoContent},
		{"our own page in an old browser", map[string]string{"Origin": origin}, http.StatusNoContent},
		{"our own page behind a proxy that changes the host", map[string]string{"Origin": "https://kezhi.public.example", "Sec-Fetch-Site": "same-site"}, http.StatusNoContent},
		{"a mini program, which sends neither", nil, http.StatusNoContent},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, http.StatusForbidden},
		{"another host of our domain", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "https://other.kezhi.example"}, http.StatusForbidden},
		{"another site in an old browser", map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		{"a sandboxed frame", map[string]string{"Origin": "null"}, http.StatusForbidden},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *handler.Config) {
				if row.header["Origin"] == "https://kezhi.public.example" {
					c.Origin = row.header["Origin"]
				}
			})
			u := w.newcomer()
			request := u.request(http.MethodPost, "/me/consents", form{"version": service.Privacy.Version, "sensitive": true})
			request.AddCookie(&http.Cookie{Name: "kezhi", Value: u.bearer})
			for name, value := range row.header {
				request.Header.Set(name, value)
			}
			got := u.send(request).want(row.want)
			if row.want == http.StatusForbidden {
				got.refusal(http.StatusForbidden, "request.cross_origin")
			}
			me := u.get("/me").want(http.StatusOK).object()
			same(t, me["consented"], any(row.want == http.StatusNoContent))
		})
	}
}

func TestOnlyBearerTokensCountInAuthorization(t *testing.T) {
	t.Parallel()
	u := newWorld(t).newcomer()
	for header, want := range map[string]int{
		"Bearer " + u.bearer: http.StatusOK, "bearer " + u.bearer: http.StatusOK,
		"Basic " + u.bearer: http.StatusUnauthorized, u.bearer: http.StatusUnauthorized, "Bearer": http.StatusUnauthorized,
	} {
		request := u.request(http.MethodGet, "/me", nil)
		request.Header.Set("Authorization", header)
		u.send(request).want(want)
	}
}
