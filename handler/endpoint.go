package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"kezhi/service"

	"github.com/gin-gonic/gin"
)

// call is one request as an endpoint sees it.
type call struct {
	actor service.Actor // the zero Actor when nobody is logged in
	gin   *gin.Context
}

// endpoint answers a call with a view, or with a refusal.
type endpoint func(ctx context.Context, c call) (view any, err error)

// known returns the actor, or nil when nobody is logged in.
func (c call) known() *service.Actor {
	if c.actor.PersonID == "" {
		return nil
	}
	return &c.actor
}

// id is the id in the path.
func (c call) id() string { return c.param("id") }

// token is the token in the path.
func (c call) token() string { return c.param("token") }

// param is a part of the path; one that nothing of ours can be named is "".
func (c call) param(name string) string {
	value := c.gin.Param(name)
	if len(value) > 80 || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return ""
	}
	return value
}

// plain is an endpoint of a route that takes nothing but its path. A body with
// anything in it is refused: whoever sent it meant something by it.
func plain(answer func(ctx context.Context, c call) (any, error)) endpoint {
	return func(ctx context.Context, c call) (any, error) {
		if err := readNothing(c.gin); err != nil {
			return nil, err
		}
		return answer(ctx, c)
	}
}

// asks is an endpoint of a route with a query.
func asks[Q any](answer func(ctx context.Context, c call, query Q) (any, error)) endpoint {
	return func(ctx context.Context, c call) (any, error) {
		var query Q
		if err := readQuery(c.gin.Request.URL.Query(), &query); err != nil {
			return nil, err
		}
		return answer(ctx, c, query)
	}
}

// takes is an endpoint of a route with a JSON body.
func takes[F any](answer func(ctx context.Context, c call, form F) (any, error)) endpoint {
	return func(ctx context.Context, c call) (any, error) {
		var form F
		if err := readForm(c.gin, &form); err != nil {
			return nil, err
		}
		return answer(ctx, c, form)
	}
}

// serve is the one way from a request to an endpoint and back.
func (s *server) serve(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		view, err := s.pass(c, r)
		if err == nil {
			err = write(c, r.status, view)
		}
		if err != nil {
			s.refuse(c, err)
		}
	}
}

// pass lets the request through to its endpoint when its origin and its actor may.
func (s *server) pass(c *gin.Context, r route) (any, error) {
	if err := s.crossOrigin.Check(c.Request); err != nil {
		return nil, errCrossOrigin.Because(err)
	}
	actor, err := s.actor(c, r.who)
	if err != nil {
		return nil, err
	}
	return r.answer(c.Request.Context(), call{actor: actor, gin: c})
}

// picture is a view that is no JSON.
type picture struct {
	mime  string
	bytes []byte
	etag  string // empty: not to be kept anywhere
}

// write sends a view. An error means that nothing was sent.
func write(c *gin.Context, status int, view any) error {
	switch v := view.(type) {
	case nil:
		c.Status(status)
		c.Writer.WriteHeaderNow()
	case picture:
		if v.etag != "" {
			c.Header("ETag", v.etag)
			c.Header("Cache-Control", "private, no-cache")
		}
		if v.bytes == nil {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return nil
		}
		c.Data(status, v.mime, v.bytes)
	default:
		var body bytes.Buffer
		if err := json.NewEncoder(&body).Encode(view); err != nil {
			return fmt.Errorf("encoding the view: %w", err)
		}
		writeJSON(c, status, body.Bytes())
	}
	return nil
}

// writeJSON compresses what is worth it: a list of activities is a tenth as long.
func writeJSON(c *gin.Context, status int, body []byte) {
	c.Header("Vary", "Accept-Encoding")
	if len(body) > compressFrom && acceptsGzip(c.Request) {
		c.Header("Content-Encoding", "gzip")
		body = compress(body, compressQuickly)
	}
	c.Data(status, "application/json; charset=utf-8", body)
}
