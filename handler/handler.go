// Package handler is Kezhi's HTTP: the API that openapi.yaml describes, the login
// through WeChat, and the H5. It decides nothing: it turns requests into calls of
// package service, and what comes back into views or refusals.
package handler

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"

	"kezhi/service"
	"kezhi/web"

	"github.com/gin-gonic/gin"
)

// Config is what the HTTP layer stands on. Callback, Web and VerifyFiles may be
// left out; everything else must be there.
type Config struct {
	Services       *service.Services
	JS             service.JSSigner
	Callback       http.Handler // WeChat's pushes, at /wechat/callback
	Web            fs.FS        // the built H5, at its root or under dist; nil: the embedded one
	Origin         string       // of the app, as https://example.com
	Secure         bool         // the origin is HTTPS: cookies are Secure and carry the prefix __Host-
	TrustedProxies []string     // addresses or CIDRs whose X-Forwarded-For is believed; empty: nobody's
	// Ready tells whether what the process needs answers. Of each line of its error
	// the text before the first colon is shown: it names the part that does not.
	Ready       func(context.Context) error
	Log         *slog.Logger
	Limiter     service.Limiter
	VerifyFiles map[string]string // MP_verify_*.txt by name, served from the root
}

// New returns the whole HTTP surface of a process. It panics on trusted proxies
// that are no addresses: the settings check them before.
func New(config Config) http.Handler {
	s := &server{Config: config, env: config.Services.Sessions.Env, photoTurns: make(chan struct{}, photosAtOnce)}
	if s.Web == nil {
		s.Web = web.Dist
	}
	if dist, err := fs.Sub(s.Web, "dist"); err == nil {
		if _, err := fs.Stat(dist, "."); err == nil {
			s.Web = dist
		}
	}
	s.app = newApp(s.Web, s.VerifyFiles)
	s.crossOrigin = http.NewCrossOriginProtection()
	if err := s.crossOrigin.AddTrustedOrigin(strings.TrimRight(s.Origin, "/")); err != nil {
		panic(err)
	}

	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	if err := engine.SetTrustedProxies(s.TrustedProxies); err != nil {
		panic(err)
	}
	engine.Use(s.observe)
	for _, r := range s.api() {
		engine.Handle(r.method, apiRoot+r.path, s.serve(r))
	}
	s.mountPages(engine)
	engine.NoRoute(s.elsewhere)
	engine.NoMethod(func(c *gin.Context) { s.refuse(c, errMethod) })
	return engine
}

type server struct {
	Config

	env         service.Env
	app         *app
	crossOrigin *http.CrossOriginProtection
	photoTurns  chan struct{}
}

// elsewhere answers what no route is for: the H5's own pages and files.
func (s *server) elsewhere(c *gin.Context) {
	path := c.Request.URL.Path
	switch {
	case path == "/api" || strings.HasPrefix(path, "/api/"):
		s.refuse(c, errNoEndpoint)
	case c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead:
		c.Header("Allow", "GET, HEAD")
		s.refuse(c, errMethod)
	default:
		s.app.serve(c)
	}
}
