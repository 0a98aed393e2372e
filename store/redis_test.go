package store_test

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"kezhi/service"
	"kezhi/store"
)

// eachRedis runs a test on the Redis in the process, and on a real one where
// KEZHI_TEST_REDIS_URL names it. pass lets time go by.
func eachRedis(t *testing.T, test func(t *testing.T, r *store.Redis, pass func(time.Duration))) {
	t.Helper()
	t.Run("in the process", func(t *testing.T) {
		t.Parallel()
		server := miniredis.RunT(t)
		client := redis.NewClient(&redis.Options{Addr: server.Addr()})
		t.Cleanup(func() { _ = client.Close() })
		test(t, store.NewRedis(client), server.FastForward)
	})
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		url := os.Getenv("KEZHI_TEST_REDIS_URL")
		if url == "" {
			t.Skip("KEZHI_TEST_REDIS_URL is not set")
		}
		options, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(options)
		t.Cleanup(func() { _ = client.Close() })
		test(t, store.NewRedis(client), time.Sleep)
	})
}

func TestSessionLivesWhileItIsUsed(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, r *store.Redis, pass func(time.Duration)) {
		ctx, hash := t.Context(), service.TokenHash(t.Name()+time.Now().String())
		const idle = 2 * time.Second
		want := &service.Session{PersonID: "p", Epoch: 3, ExpiresAt: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}
		if err := r.PutSession(ctx, hash, want, idle); err != nil {
			t.Fatal(err)
		}
		for range 3 { // each reading prolongs it
			pass(idle * 3 / 5)
			if got, err := r.Session(ctx, hash, idle); err != nil || *got != *want {
				t.Fatalf("got %+v, %v; want %+v", got, err, want)
			}
		}
		pass(idle + 100*time.Millisecond)
		if _, err := r.Session(ctx, hash, idle); !errors.Is(err, service.ErrNotLoggedIn) {
			t.Errorf("after idling: got %v, want %v", err, service.ErrNotLoggedIn)
		}
	})
}

func TestOneTimeValueIsTakenOnce(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, r *store.Redis, _ func(time.Duration)) {
		ctx, key := t.Context(), "test:"+t.Name()+time.Now().String()
		if err := r.Put(ctx, key, "value", time.Minute); err != nil {
			t.Fatal(err)
		}
		var took atomic.Int32
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				var got string
				switch err := r.Take(ctx, key, &got); {
				case err == nil && got == "value":
					took.Add(1)
				case !errors.Is(err, service.ErrNotFound):
					t.Errorf("got %q, %v", got, err)
				}
			})
		}
		group.Wait()
		if took.Load() != 1 {
			t.Errorf("taken %d times", took.Load())
		}
	})
}

func TestLimiterCountsInWindows(t *testing.T) {
	t.Parallel()
	eachRedis(t, func(t *testing.T, r *store.Redis, pass func(time.Duration)) {
		ctx, key := t.Context(), "test:"+t.Name()+time.Now().String()
		const window = 2 * time.Second
		for n := range 5 {
			err := r.Allow(ctx, key, 3, window)
			if allowed := n < 3; allowed != (err == nil) || !allowed && !errors.Is(err, service.ErrRateLimited) {
				t.Errorf("event %d: got %v", n+1, err)
			}
			var refusal *service.Error
			if errors.As(err, &refusal) && (refusal.Retry <= 0 || refusal.Retry > window) {
				t.Errorf("event %d: told to wait %v", n+1, refusal.Retry)
			}
		}
		pass(window + 100*time.Millisecond)
		if err := r.Allow(ctx, key, 3, window); err != nil {
			t.Errorf("in the next window: got %v", err)
		}
	})
}

func TestRedisAwayIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	server := miniredis.RunT(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	r := store.NewRedis(client)
	server.Close()
	var refusal *service.Error
	if _, err := r.Session(t.Context(), "hash", time.Minute); !errors.As(err, &refusal) || refusal.Kind != service.Unavailable || refusal.Retry == 0 {
		t.Errorf("a session while Redis is away: got %v", err)
	}
	if err := r.Allow(t.Context(), "key", 1, time.Minute); !errors.Is(err, service.ErrUnavailable) {
		t.Errorf("a limit while Redis is away: got %v", err)
	}
	if err := r.Ping(t.Context()); err == nil {
		t.Error("ping says that it answers")
	}
}
