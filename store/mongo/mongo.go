// Package mongo keeps documents in MongoDB, for a city, a province, the nation. It
// implements store.Documents.
//
// It sends what package store has checked: a filter or an update that the embedded
// engine would refuse never reaches the server, and neither does a query whose index
// does not serve its sort.
package mongo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"

	"kezhi/store"
)

const (
	// callTimeout ends a call whose context has no deadline of its own.
	callTimeout = 5 * time.Second
	// startTimeout is how long Open waits for a server that is starting, too.
	startTimeout = 15 * time.Second
	// attempt is how long one try of Open waits.
	attempt = 2 * time.Second
	// A rush finds connections open. The driver by itself keeps none and opens two at a time.
	minConnections    = 16
	openingAtOnce     = 8
	warmingTimeout    = 2 * time.Second
	defaultDatabase   = "kezhi"
	indexBuildTimeout = 30 * time.Minute
)

// DB is a store.Documents in one database of a MongoDB deployment.
type DB struct {
	client   *driver.Client
	database *driver.Database

	declaring sync.Mutex
	declared  atomic.Pointer[map[indexName]store.Index]
}

type indexName struct{ collection, name string }

var _ store.Documents = (*DB)(nil)

// Open connects to the database that the URI names, "kezhi" when it names none, and
// opens connections for a rush. It waits 15 s for the server and then returns
// store.ErrUnavailable. What the URI says of pools and timeouts goes before ours.
func Open(ctx context.Context, uri string) (*DB, error) {
	parsed, err := connstring.ParseAndValidate(uri)
	if err != nil {
		// The driver's error may quote the URI and with it the password.
		return nil, errors.New("store/mongo: the MongoDB URI is malformed")
	}
	var ready atomic.Int64
	o := clientOptions(uri, &ready)
	client, err := driver.Connect(o)
	if err != nil {
		return nil, fmt.Errorf("connecting to MongoDB at %s: %w", strings.Join(parsed.Hosts, ","), err)
	}
	name := parsed.Database
	if name == "" {
		name = defaultDatabase
	}
	db := &DB{client: client, database: client.Database(name)}
	db.declared.Store(&map[indexName]store.Index{})
	if err := db.awaitServer(ctx); err != nil {
		_ = client.Disconnect(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("waiting for MongoDB at %s: %w", strings.Join(parsed.Hosts, ","), err)
	}
	db.warm(ctx, int64(*o.MinPoolSize), &ready)
	return db, nil
}

func clientOptions(uri string, ready *atomic.Int64) *options.ClientOptions {
	journal := true
	o := options.Client().
		SetAppName("kezhi").
		SetMinPoolSize(minConnections).
		SetMaxConnecting(openingAtOnce).
		SetTimeout(callTimeout).
		// Acknowledged means: a majority has it in its journal. Alone, a server would
		// lose up to 100 ms of acknowledged writes in a crash.
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journal}).
		// Every decision is a guarded write on the primary, so reading there needs no more.
		SetReadConcern(readconcern.Local()).
		SetReadPreference(readpref.Primary()).
		SetPoolMonitor(&event.PoolMonitor{Event: func(e *event.PoolEvent) {
			if e.Type == event.ConnectionReady {
				ready.Add(1)
			}
		}})
	return o.ApplyURI(uri)
}

// awaitServer pings until there is an answer.
func (db *DB) awaitServer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		try, cancelTry := context.WithTimeout(ctx, attempt)
		err := db.client.Ping(try, readpref.Primary())
		cancelTry()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !isOutage(err) {
			return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// warm opens the connections that the pool shall have at least, all at once: by itself
// the driver opens ten and looks again ten seconds later. What cannot be opened now
// will be when it is needed.
func (db *DB) warm(ctx context.Context, wanted int64, ready *atomic.Int64) {
	ctx, cancel := context.WithTimeout(ctx, warmingTimeout)
	defer cancel()
	for ready.Load() < wanted && ctx.Err() == nil {
		var pings sync.WaitGroup
		for range wanted {
			pings.Go(func() { _ = db.client.Ping(ctx, readpref.Primary()) })
		}
		pings.Wait()
	}
}

// Ping tells whether the primary answers.
func (db *DB) Ping(ctx context.Context) error {
	return fault(ctx, db.client.Ping(ctx, readpref.Primary()))
}

// Close waits for the calls under way and closes the connections.
func (db *DB) Close(ctx context.Context) error { return db.client.Disconnect(ctx) }

func (db *DB) collection(name string) *driver.Collection { return db.database.Collection(name) }

// index returns a declared index.
func (db *DB) index(collection, name string) (store.Index, error) {
	if name == store.PrimaryIndex {
		return store.Index{Collection: collection, Name: name, Keys: bson.D{{Key: "_id", Value: 1}}, Unique: true}, nil
	}
	index, ok := (*db.declared.Load())[indexName{collection, name}]
	if !ok {
		return index, fmt.Errorf("%w: the collection %s has no index %q", store.ErrUnsupported, collection, name)
	}
	return index, nil
}
