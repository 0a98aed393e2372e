package mongo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
	"kezhi/store/mongo"
)

func TestOpenSaysWhichServerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := mongo.Open(ctx, "mongodb://kezhi:secret@127.0.0.1:1/kezhi")
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "127.0.0.1:1") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
	if _, err := mongo.Open(ctx, "mongodb://kezhi:sec%zzret@host/"); err == nil || strings.Contains(err.Error(), "ret") {
		t.Errorf("a malformed URI: got %v", err)
	}
}

// An outage is ErrUnavailable within the call's time, and over when the server is back.
func TestAnOutageEnds(t *testing.T) {
	t.Parallel()
	uri := os.Getenv("KEZHI_TEST_MONGODB_URI")
	if uri == "" {
		t.Skip("KEZHI_TEST_MONGODB_URI is not set")
	}
	named, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	line := newLine(t, named.Host)
	query := named.Query()
	query.Set("directConnection", "true")
	query.Set("timeoutMS", "1000")
	db, err := mongo.Open(t.Context(), (&url.URL{Scheme: named.Scheme, User: named.User, Host: line.address, Path: "/kezhi_test_outage", RawQuery: query.Encode()}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	defer func() { _, _ = db.Delete(context.Background(), "things", bson.D{}) }()

	line.cut()
	begin := time.Now()
	calls := map[string]func() error{
		"ping":   func() error { return db.Ping(t.Context()) },
		"get":    func() error { return db.Get(t.Context(), "things", "1", new(bson.D)) },
		"insert": func() error { return db.Insert(t.Context(), "things", bson.D{{Key: "_id", Value: "1"}}) },
		"count":  func() error { _, err := db.Count(t.Context(), "things", "_id_", nil); return err },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("the calls took %v", took)
	}
	line.join()
	for begin := time.Now(); db.Ping(t.Context()) != nil; time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("the server is back, and no ping is answered")
		}
	}
	if err := db.Insert(t.Context(), "things", bson.D{{Key: "_id", Value: "2"}}); err != nil {
		t.Error(err)
	}
}

// line passes bytes on to a server, until it is cut.
type line struct {
	address, server string

	mu       sync.Mutex
	listener net.Listener
	conns    []net.Conn
}

func newLine(t *testing.T, server string) *line {
	t.Helper()
	l := &line{address: "127.0.0.1:0", server: server}
	l.join()
	l.address = l.listener.Addr().String()
	t.Cleanup(l.cut)
	return l
}

func (l *line) join() {
	listener, err := net.Listen("tcp", l.address)
	if err != nil {
		panic(err)
	}
	l.mu.Lock()
	l.listener = listener
	l.mu.Unlock()
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", l.server)
			if err != nil {
				_ = near.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, near, far)
			l.mu.Unlock()
			go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		}
	}()
}

func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listener.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}
