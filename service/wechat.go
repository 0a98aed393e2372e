package service

import (
	"context"
	"fmt"
	"time"
)

// WeChatIdentity is who WeChat says is there.
type WeChatIdentity struct {
	OpenID   string // the person within one account
	UnionID  string // the person across the accounts of one open platform; often empty
	Snapshot bool   // a virtual user of the quick-view mode; must never be bound to a person
}

// WeChatLogin turns the one-time codes of WeChat's logins into identities.
type WeChatLogin interface {
	// AuthorizeURL is where the browser goes to log in through the official
	// account (snsapi_base). WeChat comes back to redirectURL with code and state;
	// state is up to 128 characters of a-z A-Z 0-9.
	AuthorizeURL(redirectURL, state string) string

	// OfficialIdentity redeems an OAuth code of the official account. It returns
	// ErrWeChatCode when the code is used, expired or junk, and ErrWeChatAway
	// when WeChat does not answer.
	OfficialIdentity(ctx context.Context, code string) (WeChatIdentity, error)

	// MiniIdentity redeems a code of the mini program's wx.login (code2Session),
	// with the errors of OfficialIdentity.
	MiniIdentity(ctx context.Context, code string) (WeChatIdentity, error)

	// Follows tells whether the person follows the official account now. It
	// returns ErrWeChatAway.
	Follows(ctx context.Context, openID string) (bool, error)
}

// JSSignature is what wx.config needs to know for one page.
type JSSignature struct {
	AppID     string
	Timestamp int64 // seconds
	NonceStr  string
	Signature string
}

// JSSigner signs pages for the JS-SDK.
type JSSigner interface {
	// SignPage signs a URL of our own origin; what follows # is ignored. It
	// returns ErrForeignPage for any other origin and ErrWeChatAway.
	SignPage(ctx context.Context, url string) (JSSignature, error)
}

// WeChatMessage is one template message to one person.
type WeChatMessage struct {
	ID     string            // sent as client_msg_id: the same message again must carry the same ID
	OpenID string            // of the official account
	Kind   NoticeKind        // chooses the template
	Values map[string]string // by the value names of the kind (see NoticeKind); unfitted, as people write them
	URL    string            // the page that the message opens; empty: none
}

// Messenger sends template messages.
type Messenger interface {
	// Send returns WeChat's message id once WeChat has accepted the message, which
	// is not yet delivery. Every error is a *SendError.
	Send(ctx context.Context, message WeChatMessage) (messageID string, err error)
}

// SendClass says what a failed sending means for what happens next.
type SendClass string

// The classes of failed sendings.
const (
	SendRetry         SendClass = "retry"         // refused or never reached WeChat: the same again, later
	SendUnknown       SendClass = "unknown"       // the answer was lost: the same again under the same ID, within its window
	SendTomorrow      SendClass = "tomorrow"      // the day's quota is used up
	SendNotFollowing  SendClass = "not_following" // until the person follows the account
	SendPerson        SendClass = "person"        // this person cannot be reached (blocked, wrong openid)
	SendBug           SendClass = "bug"           // our message is malformed: no retry, alarm
	SendConfiguration SendClass = "configuration" // the account or the settings are wrong: alarm
)

// SendError is a failed sending.
type SendError struct {
	Class SendClass
	Code  int    // WeChat's errcode; 0 when it never answered
	Text  string // for staff, without secrets
}

func (e *SendError) Error() string {
	return fmt.Sprintf("wechat send: %s (%d): %s", e.Class, e.Code, e.Text)
}

// WeChatEventKind names what a push of WeChat's tells.
type WeChatEventKind string

// The pushes that Kezhi acts upon; others arrive as WeChatOther.
const (
	WeChatSubscribe   WeChatEventKind = "subscribe"
	WeChatUnsubscribe WeChatEventKind = "unsubscribe"
	WeChatScan        WeChatEventKind = "scan"
	WeChatClick       WeChatEventKind = "click"
	WeChatText        WeChatEventKind = "text"
	WeChatJobFinished WeChatEventKind = "job_finished" // TEMPLATESENDJOBFINISH
	WeChatOther       WeChatEventKind = "other"
)

// WeChatEvent is one push, checked and decoded.
type WeChatEvent struct {
	Key       string // the same for every delivery of one push: MsgId, or sender, time, event and key
	Kind      WeChatEventKind
	OpenID    string
	At        time.Time
	Text      string // the text written, the menu entry's key, or the scene of a code (without qrscene_)
	MessageID string // job_finished: the id that Send returned
	Status    string // job_finished: success, or failed: and why
}

// WeChatReply answers a push with text; empty answers nothing.
type WeChatReply string

// WeChatEvents is what the callback gate hands a checked push to.
type WeChatEvents interface {
	// HandleWeChatEvent does what the event asks for, durably, before it returns:
	// an event acknowledged is an event done. Doing it twice is harmless. After an
	// error WeChat is left to push again.
	HandleWeChatEvent(ctx context.Context, event WeChatEvent) (WeChatReply, error)
}

// Refusals of WeChat's side.
var (
	ErrWeChatCode     = refuse(Unauthenticated, "wechat.code", "登录凭证已失效，请重新打开页面")
	ErrWeChatAway     = refuse(Unavailable, "wechat.away", "微信暂时没有回应，请稍后再试")
	ErrWeChatSnapshot = refuse(Forbidden, "wechat.snapshot", "当前是微信的快照页，请点击页面右下角“使用完整服务”后再登录")
	ErrForeignPage    = refuse(Invalid, "wechat.foreign_page", "只能为本站页面签名")
)
