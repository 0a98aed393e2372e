package service

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// Courier sends due notices through WeChat. It takes each under a lease, so that
// any number of couriers may run, and keeps a notice's id as its client_msg_id: WeChat
// drops a second message of one id for 10 minutes, so a lost answer may be asked
// for again inside of 9 and never after.
type Courier struct {
	Env
	Notices    NoticeStore
	People     PersonStore
	Volunteers VolunteerStore
	Vault      Vault
	WeChat     Messenger
	Origin     string
	Log        *slog.Logger

	once sync.Once
	wake chan struct{}
}

// The courier's rules.
const (
	courierWorkers = 4
	courierBatch   = 64
	courierPause   = 250 * time.Millisecond // between full batches: a rush of messages must not slow the rush itself
	courierEvery   = time.Second
	courierLease   = 20 * time.Second // longer than the slowest call to WeChat
	sendWindow     = 9 * time.Minute  // in which one client_msg_id is safe to repeat
	sendAttempts   = 12
)

// Nudge tells the courier that a notice was queued.
func (c *Courier) Nudge() {
	select {
	case c.bell() <- struct{}{}:
	default:
	}
}

func (c *Courier) bell() chan struct{} {
	c.once.Do(func() { c.wake = make(chan struct{}, 1) })
	return c.wake
}

// Run sends until ctx ends; a message under way is finished first.
func (c *Courier) Run(ctx context.Context) {
	tick := time.NewTicker(courierEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		sent, err := c.SendDue(ctx)
		if err != nil && ctx.Err() == nil {
			c.Log.ErrorContext(ctx, "courier", "error", err)
		}
		if sent >= courierBatch && err == nil {
			select {
			case <-time.After(courierPause):
			case <-ctx.Done():
			}
			continue
		}
		select {
		case <-c.bell():
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// SendDue sends one batch of due notices and returns how many were due.
func (c *Courier) SendDue(ctx context.Context) (int, error) {
	due, err := c.Notices.DueNotices(ctx, c.Now(), courierBatch)
	if err != nil {
		return 0, err
	}
	work := make(chan *Notice)
	var workers sync.WaitGroup
	for range min(courierWorkers, len(due)) {
		workers.Go(func() {
			for n := range work {
				// Once begun, a sending is finished: its answer must reach the store.
				if failed := c.send(context.WithoutCancel(ctx), n); failed != nil {
					c.Log.ErrorContext(ctx, "notice left to its lease", "notice", n.ID, "error", failed)
				}
			}
		})
	}
	for i := range due {
		if ctx.Err() != nil {
			break
		}
		work <- &due[i]
	}
	close(work)
	workers.Wait()
	return len(due), ctx.Err()
}

func (c *Courier) send(ctx context.Context, n *Notice) error {
	now := c.Now()
	if n.FirstTryAt != nil && now.Sub(*n.FirstTryAt) >= sendWindow {
		// A courier died with this in hand, or its answer was lost, too long ago to ask again.
		n.finish(NoticeUnknown, SendUnknown, "发送结果未知，请核实是否收到")
		return c.save(ctx, n)
	}
	n.State, n.LeaseUntil = NoticeSending, now.Add(courierLease)
	n.Attempts++
	if n.FirstTryAt == nil {
		n.FirstTryAt = &now
	}
	if err := c.Notices.SaveNotice(ctx, n); err != nil {
		if isRefusal(err, ErrChanged) {
			return nil // another courier took it
		}
		return err
	}
	message, refused, err := c.message(ctx, n)
	if err != nil {
		return err
	}
	if refused != nil {
		n.settle(refused, c.Now())
		return c.save(ctx, n)
	}
	id, err := c.WeChat.Send(ctx, message)
	var failure *SendError
	switch {
	case err == nil:
		n.MessageID = id
		n.finish(NoticeSent, "", "")
	case errors.As(err, &failure):
		n.settle(failure, c.Now())
		c.Log.WarnContext(ctx, "notice not sent", "notice", n.ID, "kind", n.Kind, "class", failure.Class, "code", failure.Code, "text", failure.Text)
	default:
		n.settle(&SendError{Class: SendUnknown, Text: err.Error()}, c.Now())
	}
	return c.save(ctx, n)
}

// save stores what came of a sending. TEMPLATESENDJOBFINISH may have come first and
// changed the notice; then its word stands.
func (c *Courier) save(ctx context.Context, n *Notice) error {
	err := c.Notices.SaveNotice(ctx, n)
	if isRefusal(err, ErrChanged) {
		return nil
	}
	return err
}

// message puts the notice into words for WeChat. refused is not nil when it must not be sent.
func (c *Courier) message(ctx context.Context, n *Notice) (m WeChatMessage, refused *SendError, err error) {
	p, err := c.People.Person(ctx, n.PersonID)
	if isRefusal(err, ErrPersonNotFound) {
		return m, &SendError{Class: SendPerson, Text: "用户已不存在"}, nil
	}
	if err != nil {
		return m, nil, err
	}
	if p.OpenID == "" {
		return m, &SendError{Class: SendNotFollowing, Text: "未关注公众号"}, nil
	}
	m = WeChatMessage{ID: n.ID, OpenID: p.OpenID, Kind: n.Kind, Values: maps.Clone(n.Values), URL: c.Origin + n.Path}
	if n.Kind == NoticeActivationCode {
		v, err := c.Volunteers.Volunteer(ctx, n.PersonID)
		if err != nil {
			return m, nil, err
		}
		if v.Activation == nil || v.Activation.NoticeID != n.ID {
			return m, &SendError{Class: SendPerson, Text: "激活码已失效或已被新的代替"}, nil
		}
		if m.Values["code"], err = c.Vault.Open(n.Secret, noticeSecretPlace(n.ID)); err != nil {
			return m, &SendError{Class: SendBug, Text: "激活码无法解密，请检查密钥文件"}, nil
		}
	}
	return m, nil, nil
}

// settle decides what a failed sending means for the notice.
func (n *Notice) settle(failure *SendError, now time.Time) {
	switch failure.Class {
	case SendNotFollowing:
		n.State = NoticeWaiting
		n.Failure, n.FailText = failure.Class, failure.Text
		n.FirstTryAt = nil // WeChat has not taken it: after following, a new window begins
	case SendRetry, SendUnknown:
		wait := min(time.Second<<min(n.Attempts, 6), time.Minute)
		n.Failure, n.FailText = failure.Class, failure.Text
		switch {
		case failure.Class == SendUnknown && now.Add(wait).Sub(*n.FirstTryAt) >= sendWindow:
			n.finish(NoticeUnknown, failure.Class, failure.Text)
		case failure.Class == SendRetry && n.Attempts >= sendAttempts:
			n.finish(NoticeFailed, failure.Class, failure.Text)
		default:
			n.State, n.NextAt = NoticeQueued, now.Add(wait)
		}
	case SendTomorrow:
		_, tomorrow := dayOf(now)
		n.State, n.NextAt = NoticeQueued, tomorrow.Add(10*time.Minute)
		n.Failure, n.FailText = failure.Class, failure.Text
		n.FirstTryAt = nil
	case SendPerson, SendBug, SendConfiguration:
		n.finish(NoticeFailed, failure.Class, failure.Text)
	}
}

func (n *Notice) finish(state NoticeState, class SendClass, text string) {
	n.State = state
	n.Failure, n.FailText = class, text
	n.Secret = nil
}
