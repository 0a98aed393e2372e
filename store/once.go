package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// onceDocument is a value that can be taken once.
type onceDocument struct {
	ID        string    `bson:"_id"`
	Value     []byte    `bson:"value"`
	ExpiresAt time.Time `bson:"expires_at"`
	Taken     bool      `bson:"taken"`
}

// OnceDocuments implements service.OneTimeStore on documents, for what must outlive
// a restart of everything.
type OnceDocuments struct{ *Store }

// Put stores a value, and on the way removes those that have expired.
func (s OnceDocuments) Put(ctx context.Context, key string, value any, life time.Duration) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	now := s.now()
	if _, err := s.documents.Delete(ctx, "once", bson.D{{Key: "expires_at", Value: bson.D{{Key: "$lt", Value: now}}}}); err != nil {
		return fault(err)
	}
	fields, _, err := fieldsOf(onceDocument{Value: raw, ExpiresAt: now.Add(life)})
	if err != nil {
		return err
	}
	return fault(s.documents.Upsert(ctx, "once", bson.D{{Key: "_id", Value: key}}, bson.D{{Key: "$set", Value: fields[1:]}}, nil))
}

// Peek reads a value and leaves it.
func (s OnceDocuments) Peek(ctx context.Context, key string, into any) error {
	d, err := get[onceDocument](ctx, s.Store, "once", key, service.ErrNotFound)
	if err != nil {
		return err
	}
	if d.Taken || !s.now().Before(d.ExpiresAt) {
		return service.ErrNotFound
	}
	return json.Unmarshal(d.Value, into)
}

// Take reads a value and spends it.
func (s OnceDocuments) Take(ctx context.Context, key string, into any) error {
	var d onceDocument
	err := s.documents.Update(ctx, "once",
		bson.D{{Key: "_id", Value: key}, {Key: "taken", Value: false}, {Key: "expires_at", Value: bson.D{{Key: "$gt", Value: s.now()}}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "taken", Value: true}}}}, &d)
	if errors.Is(err, ErrNoDocument) {
		return service.ErrNotFound
	}
	if err != nil {
		return fault(err)
	}
	return json.Unmarshal(d.Value, into)
}
