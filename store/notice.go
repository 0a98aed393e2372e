package store

import (
	"context"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// InsertNotice implements service.NoticeStore, as do the methods after it.
func (s *Store) InsertNotice(ctx context.Context, n *service.Notice) error {
	n.Version = 1
	return s.insertOnce(ctx, "notices", n)
}

// DueNotices finds what is to be sent.
func (s *Store) DueNotices(ctx context.Context, now time.Time, limit int) ([]service.Notice, error) {
	past := bson.D{{Key: "$lte", Value: now}}
	due, err := find[service.Notice](ctx, s, "notices", Query{
		Index: "due", Filter: bson.D{{Key: "state", Value: service.NoticeQueued}, {Key: "next_at", Value: past}},
		Sort: bson.D{{Key: "next_at", Value: 1}}, Limit: limit,
	})
	if err != nil {
		return nil, err
	}
	dropped, err := find[service.Notice](ctx, s, "notices", Query{
		Index: "leased", Filter: bson.D{{Key: "state", Value: service.NoticeSending}, {Key: "lease_until", Value: past}},
		Sort: bson.D{{Key: "lease_until", Value: 1}}, Limit: limit,
	})
	return append(dropped, due...), err
}

// SaveNotice writes a notice back; whether it was read is the reader's alone.
func (s *Store) SaveNotice(ctx context.Context, n *service.Notice) error {
	err := s.save(ctx, "notices", n.ID, n.Version, n, nil, "read")
	if err == nil {
		n.Version++
	}
	return err
}

// WakeNotices queues what waits for the person to follow the account.
func (s *Store) WakeNotices(ctx context.Context, personID string, now time.Time) error {
	_, err := s.documents.UpdateAll(ctx, "notices",
		bson.D{{Key: "person_id", Value: personID}, {Key: "state", Value: service.NoticeWaiting}},
		bson.D{
			{Key: "$set", Value: bson.D{{Key: "state", Value: service.NoticeQueued}, {Key: "next_at", Value: now}}},
			{Key: "$inc", Value: bson.D{{Key: "version", Value: int64(1)}}},
		})
	return fault(err)
}

// NoticeByMessageID finds a notice by WeChat's id of it.
func (s *Store) NoticeByMessageID(ctx context.Context, messageID string) (*service.Notice, error) {
	return getBy[service.Notice](ctx, s, "notices", "message_id", "message_id", messageID, service.ErrNoticeNotFound)
}

// NoticesOf lists a person's, newest first.
func (s *Store) NoticesOf(ctx context.Context, personID, cursor string, limit int) (service.Page[service.Notice], error) {
	return page(ctx, s, "notices", Query{
		Index: "person", Filter: bson.D{{Key: "person_id", Value: personID}}, Sort: bson.D{{Key: "created_at", Value: -1}}, Limit: limit,
	}, cursor, func(n *service.Notice) bson.A { return bson.A{n.CreatedAt, n.ID} })
}

// CountUnread counts what the person has not read.
func (s *Store) CountUnread(ctx context.Context, personID string) (int64, error) {
	n, err := s.documents.Count(ctx, "notices", "unread", bson.D{{Key: "person_id", Value: personID}, {Key: "read", Value: false}})
	return n, fault(err)
}

// MarkRead marks all as read.
func (s *Store) MarkRead(ctx context.Context, personID string) error {
	_, err := s.documents.UpdateAll(ctx, "notices",
		bson.D{{Key: "person_id", Value: personID}, {Key: "read", Value: false}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "read", Value: true}}}})
	return fault(err)
}
