package wxconfig_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"

	"pgregory.net/rapid"
)

const (
	sendPath  = "/cgi-bin/message/template/send"
	tokenPath = "/cgi-bin/stable_token"
)

// Every misbehaviour of the sending, and what it means: what is returned, how often
// WeChat was asked, and what stands in the inbox, also after the same is sent again.
func TestSendingUnderFault(t *testing.T) {
	t.Parallel()
	code := func(code int) sandbox.Fault {
		return sandbox.Fault{Kind: sandbox.FaultCode, Code: code, Endpoint: sendPath}
	}
	on := func(kind sandbox.FaultKind, endpoint string) sandbox.Fault {
		return sandbox.Fault{Kind: kind, Endpoint: endpoint}
	}
	twice := func(fault sandbox.Fault) sandbox.Fault { fault.Calls = 2; return fault }
	for _, row := range []struct {
		name  string
		fault sandbox.Fault
		class service.SendClass // empty: it was sent
		code  int
		sends int
		token int // calls for a token
		inbox int
	}{
		{"nothing", sandbox.Fault{Kind: sandbox.FaultSnapshot}, "", 0, 1, 1, 1},
		{"busy", code(-1), service.SendRetry, -1, 1, 1, 0},
		{"too often", code(45011), service.SendRetry, 45011, 1, 1, 0},
		{"the day's quota", code(45009), service.SendTomorrow, 45009, 1, 1, 0},
		{"not following", code(43004), service.SendNotFollowing, 43004, 1, 1, 0},
		{"unfollowed just before", on(sandbox.FaultUnfollow, ""), service.SendNotFollowing, 43004, 1, 1, 0},
		{"blocked", code(43019), service.SendPerson, 43019, 1, 1, 0},
		{"wrong openid", code(40003), service.SendPerson, 40003, 1, 1, 0},
		{"refused", code(43101), service.SendPerson, 43101, 1, 1, 0},
		{"malformed", code(47003), service.SendBug, 47003, 1, 1, 0},
		{"not JSON", code(47001), service.SendBug, 47001, 1, 1, 0},
		{"unheard of", code(99999), service.SendBug, 99999, 1, 1, 0},
		{"no such template", code(40037), service.SendConfiguration, 40037, 1, 1, 0},
		{"not permitted", code(48001), service.SendConfiguration, 48001, 1, 1, 0},
		{"restricted", code(50002), service.SendConfiguration, 50002, 1, 1, 0},
		{"address not listed", code(40164), service.SendConfiguration, 40164, 1, 1, 0},

		{"token revoked", on(sandbox.FaultTokenRevoked, sendPath), "", 0, 2, 2, 1},
		{"token ended early", on(sandbox.FaultTokenExpired, sendPath), "", 0, 2, 2, 1},
		{"token invalid", code(40014), "", 0, 2, 2, 1},
		{"token refused twice", twice(code(40001)), service.SendRetry, 40001, 2, 2, 0},

		{"answer lost", on(sandbox.FaultLost, sendPath), service.SendUnknown, 0, 1, 1, 1},
		{"half an answer", on(sandbox.FaultTruncated, sendPath), service.SendUnknown, 0, 1, 1, 1},
		{"connection reset", on(sandbox.FaultReset, sendPath), service.SendUnknown, 0, 1, 1, 0},
		{"502", on(sandbox.FaultBadGateway, sendPath), service.SendUnknown, 0, 1, 1, 0},
		{"no answer", on(sandbox.FaultHang, sendPath), service.SendUnknown, 0, 1, 1, 0},

		{"secret wrong", sandbox.Fault{Kind: sandbox.FaultCode, Code: 40001, Endpoint: tokenPath}, service.SendConfiguration, 40001, 0, 1, 0},
		{"secret wrong too", sandbox.Fault{Kind: sandbox.FaultCode, Code: 40125, Endpoint: tokenPath}, service.SendConfiguration, 40125, 0, 1, 0},
		{"no token: busy", sandbox.Fault{Kind: sandbox.FaultCode, Code: -1, Endpoint: tokenPath}, service.SendRetry, -1, 0, 1, 0},
		{"no token: lost", on(sandbox.FaultLost, tokenPath), service.SendRetry, 0, 0, 1, 0},
		{"no token: 502", on(sandbox.FaultBadGateway, tokenPath), service.SendRetry, 0, 0, 1, 0},
		{"no token: no answer", on(sandbox.FaultHang, tokenPath), service.SendRetry, 0, 0, 1, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(_ *sandbox.Options, s *wxconfig.Settings) {
				if row.fault.Kind == sandbox.FaultHang {
					s.Timeout = 200 * time.Millisecond
				}
			})
			w.box.Misbehave(row.fault)
			message := w.approved(3)
			id, err := w.Send(t.Context(), message)

			if row.class == "" {
				if err != nil || id == "" {
					t.Fatalf("got %q, %v, want it sent", id, err)
				}
			} else {
				var failed *service.SendError
				if !errors.As(err, &failed) {
					t.Fatalf("got %v, want a *service.SendError", err)
				}
				if failed.Class != row.class || failed.Code != row.code {
					t.Errorf("got %s (%d), want %s (%d): %s", failed.Class, failed.Code, row.class, row.code, failed.Text)
				}
				w.mustKeepSecrets(t, err.Error())
			}
			if got := len(w.box.Calls(sendPath)); got != row.sends {
				t.Errorf("got %d sendings, want %d", got, row.sends)
			}
			if got := len(w.box.Calls(tokenPath)); got != row.token {
				t.Errorf("got %d calls for a token, want %d", got, row.token)
			}
			if got := len(w.box.Inbox(message.OpenID)); got != row.inbox {
				t.Errorf("got %d messages, want %d", got, row.inbox)
			}

			// The fault is over. The same message again reaches the person once in all.
			_ = w.box.Follow(message.OpenID, "")
			if id, err = w.Send(t.Context(), message); err != nil {
				t.Fatalf("again: %v", err)
			}
			if inbox := w.box.Inbox(message.OpenID); len(inbox) != 1 || inbox[0].ID != id {
				t.Errorf("again: got %+v, want one message %s", inbox, id)
			}
		})
	}
}

// mustKeepSecrets fails when a text repeats what must not be shown.
func (w *world) mustKeepSecrets(t *testing.T, text string) {
	t.Helper()
	secrets := []string{w.settings.AppSecret, w.settings.MiniAppSecret, w.settings.Token, w.settings.EncodingAESKey}
	for _, key := range w.memory.Keys() {
		if value, err := w.memory.Get(key); err == nil && len(value) > 40 {
			secrets = append(secrets, value) // tokens and tickets
		}
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("a secret stands in %q", text)
		}
	}
}

func TestNothingListensIsRetried(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	w := newWorld(t, func(_ *sandbox.Options, s *wxconfig.Settings) { s.APIBase = gone.URL })
	_, err := w.Send(t.Context(), w.approved(3))
	var failed *service.SendError
	if !errors.As(err, &failed) || failed.Class != service.SendRetry {
		t.Errorf("got %v, want retry", err)
	}
}

// With the token in hand and nobody there, the message never left either.
func TestNothingListensAnyMoreIsRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Send(t.Context(), w.approved(3)); err != nil {
		t.Fatal(err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	w.settings.APIBase = gone.URL
	_, err := w.another(t).Send(t.Context(), w.approved(3))
	var failed *service.SendError
	if !errors.As(err, &failed) || failed.Class != service.SendRetry {
		t.Errorf("got %v, want retry", err)
	}
}

func TestMessageThatCannotBeIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, row := range []struct {
		name   string
		change func(*service.WeChatMessage)
		class  service.SendClass
	}{
		{"no template for it", func(m *service.WeChatMessage) { m.Kind = "unheard.of" }, service.SendConfiguration},
		{"a value that cannot be shown", func(m *service.WeChatMessage) { m.Values["time"] = "明天" }, service.SendBug},
		{"a value that is missing", func(m *service.WeChatMessage) { delete(m.Values, "result") }, service.SendBug},
		{"an openid that would alter the address", func(m *service.WeChatMessage) { m.OpenID = "o&access_token=x" }, service.SendPerson},
		{"no openid", func(m *service.WeChatMessage) { m.OpenID = "" }, service.SendPerson},
		{"no id to know it by", func(m *service.WeChatMessage) { m.ID = "" }, service.SendBug},
	} {
		message := w.approved(3)
		row.change(&message)
		_, err := w.Send(t.Context(), message)
		var failed *service.SendError
		if !errors.As(err, &failed) || failed.Class != row.class {
			t.Errorf("%s: got %v, want %s", row.name, err, row.class)
		}
	}
	if calls := w.box.Calls(""); len(calls) > 0 {
		t.Errorf("WeChat was called: %+v", calls)
	}
}

// Whatever people write, WeChat never finds a value that does not fit.
func TestFittedValuesAreAlwaysTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	person := w.person(3).OpenID
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		values := map[string]string{"time": "2026年5月1日 14:00"}
		for _, name := range []string{"activity", "place", "note"} {
			values[name] = rapid.String().Draw(t, name)
		}
		_, err := w.Send(t.Context(), service.WeChatMessage{
			ID: fmt.Sprintf("m%d", n), OpenID: person, Kind: service.NoticeChanged, Values: values,
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestColdInstancesTakeOneTokenEach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	instances := []*wxconfig.WeChat{w.WeChat, w.another(t), w.another(t)}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			message := w.approved(3)
			message.ID = fmt.Sprintf("cold%d", i)
			if _, err := instances[i%len(instances)].Send(t.Context(), message); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(w.box.Calls(tokenPath)); got > len(instances) {
		t.Errorf("got %d calls for a token from %d instances", got, len(instances))
	}
	if got := len(w.box.Inbox(w.person(3).OpenID)); got != 60 {
		t.Errorf("got %d messages, want 60", got)
	}
}

// All instances find out at once that the token is gone; none throws away the one
// that another has fetched since.
func TestRevokedTokenIsReplacedOnceForAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	instances := []*wxconfig.WeChat{w.WeChat, w.another(t)}
	for i, instance := range instances {
		message := w.approved(3)
		message.ID = fmt.Sprintf("before%d", i)
		if _, err := instance.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	w.box.RevokeTokens()
	before := len(w.box.Calls(tokenPath))
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			message := w.approved(3)
			message.ID = fmt.Sprintf("after%d", i)
			if _, err := instances[i%2].Send(t.Context(), message); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := len(w.box.Calls(tokenPath)) - before; got < 1 || got > 2 {
		t.Errorf("got %d calls for a token, want one an instance at most", got)
	}
}

func TestRedisAwayStillSends(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.memory.Close()
	for i := range 3 {
		message := w.approved(3)
		message.ID = fmt.Sprintf("away%d", i)
		if _, err := w.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(w.box.Calls(tokenPath)); got != 1 {
		t.Errorf("got %d calls for a token, want the one in memory to serve", got)
	}
}
