package wxconfig_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"

	"github.com/google/go-cmp/cmp"
)

const oauthPath = "/sns/oauth2/access_token"

func TestOfficialIdentity(t *testing.T) {
	t.Parallel()
	on := func(kind sandbox.FaultKind) *sandbox.Fault { return &sandbox.Fault{Kind: kind, Endpoint: oauthPath} }
	for _, row := range []struct {
		name    string
		fault   *sandbox.Fault
		prepare func(w *world, code string) string
		want    error
		calls   int
	}{
		{name: "a code", calls: 1},
		{name: "used before", prepare: func(w *world, code string) string {
			_, _ = w.OfficialIdentity(t.Context(), code)
			return code
		}, want: service.ErrWeChatCode, calls: 2},
		{name: "expired", prepare: func(w *world, code string) string { w.box.MoveClock(6 * time.Minute); return code }, want: service.ErrWeChatCode, calls: 1},
		{name: "invented", prepare: func(*world, string) string { return "invented" }, want: service.ErrWeChatCode, calls: 1},
		{name: "of the mini program", prepare: func(w *world, _ string) string {
			code, _ := w.box.MiniCode(w.person(3).OpenID)
			return code
		}, want: service.ErrWeChatCode, calls: 1},
		{name: "empty", prepare: func(*world, string) string { return "" }, want: service.ErrWeChatCode},
		{name: "with another parameter in it", prepare: func(_ *world, code string) string { return code + "&appid=wx1" }, want: service.ErrWeChatCode},
		{name: "too long", prepare: func(*world, string) string { return strings.Repeat("a", 129) }, want: service.ErrWeChatCode},
		{name: "WeChat busy", fault: &sandbox.Fault{Kind: sandbox.FaultCode, Code: -1, Endpoint: oauthPath}, want: service.ErrWeChatAway, calls: 1},
		{name: "secret wrong", fault: &sandbox.Fault{Kind: sandbox.FaultCode, Code: 40125, Endpoint: oauthPath}, want: service.ErrWeChatAway, calls: 1},
		{name: "answer lost", fault: on(sandbox.FaultLost), want: service.ErrWeChatAway, calls: 1},
		{name: "half an answer", fault: on(sandbox.FaultTruncated), want: service.ErrWeChatAway, calls: 1},
		{name: "502", fault: on(sandbox.FaultBadGateway), want: service.ErrWeChatAway, calls: 1},
		{name: "no answer", fault: on(sandbox.FaultHang), want: service.ErrWeChatAway, calls: 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(_ *sandbox.Options, s *wxconfig.Settings) {
				if row.fault != nil && row.fault.Kind == sandbox.FaultHang {
					s.Timeout = 200 * time.Millisecond
				}
			})
			code, err := w.box.OAuthCode(w.person(3).OpenID)
			if err != nil {
				t.Fatal(err)
			}
			if row.prepare != nil {
				code = row.prepare(w, code)
			}
			if row.fault != nil {
				w.box.Misbehave(*row.fault)
			}
			identity, err := w.OfficialIdentity(t.Context(), code)
			if !errors.Is(err, row.want) {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			if err != nil {
				w.mustKeepSecrets(t, err.Error())
				if code != "" && strings.Contains(err.Error(), code) {
					t.Errorf("the code stands in %v", err)
				}
			}
			var want service.WeChatIdentity
			if row.want == nil {
				want.OpenID = w.person(3).OpenID
			}
			if diff := cmp.Diff(want, identity); diff != "" {
				t.Error(diff)
			}
			if got := len(w.box.Calls(oauthPath)); got != row.calls {
				t.Errorf("got %d calls, want %d", got, row.calls)
			}
		})
	}
}

// An answer without a person in it would make one account of all strangers.
func TestAnswerThatNamesNobodyIsNoIdentity(t *testing.T) {
	t.Parallel()
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"access_token":"x","openid":"","session_key":"y"}`))
	}))
	t.Cleanup(empty.Close)
	w := newWorld(t, func(_ *sandbox.Options, s *wxconfig.Settings) { s.APIBase = empty.URL })
	for name, login := range map[string]func(context.Context, string) (service.WeChatIdentity, error){
		"official": w.OfficialIdentity, "mini": w.MiniIdentity,
	} {
		if identity, err := login(t.Context(), "code"); !errors.Is(err, service.ErrWeChatAway) {
			t.Errorf("%s: got %+v, %v", name, identity, err)
		}
	}
}

func TestMiniIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	someone := w.person(5)
	code, _ := w.box.MiniCode(someone.OpenID)
	identity, err := w.MiniIdentity(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(service.WeChatIdentity{OpenID: someone.MiniOpenID, UnionID: someone.UnionID}, identity); diff != "" {
		t.Error(diff)
	}
	if _, err := w.MiniIdentity(t.Context(), code); !errors.Is(err, service.ErrWeChatCode) {
		t.Errorf("again: got %v", err)
	}
	for _, code := range []int{-1, 45011} {
		w.box.Misbehave(sandbox.Fault{Kind: sandbox.FaultCode, Code: code, Endpoint: "/sns/jscode2session"})
		if _, err := w.MiniIdentity(t.Context(), "another"); !errors.Is(err, service.ErrWeChatAway) {
			t.Errorf("%d: got %v", code, err)
		}
	}

	w.settings.MiniAppID, w.settings.MiniAppSecret = "", ""
	if _, err := w.another(t).MiniIdentity(t.Context(), "code"); !errors.Is(err, service.ErrWeChatAway) {
		t.Errorf("without a mini program: got %v", err)
	}
}

func TestFollows(t *testing.T) {
	t.Parallel()
	const path = "/cgi-bin/user/info"
	w := newWorld(t)
	for _, row := range []struct {
		name   string
		openID string
		fault  sandbox.FaultKind
		want   bool
		err    error
	}{
		{name: "a follower", openID: w.person(3).OpenID, want: true},
		{name: "another", openID: w.person(6).OpenID},
		{name: "nobody", openID: "oNobody"},
		{name: "junk", openID: "a&b"},
		{name: "token revoked", openID: w.person(3).OpenID, fault: sandbox.FaultTokenRevoked, want: true},
		{name: "502", openID: w.person(3).OpenID, fault: sandbox.FaultBadGateway, err: service.ErrWeChatAway},
	} {
		if row.fault != "" {
			w.box.Misbehave(sandbox.Fault{Kind: row.fault, Endpoint: path})
		}
		got, err := w.Follows(t.Context(), row.openID)
		if got != row.want || !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, %v, want %v, %v", row.name, got, err, row.want, row.err)
		}
	}
}

func TestAuthorizeURLIsThePlatforms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(_ *sandbox.Options, s *wxconfig.Settings) { s.AuthorizeBase = "" })
	got := w.AuthorizeURL("https://kezhi.example.org/wechat/return?a=1&b=2", "Az09")
	want := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + wxconfig.SandboxAppID +
		"&redirect_uri=https%3A%2F%2Fkezhi.example.org%2Fwechat%2Freturn%3Fa%3D1%26b%3D2" +
		"&response_type=code&scope=snsapi_base&state=Az09#wechat_redirect"
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// What the browser meets at the authorize page, and what comes of it.
func TestAuthorizing(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		identity bool
		fault    sandbox.FaultKind
		query    string
		back     string // where to return to, when not to the app
		state    string
		page     string // text of the page that is shown instead of returning
		code     bool
		snapshot bool
	}{
		{name: "who is known returns silently", identity: true, code: true},
		{name: "nobody picked", page: "请选择以谁的身份登录"},
		{name: "asked to pick", identity: true, query: "&pick=1", page: "请选择以谁的身份登录"},
		{name: "picked", query: "&as=oSandbox-volunteer-000000004", code: true},
		{name: "refused", query: "&refuse=1"},
		{name: "refuses on purpose", identity: true, fault: sandbox.FaultRefuse},
		{name: "quick view", identity: true, fault: sandbox.FaultSnapshot, code: true, snapshot: true},
		{name: "another domain", identity: true, back: "https://evil.invalid/", page: "10003"},
		{name: "a state with a sign in it", identity: true, state: "a-b", page: "state 参数错误"},
		{name: "a long state", identity: true, state: strings.Repeat("a", 129), page: "state 参数错误"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			jar, _ := cookiejar.New(nil)
			if row.identity {
				base, _ := url.Parse(w.settings.APIBase)
				jar.SetCookies(base, []*http.Cookie{{Name: "sandbox_openid", Value: w.person(3).OpenID, Path: "/"}})
			}
			if row.fault != "" {
				w.box.Misbehave(sandbox.Fault{Kind: row.fault})
			}
			back, state := row.back, row.state
			if back == "" {
				back = w.settings.PublicOrigin + "/wechat/return?to=1"
			}
			if state == "" {
				state = "state1"
			}
			address, _, _ := strings.Cut(w.AuthorizeURL(back, state), "#")
			status, location, page := browse(t, jar, address+row.query)
			if row.page != "" {
				if status != http.StatusOK || !strings.Contains(page, row.page) {
					t.Fatalf("got %d %s", status, page)
				}
				return
			}
			if status != http.StatusFound || !strings.HasPrefix(location.String(), w.settings.PublicOrigin+"/wechat/return?") || location.Query().Get("to") != "1" || location.Query().Get("state") != state {
				t.Fatalf("got %d %s", status, location)
			}
			code := location.Query().Get("code")
			if (code != "") != row.code {
				t.Fatalf("got code %q, want one: %v", code, row.code)
			}
			if !row.code {
				return
			}
			identity, err := w.OfficialIdentity(t.Context(), code)
			if err != nil || identity.Snapshot != row.snapshot {
				t.Errorf("got %+v, %v", identity, err)
			}
			if row.snapshot == (identity.OpenID == w.person(3).OpenID) {
				t.Errorf("got %+v", identity)
			}
		})
	}
}
