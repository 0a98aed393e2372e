package handler_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kezhi/handler"
	"kezhi/service"
)

// leave goes to WeChat from the app and returns the browser's cookie and the state.
func (w *world) leave(path string, cookies ...*http.Cookie) (browser *http.Cookie, state string) {
	w.Helper()
	left := w.nobody().page(path, cookies...).want(http.StatusFound)
	there, err := url.Parse(left.header.Get("Location"))
	must(w, err)
	same(w, there.Query().Get("redirect_uri"), origin+"/wechat/login/return")
	return left.cookie("kezhi-login"), there.Query().Get("state")
}

func (w *world) comeBack(state, code string, cookies ...*http.Cookie) *answer {
	w.Helper()
	return w.nobody().page("/wechat/login/return?code="+code+"&state="+state, cookies...)
}

func TestLoginGoesToWeChatAndComesBackToThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	browser, state := w.leave("/wechat/login?return_to=/activities/1%3Ffrom%3Dmenu")
	back := w.comeBack(state, codeOf("wang"), browser).want(http.StatusFound)
	same(t, back.header.Get("Location"), "/activities/1?from=menu")
	session := back.cookie("kezhi")
	if !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" || session.Secure {
		t.Errorf("the session's cookie on plain HTTP is %v", session)
	}
	same(t, time.Duration(session.MaxAge)*time.Second, 30*24*time.Hour)
	w.nobody().page(api+"/me", session).want(http.StatusOK)
}

func TestOnHTTPSCookiesAreSecureAndOfThisHostAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *handler.Config) { c.Secure, c.Origin = true, "https://kezhi.example" })
	left := w.nobody().page("/wechat/login").want(http.StatusFound)
	browser := left.cookie("__Host-kezhi-login")
	there, err := url.Parse(left.header.Get("Location"))
	must(t, err)
	session := w.comeBack(there.Query().Get("state"), codeOf("wang"), browser).want(http.StatusFound).cookie("__Host-kezhi")
	for _, cookie := range []*http.Cookie{browser, session} {
		if !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" {
			t.Errorf("got %v", cookie)
		}
	}
	w.nobody().page(api+"/me", session).want(http.StatusOK)
	w.nobody().page(api+"/me", &http.Cookie{Name: "kezhi", Value: session.Value}).want(http.StatusUnauthorized)
}

func TestLoginThatGoesWrongShowsAPageWithAWayOn(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		status int
		says   string
		do     func(w *world) *answer
	}{
		{"the person declines", 401, "您没有同意登录", func(w *world) *answer {
			browser, state := w.leave("/wechat/login")
			return w.nobody().page("/wechat/login/return?state="+state, browser)
		}},
		{"another browser comes back", 401, "登录已过期", func(w *world) *answer {
			_, state := w.leave("/wechat/login")
			other, _ := w.leave("/wechat/login")
			return w.comeBack(state, codeOf("wang"), other)
		}},
		{"no cookie comes back", 401, "登录已过期", func(w *world) *answer {
			_, state := w.leave("/wechat/login")
			return w.comeBack(state, codeOf("wang"))
		}},
		{"the state is not ours", 401, "登录已过期", func(w *world) *answer {
			browser, _ := w.leave("/wechat/login")
			return w.comeBack("STATE", codeOf("wang"), browser)
		}},
		{"the state comes twice", 401, "登录已过期", func(w *world) *answer {
			browser, state := w.leave("/wechat/login")
			w.comeBack(state, codeOf("wang"), browser).want(http.StatusFound)
			return w.comeBack(state, codeOf("wang"), browser)
		}},
		{"it takes too long", 401, "登录已过期", func(w *world) *answer {
			browser, state := w.leave("/wechat/login")
			w.memory.FastForward(16 * time.Minute)
			return w.comeBack(state, codeOf("wang"), browser)
		}},
		{"the code is junk", 401, "登录凭证已失效", func(w *world) *answer {
			browser, state := w.leave("/wechat/login?return_to=/register")
			return w.comeBack(state, "junk", browser)
		}},
		{"it is a snapshot page", 403, "快照页", func(w *world) *answer {
			w.wechat.snapshot = true
			browser, state := w.leave("/wechat/login")
			return w.comeBack(state, codeOf("wang"), browser)
		}},
		{"WeChat is away", 503, "微信暂时没有回应", func(w *world) *answer {
			w.wechat.away = true
			browser, state := w.leave("/wechat/login")
			return w.comeBack(state, codeOf("wang"), browser)
		}},
		{"the person is locked out", 403, "该账号已停用", func(w *world) *answer {
			wang := w.volunteer(w.team)
			must(w, w.services.People.Disable(w.Context(), platform, wang.id, "冒用他人信息"))
			browser, state := w.leave("/wechat/login")
			return w.comeBack(state, codeOf(wang.openID), browser)
		}},
		{"Redis is away", 503, "系统繁忙", func(w *world) *answer {
			w.memory.SetError("LOADING")
			return w.nobody().page("/wechat/login")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := row.do(w).want(row.status)
			same(t, got.header.Get("Content-Type"), "text/html; charset=utf-8")
			for _, part := range []string{row.says, "/wechat/login?return_to=", `href="/"`, got.header.Get("X-Request-Id")} {
				if !strings.Contains(string(got.body), part) {
					t.Errorf("%q is not on the page:\n%s", part, got.body)
				}
			}
			if row.name == "the code is junk" && !strings.Contains(string(got.body), "return_to=%2Fregister") {
				t.Errorf("trying again would not lead to where the person wanted to go:\n%s", got.body)
			}
		})
	}
}

func TestComingBackTwiceWithASessionLeadsIntoTheApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	browser, state := w.leave("/wechat/login")
	session := w.comeBack(state, codeOf("wang"), browser).cookie("kezhi")
	again := w.comeBack(state, codeOf("wang"), browser, session).want(http.StatusFound)
	same(t, again.header.Get("Location"), "/")
}

func TestTwoTabsCanLogInAtTheSameTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	browser, first := w.leave("/wechat/login?return_to=/a")
	browser, second := w.leave("/wechat/login?return_to=/b", browser)
	same(t, w.comeBack(first, codeOf("wang"), browser).want(http.StatusFound).header.Get("Location"), "/a")
	same(t, w.comeBack(second, codeOf("wang"), browser).want(http.StatusFound).header.Get("Location"), "/b")
}

func TestLoginLeadsToNoOtherSite(t *testing.T) {
	t.Parallel()
	for _, elsewhere := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "", "/%0d%0aSet-Cookie:a=b"} {
		w := newWorld(t)
		browser, state := w.leave("/wechat/login?return_to=" + url.QueryEscape(elsewhere))
		got := w.comeBack(state, codeOf("wang"), browser).want(http.StatusFound)
		if location := got.header.Get("Location"); location != "/" && location != "/%0d%0aSet-Cookie:a=b" {
			t.Errorf("%q leads to %q", elsewhere, location)
		}
	}
}

func TestSwitchEndsTheSessionOfWhoWasThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	browser, state := w.leave("/wechat/login")
	session := w.comeBack(state, codeOf("wang"), browser).cookie("kezhi")
	w.leave("/wechat/login?return_to=/", browser, session)
	w.nobody().page(api+"/me", session).want(http.StatusOK)
	w.leave("/wechat/login?switch=1&return_to=/", browser, session)
	w.nobody().page(api+"/me", session).want(http.StatusUnauthorized)
}

func TestMiniProgramLogsInWithABearerToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	session := w.nobody().post("/sessions/mini", form{"code": codeOf("mini-1")}).want(http.StatusCreated).object()
	same(t, session["expires_at"], any("2026-05-31T12:00:00+08:00"))
	u := &user{world: w, bearer: session["token"].(string)}
	u.get("/me").want(http.StatusOK)
	w.nobody().post("/sessions/mini", form{"code": "junk"}).refusal(http.StatusUnauthorized, "wechat.code")
	w.wechat.away = true
	if away := w.nobody().post("/sessions/mini", form{"code": codeOf("mini-1")}); away.header.Get("Retry-After") == "" {
		t.Errorf("nobody says when to try again: %d %v", away.status, away.header)
	}
}

func TestMiniLoginDoesNotOutlastTheLimitOfOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.useUp("mini")
	limited := w.nobody().post("/sessions/mini", form{"code": codeOf("mini-1")})
	limited.refusal(http.StatusTooManyRequests, "rate_limited")
	same(t, limited.header.Get("Retry-After"), "300")
	elsewhere := w.nobody().request(http.MethodPost, "/sessions/mini", form{"code": codeOf("mini-1")})
	elsewhere.RemoteAddr = "198.51.100.7:1234"
	w.nobody().send(elsewhere).want(http.StatusCreated)
	w.memory.FastForward(5 * time.Minute)
	w.nobody().post("/sessions/mini", form{"code": codeOf("mini-1")}).want(http.StatusCreated)
}

func TestAddressThatAsksTooOftenIsToldToWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang := w.applicant(w.team)
	for name, ask := range map[string]func() *answer{
		"login":      func() *answer { return w.nobody().page("/wechat/login") },
		"activation": func() *answer { return wang.post("/me/volunteer/activation", form{"code": "000000"}) },
		"invite":     func() *answer { return wang.get("/invites/X") },
	} {
		if early := ask(); early.status == http.StatusTooManyRequests {
			t.Errorf("%s: refused from the start", name)
		}
		w.useUp(name)
		if got := ask().want(http.StatusTooManyRequests); got.header.Get("Retry-After") == "" {
			t.Errorf("%s: nobody says when to try again", name)
		}
	}
}

// useUp makes the tests' address ask as often as it may.
func (w *world) useUp(limit string) {
	w.Helper()
	key := "kezhi:limit:address:" + limit + ":192.0.2.1"
	_, err := w.memory.Incr(key, 1_000_000)
	must(w, err)
	w.memory.SetTTL(key, 5*time.Minute)
}

func TestForwardedAddressesAreBelievedFromTrustedProxiesAlone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		trusted []string
		want    int
	}{
		{nil, http.StatusTooManyRequests}, // the header is a lie: it is still the address that has asked too often
		{[]string{"192.0.2.0/24"}, http.StatusCreated},
	} {
		w := newWorld(t, func(c *handler.Config) { c.TrustedProxies = row.trusted })
		w.useUp("mini")
		request := w.nobody().request(http.MethodPost, "/sessions/mini", form{"code": codeOf("mini-1")})
		request.Header.Set("X-Forwarded-For", "203.0.113.9")
		w.nobody().send(request).want(row.want)
	}
}

func TestHouseholdIsAnAddressOrA64(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "unknown", "junk": "unknown",
	} {
		same(t, handler.Household(address), want)
	}
}

var _ service.WeChatLogin = (*wechat)(nil)
