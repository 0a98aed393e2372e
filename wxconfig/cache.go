package wxconfig

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// tokenCache keeps tokens in Redis, where all instances find them, and a copy in
// the process for when Redis is away. It is the library's cache.Cache; the one that
// the library brings links another major version of the Redis client.
type tokenCache struct {
	client redis.UniversalClient
	log    *slog.Logger
	now    func() time.Time

	mu   sync.Mutex
	kept map[string]cached
}

type cached struct {
	value string
	until time.Time
}

// A slow Redis must not eat up the five seconds that a call to WeChat has.
const cacheTimeout = time.Second

func newTokenCache(client redis.UniversalClient, log *slog.Logger, now func() time.Time) *tokenCache {
	return &tokenCache{client: client, log: log, now: now, kept: map[string]cached{}}
}

func cacheContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), cacheTimeout)
}

// Get returns a string, or nil without a type: the library asserts the one and
// compares with the other.
func (c *tokenCache) Get(key string) any { return c.GetContext(context.Background(), key) }

// GetContext is Get.
func (c *tokenCache) GetContext(ctx context.Context, key string) any {
	if value := c.find(ctx, key); value != "" {
		return value
	}
	return nil
}

func (c *tokenCache) find(ctx context.Context, key string) string {
	ctx, cancel := cacheContext(ctx)
	defer cancel()
	value, err := c.client.Get(ctx, key).Result()
	if err == nil {
		return value
	}
	if errors.Is(err, redis.Nil) {
		return ""
	}
	c.log.Warn("wechat tokens: Redis is away, going on with the copy in memory", "error", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if held := c.kept[key]; c.now().Before(held.until) {
		return held.value
	}
	return ""
}

// Set keeps a string for ttl. Less than a second keeps nothing: the library asks
// for zero when a token is about to end, and Redis would take zero as for ever.
func (c *tokenCache) Set(key string, value any, ttl time.Duration) error {
	return c.SetContext(context.Background(), key, value, ttl)
}

// SetContext is Set.
func (c *tokenCache) SetContext(ctx context.Context, key string, value any, ttl time.Duration) error {
	text, ok := value.(string)
	if !ok || text == "" || ttl < time.Second {
		return nil
	}
	c.mu.Lock()
	c.kept[key] = cached{text, c.now().Add(ttl)}
	c.mu.Unlock()

	ctx, cancel := cacheContext(ctx)
	defer cancel()
	if err := c.client.Set(ctx, key, text, ttl).Err(); err != nil {
		// A token that could not be shared is a good token all the same.
		c.log.Warn("wechat tokens: Redis is away, kept in memory only", "error", err)
	}
	return nil
}

// IsExist tells whether the key is there.
func (c *tokenCache) IsExist(key string) bool { return c.Get(key) != nil }

// IsExistContext is IsExist.
func (c *tokenCache) IsExistContext(ctx context.Context, key string) bool {
	return c.GetContext(ctx, key) != nil
}

// Delete forgets the key.
func (c *tokenCache) Delete(key string) error { return c.DeleteContext(context.Background(), key) }

// DeleteContext is Delete.
func (c *tokenCache) DeleteContext(ctx context.Context, key string) error {
	c.mu.Lock()
	delete(c.kept, key)
	c.mu.Unlock()
	ctx, cancel := cacheContext(ctx)
	defer cancel()
	return c.client.Del(ctx, key).Err()
}

var deleteIfSame = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
	return redis.call('DEL', KEYS[1])
end
return 0`)

// drop forgets the key if it still holds value. Between the refusal of a token and
// this call, another instance may have put the next one there.
func (c *tokenCache) drop(ctx context.Context, key, value string) {
	c.mu.Lock()
	if c.kept[key].value == value {
		delete(c.kept, key)
	}
	c.mu.Unlock()
	ctx, cancel := cacheContext(ctx)
	defer cancel()
	if err := deleteIfSame.Run(ctx, c.client, []string{key}, value).Err(); err != nil {
		c.log.Warn("wechat tokens: Redis is away, dropped from memory only", "error", err)
	}
}
