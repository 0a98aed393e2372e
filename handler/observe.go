package handler

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"kezhi/service"

	"github.com/gin-gonic/gin"
)

// What a request carries for its line in the log.
const (
	requestIDKey = "kezhi.request_id"
	personKey    = "kezhi.person"
	errorKey     = "kezhi.error"
)

// observe is around every request: it names it, guards its answer, survives its
// panic, and writes its one line in the log. The line holds the route, not the address:
// paths and queries carry tokens and codes.
func (s *server) observe(c *gin.Context) {
	begun := s.env.Now()
	id := s.env.NewID()
	c.Set(requestIDKey, id)
	c.Header("X-Request-Id", id)
	s.guard(c)
	defer func() {
		if cause := recover(); cause != nil {
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.refuseAfter(c, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
		}
		s.log(c, id, s.env.Now().Sub(begun))
	}()
	c.Next()
}

// refuseAfter refuses, unless an answer has begun already.
func (s *server) refuseAfter(c *gin.Context, err error) {
	if c.Writer.Written() {
		c.Set(errorKey, err)
		c.Abort()
		return
	}
	s.refuse(c, err)
}

func (s *server) log(c *gin.Context, id string, took time.Duration) {
	route, level := c.FullPath(), slog.LevelInfo
	if route == "" {
		route, level = "elsewhere", slog.LevelDebug
	}
	status := c.Writer.Status()
	line := []slog.Attr{
		slog.String("request_id", id), slog.String("method", method(c.Request)), slog.String("route", route),
		slog.Int("status", status), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if p := c.GetString(personKey); p != "" {
		line = append(line, slog.String("person", p))
	}
	if err, ok := c.Get(errorKey); ok {
		err, _ := err.(error)
		line = append(line, slog.String("reason", reason(err)))
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
			line = append(line, slog.String("error", err.Error()))
		}
	}
	s.Log.LogAttrs(c.Request.Context(), level, "request", line...)
}

// method is the request's method, when it is one that exists.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

func reason(err error) string {
	if refusal, is := errors.AsType[*service.Error](err); is {
		return refusal.Reason
	}
	return errInternal.Reason
}

// policy says what our pages may load: everything from us, WeChat's JS-SDK, and
// what the scanner needs (its WebAssembly, the camera's picture).
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' https://res.wx.qq.com; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; media-src 'self' blob: data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; " +
	"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets the headers that every answer carries.
func (s *server) guard(c *gin.Context) {
	c.Header("Content-Security-Policy", policy)
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("X-Frame-Options", "DENY")
	c.Header("Referrer-Policy", "same-origin")
	c.Header("Cross-Origin-Resource-Policy", "same-origin")
	c.Header("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
	if s.Secure {
		c.Header("Strict-Transport-Security", "max-age=31536000")
	}
}
