package store

import (
	"context"
	"errors"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// outboxed are the collections whose documents have an outbox.
var outboxed = []string{"volunteers", "registrations", "activities", "people", "organizations"}

func push(entry *service.OutboxEntry) bson.E {
	return bson.E{Key: "$push", Value: bson.D{{Key: "outbox", Value: entry}}}
}

func pull(entryID string) bson.E {
	return bson.E{Key: "$pull", Value: bson.D{{Key: "outbox", Value: bson.D{{Key: "id", Value: entryID}}}}}
}

type onlyID struct {
	ID string `bson:"_id"`
}

// Overdue implements service.OutboxStore, as do the methods after it.
func (s *Store) Overdue(ctx context.Context, before time.Time, limit int) ([]service.OutboxRef, error) {
	var refs []service.OutboxRef
	for _, collection := range outboxed {
		found, err := find[onlyID](ctx, s, collection, Query{
			Index: "outbox", Filter: bson.D{{Key: "outbox.at", Value: bson.D{{Key: "$lt", Value: before}}}}, Limit: limit, Fields: []string{"_id"},
		})
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			refs = append(refs, service.OutboxRef{Collection: collection, ID: d.ID})
		}
	}
	return refs, nil
}

// Entries reads an outbox.
func (s *Store) Entries(ctx context.Context, ref service.OutboxRef) ([]service.OutboxEntry, error) {
	var document struct {
		Outbox []service.OutboxEntry `bson:"outbox"`
	}
	err := s.documents.Get(ctx, ref.Collection, ref.ID, &document)
	if errors.Is(err, ErrNoDocument) {
		return nil, nil
	}
	return document.Outbox, fault(err)
}

// Pull removes entries from an outbox.
func (s *Store) Pull(ctx context.Context, ref service.OutboxRef, entryIDs []string) error {
	err := s.documents.Update(ctx, ref.Collection,
		bson.D{{Key: "_id", Value: ref.ID}, {Key: "outbox.id", Value: among(entryIDs)}},
		bson.D{{Key: "$pull", Value: bson.D{{Key: "outbox", Value: bson.D{{Key: "id", Value: among(entryIDs)}}}}}}, nil)
	if errors.Is(err, ErrNoDocument) {
		return nil
	}
	return fault(err)
}
