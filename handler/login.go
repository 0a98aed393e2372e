package handler

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"kezhi/service"

	"github.com/gin-gonic/gin"
)

// browserLife is how long a browser may take from leaving for WeChat to coming back.
const browserLife = 15 * time.Minute

// beginLogin sends the browser to WeChat. With switch=1 whoever is logged in is
// logged out first, so that another person can come in.
func (s *server) beginLogin(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	ctx, returnTo := c.Request.Context(), c.Query("return_to")
	if err := s.allow(ctx, loginLimit, c.ClientIP()); err != nil {
		s.showLoginTrouble(c, err, returnTo)
		return
	}
	if token := s.cookie(c, sessionCookie); c.Query("switch") == "1" && token != "" {
		if err := s.Services.Sessions.End(ctx, token); err != nil {
			s.showLoginTrouble(c, err, returnTo)
			return
		}
		s.setCookie(c, sessionCookie, "", 0)
	}
	browser := s.cookie(c, browserCookie)
	if len(browser) != len(rand.Text()) { // another tab may be on its way with the one that is there
		browser = rand.Text()
	}
	there, err := s.Services.Login.Begin(ctx, browser, returnTo)
	if err != nil {
		s.showLoginTrouble(c, err, returnTo)
		return
	}
	s.setCookie(c, browserCookie, browser, browserLife)
	c.Redirect(http.StatusFound, there)
}

// finishLogin takes the browser back from WeChat.
func (s *server) finishLogin(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	ctx := c.Request.Context()
	if c.Query("code") == "" { // WeChat leaves it out when the person declines
		s.showLoginTrouble(c, errLoginDeclined, "/")
		return
	}
	if err := s.allow(ctx, loginLimit, c.ClientIP()); err != nil {
		s.showLoginTrouble(c, err, "/")
		return
	}
	token, expires, returnTo, err := s.Services.Login.Finish(ctx, s.cookie(c, browserCookie), c.Query("state"), c.Query("code"))
	if errors.Is(err, service.ErrLoginExpired) && s.loggedIn(c) {
		// Back was tapped, or WeChat loaded the page twice: the first time did it.
		c.Redirect(http.StatusFound, "/")
		return
	}
	if err != nil {
		s.showLoginTrouble(c, err, returnTo)
		return
	}
	s.setCookie(c, sessionCookie, token, expires.Sub(s.env.Now()))
	c.Redirect(http.StatusFound, returnTo)
}

func (s *server) loggedIn(c *gin.Context) bool {
	_, err := s.Services.Sessions.Actor(c.Request.Context(), s.cookie(c, sessionCookie))
	return err == nil
}

var errLoginDeclined = &service.Error{
	Kind: service.Unauthenticated, Reason: "login.declined", Message: "您没有同意登录。浏览活动不需要登录，报名和签到需要。",
}

//go:embed login.html
var loginPage string

var loginTrouble = template.Must(template.New("login").Parse(loginPage))

// showLoginTrouble says on a page of its own what went wrong, and offers the way on.
func (s *server) showLoginTrouble(c *gin.Context, err error, returnTo string) {
	refusal, status := refusalOf(c.Request.Context(), err)
	c.Set(errorKey, err)
	if status == statusHungUp {
		c.AbortWithStatus(statusHungUp)
		return
	}
	c.Header("Content-Type", "text/html; charset=utf-8")
	setRetryAfter(c, refusal)
	c.Status(status)
	_ = loginTrouble.Execute(c.Writer, map[string]string{ // whoever reads it may have gone
		"Message":   refusal.Message,
		"Again":     "/wechat/login?return_to=" + url.QueryEscape(returnTo),
		"RequestID": c.GetString(requestIDKey),
	})
}
