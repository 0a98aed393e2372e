package service

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Activation is the code that proves that the approved volunteer reads their messages (激活码).
type Activation struct {
	NoticeID  string    `bson:"notice_id"` // the message that carries it
	Digest    []byte    `bson:"digest"`    // the code itself is not stored
	SentAt    time.Time `bson:"sent_at"`
	ExpiresAt time.Time `bson:"expires_at"`
	Tries     int       `bson:"tries"` // wrong ones
}

// The rules of activation codes. A code waits three days because people in
// villages do not read WeChat hourly; five tries make guessing one of a million vain.
const (
	activationLife   = 72 * time.Hour
	activationTries  = 5
	resendAfter      = time.Minute
	resendDaily      = 5
	activationHourly = 30 // tries by one person, over all their codes
)

// Refusals of activation.
var (
	ErrNotActive       = refuse(Conflict, "volunteer.not_active", "请先激活")
	ErrAlreadyActive   = refuse(Conflict, "activation.done", "您已激活")
	ErrNotApproved     = refuse(Conflict, "activation.not_approved", "注册通过审核后才能激活")
	ErrActivationWrong = refuse(Invalid, "activation.wrong", "激活码不对，请核对")
	ErrActivationVoid  = refuse(Conflict, "activation.void", "激活码已失效，请重新获取")
	ErrResendTooSoon   = refuse(RateLimited, "activation.resend_too_soon", "获取激活码太频繁，请稍后再试")
)

// TriesLeft is how many wrong tries the code still allows.
func (a *Activation) TriesLeft() int { return max(0, activationTries-a.Tries) }

// ResendAt is when another code may be asked for.
func (a *Activation) ResendAt() time.Time { return a.SentAt.Add(resendAfter) }

// Activate compares the code and makes the volunteer active. A wrong try is counted
// before it is answered. Errors: ErrNotRegistered, ErrAlreadyActive, ErrNotApproved,
// ErrActivationWrong with tries_left, ErrActivationVoid, ErrRateLimited.
func (s *Volunteers) Activate(ctx context.Context, actor Actor, code string) (*Volunteer, error) {
	if err := s.Limiter.Allow(ctx, "activate:"+actor.PersonID, activationHourly, time.Hour); err != nil {
		return nil, err
	}
	code = strings.TrimSpace(code)
	for {
		v, err := s.Own(ctx, actor)
		if err != nil {
			return nil, err
		}
		right := v.Activation != nil && hmac.Equal(v.Activation.Digest, s.codeDigest(v.ID, v.Activation.NoticeID, code))
		refusal := v.activate(right, s.Now())
		if refusal != nil && !isRefusal(refusal, ErrActivationWrong) {
			return nil, refusal
		}
		if refusal == nil {
			v.Pending = append(v.Pending, s.volunteerLine(actor, "volunteer.activated", v, nil))
		}
		err = s.Store.SaveVolunteer(ctx, v)
		if isRefusal(err, ErrChanged) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.Relay.Nudge(volunteerRef(v.ID))
		if refusal != nil {
			return nil, refusal
		}
		return v, nil
	}
}

// activate is the transition approved → active, or one try less.
func (v *Volunteer) activate(right bool, now time.Time) error {
	switch {
	case v.State == VolunteerActive:
		return ErrAlreadyActive
	case v.State != VolunteerApproved:
		return ErrNotApproved
	case v.Activation == nil || !now.Before(v.Activation.ExpiresAt) || v.Activation.TriesLeft() == 0:
		return ErrActivationVoid
	case !right:
		v.Activation.Tries++
		left := v.Activation.TriesLeft()
		message := fmt.Sprintf("激活码不对，还可以试 %d 次", left)
		if left == 0 {
			message = "激活码不对，次数已用完，请重新获取"
		}
		return ErrActivationWrong.say(message).With(map[string]any{"tries_left": left})
	}
	v.State = VolunteerActive
	v.ActivatedAt = &now
	v.Activation = nil
	return nil
}

// ResendCode sends a new code; the one before is void. Errors: ErrNotRegistered,
// ErrAlreadyActive, ErrNotApproved, ErrResendTooSoon, ErrChanged.
func (s *Volunteers) ResendCode(ctx context.Context, actor Actor) (*Volunteer, error) {
	v, err := s.Own(ctx, actor)
	if err != nil {
		return nil, err
	}
	if err := v.mayResend(s.Now()); err != nil {
		return nil, err
	}
	if err := s.Limiter.Allow(ctx, "activation-code:"+v.ID, resendDaily, 24*time.Hour); err != nil {
		if isRefusal(err, ErrRateLimited) {
			return nil, ErrResendTooSoon.say("今天获取激活码的次数已用完，请明天再试")
		}
		return nil, err
	}
	if err := s.sendCode(ctx, v); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *Volunteer) mayResend(now time.Time) error {
	switch {
	case v.State == VolunteerActive:
		return ErrAlreadyActive
	case v.State != VolunteerApproved:
		return ErrNotApproved
	case v.Activation != nil && now.Before(v.Activation.ResendAt()):
		return ErrResendTooSoon.After(v.Activation.ResendAt().Sub(now))
	}
	return nil
}

// renewStaleCode replaces a code that expired while it waited for the person to
// follow the account, so that what finally arrives can be used.
func (s *Volunteers) renewStaleCode(ctx context.Context, personID string) error {
	v, err := s.Store.Volunteer(ctx, personID)
	if isRefusal(err, ErrVolunteerNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if v.State != VolunteerApproved || v.Activation != nil && s.Now().Before(v.Activation.ExpiresAt) {
		return nil
	}
	return s.sendCode(ctx, v)
}

func (s *Volunteers) sendCode(ctx context.Context, v *Volunteer) error {
	entry, err := s.newActivationCode(v)
	if err != nil {
		return err
	}
	v.Pending = append(v.Pending, entry)
	if err := s.Store.SaveVolunteer(ctx, v); err != nil {
		return err
	}
	s.Relay.Nudge(volunteerRef(v.ID))
	return nil
}

// newActivationCode puts the proof of a fresh code on the volunteer and returns the
// message that carries it. Between here and WeChat the code exists only encrypted.
func (s *Volunteers) newActivationCode(v *Volunteer) (OutboxEntry, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return OutboxEntry{}, err
	}
	code := fmt.Sprintf("%06d", n)
	expires := s.Now().Add(activationLife)
	entry := s.noticeEntry(Notice{
		PersonID: v.ID, Kind: NoticeActivationCode, Title: "激活码",
		Body: "激活码已发到您的微信，" + ShortTime(expires) + "前有效。点击进入激活。", Path: "/activate",
		Values: map[string]string{"expires": WeChatTime(expires), "note": "点击进入激活，请勿转告他人"},
	})
	if entry.Notice.Secret, err = s.Vault.Seal(code, noticeSecretPlace(entry.Notice.ID)); err != nil {
		return OutboxEntry{}, err
	}
	v.Activation = &Activation{
		NoticeID: entry.Notice.ID, Digest: s.codeDigest(v.ID, entry.Notice.ID, code), SentAt: s.Now(), ExpiresAt: expires,
	}
	return entry, nil
}

func (s *Volunteers) codeDigest(volunteerID, noticeID, code string) []byte {
	return s.Vault.Digest("activation", volunteerID+"|"+noticeID+"|"+code)
}

func noticeSecretPlace(noticeID string) string { return "notices|" + noticeID + "|secret" }
