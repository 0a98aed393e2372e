package wxconfig_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"
)

// inEveryMode runs a test for each way in which the platform can be told to push.
func inEveryMode(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	plain := func(o *sandbox.Options, s *wxconfig.Settings) {
		o.PlainPushes, s.CallbackMode, s.EncodingAESKey = true, wxconfig.CallbackPlain, ""
	}
	asJSON := func(o *sandbox.Options, _ *wxconfig.Settings) { o.JSONPushes = true }
	for name, changes := range map[string][]func(*sandbox.Options, *wxconfig.Settings){
		"safe": nil, "safe, JSON": {asJSON}, "plain": {plain}, "plain, JSON": {plain, asJSON},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, changes...))
		})
	}
}

func TestPushesArriveAsWhatTheyMean(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, w *world) {
		if err := w.box.CheckURL(); err != nil {
			t.Fatal(err)
		}
		follower, stranger := w.person(3).OpenID, w.person(6).OpenID
		_ = w.box.Follow(stranger, "activity7")
		w.box.Settle()
		_ = w.box.Follow(stranger, "activity8") // follows already: a SCAN
		w.box.Settle()
		_ = w.box.Unfollow(stranger)
		w.box.Settle()
		w.box.Push(sandbox.Clicked(follower, "MENU_ME"))
		w.box.Push(sandbox.Viewed(follower, "https://kezhi.example.org/"))
		w.box.Push(sandbox.Reported(follower, 3_300_000_000_000_000_001, "failed:user block"))
		w.box.Say(follower, "报名 <b>]]>&")

		want := []service.WeChatEvent{
			{Kind: service.WeChatSubscribe, OpenID: stranger, Text: "activity7"},
			{Kind: service.WeChatScan, OpenID: stranger, Text: "activity8"},
			{Kind: service.WeChatUnsubscribe, OpenID: stranger},
			{Kind: service.WeChatClick, OpenID: follower, Text: "MENU_ME"},
			{Kind: service.WeChatOther, OpenID: follower, Text: "https://kezhi.example.org/"},
			{Kind: service.WeChatJobFinished, OpenID: follower, MessageID: "3300000000000000001", Status: "failed:user block"},
			{Kind: service.WeChatText, OpenID: follower, Text: "报名 <b>]]>&"},
		}
		got := w.events.all()
		if len(got) != len(want) {
			t.Fatalf("got %d events, want %d: %+v; %+v", len(got), len(want), got, w.box.Pushes())
		}
		keys := map[string]bool{}
		for i, event := range got {
			if event.At.IsZero() || event.Key == "" || keys[event.Key] {
				t.Errorf("%d: got time %v and key %q", i, event.At, event.Key)
			}
			keys[event.Key] = true
			want[i].At, want[i].Key = event.At, event.Key
			if event != want[i] {
				t.Errorf("%d: got %+v, want %+v", i, event, want[i])
			}
		}
		for _, push := range w.box.Pushes() {
			if !push.Accepted || push.Attempts != 1 {
				t.Errorf("got %+v, want it accepted at once", push)
			}
		}
	})
}

func TestReplyReachesThePerson(t *testing.T) {
	t.Parallel()
	inEveryMode(t, func(t *testing.T, w *world) {
		w.events.handle = func(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
			return "回复“激活”查看激活码 ]]> <&", nil
		}
		push := w.box.Say(w.person(3).OpenID, "你好")
		if push.Reply != "回复“激活”查看激活码 ]]> <&" {
			t.Errorf("got %+v", push)
		}
		w.events.handle = func(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
			return service.WeChatReply(strings.Repeat("长", 1000)), nil
		}
		if push = w.box.Say(w.person(3).OpenID, "你好"); push.Reply != strings.Repeat("长", 682) {
			t.Errorf("got %d bytes, %+v", len(push.Reply), push.Trouble)
		}
	})
}

// What is not from WeChat reaches nobody.
func TestGateRefuses(t *testing.T) {
	t.Parallel()
	for _, kind := range []sandbox.FaultKind{
		sandbox.FaultPushBadSign, sandbox.FaultPushStale, sandbox.FaultPushPlain, sandbox.FaultPushForeigner,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.box.Misbehave(sandbox.Fault{Kind: kind})
			push := w.box.Push(sandbox.Clicked(w.person(3).OpenID, "MENU_ME"))
			if push.Accepted || push.Attempts != 3 || push.Trouble != "HTTP status 403" {
				t.Errorf("got %+v", push)
			}
			if got := w.events.all(); len(got) > 0 {
				t.Errorf("it was handed over: %+v", got)
			}
		})
	}
	for _, kind := range []sandbox.FaultKind{sandbox.FaultPushBadSign, sandbox.FaultPushStale} {
		t.Run("plain, "+string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *sandbox.Options, s *wxconfig.Settings) {
				o.PlainPushes, s.CallbackMode = true, wxconfig.CallbackPlain
			})
			w.box.Misbehave(sandbox.Fault{Kind: kind})
			push := w.box.Push(sandbox.Clicked(w.person(3).OpenID, "MENU_ME"))
			if push.Accepted || len(w.events.all()) > 0 {
				t.Errorf("got %+v, %+v", push, w.events.all())
			}
		})
	}
}

// recorder stands before the callback and keeps the pushes as they came.
type recorder struct {
	mu      sync.Mutex
	queries []string
	bodies  [][]byte
	next    http.Handler
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(request.Body)
	r.mu.Lock()
	r.queries, r.bodies = append(r.queries, request.URL.RawQuery), append(r.bodies, body.Bytes())
	r.mu.Unlock()
	again := request.Clone(request.Context())
	again.Body = http.NoBody
	if body.Len() > 0 {
		again.Body = readCloser{bytes.NewReader(body.Bytes())}
	}
	r.next.ServeHTTP(w, again)
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// With one captured push in hand, nothing new can be said in WeChat's name.
func TestCapturedPushForgesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	record := &recorder{next: w.Callback(w.events)}
	server := httptest.NewServer(record)
	t.Cleanup(server.Close)
	w.box.SetCallback(server.URL)
	w.box.Push(sandbox.Clicked(w.person(3).OpenID, "MENU_ME"))
	if len(record.queries) != 1 || len(w.events.all()) != 1 {
		t.Fatalf("got %d pushes", len(record.queries))
	}
	query, body := record.queries[0], record.bodies[0]
	forged := []byte("<xml><ToUserName>gh</ToUserName><FromUserName>" + w.person(0).OpenID +
		"</FromUserName><CreateTime>1714112445</CreateTime><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId></xml>")
	flipped := bytes.Replace(body, []byte("<Encrypt><![CDATA["), []byte("<Encrypt><![CDATA[AAAA"), 1)

	for _, row := range []struct {
		name, method, query string
		body                []byte
		status              int
	}{
		{"a body of one's own", http.MethodPost, query, forged, http.StatusForbidden},
		{"without encrypt_type", http.MethodPost, strings.Replace(query, "encrypt_type=aes", "x=y", 1), forged, http.StatusForbidden},
		{"the same without encrypt_type", http.MethodPost, strings.Replace(query, "encrypt_type=aes", "x=y", 1), body, http.StatusForbidden},
		{"encrypt_type raw", http.MethodPost, strings.Replace(query, "encrypt_type=aes", "encrypt_type=raw", 1), forged, http.StatusForbidden},
		{"another ciphertext", http.MethodPost, query, flipped, http.StatusForbidden},
		{"another nonce", http.MethodPost, strings.Replace(query, "nonce=", "nonce=9", 1), body, http.StatusForbidden},
		{"another time", http.MethodPost, strings.Replace(query, "timestamp=1", "timestamp=2", 1), body, http.StatusForbidden},
		{"no time", http.MethodPost, strings.Replace(query, "timestamp=", "timestamp=x", 1), body, http.StatusForbidden},
		{"nothing", http.MethodPost, "", nil, http.StatusForbidden},
		{"no body", http.MethodPost, query, nil, http.StatusForbidden},
		{"far too much", http.MethodPost, query, bytes.Repeat([]byte("a"), 64<<10+1), http.StatusForbidden},
		{"another method", http.MethodPut, query, body, http.StatusMethodNotAllowed},
		{"the same again", http.MethodPost, query, body, http.StatusOK}, // acknowledged, and not handed over
	} {
		answer := httptest.NewRecorder()
		w.Callback(w.events).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), row.method, "/?"+row.query, bytes.NewReader(row.body)))
		if answer.Code != row.status {
			t.Errorf("%s: got %d, want %d", row.name, answer.Code, row.status)
		}
	}
	if got := w.events.all(); len(got) != 1 {
		t.Errorf("got %d events, want 1", len(got))
	}
}

// The same push four times, at once, on two instances, has one effect.
func TestPushCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.events.handle = func(context.Context, service.WeChatEvent) (service.WeChatReply, error) { return "收到", nil }
	handlers := []http.Handler{w.Callback(w.events), w.another(t).Callback(w.events)}
	var turn atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handlers[int(turn.Add(1))%2].ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.box.SetCallback(server.URL)
	record := &recorder{next: server.Config.Handler}
	replay := httptest.NewServer(record)
	t.Cleanup(replay.Close)
	w.box.SetCallback(replay.URL)

	w.box.Misbehave(sandbox.Fault{Kind: sandbox.FaultPushTwice})
	push := w.box.Say(w.person(3).OpenID, "报名")
	if !push.Accepted || push.Attempts != 4 || push.Reply != "收到" {
		t.Errorf("got %+v", push)
	}
	if got := len(w.events.all()); got != 1 {
		t.Errorf("got %d events, want 1", got)
	}

	// And from the start, all at once.
	var all sync.WaitGroup
	w.box.Say(w.person(3).OpenID, "激活")
	query, body := record.queries[len(record.queries)-1], record.bodies[len(record.bodies)-1]
	w.memory.FlushAll()
	before := len(w.events.all())
	var replies sync.Map
	for i := range 4 {
		all.Go(func() {
			answer := httptest.NewRecorder()
			handlers[i%2].ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/?"+query, bytes.NewReader(body)))
			if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "<Encrypt>") {
				t.Errorf("got %d %s", answer.Code, answer.Body)
			}
			replies.Store(i, answer.Body.String())
		})
	}
	all.Wait()
	if got := len(w.events.all()) - before; got != 1 {
		t.Errorf("got %d events, want 1", got)
	}
}

// An event whose handling failed is handled again, and then never more.
func TestFailedEventIsPushedAgain(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("the store is away") },
		"panic": func() error { panic("oh") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var tries atomic.Int64
			w.events.handle = func(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
				if tries.Add(1) < 3 {
					return "", fail()
				}
				return "", nil
			}
			push := w.box.Push(sandbox.Clicked(w.person(3).OpenID, "MENU_ME"))
			if !push.Accepted || push.Attempts != 3 || tries.Load() != 3 {
				t.Errorf("got %+v after %d tries", push, tries.Load())
			}
		})
	}
}

func TestRedisAwayStillHandlesPushes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.memory.Close()
	if push := w.box.Push(sandbox.Clicked(w.person(3).OpenID, "MENU_ME")); !push.Accepted || len(w.events.all()) != 1 {
		t.Errorf("got %+v, %d events", push, len(w.events.all()))
	}
}

// A report that overtakes the answer to the sending still carries the id that Send returns.
func TestReportMayComeFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.box.Misbehave(sandbox.Fault{Kind: sandbox.FaultPushEarly})
	id, err := w.Send(t.Context(), w.approved(3))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.events.all(); len(got) != 1 || got[0].MessageID != id {
		t.Errorf("got %+v, want the report on %s", got, id)
	}
}
