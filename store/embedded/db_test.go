package embedded

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/sync/errgroup"

	"kezhi/store"
)

func TestOneProcessHasTheFileOpen(t *testing.T) {
	t.Parallel()
	db := openTest(t)
	_, err := Open(t.Context(), db.readers.path)
	if err == nil || !strings.Contains(err.Error(), "another process has the database open") {
		t.Errorf("got %v", err)
	}
}

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	t.Parallel()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "kezhi.db")
	indexes := []store.Index{
		{Collection: "things", Name: "tags", Keys: bson.D{{Key: "tags", Value: 1}}},
		{Collection: "things", Name: "old", Keys: bson.D{{Key: "n", Value: 1}}},
	}
	db, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.EnsureIndexes(ctx, indexes), db.Insert(ctx, "things", bson.D{{Key: "_id", Value: "1"}, {Key: "tags", Value: bson.A{"x", "y"}}, {Key: "n", Value: 1}}), db.Close(ctx))
	if err != nil {
		t.Fatal(err)
	}
	if db, err = Open(ctx, path); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	// The declaration has another index of that name, and none of the other.
	indexes = []store.Index{indexes[0], {Collection: "things", Name: "new", Keys: bson.D{{Key: "n", Value: -1}}}}
	if err := db.EnsureIndexes(ctx, indexes); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"tags": true, "new": true, "old": false} {
		count, err := db.Count(ctx, "things", name, nil)
		if want && (err != nil || count != 1) {
			t.Errorf("%s: counted %d, %v", name, count, err)
		}
		if !want && !errors.Is(err, store.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", name, err)
		}
	}
}

func TestABackupIsADatabase(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), openTest(t)
	var writes errgroup.Group
	insert := func(from, to int) func() error {
		return func() error {
			for i := from; i < to; i++ {
				if err := db.Insert(ctx, "things", bson.D{{Key: "_id", Value: strconv.Itoa(i)}}); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if err := insert(0, 20)(); err != nil {
		t.Fatal(err)
	}
	writes.Go(insert(20, 60))
	path := filepath.Join(t.TempDir(), "backup.db")
	if err := db.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	if err := writes.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(ctx, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: got %v, want ErrExist", err)
	}
	restored, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	count, err := restored.Count(ctx, "things", store.PrimaryIndex, nil)
	if err := errors.Join(err, restored.Close(ctx)); err != nil || count < 20 || count > 60 {
		t.Errorf("the backup has %d documents, %v", count, err)
	}
}

func TestAClosedDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, err := Open(ctx, filepath.Join(t.TempDir(), "kezhi.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Insert(ctx, "things", bson.D{{Key: "_id", Value: "1"}}), db.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"ping":   db.Ping(ctx),
		"insert": db.Insert(ctx, "things", bson.D{{Key: "_id", Value: "2"}}),
		"find":   db.Find(ctx, "things", store.Query{Index: "_id_", Limit: 1}, &[]bson.D{}),
	} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
	}
}
