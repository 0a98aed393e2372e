package service

import (
	"context"
	"errors"
	"strings"
)

// Events are what Kezhi does about the pushes of WeChat.
type Events struct {
	Env
	People     PersonStore
	Notices    NoticeStore
	Volunteers *Volunteers
	Courier    *Courier
	Origin     string
}

// HandleWeChatEvent implements WeChatEvents.
func (s *Events) HandleWeChatEvent(ctx context.Context, e WeChatEvent) (WeChatReply, error) {
	switch e.Kind {
	case WeChatSubscribe:
		if err := s.follow(ctx, e.OpenID, true); err != nil {
			return "", err
		}
		return WeChatReply("欢迎关注。点击菜单“志愿者”即可注册、报名活动。\n" + s.Origin + "/me"), nil
	case WeChatUnsubscribe:
		return "", s.follow(ctx, e.OpenID, false)
	case WeChatText:
		return s.answer(e.Text), nil
	case WeChatJobFinished:
		return "", s.jobFinished(ctx, e)
	case WeChatScan, WeChatClick, WeChatOther:
	}
	return "", nil
}

// follow notes whether the person follows the account, and sends what waited for it.
func (s *Events) follow(ctx context.Context, openID string, follows bool) error {
	for {
		p, err := s.People.PersonByOpenID(ctx, openID)
		if isRefusal(err, ErrPersonNotFound) {
			return nil // their first login will ask WeChat
		}
		if err != nil {
			return err
		}
		if p.Follows != follows {
			p.Follows = follows
			err = s.People.SavePerson(ctx, p)
			if isRefusal(err, ErrChanged) && ctx.Err() == nil {
				continue
			}
			if err != nil {
				return err
			}
		}
		if !follows {
			return nil
		}
		if err := s.Volunteers.renewStaleCode(ctx, p.ID); err != nil && !isRefusal(err, ErrChanged) {
			return err
		}
		if err := s.Notices.WakeNotices(ctx, p.ID, s.Now()); err != nil {
			return err
		}
		s.Courier.Nudge()
		return nil
	}
}

// answer answers a text by its keyword.
func (s *Events) answer(text string) WeChatReply {
	for _, k := range []struct{ word, say, path string }{
		{"激活", "请在这里输入激活码：", "/activate"},
		{"注册", "请在这里注册：", "/register"},
		{"报名", "正在报名的活动：", "/activities"},
		{"我的", "您的活动和签到码：", "/me"},
	} {
		if strings.Contains(text, k.word) {
			return WeChatReply(k.say + "\n" + s.Origin + k.path)
		}
	}
	return WeChatReply("回复“报名”“激活”“我的”，或点击菜单“志愿者”。")
}

// jobFinished notes whether an accepted message was delivered.
func (s *Events) jobFinished(ctx context.Context, e WeChatEvent) error {
	n, err := s.Notices.NoticeByMessageID(ctx, e.MessageID)
	if isRefusal(err, ErrNoticeNotFound) {
		return nil // not ours, or it came before the send call returned: accepted is what is known then
	}
	if err != nil {
		return err
	}
	switch {
	case e.Status == "success":
		n.finish(NoticeDelivered, "", "")
	case strings.Contains(e.Status, "user block"):
		n.finish(NoticeFailed, SendPerson, "用户已拒收")
	default:
		n.finish(NoticeFailed, SendUnknown, "微信投递失败："+e.Status)
	}
	if err := s.Notices.SaveNotice(ctx, n); err != nil && !errors.Is(err, ErrChanged) {
		return err
	}
	return nil
}
