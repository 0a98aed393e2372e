package handler

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"kezhi/service"

	"github.com/gin-gonic/gin"
)

// actor turns the request's session into who is asking. It returns service.ErrNotLoggedIn where
// the route needs a session, and service.ErrForbidden where it needs a role.
func (s *server) actor(c *gin.Context, who access) (service.Actor, error) {
	if who == anyone {
		return service.Actor{}, nil
	}
	actor, err := s.Services.Sessions.Actor(c.Request.Context(), s.sessionToken(c))
	switch {
	case errors.Is(err, service.ErrNotLoggedIn) && who == visitor:
		return service.Actor{}, nil
	case err != nil:
		return service.Actor{}, err
	}
	c.Set(personKey, actor.PersonID)
	if who == staff && len(actor.Grants) == 0 {
		return service.Actor{}, service.ErrForbidden
	}
	return actor, nil
}

// sessionToken is the session's token: a mini program's from the header Authorization,
// a browser's from its cookie. It is "" when there is none.
func (s *server) sessionToken(c *gin.Context) string {
	if header := c.GetHeader("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token)
		}
		return ""
	}
	return s.cookie(c, sessionCookie)
}

// Cookies, by their names on plain HTTP.
const (
	sessionCookie = "kezhi"
	browserCookie = "kezhi-login" // binds a login to the browser that began it
)

// cookieName adds the prefix that keeps other hosts of the domain from setting the cookie.
func (s *server) cookieName(name string) string {
	if s.Secure {
		return "__Host-" + name
	}
	return name
}

func (s *server) cookie(c *gin.Context, name string) string {
	cookie, err := c.Request.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}

// setCookie keeps a value in the browser; a life of 0 removes it.
func (s *server) setCookie(c *gin.Context, name, value string, life time.Duration) {
	age := int(life / time.Second)
	if age <= 0 {
		value, age = "", -1
	}
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure whenever the origin is HTTPS
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
}

// deleteSession logs out. Someone who is logged out already gets the same answer.
func (s *server) deleteSession(ctx context.Context, c call) (any, error) {
	if token := s.sessionToken(c.gin); token != "" {
		if err := s.Services.Sessions.End(ctx, token); err != nil {
			return nil, err
		}
	}
	s.setCookie(c.gin, sessionCookie, "", 0)
	return nil, nil //nolint:nilnil // 204
}

type miniLoginForm struct {
	Code string `json:"code" binding:"max=128"`
}

type miniSessionView struct {
	Token     string `json:"token"`
	ExpiresAt string `json:"expires_at"`
}

// createMiniSession logs in from the mini program.
func (s *server) createMiniSession(ctx context.Context, _ call, form miniLoginForm) (any, error) {
	token, expires, err := s.Services.Login.Mini(ctx, form.Code)
	if err != nil {
		return nil, err
	}
	return miniSessionView{token, chinaTime(expires)}, nil
}
