package wxconfig

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"kezhi/service"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// newOffline is a WeChat that is asked only what it can answer by itself, at a
// fixed time.
func newOffline(t testing.TB, settings Settings, at time.Time) *WeChat {
	t.Helper()
	memory := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: memory.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	w, err := New(settings, client, slog.New(slog.DiscardHandler), func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

type nobody struct{}

func (nobody) HandleWeChatEvent(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
	return "", nil
}

// eventsFunc is a service.WeChatEvents made of a function.
type eventsFunc func(ctx context.Context, event service.WeChatEvent) (service.WeChatReply, error)

func (f eventsFunc) HandleWeChatEvent(ctx context.Context, event service.WeChatEvent) (service.WeChatReply, error) {
	return f(ctx, event)
}
