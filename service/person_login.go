package service

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Login turns WeChat's identities into persons and sessions.
type Login struct {
	Env
	People   PersonStore
	WeChat   WeChatLogin
	Sessions *Sessions
	Once     OneTimeStore
	Origin   string // of the app, without a slash at its end
}

// loginWait is how long a login may take between leaving for WeChat and coming
// back: an OAuth code lives 5 minutes (wechat.md), reading the question may take longer.
const loginWait = 15 * time.Minute

// ErrLoginExpired refuses a return from WeChat that this browser did not ask for, or too late.
var ErrLoginExpired = refuse(Unauthenticated, "login.expired", "登录已过期，请重新打开页面")

// loginAttempt is what waits for a browser to come back from WeChat.
type loginAttempt struct {
	Browser  string `json:"browser"`
	ReturnTo string `json:"return_to"`
}

// LoginPath is where WeChat sends the browser back to.
const LoginPath = "/wechat/login/return"

// Begin remembers that this browser (an unguessable text kept in its cookie) wants
// to log in, and returns where to send it. A returnTo that is no path of ours becomes "/".
func (s *Login) Begin(ctx context.Context, browser, returnTo string) (string, error) {
	state := newToken()
	attempt := loginAttempt{Browser: TokenHash(browser), ReturnTo: ownPath(returnTo)}
	if err := s.Once.Put(ctx, "login:"+TokenHash(state), attempt, loginWait); err != nil {
		return "", err
	}
	return s.WeChat.AuthorizeURL(s.Origin+LoginPath, state), nil
}

// Finish redeems the code for a session. It returns where the person wanted to go
// even with an error, when the state was ours. Errors: ErrLoginExpired,
// ErrWeChatCode, ErrWeChatSnapshot, ErrWeChatAway, ErrPersonDisabled.
func (s *Login) Finish(ctx context.Context, browser, state, code string) (token string, expires time.Time, returnTo string, err error) {
	var attempt loginAttempt
	if err := s.Once.Take(ctx, "login:"+TokenHash(state), &attempt); err != nil {
		return "", time.Time{}, "/", ErrLoginExpired.Because(err)
	}
	if attempt.Browser != TokenHash(browser) {
		return "", time.Time{}, "/", ErrLoginExpired
	}
	identity, err := s.WeChat.OfficialIdentity(ctx, code)
	if err != nil {
		return "", time.Time{}, attempt.ReturnTo, err
	}
	if identity.Snapshot {
		return "", time.Time{}, attempt.ReturnTo, ErrWeChatSnapshot
	}
	person, err := s.official(ctx, identity)
	if err != nil {
		return "", time.Time{}, attempt.ReturnTo, err
	}
	token, expires, err = s.Sessions.begin(ctx, person)
	return token, expires, attempt.ReturnTo, err
}

// Mini redeems a code of the mini program for a bearer token, with the errors of Finish.
func (s *Login) Mini(ctx context.Context, code string) (token string, expires time.Time, err error) {
	identity, err := s.WeChat.MiniIdentity(ctx, code)
	if err != nil {
		return "", time.Time{}, err
	}
	person, err := s.join(ctx, identity,
		s.People.PersonByMiniOpenID,
		func(p *Person) *string { return &p.MiniOpenID })
	if err != nil {
		return "", time.Time{}, err
	}
	return s.Sessions.begin(ctx, person)
}

// official finds or makes the person, and learns on the way whether they follow
// the account, since an event may have been missed.
func (s *Login) official(ctx context.Context, identity WeChatIdentity) (*Person, error) {
	person, err := s.join(ctx, identity,
		s.People.PersonByOpenID,
		func(p *Person) *string { return &p.OpenID })
	if err != nil {
		return nil, err
	}
	follows, err := s.WeChat.Follows(ctx, identity.OpenID)
	if err != nil || follows == person.Follows {
		return person, nil //nolint:nilerr // knowing it is welcome, not needed: a login does not fail for it
	}
	person.Follows = follows
	if err := s.People.SavePerson(ctx, person); err != nil && !errors.Is(err, ErrChanged) {
		return nil, err
	}
	return person, nil
}

// join finds the person by this account's openid, else by the unionid (the same
// human who came through the other account), else makes a new one.
func (s *Login) join(ctx context.Context, identity WeChatIdentity, find func(context.Context, string) (*Person, error), openID func(*Person) *string) (*Person, error) {
	for {
		person, err := find(ctx, identity.OpenID)
		if errors.Is(err, ErrPersonNotFound) && identity.UnionID != "" {
			person, err = s.People.PersonByUnionID(ctx, identity.UnionID)
		}
		switch {
		case errors.Is(err, ErrPersonNotFound):
			person = &Person{ID: s.NewID(), UnionID: identity.UnionID, CreatedAt: s.Now()}
			*openID(person) = identity.OpenID
			err = s.People.InsertPerson(ctx, person)
		case err != nil:
			return nil, err
		case *openID(person) == "" || person.UnionID == "" && identity.UnionID != "":
			*openID(person) = identity.OpenID
			person.UnionID = identity.UnionID
			err = s.People.SavePerson(ctx, person)
		}
		if errors.Is(err, ErrChanged) && ctx.Err() == nil {
			continue // another login of the same person came first: find what it made
		}
		return person, err
	}
}

// ownPath keeps a path of our own and turns everything else into "/", so that the
// login cannot be used to send people elsewhere.
func ownPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
