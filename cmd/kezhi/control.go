package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"kezhi/store/embedded"
)

// The control socket lets `kezhi admin` reach a server that holds the embedded file:
// only one process may have it open. Who may open the data directory may use it.
func controlSocket(s *settings) string { return filepath.Join(s.DataDir, "control.sock") }

type controlAnswer struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
	Error     string    `json:"error,omitempty"`
}

// serveControl listens on the control socket. It also gives profiles of the running
// program: curl --unix-socket data/control.sock http://control/debug/pprof/profile > cpu.
func (p *program) serveControl(failed chan<- error) (stop func(), err error) {
	if err := os.MkdirAll(p.settings.DataDir, 0o700); err != nil {
		return nil, err
	}
	path := controlSocket(p.settings)
	// A socket that is there was left by a process that died.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path) //nolint:noctx // it does not block
	if err != nil {
		return nil, fmt.Errorf("控制接口：%w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	answer := func(path string, ask func(ctx context.Context, argument string) (controlAnswer, error)) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
			a, err := ask(r.Context(), r.URL.Query().Get("argument"))
			if err != nil {
				a = controlAnswer{Error: err.Error()}
			}
			if err := json.NewEncoder(w).Encode(a); err != nil {
				p.log.Warn("control answer", "error", err)
			}
		})
	}
	answer(askInvite, func(ctx context.Context, _ string) (a controlAnswer, err error) {
		a.URL, a.ExpiresAt, err = p.services.Invites.CreatePlatformAdmin(ctx)
		return a, err
	})
	answer(askReady, func(ctx context.Context, _ string) (controlAnswer, error) { return controlAnswer{}, p.ready(ctx) })
	answer(askBackup, func(ctx context.Context, target string) (controlAnswer, error) {
		db, ok := p.documents.(*embedded.DB)
		if !ok {
			return controlAnswer{}, errors.New("the documents are not in an embedded file")
		}
		return controlAnswer{}, db.Backup(ctx, target)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(p.log.Handler(), slog.LevelWarn)}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return func() { _ = server.Close() }, nil
}

// What a running server can be asked.
const (
	askInvite = "/admin/invite"
	askReady  = "/ready"
	askBackup = "/backup" // to the file that the argument names
)

// errNoServer says that no server listens on the control socket.
var errNoServer = errors.New("no server is running")

// askServer asks a running server, or returns errNoServer.
func askServer(ctx context.Context, s *settings, path, argument string) (*controlAnswer, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "unix", controlSocket(s))
	if err != nil {
		return nil, errNoServer
	}
	client := &http.Client{Timeout: 10 * time.Minute, Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) { return connection, nil },
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+path+"?argument="+url.QueryEscape(argument), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return nil, err
	}
	var answer controlAnswer
	if err := json.Unmarshal(raw, &answer); err != nil {
		return nil, err
	}
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return &answer, nil
}
