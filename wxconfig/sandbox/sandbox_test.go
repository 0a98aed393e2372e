package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"
)

// stage is a sandbox served by HTTP.
type stage struct {
	*sandbox.Sandbox

	url string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	box := sandbox.New(sandbox.Options{Now: time.Now, AppURL: "http://127.0.0.1:1", PushGap: time.Millisecond, PushTimeout: time.Second})
	server := httptest.NewServer(box.Handler())
	t.Cleanup(func() {
		box.Close()
		server.Close()
	})
	return &stage{box, server.URL}
}

// ask makes a call; a body that begins with { is posted.
func (s *stage) ask(t *testing.T, path, body string) (answer map[string]any, raw []byte) {
	t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if raw, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	_ = decoder.Decode(&answer)
	return answer, raw
}

func (s *stage) token(t *testing.T, appID, secret string) string {
	t.Helper()
	answer, raw := s.ask(t, "/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q}`, appID, secret))
	token, _ := answer["access_token"].(string)
	if token == "" {
		t.Fatalf("got %s", raw)
	}
	return token
}

var ridForm = regexp.MustCompile(` rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`)

// Every row of the platform's table: what it takes and what it refuses.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	official := s.token(t, wxconfig.SandboxAppID, wxconfig.SandboxAppSecret)
	mini := s.token(t, wxconfig.SandboxMiniAppID, wxconfig.SandboxMiniAppSecret)
	follower, stranger := s.People()[3], s.People()[6]
	template := wxconfig.DefaultTemplates()[2] // the activation code: a character_string, a time and a thing
	phone, _ := s.PhoneCode(follower.OpenID)

	data := func(code, when, note string) string {
		return fmt.Sprintf(`{"character_string1":{"value":%q},"time2":{"value":%q},"thing3":{"value":%q}}`, code, when, note)
	}
	message := func(to, template, data string) string {
		return fmt.Sprintf(`{"touser":%q,"template_id":%q,"data":%s}`, to, template, data)
	}
	fine := data("482913", "2026年5月2日 14:00", "请勿转告他人")
	secret := "&secret=" + wxconfig.SandboxAppSecret
	for _, row := range []struct {
		name, path, body string
		code             string // errcode; empty: there is none in the answer
		want             string // in the answer
	}{
		{"token", "/cgi-bin/token?grant_type=client_credential&appid=" + wxconfig.SandboxAppID + secret, "", "", `"expires_in":7200`},
		{"token: wrong appid", "/cgi-bin/token?grant_type=client_credential&appid=wx1" + secret, "", "40013", "invalid appid"},
		{"token: wrong secret", "/cgi-bin/token?grant_type=client_credential&secret=x&appid=" + wxconfig.SandboxAppID, "", "40125", ""},
		{"token: wrong grant", "/cgi-bin/token?appid=" + wxconfig.SandboxAppID + secret, "", "40002", ""},
		{"token: posted", "/cgi-bin/token", "{}", "43001", ""},
		{"stable token: by GET", "/cgi-bin/stable_token", "", "43002", ""},
		{"stable token: not JSON", "/cgi-bin/stable_token", "{", "47001", ""},
		{"stable token: wrong secret", "/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"` + wxconfig.SandboxAppID + `"}`, "40125", ""},

		{"ticket", "/cgi-bin/ticket/getticket?type=jsapi&access_token=" + official, "", "0", `"ticket":"sM4A`},
		{"ticket: of another type", "/cgi-bin/ticket/getticket?type=wx_card&access_token=" + official, "", "40097", ""},
		{"no access token", "/cgi-bin/ticket/getticket?type=jsapi", "", "41001", ""},
		{"unknown access token", "/cgi-bin/ticket/getticket?type=jsapi&access_token=x", "", "40001", ""},
		{"access token of the other account", "/cgi-bin/ticket/getticket?type=jsapi&access_token=" + mini, "", "48001", ""},

		{"oauth: no code", "/sns/oauth2/access_token?grant_type=authorization_code&appid=" + wxconfig.SandboxAppID + secret, "", "41008", ""},
		{"oauth: invented code", "/sns/oauth2/access_token?grant_type=authorization_code&code=x&appid=" + wxconfig.SandboxAppID + secret, "", "40029", ""},
		{"refresh: unknown", "/sns/oauth2/refresh_token?grant_type=refresh_token&refresh_token=x", "", "40030", ""},
		{"userinfo: unknown token", "/sns/userinfo?access_token=x&openid=y", "", "40001", ""},
		{"mini login: invented code", "/sns/jscode2session?js_code=x&appid=" + wxconfig.SandboxMiniAppID + "&secret=" + wxconfig.SandboxMiniAppSecret, "", "40029", ""},

		{"user: follows", "/cgi-bin/user/info?openid=" + follower.OpenID + "&access_token=" + official, "", "", `"subscribe":1`},
		{"user: does not", "/cgi-bin/user/info?openid=" + stranger.OpenID + "&access_token=" + official, "", "", `"subscribe":0`},
		{"user: nobody", "/cgi-bin/user/info?openid=x&access_token=" + official, "", "40003", ""},
		{"user: openid of the mini program", "/cgi-bin/user/info?openid=" + follower.MiniOpenID + "&access_token=" + official, "", "40003", ""},

		{"send", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, fine), "0", `"msgid":33`},
		{"send: by GET", "/cgi-bin/message/template/send?access_token=" + official, "", "43002", ""},
		{"send: to nobody", "/cgi-bin/message/template/send?access_token=" + official, message("x", template.ID, fine), "40003", ""},
		{"send: not following", "/cgi-bin/message/template/send?access_token=" + official, message(stranger.OpenID, template.ID, fine), "43004", ""},
		{"send: no such template", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, "x", fine), "40037", ""},
		{"send: Chinese in the code", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, data("码", "2026年5月2日 14:00", "x")), "47003", "data.character_string1.value invalid"},
		{"send: an ISO date", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, data("1", "2026-05-02", "x")), "47003", "data.time2.value invalid"},
		{"send: 21 characters", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, data("1", "2026年5月2日", strings.Repeat("长", 21))), "47003", "data.thing3.value invalid"},
		{"send: two lines", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, data("1", "2026年5月2日", "a\nb")), "47003", ""},
		{"send: an empty value", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, data("1", "2026年5月2日", "")), "47003", "data.thing3.value is empty"},
		{"send: a field too many", "/cgi-bin/message/template/send?access_token=" + official, message(follower.OpenID, template.ID, `{"first":{"value":"x"}}`), "47003", "data.first.value"},
		{"templates", "/cgi-bin/template/get_all_private_template?access_token=" + official, "", "", "{{character_string1.DATA}}"},

		{"subscribe message: not consented", "/cgi-bin/message/subscribe/send?access_token=" + mini, message(follower.MiniOpenID, template.ID, fine), "43101", ""},
		{"subscribe message: openid of the account", "/cgi-bin/message/subscribe/send?access_token=" + mini, message(follower.OpenID, template.ID, fine), "40003", ""},
		{"subscribe message of the account: not consented", "/cgi-bin/message/subscribe/bizsend?access_token=" + official, message(follower.OpenID, template.ID, fine), "43101", ""},

		{"menu: none", "/cgi-bin/menu/get?access_token=" + official, "", "46003", ""},
		{"menu: four entries", "/cgi-bin/menu/create?access_token=" + official, `{"button":[{"name":"a"},{"name":"a"},{"name":"a"},{"name":"a"}]}`, "40016", ""},
		{"menu: a long name", "/cgi-bin/menu/create?access_token=" + official, `{"button":[{"name":"很长很长很长很长","type":"view","url":"https://a"}]}`, "40018", ""},
		{"menu: a view without address", "/cgi-bin/menu/create?access_token=" + official, `{"button":[{"name":"a","type":"view"}]}`, "40020", ""},
		{"menu: six below", "/cgi-bin/menu/create?access_token=" + official, `{"button":[{"name":"a","sub_button":[{},{},{},{},{},{}]}]}`, "40023", ""},
		{"menu", "/cgi-bin/menu/create?access_token=" + official, `{"button":[{"name":"志愿者","sub_button":[{"name":"我的","type":"view","url":"http://127.0.0.1:1/me"},{"name":"帮助","type":"click","key":"HELP"}]}]}`, "0", ""},
		{"menu: there", "/cgi-bin/menu/get?access_token=" + official, "", "", `"name":"志愿者"`},

		{"code", "/cgi-bin/qrcode/create?access_token=" + official, `{"expire_seconds":600,"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"activity7"}}}`, "", `"ticket":"gQ`},
		{"code: without a scene", "/cgi-bin/qrcode/create?access_token=" + official, `{"action_name":"QR_STR_SCENE"}`, "40053", ""},
		{"code: of another sort", "/cgi-bin/qrcode/create?access_token=" + official, `{"action_name":"X"}`, "40052", ""},
		{"picture of no code", "/cgi-bin/showqrcode?ticket=x", "", "40097", ""},

		{"mini code: long scene", "/wxa/getwxacodeunlimit?access_token=" + mini, `{"scene":"` + strings.Repeat("a", 33) + `"}`, "40129", ""},
		{"mini code: page with a query", "/wxa/getwxacodeunlimit?access_token=" + mini, `{"scene":"a","page":"pages/a?b"}`, "41030", ""},
		{"phone", "/wxa/business/getuserphonenumber?access_token=" + mini, `{"code":"` + phone + `"}`, "0", `"purePhoneNumber":"138`},
		{"phone: again", "/wxa/business/getuserphonenumber?access_token=" + mini, `{"code":"` + phone + `"}`, "40163", ""},
		{"phone: invented", "/wxa/business/getuserphonenumber?access_token=" + mini, `{"code":"x"}`, "40029", ""},
		{"content: fine", "/wxa/msg_sec_check?access_token=" + mini, `{"content":"科普讲座","version":2,"scene":3,"openid":"` + follower.MiniOpenID + `"}`, "0", `"suggest":"pass"`},
		{"content: risky", "/wxa/msg_sec_check?access_token=" + mini, `{"content":"违规","version":2,"scene":3,"openid":"` + follower.MiniOpenID + `"}`, "0", `"suggest":"risky"`},
		{"content: nobody's", "/wxa/msg_sec_check?access_token=" + mini, `{"content":"a","version":2,"scene":3,"openid":"x"}`, "40003", ""},
		{"link", "/wxa/generate_urllink?access_token=" + mini, `{"path":"pages/a"}`, "0", `"url_link":"https://wxaurl.cn/`},
		{"scheme", "/wxa/generatescheme?access_token=" + mini, `{"jump_wxa":{}}`, "0", `"openlink":"weixin://`},
	} {
		answer, raw := s.ask(t, row.path, row.body)
		got := ""
		if code, ok := answer["errcode"].(json.Number); ok {
			got = code.String()
		}
		if got != row.code || !strings.Contains(string(raw), row.want) {
			t.Errorf("%s: got %s, want %s %s", row.name, raw, row.code, row.want)
		}
		if text, _ := answer["errmsg"].(string); got != "" && got != "0" && !ridForm.MatchString(text) {
			t.Errorf("%s: got errmsg %q without a rid", row.name, text)
		}
	}
}

func TestPicturesAreReal(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	official := s.token(t, wxconfig.SandboxAppID, wxconfig.SandboxAppSecret)
	mini := s.token(t, wxconfig.SandboxMiniAppID, wxconfig.SandboxMiniAppSecret)
	answer, _ := s.ask(t, "/cgi-bin/qrcode/create?access_token="+official, `{"action_name":"QR_LIMIT_STR_SCENE","action_info":{"scene":{"scene_str":"a"}}}`)
	if _, has := answer["errmsg"]; has {
		t.Error("a code comes without errmsg")
	}
	_, png := s.ask(t, "/cgi-bin/showqrcode?ticket="+url.QueryEscape(answer["ticket"].(string)), "")
	_, jpeg := s.ask(t, "/wxa/getwxacodeunlimit?access_token="+mini, `{"scene":"a","page":"pages/activity"}`)
	for want, raw := range map[string][]byte{"png": png, "jpeg": jpeg} {
		if _, got, err := image.Decode(bytes.NewReader(raw)); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

// Tokens end by the sandbox's clock, and old and new overlap.
func TestTokensEnd(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	alive := func(token string) string {
		answer, _ := s.ask(t, "/cgi-bin/ticket/getticket?type=jsapi&access_token="+token, "")
		return fmt.Sprint(answer["errcode"])
	}
	first := s.token(t, wxconfig.SandboxAppID, wxconfig.SandboxAppSecret)
	if again := s.token(t, wxconfig.SandboxAppID, wxconfig.SandboxAppSecret); again != first {
		t.Error("the stable token changed")
	}
	forced, _ := s.ask(t, "/cgi-bin/stable_token", `{"grant_type":"client_credential","appid":"`+wxconfig.SandboxAppID+`","secret":"`+wxconfig.SandboxAppSecret+`","force_refresh":true}`)
	second := forced["access_token"].(string)
	if second == first || alive(first) != "0" || alive(second) != "0" {
		t.Error("old and new are not both valid")
	}
	s.MoveClock(6 * time.Minute)
	if alive(first) != "42001" || alive(second) != "0" {
		t.Errorf("after six minutes: old %s, new %s", alive(first), alive(second))
	}
	s.MoveClock(2 * time.Hour)
	if alive(second) != "42001" {
		t.Error("the token does not end")
	}
	s.RevokeTokens()
	if alive(second) != "40001" {
		t.Error("the token is not revoked")
	}
}

func TestClientMessageIDCountsForTenMinutes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.SetCallback("")
	person := s.People()[3].OpenID
	send := func() string {
		token := s.token(t, wxconfig.SandboxAppID, wxconfig.SandboxAppSecret)
		answer, _ := s.ask(t, "/cgi-bin/message/template/send?access_token="+token, `{"touser":"`+person+`","client_msg_id":"m1","template_id":"`+
			wxconfig.DefaultTemplates()[2].ID+`","data":{"character_string1":{"value":"1"},"time2":{"value":"2026年5月2日"},"thing3":{"value":"-"}}}`)
		return fmt.Sprint(answer["msgid"])
	}
	if first, second := send(), send(); first != second || len(s.Inbox(person)) != 1 {
		t.Errorf("got %s and %s, %d messages", first, second, len(s.Inbox(person)))
	}
	s.MoveClock(11 * time.Minute)
	if send(); len(s.Inbox(person)) != 2 {
		t.Errorf("after eleven minutes: got %d messages, want 2", len(s.Inbox(person)))
	}
}

func TestOnlyLoopbackIsServed(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "example.org:0", "nonsense"} {
		if listener, err := sandbox.Listen(address); err == nil {
			_ = listener.Close()
			t.Errorf("%s is served", address)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0"} {
		listener, err := sandbox.Listen(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		_ = listener.Close()
	}
}

// The control API does what the methods do.
func TestControlAPI(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.SetCallback("")
	answer, raw := s.ask(t, "/sandbox/api/people", `{"nickname":"小周","follows":true}`)
	openID, _ := answer["openid"].(string)
	if openID == "" || answer["follows"] != true {
		t.Fatalf("got %s", raw)
	}
	person := "/sandbox/api/people/" + openID
	for _, step := range []struct{ path, body, want string }{
		{person + "/unfollow", `{}`, `"ok":true`},
		{"/sandbox/api/people", "", `"nickname":"小周"`},
		{person + "/follow", `{"scene":"a"}`, `"ok":true`},
		{person + "/oauth_code", `{}`, `"code":"0`},
		{person + "/mini_code", `{}`, `"code":"0`},
		{person + "/say", `{"text":"报名"}`, `"event":"text"`},
		{person + "/inbox", "", `"text":"报名"`},
		{person + "/click", `{"key":"K"}`, `"event":"CLICK"`},
		{person + "/scan", `{"scene":"S"}`, `"key":"S"`},
		{"/sandbox/api/people/nobody/follow", `{}`, `"error":`},
		{"/sandbox/api/faults", `{"kind":"code","code":45009,"calls":3}`, `"calls":3`},
		{"/sandbox/api/faults", `{"kind":"nonsense"}`, `"error":`},
		{"/sandbox/api/faults", `{broken`, `"error":`},
		{"/sandbox/api/faults", "", `"code":45009`},
		{"/sandbox/api/clock", `{"advance_seconds":60}`, `"ok":true`},
		{"/sandbox/api/app", `{"url":"http://127.0.0.1:2"}`, `"ok":true`},
		{"/sandbox/api/settle", `{}`, `"ok":true`},
		{"/sandbox/api/check_url", `{}`, `"error":`},
		{"/sandbox/api/calls", "", `[]`},
		{"/sandbox/api/pushes", "", `"event":"unsubscribe"`},
		{"/sandbox/api/revoke_tokens", `{}`, `"ok":true`},
		{"/sandbox/api/reset", `{}`, `"ok":true`},
		{"/sandbox/api/faults", "", `[]`},
	} {
		if _, raw := s.ask(t, step.path, step.body); !strings.Contains(string(raw), step.want) {
			t.Errorf("%s %s: got %s, want %s", step.path, step.body, raw, step.want)
		}
	}
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/sandbox/api/reset", nil)
	request.Header.Set("Origin", "https://evil.invalid")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("another site drives the sandbox: %d", response.StatusCode)
	}
}

// What one sees and taps, without a browser.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.SetCallback("")
	person := s.People()[3]
	token := s.token(t, wxconfig.SandboxAppID, wxconfig.SandboxAppSecret)
	s.ask(t, "/cgi-bin/message/template/send?access_token="+token, `{"touser":"`+person.OpenID+`","url":"http://127.0.0.1:1/me?a=1#b","template_id":"`+
		wxconfig.DefaultTemplates()[2].ID+`","data":{"character_string1":{"value":"482913"},"time2":{"value":"2026年5月2日"},"thing3":{"value":"<b>"}}}`)
	s.Say(person.OpenID, "<script>")
	s.Misbehave(sandbox.Fault{Kind: sandbox.FaultCode, Code: 45009, Calls: -1})
	id := s.Inbox(person.OpenID)[0].ID

	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, row := range []struct {
		method, path, form string
		status             int
		want               string // in the page, or where it leads
	}{
		{http.MethodGet, "/", "", http.StatusOK, person.Nickname},
		{http.MethodGet, "/inbox/" + person.OpenID, "", http.StatusOK, `<dd data-key="character_string1">482913</dd>`},
		{http.MethodGet, "/inbox/" + person.OpenID, "", http.StatusOK, "&lt;script&gt;"},
		{http.MethodGet, "/inbox/" + person.OpenID + "?part=chat", "", http.StatusOK, "&lt;b&gt;"},
		{http.MethodGet, "/inbox/nobody", "", http.StatusNotFound, "没有这个人"},
		{http.MethodGet, "/inbox/" + person.OpenID + "/" + id, "", http.StatusFound, "http://127.0.0.1:1/wechat/login?switch=1&return_to=%2Fme%3Fa%3D1%23b"},
		{http.MethodGet, "/inbox/" + person.OpenID + "/1", "", http.StatusNotFound, "没有这条消息"},
		{http.MethodGet, "/as/" + person.OpenID, "", http.StatusFound, "http://127.0.0.1:1/wechat/login?switch=1&return_to=%2F"},
		{http.MethodGet, "/as/" + person.OpenID + "?to=//evil.invalid", "", http.StatusFound, "http://127.0.0.1:1/wechat/login?switch=1&return_to=%2F"},
		{http.MethodGet, "/as/nobody", "", http.StatusNotFound, "没有这个人"},
		{http.MethodGet, "/", "", http.StatusOK, "当前身份"},
		{http.MethodGet, "/misbehave", "", http.StatusOK, "返回错误码 45009"},
		{http.MethodPost, "/people", "nickname=%E5%B0%8F%E5%91%A8&follows=1", http.StatusSeeOther, "/"},
		{http.MethodPost, "/people/" + person.OpenID + "/unfollow", "", http.StatusSeeOther, "/"},
		{http.MethodPost, "/inbox/" + person.OpenID + "/say", "text=hi", http.StatusSeeOther, "/inbox/" + person.OpenID},
		{http.MethodPost, "/misbehave", "kind=slow&calls=2&delay_ms=3000&code=-1", http.StatusSeeOther, "/misbehave"},
		{http.MethodPost, "/clock", "seconds=60", http.StatusSeeOther, "/misbehave"},
		{http.MethodPost, "/check", "", http.StatusSeeOther, "/misbehave?check="},
		{http.MethodGet, "/sandbox/style.css", "", http.StatusOK, ".person"},
		{http.MethodGet, "/sandbox/jweixin.js", "", http.StatusOK, "scanQRCode"},
		{http.MethodGet, "/q/x", "", http.StatusNotFound, "二维码已失效"},
		{http.MethodPost, "/reset", "", http.StatusSeeOther, "/"},
		{http.MethodGet, "/nonsense", "", http.StatusNotFound, ""},
	} {
		request, _ := http.NewRequestWithContext(t.Context(), row.method, s.url+row.path, strings.NewReader(row.form))
		if row.method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := browser.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		got := string(page)
		if location := response.Header.Get("Location"); location != "" {
			got = location
			if !strings.HasPrefix(got, row.want) {
				t.Errorf("%s %s: leads to %s, want %s", row.method, row.path, got, row.want)
			}
		}
		if response.StatusCode != row.status || !strings.Contains(got, row.want) {
			t.Errorf("%s %s: got %d, want %d and %q", row.method, row.path, response.StatusCode, row.status, row.want)
		}
	}
}
