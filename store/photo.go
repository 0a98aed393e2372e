package store

import (
	"context"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Photo implements service.PhotoStore, as do the methods after it.
func (s *Store) Photo(ctx context.Context, id string) (*service.Photo, error) {
	return get[service.Photo](ctx, s, "photos", id, service.ErrPhotoNotFound)
}

// PhotoOwner reads the owner without the picture.
func (s *Store) PhotoOwner(ctx context.Context, id string) (string, error) {
	found, err := find[service.Photo](ctx, s, "photos", Query{
		Index: "_id_", Filter: bson.D{{Key: "_id", Value: id}}, Limit: 1, Fields: []string{"owner_id"},
	})
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", service.ErrPhotoNotFound
	}
	return found[0].OwnerID, nil
}

// InsertPhoto adds a portrait.
func (s *Store) InsertPhoto(ctx context.Context, p *service.Photo) error {
	return s.insert(ctx, "photos", p, nil)
}
