package handler

import (
	"context"

	"kezhi/service"
)

type noticeView struct {
	ID    string              `json:"id"`
	Kind  service.NoticeKind  `json:"kind"`
	Title string              `json:"title"`
	Body  string              `json:"body"`
	Path  string              `json:"path"`
	At    string              `json:"at"`
	Read  bool                `json:"read"`
	State service.NoticeState `json:"state"`
}

// listNotices lists the actor's messages, newest first.
func (s *server) listNotices(ctx context.Context, c call, q cursorQuery) (any, error) {
	page, err := s.Services.Notices.Own(ctx, c.actor, q.Cursor)
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(n *service.Notice) noticeView {
		return noticeView{n.ID, n.Kind, n.Title, n.Body, n.Path, chinaTime(n.CreatedAt), n.Read, n.State}
	}), nil
}

// readNotices marks all of them as read.
func (s *server) readNotices(ctx context.Context, c call) (any, error) {
	return nil, s.Services.Notices.Read(ctx, c.actor)
}
