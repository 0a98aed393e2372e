package wxconfig_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// world is a sandbox, an app with its callback, and our WeChat between the two.
type world struct {
	*wxconfig.WeChat

	box      *sandbox.Sandbox
	settings wxconfig.Settings
	memory   *miniredis.Miniredis
	redis    redis.UniversalClient
	log      *logBook
	events   *events
}

func newWorld(t *testing.T, changes ...func(*sandbox.Options, *wxconfig.Settings)) *world {
	t.Helper()
	w := &world{events: &events{}, log: &logBook{}}
	w.memory = miniredis.RunT(t)
	w.redis = redis.NewClient(&redis.Options{Addr: w.memory.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = w.redis.Close() })

	app := httptest.NewUnstartedServer(nil)
	var box *sandbox.Sandbox
	apiServer := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { box.Handler().ServeHTTP(rw, r) }))
	w.settings = wxconfig.SandboxSettings(apiServer.URL, "http://"+app.Listener.Addr().String())
	options := sandbox.Options{Now: time.Now, AppURL: w.settings.PublicOrigin, PushGap: time.Millisecond}
	for _, change := range changes {
		change(&options, &w.settings)
	}
	box = sandbox.New(options)
	w.box = box
	w.WeChat = w.another(t)
	mux := http.NewServeMux()
	mux.Handle("/wechat/callback", w.Callback(w.events))
	app.Config.Handler = mux
	app.Start()
	t.Cleanup(func() { w.mustKeepSecrets(t, w.log.text()) })
	t.Cleanup(func() {
		box.Close()
		apiServer.CloseClientConnections()
		apiServer.Close()
		app.Close()
	})
	return w
}

// another is one more instance on the same Redis.
func (w *world) another(t *testing.T) *wxconfig.WeChat {
	t.Helper()
	wechat, err := wxconfig.New(w.settings, w.redis, slog.New(slog.NewTextHandler(w.log, nil)), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return wechat
}

func (w *world) person(at int) sandbox.Person { return w.box.People()[at] }

// approved is a message that fits, to the person at the place.
func (w *world) approved(at int) service.WeChatMessage {
	return service.WeChatMessage{
		ID: "01K0000000000000000000000A", OpenID: w.person(at).OpenID, Kind: service.NoticeApproved,
		Values: map[string]string{"name": "王晓兰", "organization": "诸暨市科学技术协会", "result": "审核通过", "time": "2026年5月1日 周五 14:00"},
		URL:    w.settings.PublicOrigin + "/me",
	}
}

// events keeps what the callback hands over.
type events struct {
	mu     sync.Mutex
	got    []service.WeChatEvent
	handle func(ctx context.Context, event service.WeChatEvent) (service.WeChatReply, error)
}

func (e *events) HandleWeChatEvent(ctx context.Context, event service.WeChatEvent) (service.WeChatReply, error) {
	e.mu.Lock()
	e.got = append(e.got, event)
	handle := e.handle
	e.mu.Unlock()
	if handle == nil {
		return "", nil
	}
	return handle(ctx, event)
}

func (e *events) all() []service.WeChatEvent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]service.WeChatEvent{}, e.got...)
}

// logBook keeps the log, which no test may find a secret in.
type logBook struct {
	mu   sync.Mutex
	book bytes.Buffer
}

func (l *logBook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.book.Write(line)
}

func (l *logBook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.book.String()
}
