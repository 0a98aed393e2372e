package wxconfig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"kezhi/service"

	"github.com/redis/go-redis/v9"
)

// A push is claimed in Redis before it is handled. The claim holds "doing:" and who
// does it, then "done:" and the reply. WeChat delivers up to three times, five
// seconds apart, so a claim ends before the next delivery: an instance that died
// with it does not keep the push from being handled.
const (
	claimDoing = "doing:"
	claimDone  = "done:"
	claimLease = 5 * time.Second
	claimKept  = 2 * maxPushAge // longer than a captured push stays fresh
)

var errBusy = errors.New("another delivery of this push is still being handled")

var settleClaim = redis.NewScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
	return 0
end
if ARGV[2] == '' then
	return redis.call('DEL', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

// once hands the event over unless that was done before, and returns the reply that
// was given then or is given now.
func (c *callback) once(ctx context.Context, event service.WeChatEvent) (service.WeChatReply, error) {
	key := c.claimKey(event.Key)
	mine := claimDoing + rand.Text()
	for {
		won, err := c.redis.SetNX(ctx, key, mine, claimLease).Result()
		if err != nil {
			if ctx.Err() != nil {
				return "", errBusy
			}
			c.log.Warn("wechat callback: Redis is away, handling without the memory of pushes", "error", err)
			return c.handle(ctx, event, nil)
		}
		if won {
			return c.handle(ctx, event, func(reply service.WeChatReply, failure error) {
				c.settle(ctx, key, mine, reply, failure)
			})
		}
		held, err := c.redis.Get(ctx, key).Result()
		if reply, done := strings.CutPrefix(held, claimDone); err == nil && done {
			return service.WeChatReply(reply), nil
		}
		select {
		case <-ctx.Done():
			return "", errBusy
		case <-time.After(claimInterval):
		}
	}
}

func (c *callback) claimKey(event string) string {
	return "wechat:push:" + c.settings.AppID + ":" + event
}

func (c *callback) settle(ctx context.Context, key, mine string, reply service.WeChatReply, failure error) {
	outcome := claimDone + string(reply)
	if failure != nil {
		outcome = "" // free for the next delivery
	}
	ctx, cancel := cacheContext(ctx)
	defer cancel()
	if err := settleClaim.Run(ctx, c.redis, []string{key}, mine, outcome, claimKept.Milliseconds()).Err(); err != nil {
		c.log.Warn("wechat callback: the outcome of a push was not kept", "key", key, "error", err)
	}
}

// handle gives up waiting at ctx's deadline, so that WeChat is answered whatever
// the handler does; what the handler still achieves is kept for the next delivery.
func (c *callback) handle(
	ctx context.Context, event service.WeChatEvent, settle func(service.WeChatReply, error),
) (service.WeChatReply, error) {
	type outcome struct {
		reply service.WeChatReply
		err   error
	}
	finished := make(chan outcome, 1)
	go func() {
		var done outcome
		defer func() {
			if cause := recover(); cause != nil {
				c.log.Error("wechat callback: panic", "panic", cause, "stack", string(debug.Stack()))
				done = outcome{err: fmt.Errorf("panic: %v", cause)}
			}
			if settle != nil {
				settle(done.reply, done.err)
			}
			finished <- done
		}()
		done.reply, done.err = c.events.HandleWeChatEvent(ctx, event)
	}()
	select {
	case done := <-finished:
		return done.reply, done.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
