package sandbox

import (
	"net/http"
	"time"
)

type account struct {
	Account

	mini   bool
	stable string // tokens of the two calls are apart
	plain  string
	ticket string
	until  time.Time // of the ticket
	menu   []byte
}

type accessToken struct {
	account *account
	until   time.Time
	expired bool // refuse it as expired rather than as unknown
}

const (
	tokenLife = 2 * time.Hour
	tokenTail = 5 * time.Minute // old and new are both valid that long
)

func (s *Sandbox) checkAccount(appID, secret string) (*account, *refusal) {
	a := s.accounts[appID]
	if a == nil {
		return nil, refuse(40013, "invalid appid")
	}
	if a.Secret != secret {
		return nil, refuse(40125, "invalid appsecret")
	}
	return a, nil
}

func (s *Sandbox) checkToken(token string) (*account, *refusal) {
	if token == "" {
		return nil, refuse(41001, "access_token missing")
	}
	t := s.tokens[token]
	if t == nil {
		return nil, refuse(40001, errorTexts[40001])
	}
	if t.expired || !s.now().Before(t.until) {
		return nil, refuse(42001, errorTexts[42001])
	}
	return t.account, nil
}

func (s *Sandbox) issue(a *account) string {
	token := randomName("", 136)
	s.tokens[token] = &accessToken{account: a, until: s.now().Add(tokenLife)}
	return token
}

// retire leaves the old token valid for a while.
func (s *Sandbox) retire(token string) {
	if t := s.tokens[token]; t != nil {
		if end := s.now().Add(tokenTail); end.Before(t.until) {
			t.until = end
		}
	}
}

func (s *Sandbox) revoke(token string, expired bool) {
	t := s.tokens[token]
	if t == nil {
		return
	}
	if expired {
		t.expired = true
	} else {
		delete(s.tokens, token)
	}
	if t.account.stable == token {
		t.account.stable = ""
	}
	if t.account.plain == token {
		t.account.plain = ""
	}
}

// RevokeTokens makes every access token unknown, as a new secret does.
func (s *Sandbox) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for token := range s.tokens {
		s.revoke(token, false)
	}
}

func (s *Sandbox) tokenEndpoints() []endpoint {
	return []endpoint{
		{http.MethodGet, "/cgi-bin/token", noToken, s.getToken},
		{http.MethodPost, "/cgi-bin/stable_token", noToken, s.getStableToken},
		{http.MethodGet, "/cgi-bin/ticket/getticket", officialToken, s.getTicket},
	}
}

func (s *Sandbox) getToken(c *call) (any, *refusal) {
	if c.query.Get("grant_type") != "client_credential" {
		return nil, refuse(40002, "invalid grant_type")
	}
	a, refused := s.checkAccount(c.query.Get("appid"), c.query.Get("secret"))
	if refused != nil {
		return nil, refused
	}
	s.retire(a.plain)
	a.plain = s.issue(a)
	return map[string]any{"access_token": a.plain, "expires_in": int(tokenLife / time.Second)}, nil
}

func (s *Sandbox) getStableToken(c *call) (any, *refusal) {
	var ask struct {
		GrantType string `json:"grant_type"`
		AppID     string `json:"appid"`
		Secret    string `json:"secret"`
		Force     bool   `json:"force_refresh"`
	}
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	if ask.GrantType != "client_credential" {
		return nil, refuse(40002, "invalid grant_type")
	}
	a, refused := s.checkAccount(ask.AppID, ask.Secret)
	if refused != nil {
		return nil, refused
	}
	if t := s.tokens[a.stable]; t == nil || t.expired || ask.Force || !s.now().Add(tokenTail).Before(t.until) {
		s.retire(a.stable)
		a.stable = s.issue(a)
	}
	left := s.tokens[a.stable].until.Sub(s.now())
	return map[string]any{"access_token": a.stable, "expires_in": int(left / time.Second)}, nil
}

func (s *Sandbox) getTicket(c *call) (any, *refusal) {
	if c.query.Get("type") != "jsapi" {
		return nil, refuse(40097, "invalid args")
	}
	a := c.account
	if a.ticket == "" || !s.now().Before(a.until) {
		a.ticket, a.until = randomName("sM4AOVdWfPE4DxkXGEs8V", 86), s.now().Add(tokenLife)
	}
	return map[string]any{"errcode": 0, "errmsg": "ok", "ticket": a.ticket, "expires_in": int(a.until.Sub(s.now()) / time.Second)}, nil
}

// Ticket is the JS-SDK ticket that is valid now, or empty before any was asked for.
func (s *Sandbox) Ticket() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[s.options.Official.AppID].ticket
}
