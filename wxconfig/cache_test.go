package wxconfig

import (
	"log/slog"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func TestCacheKeepsTheLibrarysContract(t *testing.T) {
	t.Parallel()
	memory := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: memory.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	at := time.Now()
	cache := newTokenCache(client, slog.New(slog.DiscardHandler), func() time.Time { return at })

	if got := cache.Get("token"); got != nil {
		t.Errorf("nothing: got %#v, want an untyped nil", got)
	}
	for _, ttl := range []time.Duration{0, -time.Minute, 999 * time.Millisecond} {
		if err := cache.Set("token", "old", ttl); err != nil || memory.Exists("token") {
			t.Errorf("a ttl of %v kept the token, %v", ttl, err)
		}
	}
	_ = cache.Set("token", "one", time.Hour)
	if got, ok := cache.Get("token").(string); !ok || got != "one" {
		t.Errorf("got %#v", got)
	}
	if ttl := memory.TTL("token"); ttl != time.Hour {
		t.Errorf("got a ttl of %v", ttl)
	}
	if !cache.IsExist("token") {
		t.Error("it does not exist")
	}

	// Another instance has put the next token there before this one drops the old.
	_ = memory.Set("token", "two")
	cache.drop(t.Context(), "token", "one")
	if got := cache.Get("token"); got != "two" {
		t.Errorf("after dropping another token: got %#v, want two", got)
	}
	cache.drop(t.Context(), "token", "two")
	if got := cache.Get("token"); got != nil {
		t.Errorf("after dropping: got %#v, want nil", got)
	}

	_ = cache.Set("token", "three", time.Hour)
	memory.Close()
	if got := cache.Get("token"); got != "three" {
		t.Errorf("Redis away: got %#v, want three", got)
	}
	if err := cache.Set("other", "four", time.Hour); err != nil || cache.Get("other") != "four" {
		t.Errorf("Redis away: a new token is lost, %v", err)
	}
	at = at.Add(2 * time.Hour)
	if got := cache.Get("token"); got != nil {
		t.Errorf("Redis away, past the end: got %#v, want nil", got)
	}
}
