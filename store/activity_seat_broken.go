//go:build brokenseats

package store

import (
	"context"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TakeSeat reads and then writes, as nobody should. It is only built to show that the
// crash harness notices: what cannot catch this proves nothing.
func (s *Store) TakeSeat(ctx context.Context, activityID string, entry *service.OutboxEntry, now time.Time) error {
	a, err := s.Activity(ctx, activityID)
	if err != nil {
		return err
	}
	if a.Signup(now) != service.SignupOpen {
		return service.ErrNoSeat
	}
	return fault(s.documents.Update(ctx, "activities", bson.D{{Key: "_id", Value: activityID}}, bson.D{{Key: "$inc", Value: seats(1)}, push(entry)}, nil))
}
