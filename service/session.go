package service

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"
)

// Session is a login (登录状态). It holds no roles: those are read from the person at each request.
type Session struct {
	PersonID  string    `json:"person_id"`
	Epoch     int64     `json:"epoch"`
	ExpiresAt time.Time `json:"expires_at"`
}

// SessionStore keeps sessions under the hashes of their tokens.
type SessionStore interface {
	PutSession(ctx context.Context, tokenHash string, s *Session, idle time.Duration) error
	// Session returns the session and lets it live for the idle time again. It
	// returns ErrNotLoggedIn.
	Session(ctx context.Context, tokenHash string, idle time.Duration) (*Session, error)
	DeleteSession(ctx context.Context, tokenHash string) error
}

// OneTimeStore keeps values that can be taken once, for a limited time.
type OneTimeStore interface {
	Put(ctx context.Context, key string, value any, life time.Duration) error
	// Peek reads the value and leaves it. It returns ErrNotFound.
	Peek(ctx context.Context, key string, into any) error
	// Take reads the value and removes it; of several callers one gets it. It returns ErrNotFound.
	Take(ctx context.Context, key string, into any) error
}

// How long a session lives without being used, and at most.
const (
	sessionIdle     = 7 * 24 * time.Hour
	sessionAbsolute = 30 * 24 * time.Hour
)

// ErrNotLoggedIn refuses a request without a living session.
var ErrNotLoggedIn = refuse(Unauthenticated, "session.none", "请先登录")

// Sessions are the use cases of being logged in.
type Sessions struct {
	Env
	Store  SessionStore
	People PersonStore
}

func (s *Sessions) begin(ctx context.Context, p *Person) (token string, expires time.Time, err error) {
	if p.Disabled {
		return "", time.Time{}, ErrPersonDisabled
	}
	token = newToken()
	expires = s.Now().Add(sessionAbsolute)
	session := &Session{PersonID: p.ID, Epoch: p.SessionEpoch, ExpiresAt: expires}
	if err := s.Store.PutSession(ctx, TokenHash(token), session, sessionIdle); err != nil {
		return "", time.Time{}, err
	}
	return token, expires, nil
}

// Actor returns who holds the token, with the roles of this moment. It returns
// ErrNotLoggedIn when there is no such session, or it is over, or the person has
// been disabled or has lost a role since it began.
func (s *Sessions) Actor(ctx context.Context, token string) (Actor, error) {
	session, err := s.Store.Session(ctx, TokenHash(token), sessionIdle)
	if err != nil {
		return Actor{}, err
	}
	if !s.Now().Before(session.ExpiresAt) {
		return Actor{}, ErrNotLoggedIn
	}
	p, err := s.People.Person(ctx, session.PersonID)
	if errors.Is(err, ErrPersonNotFound) {
		return Actor{}, ErrNotLoggedIn
	}
	if err != nil {
		return Actor{}, err
	}
	if p.Disabled || p.SessionEpoch != session.Epoch {
		return Actor{}, ErrNotLoggedIn
	}
	return Actor{PersonID: p.ID, Grants: p.Grants}, nil
}

// End logs out.
func (s *Sessions) End(ctx context.Context, token string) error {
	return s.Store.DeleteSession(ctx, TokenHash(token))
}

// newToken makes an unguessable text of 26 characters A-Z 2-7 (130 random bits).
func newToken() string { return rand.Text() }

// TokenHash is the name under which the server knows a token, so that a copy of
// the store opens no session.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
