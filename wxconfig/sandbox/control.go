package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// routeControl is the JSON API by which a test in any language drives the sandbox.
// It mirrors the methods:
//
//	GET    people                                  POST people {nickname, follows, …}
//	PATCH  people/{openid} {blocks, consent, note}  GET  people/{openid}/inbox
//	POST   people/{openid}/follow {scene}           POST people/{openid}/unfollow
//	POST   people/{openid}/say {text}               POST people/{openid}/click {key}    POST people/{openid}/scan {scene}
//	POST   people/{openid}/oauth_code               POST people/{openid}/mini_code      POST people/{openid}/phone_code
//	GET    faults      POST faults {kind, endpoint, openid, code, calls, delay_ms}      DELETE faults
//	GET    calls?endpoint=                          GET  pushes
//	POST   clock {advance_seconds}                  POST app {url, callback_url}
//	POST   check_url                                POST revoke_tokens                  POST reset         POST settle
func (s *Sandbox) routeControl(mux *http.ServeMux) {
	handle := func(pattern string, act func(r *http.Request, ask ask) (any, error)) {
		mux.Handle(pattern, guarded(func(w http.ResponseWriter, r *http.Request) {
			var ask ask
			if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&ask); err != nil && !errors.Is(err, io.EOF) {
				writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
				return
			}
			answer, err := act(r, ask)
			switch {
			case errors.Is(err, ErrNobody):
				writeJSON(w, http.StatusNotFound, map[string]string{"error": err.Error()})
			case err != nil:
				writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			default:
				writeJSON(w, http.StatusOK, answer)
			}
		}))
	}
	done := map[string]bool{"ok": true}

	handle("GET /sandbox/api/people", func(*http.Request, ask) (any, error) { return s.People(), nil })
	handle("POST /sandbox/api/people", func(_ *http.Request, a ask) (any, error) {
		return s.AddPerson(Person{OpenID: a.OpenID, Nickname: a.Nickname, Note: a.Note, Follows: a.Follows != nil && *a.Follows}), nil
	})
	handle("PATCH /sandbox/api/people/{openid}", func(r *http.Request, a ask) (any, error) {
		return done, s.Change(r.PathValue("openid"), a.change)
	})
	handle("GET /sandbox/api/people/{openid}/inbox", func(r *http.Request, _ ask) (any, error) {
		return s.Inbox(r.PathValue("openid")), nil
	})
	handle("POST /sandbox/api/people/{openid}/follow", func(r *http.Request, a ask) (any, error) {
		return done, s.Follow(r.PathValue("openid"), a.Scene)
	})
	handle("POST /sandbox/api/people/{openid}/unfollow", func(r *http.Request, _ ask) (any, error) {
		return done, s.Unfollow(r.PathValue("openid"))
	})
	handle("POST /sandbox/api/people/{openid}/say", func(r *http.Request, a ask) (any, error) {
		return s.Say(r.PathValue("openid"), a.Text), nil
	})
	handle("POST /sandbox/api/people/{openid}/click", func(r *http.Request, a ask) (any, error) {
		return s.Push(Clicked(r.PathValue("openid"), a.Key)), nil
	})
	handle("POST /sandbox/api/people/{openid}/scan", func(r *http.Request, a ask) (any, error) {
		return s.Push(Scanned(r.PathValue("openid"), a.Scene)), nil
	})
	for name, issue := range map[string]func(string) (string, error){
		"oauth_code": s.OAuthCode, "mini_code": s.MiniCode, "phone_code": s.PhoneCode,
	} {
		handle("POST /sandbox/api/people/{openid}/"+name, func(r *http.Request, _ ask) (any, error) {
			code, err := issue(r.PathValue("openid"))
			return map[string]string{"code": code}, err
		})
	}
	handle("GET /sandbox/api/faults", func(*http.Request, ask) (any, error) { return s.Faults(), nil })
	handle("POST /sandbox/api/faults", func(_ *http.Request, a ask) (any, error) {
		return s.misbehave(Fault{Kind: a.Kind, Endpoint: a.Endpoint, OpenID: a.OpenID, Code: a.Code, Calls: a.Calls, DelayMS: a.DelayMS})
	})
	handle("DELETE /sandbox/api/faults", func(*http.Request, ask) (any, error) { s.Behave(); return done, nil })
	handle("GET /sandbox/api/calls", func(r *http.Request, _ ask) (any, error) {
		return s.Calls(r.URL.Query().Get("endpoint")), nil
	})
	handle("GET /sandbox/api/pushes", func(*http.Request, ask) (any, error) { return s.Pushes(), nil })
	handle("POST /sandbox/api/clock", func(_ *http.Request, a ask) (any, error) {
		s.MoveClock(time.Duration(a.AdvanceSeconds) * time.Second)
		return done, nil
	})
	handle("POST /sandbox/api/app", func(_ *http.Request, a ask) (any, error) {
		s.SetApp(a.URL)
		if a.CallbackURL != "" {
			s.SetCallback(a.CallbackURL)
		}
		return done, nil
	})
	handle("POST /sandbox/api/check_url", func(*http.Request, ask) (any, error) { return done, s.CheckURL() })
	handle("POST /sandbox/api/revoke_tokens", func(*http.Request, ask) (any, error) { s.RevokeTokens(); return done, nil })
	handle("POST /sandbox/api/reset", func(*http.Request, ask) (any, error) { s.Reset(); return done, nil })
	handle("POST /sandbox/api/settle", func(*http.Request, ask) (any, error) { s.Settle(); return done, nil })
}

// ask is what any of the control API's requests may say.
type ask struct {
	OpenID   string `json:"openid"`
	Nickname string `json:"nickname"`
	Note     string `json:"note"`
	Follows  *bool  `json:"follows"`
	Blocks   *bool  `json:"blocks"`
	Consent  *int   `json:"consent"`
	Scene    string `json:"scene"`
	Text     string `json:"text"`
	Key      string `json:"key"`

	Kind     FaultKind `json:"kind"`
	Endpoint string    `json:"endpoint"`
	Code     int       `json:"code"`
	Calls    int       `json:"calls"`
	DelayMS  int       `json:"delay_ms"`

	AdvanceSeconds int    `json:"advance_seconds"`
	URL            string `json:"url"`
	CallbackURL    string `json:"callback_url"`
}

func (a ask) change(p *Person) {
	if a.Blocks != nil {
		p.Blocks = *a.Blocks
	}
	if a.Consent != nil {
		p.Consent = *a.Consent
	}
	if a.Note != "" {
		p.Note = a.Note
	}
	if a.Nickname != "" {
		p.Nickname = a.Nickname
	}
}

// guarded keeps other sites, open in the same browser, from driving the sandbox.
func guarded(handler http.HandlerFunc) http.Handler {
	return http.NewCrossOriginProtection().Handler(handler)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func atoi(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
