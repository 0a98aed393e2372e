package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"kezhi/service"

	"github.com/redis/go-redis/v9"
)

// Redis implements service.SessionStore, service.OneTimeStore and service.Limiter:
// what may be lost without harm, and must be quick.
type Redis struct {
	client redis.UniversalClient
}

// NewRedis keeps everything under the prefix kezhi: of the client's database.
func NewRedis(client redis.UniversalClient) *Redis { return &Redis{client} }

const prefix = "kezhi:"

// PutSession stores a session.
func (r *Redis) PutSession(ctx context.Context, tokenHash string, s *service.Session, idle time.Duration) error {
	return r.Put(ctx, "session:"+tokenHash, s, idle)
}

// Session reads a session and prolongs it.
func (r *Redis) Session(ctx context.Context, tokenHash string, idle time.Duration) (*service.Session, error) {
	raw, err := r.client.GetEx(ctx, prefix+"session:"+tokenHash, idle).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, service.ErrNotLoggedIn
	}
	if err != nil {
		return nil, redisFault(err)
	}
	var s service.Session
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	return &s, nil
}

// DeleteSession ends a session.
func (r *Redis) DeleteSession(ctx context.Context, tokenHash string) error {
	return redisFault(r.client.Del(ctx, prefix+"session:"+tokenHash).Err())
}

// Put stores a value for a time.
func (r *Redis) Put(ctx context.Context, key string, value any, life time.Duration) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return redisFault(r.client.Set(ctx, prefix+key, raw, life).Err())
}

// Peek reads a value and leaves it.
func (r *Redis) Peek(ctx context.Context, key string, into any) error {
	return r.decode(r.client.Get(ctx, prefix+key), into)
}

// Take reads a value and removes it.
func (r *Redis) Take(ctx context.Context, key string, into any) error {
	return r.decode(r.client.GetDel(ctx, prefix+key), into)
}

func (r *Redis) decode(reply *redis.StringCmd, into any) error {
	raw, err := reply.Bytes()
	if errors.Is(err, redis.Nil) {
		return service.ErrNotFound
	}
	if err != nil {
		return redisFault(err)
	}
	return json.Unmarshal(raw, into)
}

// Allow counts in fixed windows, each beginning with its first event.
func (r *Redis) Allow(ctx context.Context, key string, limit int, window time.Duration) error {
	key = prefix + "limit:" + key
	pipe := r.client.TxPipeline()
	count := pipe.Incr(ctx, key)
	pipe.ExpireNX(ctx, key, window)
	left := pipe.PTTL(ctx, key)
	if _, err := pipe.Exec(ctx); err != nil {
		return redisFault(err)
	}
	if count.Val() > int64(limit) {
		return service.ErrRateLimited.After(left.Val())
	}
	return nil
}

// Ping tells whether Redis answers.
func (r *Redis) Ping(ctx context.Context) error { return redisFault(r.client.Ping(ctx).Err()) }

func redisFault(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return service.ErrUnavailable.After(2 * time.Second).Because(err)
}
