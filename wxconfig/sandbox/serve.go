package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"
)

// DefaultAddress is where the sandbox listens unless told otherwise.
const DefaultAddress = "127.0.0.1:8081"

// ErrNotLoopback is returned for an address that others could reach: whoever
// reaches the sandbox can be anybody.
var ErrNotLoopback = errors.New("sandbox: only a loopback address is served")

// Listen opens a loopback address, or returns ErrNotLoopback.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("sandbox address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, ErrNotLoopback
	}
	listener, err := net.Listen("tcp", address) //nolint:noctx // it does not block
	if err != nil {
		return nil, err
	}
	if tcp, ok := listener.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		_ = listener.Close()
		return nil, ErrNotLoopback
	}
	return listener, nil
}

// Serve listens on a loopback address until ctx ends, or returns ErrNotLoopback.
func (s *Sandbox) Serve(ctx context.Context, address string) error {
	listener, err := Listen(address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	ended := context.AfterFunc(ctx, func() {
		s.stop()
		_ = server.Close()
	})
	defer ended()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Handler serves the platform's calls, the control API under /sandbox/api/, and the pages.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, row := range s.endpoints() {
		mux.HandleFunc(row.path, s.serve(row))
	}
	mux.HandleFunc("GET /connect/oauth2/authorize", s.authorize)
	s.routeControl(mux)
	s.routePages(mux)
	return mux
}

// endpoints are the rows of the platform's table.
func (s *Sandbox) endpoints() []endpoint {
	return slices.Concat(
		s.tokenEndpoints(), s.loginEndpoints(), s.messageEndpoints(), s.menuEndpoints(), s.codeEndpoints(), s.miniEndpoints(),
	)
}
