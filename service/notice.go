package service

import (
	"context"
	"time"
)

// NoticeKind is a logical message; the account's settings map it to a template,
// and its value names to that template's fields.
type NoticeKind string

// The kinds of notice, with the names of their values.
const (
	NoticeApproved       NoticeKind = "volunteer.approved"        // name, organization, result, time
	NoticeRejected       NoticeKind = "volunteer.rejected"        // name, organization, result, time (the reason is on the page)
	NoticeActivationCode NoticeKind = "volunteer.activation_code" // code, expires, note
	NoticeSignedUp       NoticeKind = "registration.confirmed"    // activity, time, place, name
	NoticeChanged        NoticeKind = "activity.changed"          // activity, time, place, note
	NoticeCancelled      NoticeKind = "activity.cancelled"        // activity, time, place, note
	NoticePending        NoticeKind = "volunteer.pending"         // to admins: name, organization, time, note
)

// NoticeState is how far a notice has come.
type NoticeState string

// The states of a notice. Queued, Sending and Waiting are on their way; the others are final.
const (
	NoticeQueued    NoticeState = "queued"    // to be sent at NextAt
	NoticeSending   NoticeState = "sending"   // a courier has it, until LeaseUntil
	NoticeWaiting   NoticeState = "waiting"   // the person does not follow the account; sent when they do
	NoticeSent      NoticeState = "sent"      // WeChat accepted it
	NoticeDelivered NoticeState = "delivered" // WeChat reported success
	NoticeFailed    NoticeState = "failed"    // final; Failure says why
	NoticeUnknown   NoticeState = "unknown"   // its answer was lost and the safe window is over: for a person to look at
)

// Notice is a message to a person (消息). The app always shows it; WeChat carries it where it can.
type Notice struct {
	ID         string            `bson:"_id"`
	PersonID   string            `bson:"person_id"`
	Kind       NoticeKind        `bson:"kind"`
	Title      string            `bson:"title"`
	Body       string            `bson:"body"`
	Values     map[string]string `bson:"values"`
	Secret     []byte            `bson:"secret,omitempty"` // an encrypted value, wiped once the notice is final
	Path       string            `bson:"path"`             // the page of the app that it opens
	State      NoticeState       `bson:"state"`
	CreatedAt  time.Time         `bson:"created_at"`
	NextAt     time.Time         `bson:"next_at"`
	LeaseUntil time.Time         `bson:"lease_until"`
	FirstTryAt *time.Time        `bson:"first_try_at,omitempty"` // of the present client_msg_id window
	Attempts   int               `bson:"attempts"`
	MessageID  string            `bson:"message_id,omitempty"`
	Failure    SendClass         `bson:"failure,omitempty"`
	FailText   string            `bson:"fail_text,omitempty"`
	Read       bool              `bson:"read"`
	Version    int64             `bson:"version"`
}

// NoticeStore keeps the notices.
type NoticeStore interface {
	// InsertNotice adds a notice; one with the same id is success.
	InsertNotice(ctx context.Context, n *Notice) error
	// DueNotices returns notices to be sent at the moment: queued ones that are due,
	// and ones whose courier's lease has run out, oldest first.
	DueNotices(ctx context.Context, now time.Time, limit int) ([]Notice, error)
	// SaveNotice compares the version: ErrChanged. It leaves Read alone.
	SaveNotice(ctx context.Context, n *Notice) error
	// WakeNotices queues the notices that wait for the person to follow the account.
	WakeNotices(ctx context.Context, personID string, now time.Time) error
	// NoticeByMessageID returns ErrNoticeNotFound.
	NoticeByMessageID(ctx context.Context, messageID string) (*Notice, error)
	// NoticesOf lists a person's, newest first. It returns ErrBadCursor.
	NoticesOf(ctx context.Context, personID, cursor string, limit int) (Page[Notice], error)
	CountUnread(ctx context.Context, personID string) (int64, error)
	MarkRead(ctx context.Context, personID string) error
}

// ErrNoticeNotFound says that there is no such notice.
var ErrNoticeNotFound = refuse(NotFound, "notice.not_found", "没有找到这条消息")

// Notices are the use cases of a person's own messages.
type Notices struct {
	Store NoticeStore
}

// Own lists the actor's messages, newest first. It returns ErrBadCursor.
func (s *Notices) Own(ctx context.Context, actor Actor, cursor string) (Page[Notice], error) {
	return s.Store.NoticesOf(ctx, actor.PersonID, cursor, pageSize)
}

// CountUnread counts the actor's messages that have not been read.
func (s *Notices) CountUnread(ctx context.Context, actor Actor) (int64, error) {
	return s.Store.CountUnread(ctx, actor.PersonID)
}

// Read marks all of the actor's messages as read.
func (s *Notices) Read(ctx context.Context, actor Actor) error {
	return s.Store.MarkRead(ctx, actor.PersonID)
}
