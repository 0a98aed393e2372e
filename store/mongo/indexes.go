package mongo

import (
	"context"
	"fmt"
	"maps"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kezhi/store"
)

// EnsureIndexes creates the declared indexes that are missing. It leaves others alone:
// they may be an operator's, or serve an instance of the version before. It returns an
// error when an index of that name has other keys.
func (db *DB) EnsureIndexes(ctx context.Context, indexes []store.Index) error {
	if err := store.CheckIndexes(indexes); err != nil {
		return err
	}
	db.declaring.Lock()
	defer db.declaring.Unlock()
	ctx, cancel := context.WithTimeout(ctx, indexBuildTimeout)
	defer cancel()

	there := map[string]map[string]driver.IndexSpecification{}
	declared := maps.Clone(*db.declared.Load())
	for _, index := range indexes {
		if there[index.Collection] == nil {
			found, err := db.existing(ctx, index.Collection)
			if err != nil {
				return err
			}
			there[index.Collection] = found
		}
		model, err := indexModel(index)
		if err != nil {
			return err
		}
		if existing, ok := there[index.Collection][index.Name]; ok {
			if err := sameIndex(existing, model, index); err != nil {
				return err
			}
		} else if _, err := db.collection(index.Collection).Indexes().CreateOne(ctx, model); err != nil {
			return fault(ctx, err)
		}
		declared[indexName{index.Collection, index.Name}] = index
	}
	db.declared.Store(&declared)
	return nil
}

func (db *DB) existing(ctx context.Context, collection string) (map[string]driver.IndexSpecification, error) {
	specifications, err := db.collection(collection).Indexes().ListSpecifications(ctx)
	if err != nil {
		return nil, fault(ctx, err)
	}
	found := map[string]driver.IndexSpecification{}
	for _, specification := range specifications {
		found[specification.Name] = specification
	}
	return found, nil
}

// indexModel is the index as MongoDB gets it. The _id comes last where it can, because
// every sort ends with it; only a unique index cannot hold it.
func indexModel(index store.Index) (driver.IndexModel, error) {
	keys := index.Keys
	o := options.Index().SetName(index.Name)
	if index.Unique {
		o.SetUnique(true)
	} else {
		keys = store.FullSort(keys)
	}
	if index.Sparse && len(keys) == 1 {
		o.SetSparse(true)
	} else if index.Sparse {
		// MongoDB's sparse index over several keys leaves out only what lacks them all.
		o.SetPartialFilterExpression(bson.D{{Key: index.Keys[0].Key, Value: bson.D{{Key: "$exists", Value: true}}}})
	}
	whole := make(bson.D, len(keys))
	for i, key := range keys {
		direction, err := store.Direction(key.Value)
		if err != nil {
			return driver.IndexModel{}, err
		}
		whole[i] = bson.E{Key: key.Key, Value: int32(direction)}
	}
	return driver.IndexModel{Keys: whole, Options: o}, nil
}

func sameIndex(existing driver.IndexSpecification, wanted driver.IndexModel, index store.Index) error {
	var keys bson.D
	if err := bson.Unmarshal(existing.KeysDocument, &keys); err != nil {
		return fmt.Errorf("reading the index %s of %s: %w", index.Name, index.Collection, err)
	}
	same := (existing.Unique != nil && *existing.Unique) == index.Unique
	if whole, ok := wanted.Keys.(bson.D); !ok || len(whole) != len(keys) {
		same = false
	} else {
		for i := range keys {
			direction, err := store.Direction(keys[i].Value)
			same = same && err == nil && keys[i].Key == whole[i].Key && int32(direction) == whole[i].Value
		}
	}
	if !same {
		return fmt.Errorf("store/mongo: the index %s of %s has other keys than the program declares: %s; drop it, or declare it by another name",
			index.Name, index.Collection, existing.KeysDocument)
	}
	return nil
}
