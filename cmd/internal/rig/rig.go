// Package rig runs Kezhi as a process of its own, beside a sandbox and a Redis that
// outlive it, and fills its store, so that it can be measured and killed.
package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"kezhi/service"
	"kezhi/store"
	"kezhi/store/embedded"
	"kezhi/store/mongo"
	"kezhi/wxconfig/sandbox"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// Rig is one Kezhi and what it stands on.
type Rig struct {
	Box     *sandbox.Sandbox
	Origin  string
	Env     []string // more of the program's environment
	Log     io.Writer
	binary  string
	dir     string
	mongo   string
	port    string
	wechat  *httptest.Server
	redis   *miniredis.Miniredis
	client  *redis.Client
	process *exec.Cmd
	ended   chan error
}

// New prepares a rig for the program at the path. mongoURI is empty for the embedded
// engine. The caller closes it.
func New(binary, mongoURI string, people []sandbox.Person) (*Rig, error) {
	dir, err := os.MkdirTemp("", "kezhi-rig-")
	if err != nil {
		return nil, err
	}
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	r := &Rig{binary: binary, dir: dir, mongo: mongoURI, port: port, Origin: "http://127.0.0.1:" + port, Log: io.Discard}
	r.redis = miniredis.NewMiniRedis()
	if err := r.redis.StartAddr("127.0.0.1:0"); err != nil {
		return nil, err
	}
	r.client = redis.NewClient(&redis.Options{Addr: r.redis.Addr()})
	r.Box = sandbox.New(sandbox.Options{Now: Now, AppURL: r.Origin, People: people, PushGap: 50 * time.Millisecond})
	r.wechat = httptest.NewServer(r.Box.Handler())
	return r, nil
}

// nextPort walks below the ports that the system gives to outgoing connections, so
// that nobody takes a port between here and the program's own listening.
var nextPort atomic.Int32

// FreePort returns a port of this machine that nobody listens on, another one at each call.
func FreePort() (string, error) {
	nextPort.CompareAndSwap(0, int32(20_000+os.Getpid()%1000*10))
	for range 1000 {
		port := strconv.Itoa(int(nextPort.Add(1)))
		probe, err := net.Listen("tcp", "127.0.0.1:"+port) //nolint:noctx // it does not block
		if err == nil {
			return port, probe.Close()
		}
	}
	return "", errors.New("no port is free")
}

// Now is the clock of the rig: UTC, whole milliseconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// Address is where the program listens.
func (r *Rig) Address() string { return "127.0.0.1:" + r.port }

// Start starts the program and waits until it answers; it returns how long that took.
func (r *Rig) Start(ctx context.Context) (time.Duration, error) {
	r.process = exec.CommandContext(context.WithoutCancel(ctx), r.binary, "serve") //nolint:gosec // the program that the caller named
	r.process.Env = append(os.Environ(),
		"KEZHI_ADDR="+r.Address(), "KEZHI_ORIGIN="+r.Origin, "KEZHI_DATA_DIR="+r.dir, "KEZHI_WECHAT_API_BASE="+r.wechat.URL,
		"KEZHI_REDIS_URL=redis://"+r.redis.Addr(), "KEZHI_MONGODB_URI="+r.mongo)
	r.process.Env = append(r.process.Env, r.Env...)
	r.process.Stderr = r.Log
	begin := time.Now()
	if err := r.process.Start(); err != nil {
		return 0, err
	}
	r.ended = make(chan error, 1)
	go func(p *exec.Cmd, ended chan<- error) { ended <- p.Wait() }(r.process, r.ended)
	for {
		select {
		case err := <-r.ended:
			return 0, fmt.Errorf("the program ended at its start: %w", err)
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.Origin+"/readyz", http.NoBody)
		if err != nil {
			return 0, err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			continue
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return time.Since(begin), nil
		}
	}
}

// Kill ends the program with SIGKILL.
func (r *Rig) Kill() {
	_ = r.process.Process.Kill()
	<-r.ended //nolint:errcheck // killed: that is how it ends
}

// Stop ends the program with SIGTERM and returns how it ended.
func (r *Rig) Stop() error {
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return <-r.ended
}

// Memory is the resident set of the program in MB (10⁶ bytes).
func (r *Rig) Memory() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.process.Process.Pid))
	if err != nil {
		return 0, err
	}
	var size, resident float64
	if _, err := fmt.Sscan(string(status), &size, &resident); err != nil {
		return 0, err
	}
	return resident * float64(os.Getpagesize()) / 1e6, nil
}

// Open opens the documents while the program does not run.
func (r *Rig) Open(ctx context.Context) (store.Documents, *store.Store, error) {
	var documents store.Documents
	var err error
	if r.mongo != "" {
		documents, err = mongo.Open(ctx, r.mongo)
	} else {
		documents, err = embedded.Open(ctx, r.DataFile())
	}
	if err != nil {
		return nil, nil, err
	}
	s := store.New(documents, Now)
	return documents, s, s.Open(ctx)
}

// DataFile is the embedded engine's file.
func (r *Rig) DataFile() string { return filepath.Join(r.dir, "kezhi.db") }

// LogIn makes a session for a person without WeChat's part in it.
func (r *Rig) LogIn(ctx context.Context, personID string) (token string, err error) {
	token = "session-of-" + personID
	session := &service.Session{PersonID: personID, ExpiresAt: Now().Add(24 * time.Hour)}
	return token, store.NewRedis(r.client).PutSession(ctx, service.TokenHash(token), session, 24*time.Hour)
}

// Close ends everything and removes the data.
func (r *Rig) Close() error {
	if r.process != nil && r.process.ProcessState == nil {
		_ = r.process.Process.Kill()
	}
	r.wechat.CloseClientConnections()
	r.wechat.Close()
	r.Box.Close()
	err := r.client.Close()
	r.redis.Close()
	return errors.Join(err, os.RemoveAll(r.dir))
}
