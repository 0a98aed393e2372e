package sandbox

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	codeLife       = 5 * time.Minute
	webTokenLife   = 2 * time.Hour
	identityCookie = "sandbox_openid"
)

// loginCode is a one-time code of a login: of OAuth, or of the mini program's.
type loginCode struct {
	account  *account
	openID   string
	scope    string
	until    time.Time
	used     bool
	snapshot bool
	phone    bool // of the mini program's button that gives the phone number
}

type webToken struct {
	openID  string
	scope   string
	until   time.Time
	refresh string
}

// OAuthCode is a code as the authorize page gives it (snsapi_base), or ErrNobody.
func (s *Sandbox) OAuthCode(openID string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(openID)
	if p == nil {
		return "", ErrNobody
	}
	return s.newCode(s.accounts[s.options.Official.AppID], p, "snsapi_base"), nil
}

// MiniCode is a code as wx.login gives it, or ErrNobody.
func (s *Sandbox) MiniCode(openID string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(openID)
	if p == nil {
		return "", ErrNobody
	}
	return s.newCode(s.accounts[s.options.Mini.AppID], p, ""), nil
}

// PhoneCode is a code as the mini program's getPhoneNumber button gives it, or ErrNobody.
func (s *Sandbox) PhoneCode(openID string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.person(openID)
	if p == nil {
		return "", ErrNobody
	}
	code := s.newCode(s.accounts[s.options.Mini.AppID], p, "")
	s.codes[code].phone = true
	return code, nil
}

func (s *Sandbox) newCode(a *account, p *Person, scope string) string {
	code := randomName("0", 32)
	s.codes[code] = &loginCode{account: a, openID: p.OpenID, scope: scope, until: s.now().Add(codeLife)}
	return code
}

// codeOwner is whom the code of a login call belongs to.
func (s *Sandbox) codeOwner(c *call) string {
	for _, name := range []string{"code", "js_code"} {
		if code := s.codes[c.query.Get(name)]; code != nil {
			return code.openID
		}
	}
	return ""
}

// redeem uses a code up.
func (s *Sandbox) redeem(a *account, code string) (*loginCode, *refusal) {
	found := s.codes[code]
	if code == "" {
		return nil, refuse(41008, "missing code")
	}
	if found == nil || found.account != a || !s.now().Before(found.until) {
		return nil, refuse(40029, "invalid code")
	}
	if found.used {
		return nil, refuse(40163, "code been used")
	}
	found.used = true
	return found, nil
}

func (s *Sandbox) loginEndpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "/sns/oauth2/access_token", noToken, s.oauthToken},
		{http.MethodGet, "/sns/oauth2/refresh_token", noToken, s.oauthRefresh},
		{http.MethodGet, "/sns/userinfo", noToken, s.oauthUserInfo},
		{http.MethodGet, "/sns/auth", noToken, s.oauthCheck},
		{http.MethodGet, "/sns/jscode2session", noToken, s.codeToSession},
		{http.MethodGet, "/cgi-bin/user/info", officialToken, s.userInfo},
	}
}

func (s *Sandbox) oauthToken(c *call) (any, *refusal) {
	a, refused := s.checkAccount(c.query.Get("appid"), c.query.Get("secret"))
	if refused != nil {
		return nil, refused
	}
	if c.query.Get("grant_type") != "authorization_code" {
		return nil, refuse(40002, "invalid grant_type")
	}
	code, refused := s.redeem(a, c.query.Get("code"))
	if refused != nil {
		return nil, refused
	}
	openID := code.openID
	if code.snapshot {
		openID = randomName("oSnapshot", 28) // somebody who does not exist
	}
	token := &webToken{openID: openID, scope: code.scope, until: s.now().Add(webTokenLife), refresh: randomName("", 88)}
	name := randomName("", 88)
	s.webTokens[name] = token
	answer := map[string]any{
		"access_token": name, "expires_in": int(webTokenLife / time.Second), "refresh_token": token.refresh,
		"openid": openID, "scope": code.scope,
	}
	if code.snapshot {
		answer["is_snapshotuser"] = 1
	} else if p := s.person(openID); p != nil && code.scope == "snsapi_userinfo" {
		answer["unionid"] = p.UnionID
	}
	return answer, nil
}

func (s *Sandbox) oauthRefresh(c *call) (any, *refusal) {
	for name, token := range s.webTokens {
		if token.refresh == c.query.Get("refresh_token") && token.refresh != "" {
			token.until = s.now().Add(webTokenLife)
			return map[string]any{
				"access_token": name, "expires_in": int(webTokenLife / time.Second), "refresh_token": token.refresh,
				"openid": token.openID, "scope": token.scope,
			}, nil
		}
	}
	return nil, refuse(40030, "invalid refresh_token")
}

func (s *Sandbox) checkWebToken(c *call) (*webToken, *refusal) {
	token := s.webTokens[c.query.Get("access_token")]
	switch {
	case token == nil:
		return nil, refuse(40001, errorTexts[40001])
	case !s.now().Before(token.until):
		return nil, refuse(42001, errorTexts[42001])
	case token.openID != c.query.Get("openid"):
		return nil, refuse(40003, "invalid openid")
	}
	return token, nil
}

func (s *Sandbox) oauthUserInfo(c *call) (any, *refusal) {
	token, refused := s.checkWebToken(c)
	if refused != nil {
		return nil, refused
	}
	if token.scope != "snsapi_userinfo" {
		return nil, refuse(48001, "api unauthorized")
	}
	p := s.person(token.openID)
	if p == nil {
		return nil, refuse(40003, "invalid openid")
	}
	return map[string]any{
		"openid": p.OpenID, "nickname": p.Nickname, "sex": 0, "province": "", "city": "", "country": "",
		"headimgurl": "", "privilege": []string{}, "unionid": p.UnionID,
	}, nil
}

func (s *Sandbox) oauthCheck(c *call) (any, *refusal) {
	if _, refused := s.checkWebToken(c); refused != nil {
		return nil, refused
	}
	return map[string]any{"errcode": 0, "errmsg": "ok"}, nil
}

func (s *Sandbox) codeToSession(c *call) (any, *refusal) {
	a, refused := s.checkAccount(c.query.Get("appid"), c.query.Get("secret"))
	if refused != nil {
		return nil, refused
	}
	code, refused := s.redeem(a, c.query.Get("js_code"))
	if refused != nil {
		return nil, refused
	}
	p := s.person(code.openID)
	if p == nil {
		return nil, refuse(40029, "invalid code")
	}
	return map[string]any{"openid": p.MiniOpenID, "session_key": randomName("", 22) + "==", "unionid": p.UnionID}, nil
}

func (s *Sandbox) userInfo(c *call) (any, *refusal) {
	p := s.person(c.query.Get("openid"))
	if p == nil || p.OpenID != c.query.Get("openid") {
		return nil, refuse(40003, "invalid openid")
	}
	if !p.Follows {
		return map[string]any{"subscribe": 0, "openid": p.OpenID, "unionid": p.UnionID}, nil
	}
	return map[string]any{
		"subscribe": 1, "openid": p.OpenID, "nickname": "", "sex": 0, "language": "zh_CN", "city": "", "province": "",
		"country": "", "headimgurl": "", "subscribe_time": p.FollowedAt.Unix(), "unionid": p.UnionID, "remark": "",
		"groupid": 0, "tagid_list": []int{}, "subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 0, "qr_scene_str": p.Scene,
	}, nil
}

// authorize is the page that a browser is sent to. With an identity picked it
// returns at once, as WeChat does for snsapi_base; with pick=1, or without an
// identity, it asks who one is.
func (s *Sandbox) authorize(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	back, trouble := s.checkAuthorize(query)
	if trouble != "" {
		s.pages.show(w, http.StatusOK, "trouble", map[string]any{"Title": "无法打开", "Text": trouble})
		return
	}
	chosen := query.Get("as")
	if cookie, err := r.Cookie(identityCookie); chosen == "" && err == nil && query.Get("pick") != "1" {
		chosen = cookie.Value
	}
	s.mu.Lock()
	p := s.person(chosen)
	refused := query.Get("refuse") == "1" || p != nil && s.fault("/connect/oauth2/authorize", p.OpenID, FaultRefuse) != nil
	values := back.Query()
	if p != nil && !refused {
		scope := query.Get("scope")
		code := s.newCode(s.accounts[query.Get("appid")], p, scope)
		s.codes[code].snapshot = s.fault("/connect/oauth2/authorize", p.OpenID, FaultSnapshot) != nil
		values.Set("code", code)
		setIdentity(w, p.OpenID)
	}
	s.mu.Unlock()
	if p == nil && !refused {
		query.Del("pick")
		s.pages.show(w, http.StatusOK, "authorize", choice{Title: "微信登录", People: s.People(), query: query})
		return
	}
	values.Set("state", query.Get("state"))
	back.RawQuery = values.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound) //nolint:gosec // to one of the allowed domains
}

func (s *Sandbox) checkAuthorize(query url.Values) (back *url.URL, trouble string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[query.Get("appid")]
	if a == nil || a.mini {
		return nil, "AppID 参数错误"
	}
	back, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || (back.Scheme != "https" && back.Scheme != "http") || !slices.Contains(s.domains, back.Host) {
		return nil, "redirect_uri 域名与后台配置不一致，错误码：10003"
	}
	if query.Get("response_type") != "code" {
		return nil, "response_type 参数错误"
	}
	if scope := query.Get("scope"); scope != "snsapi_base" && scope != "snsapi_userinfo" {
		return nil, "Scope 参数错误或没有 Scope 权限，错误码：10005"
	}
	state := query.Get("state")
	if len(state) > 128 || strings.ContainsFunc(state, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return nil, "state 参数错误：只能是 128 字节以内的字母和数字"
	}
	return back, ""
}

func setIdentity(w http.ResponseWriter, openID string) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // plain HTTP on loopback
		Name: identityCookie, Value: openID, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// choice is the page that asks who one is.
type choice struct {
	Title  string
	People []Person
	query  url.Values
}

// With is the page's own address with one more parameter.
func (c choice) With(name, value string) string {
	query := maps.Clone(c.query)
	query[name] = []string{value}
	return "/connect/oauth2/authorize?" + query.Encode()
}
