//go:build !brokenseats

package store

import (
	"context"
	"errors"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TakeSeat takes a seat and records for whom.
func (s *Store) TakeSeat(ctx context.Context, activityID string, entry *service.OutboxEntry, now time.Time) error {
	err := s.documents.Update(ctx, "activities",
		bson.D{
			{Key: "_id", Value: activityID},
			{Key: "state", Value: service.ActivityPublished},
			{Key: "signup_opens_at", Value: bson.D{{Key: "$lte", Value: now}}},
			{Key: "signup_closes_at", Value: bson.D{{Key: "$gt", Value: now}}},
			{Key: "left", Value: bson.D{{Key: "$gt", Value: 0}}},
		},
		bson.D{{Key: "$inc", Value: seats(1)}, push(entry)}, nil)
	if errors.Is(err, ErrNoDocument) {
		return service.ErrNoSeat
	}
	return fault(err)
}
