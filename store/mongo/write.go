package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kezhi/store"
)

// Insert stores a new document.
func (db *DB) Insert(ctx context.Context, collection string, document any) error {
	raw, err := store.EncodeDocument(document)
	if err != nil {
		return err
	}
	_, err = db.collection(collection).InsertOne(ctx, raw)
	return fault(ctx, err)
}

// Update changes the first document that matches.
func (db *DB) Update(ctx context.Context, collection string, filter, update bson.D, into any) error {
	f, u, err := store.ParseChange(filter, update)
	if err != nil {
		return err
	}
	return db.change(ctx, collection, f, u, into, options.FindOneAndUpdate())
}

// Upsert changes the first document that matches, or inserts one.
func (db *DB) Upsert(ctx context.Context, collection string, filter, update bson.D, into any) error {
	f, u, err := store.ParseUpsert(filter, update)
	if err != nil {
		return err
	}
	err = db.change(ctx, collection, f, u, into, options.FindOneAndUpdate().SetUpsert(true))
	var taken *store.DuplicateError
	if errors.As(err, &taken) && taken.Index == store.PrimaryIndex {
		// Another upsert of the same _id was faster; now there is a document to match.
		// If it still does not, the filter's other conditions forbid it.
		err = db.change(ctx, collection, f, u, into, options.FindOneAndUpdate().SetUpsert(true))
	}
	return err
}

func (db *DB) change(ctx context.Context, collection string, f store.Filter, u store.Update, into any, o *options.FindOneAndUpdateOptionsBuilder) error {
	o.SetReturnDocument(options.After)
	if into == nil {
		o.SetProjection(bson.D{{Key: "_id", Value: 1}})
	}
	document, err := db.collection(collection).FindOneAndUpdate(ctx, f.Raw, u.Raw, o).Raw()
	if err != nil || into == nil {
		return fault(ctx, err)
	}
	return store.Decode(document, into)
}

// UpdateAll changes every document that matches.
func (db *DB) UpdateAll(ctx context.Context, collection string, filter, update bson.D) (int64, error) {
	f, u, err := store.ParseChange(filter, update)
	if err != nil {
		return 0, err
	}
	result, err := db.collection(collection).UpdateMany(ctx, f.Raw, u.Raw)
	if err != nil {
		return 0, fault(ctx, err)
	}
	return result.MatchedCount, nil
}

// Replace swaps the first document that matches for another with the same _id.
func (db *DB) Replace(ctx context.Context, collection string, filter bson.D, document any) error {
	f, err := store.ParseFilter(filter)
	if err != nil {
		return err
	}
	raw, err := store.EncodeDocument(document)
	if err != nil {
		return err
	}
	result, err := db.collection(collection).ReplaceOne(ctx, f.Raw, raw)
	if err == nil && result.MatchedCount == 0 {
		return store.ErrNoDocument
	}
	return fault(ctx, err)
}

// Delete removes every document that matches.
func (db *DB) Delete(ctx context.Context, collection string, filter bson.D) (int64, error) {
	f, err := store.ParseFilter(filter)
	if err != nil {
		return 0, err
	}
	result, err := db.collection(collection).DeleteMany(ctx, f.Raw)
	if err != nil {
		return 0, fault(ctx, err)
	}
	return result.DeletedCount, nil
}
