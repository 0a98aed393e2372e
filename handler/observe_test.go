package handler_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kezhi/handler"
	"kezhi/service"
)

// lines are the log's lines about requests.
func (w *world) lines() []map[string]any {
	w.Helper()
	var lines []map[string]any
	for text := range strings.Lines(w.log.String()) {
		var line map[string]any
		must(w, json.Unmarshal([]byte(text), &line))
		if line["msg"] == "request" {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestEveryRequestIsOneLineInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.newcomer()
	ok := u.get("/me").want(http.StatusOK)
	refused := u.get("/activities/01J0NOWHERE").want(http.StatusNotFound)
	lines := w.lines()
	if len(lines) != 2 {
		t.Fatalf("got %v, want two lines", lines)
	}
	for _, line := range lines {
		delete(line, "time")
		if _, is := line["ms"].(float64); !is {
			t.Errorf("how long it took is missing in %v", line)
		}
		delete(line, "ms")
	}
	same(t, lines, []map[string]any{
		{"level": "INFO", "msg": "request", "request_id": ok.header.Get("X-Request-Id"), "method": "GET", "route": "/api/v1/me", "status": 200.0, "person": u.id},
		{"level": "INFO", "msg": "request", "request_id": refused.header.Get("X-Request-Id"), "method": "GET", "route": "/api/v1/activities/:id", "status": 404.0, "person": u.id, "reason": "activity.not_found"},
	})
}

func TestTheLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	organizer := w.with(service.RoleOrganizer, w.team)
	browser, state := w.leave("/wechat/login?return_to=/c/SECRETCODE")
	session := w.comeBack(state, codeOf("wang"), browser).cookie("kezhi")
	r := w.volunteer(w.team).signedUp(w.activity(w.team))
	organizer.page("/c/" + r.Code)
	organizer.get("/check-in-codes/" + r.Code).want(http.StatusOK)
	organizer.post("/check-ins", form{"code": r.Code, "nonce": aNonce}).want(http.StatusOK)
	organizer.get("/invites/INVITETOKEN")
	organizer.get("/nowhere/" + r.Code + "?token=" + r.Code)
	organizer.post("/me/volunteer/activation", form{"code": "918273"})
	if len(w.lines()) < 8 {
		t.Fatalf("only %d lines", len(w.lines()))
	}
	for _, secret := range []string{state, codeOf("wang"), browser.Value, session.Value, r.Code, aNonce, organizer.bearer, "INVITETOKEN", "SECRETCODE", "918273", "state=", "?"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, w.log.String())
		}
	}
}

// broken is a signer that fails as the test says.
type broken struct{ fail func() error }

func (b broken) SignPage(context.Context, string) (service.JSSignature, error) {
	return service.JSSignature{}, b.fail()
}

func TestWhatWeDidNotForeseeIsToldByItsRequestIDAlone(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"an error": func() error { return errors.New("dial tcp 10.0.0.7: secret of the house") },
		"a panic":  func() error { panic("secret of the house") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *handler.Config) { c.JS = broken{fail} })
			got := w.nobody().get("/wechat/js-config?url=" + origin)
			got.refusal(http.StatusInternalServerError, "internal")
			if strings.Contains(string(got.body), "secret") {
				t.Errorf("the client reads %s", got.body)
			}
			lines := w.lines()
			line := lines[len(lines)-1]
			if len(lines) != 1 || line["level"] != "ERROR" || !strings.Contains(line["error"].(string), "secret of the house") || line["request_id"] != got.header.Get("X-Request-Id") {
				t.Errorf("the log says %v", lines)
			}
			w.nobody().get("/choices").want(http.StatusOK) // and the process lives
		})
	}
}

func TestClientThatHungUpIs499(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *handler.Config) { c.JS = broken{func() error { return context.Canceled }} })
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequestWithContext(gone, http.MethodGet, origin+api+"/wechat/js-config?url="+origin, nil)
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, request)
	lines := w.lines()
	same(t, lines[len(lines)-1]["status"], any(499.0))
	same(t, lines[len(lines)-1]["level"], any("INFO"))
}

func TestPartsThatDoNotAnswerAreA503ThatSaysWhenToTryAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.newcomer()
	w.memory.SetError("LOADING")
	got := u.get("/me")
	got.refusal(http.StatusServiceUnavailable, "unavailable")
	same(t, got.header.Get("Retry-After"), "2")
	u.get("/activities").refusal(http.StatusServiceUnavailable, "unavailable") // not "nobody is logged in"
	w.nobody().get("/organizations").want(http.StatusOK)
	w.memory.SetError("")
	u.get("/me").want(http.StatusOK)
}

func TestEveryKindOfErrorHasItsStatus(t *testing.T) {
	t.Parallel()
	here, gone := t.Context(), func() context.Context {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		return ctx
	}()
	for _, row := range []struct {
		ctx  context.Context //nolint:containedctx // a table
		err  error
		want int
	}{
		{here, service.ErrInvalid, 400},
		{here, service.ErrNotLoggedIn, 401},
		{here, service.ErrForbidden, 403},
		{here, service.ErrActivityNotFound, 404},
		{here, service.ErrActivityFull, 409},
		{here, service.ErrRateLimited, 429},
		{here, service.ErrUnavailable.Because(errors.New("no reachable servers")), 503},
		{here, errors.Join(errors.New("saving"), service.ErrChanged), 409},
		{here, &service.Error{Kind: service.Internal, Reason: "secret"}, 500},
		{here, &service.Error{Kind: "unheard of"}, 500},
		{here, errors.New("anything"), 500},
		{here, context.DeadlineExceeded, 503},
		{here, context.Canceled, 500}, // our own doing
		{gone, context.Canceled, 499},
		{gone, service.ErrUnavailable.Because(context.Canceled), 499},
		{gone, service.ErrActivityFull, 409},
	} {
		if _, got := handler.StatusOf(row.ctx, row.err); got != row.want {
			t.Errorf("%v: got %d, want %d", row.err, got, row.want)
		}
	}
	if told, _ := handler.StatusOf(here, &service.Error{Kind: service.Internal, Reason: "secret"}); told.Reason != "internal" {
		t.Errorf("an internal error is told as %s", told.Reason)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	var failing error
	w := newWorld(t, func(c *handler.Config) { c.Ready = func(context.Context) error { return failing } })
	same(t, string(w.nobody().page("/healthz").want(http.StatusOK).body), `{"status":"ok"}`)
	same(t, string(w.nobody().page("/readyz").want(http.StatusOK).body), `{"status":"ok"}`)
	failing = errors.Join(errors.New("documents: dial tcp 10.0.0.7:27017"), errors.New("redis: EOF"))
	same(t, string(w.nobody().page("/readyz").want(http.StatusServiceUnavailable).body), `{"parts":["documents","redis"],"status":"unavailable"}`)
	w.nobody().page("/healthz").want(http.StatusOK)
}

func TestCallbackReachesWeChatsGate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *handler.Config) {
		c.Callback = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost || r.URL.Query().Get("nonce") != "1" {
				rw.WriteHeader(http.StatusTeapot)
				return
			}
			_, _ = rw.Write([]byte("success"))
		})
	})
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, origin+"/wechat/callback?nonce=1", strings.NewReader("<xml/>"))
	request.Header.Set("Origin", "https://elsewhere.example") // pushes are proven by their signature
	same(t, string(w.nobody().send(request).want(http.StatusOK).body), "success")
}

func TestLongAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := w.nobody().request(http.MethodGet, "/choices", nil)
	request.Header.Set("Accept-Encoding", "gzip")
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, request)
	same(t, recorder.Header().Get("Content-Encoding"), "gzip")
	if whole := w.nobody().get("/choices"); recorder.Body.Len() >= len(whole.body)*2/3 {
		t.Errorf("%d bytes became %d", len(whole.body), recorder.Body.Len())
	}
}

func TestTimesAreOfChina(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.activity(w.team, func(f *service.ActivityForm) {
		f.StartsAt = time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC)
		f.EndsAt = f.StartsAt.Add(time.Hour)
	})
	same(t, w.nobody().get("/activities/" + a.ID).want(http.StatusOK).object()["starts_at"], any("2027-01-01T00:30:00+08:00"))
}
