package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"kezhi/cmd/internal/rig"
	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	_ "modernc.org/sqlite" // the driver that database/sql opens
)

// bareWrite is one document put by the bare engine, with the keys of its indexes.
type bareWrite struct {
	collection string
	id         string
	body       []byte
	keys       []string
	replace    bool
}

// bareSignUp are the durable writes of one sign-up: the activity's seat, the
// registration with its three keys, the notice with its five.
func bareSignUp(n int) []bareWrite {
	id := fmt.Sprintf("bare-%08d", n)
	return []bareWrite{
		{"activities", "wide", bareActivity, nil, true},
		{"registrations", id, bareRegistration, []string{"code" + id, "volunteer" + id, "activity" + id}, false},
		{"notices", id, bareNotice, []string{"person" + id, "unread" + id, "state" + id, "due" + id, "leased" + id}, false},
	}
}

// bareCheckIn are the durable writes of one check-in: the registration, and the
// attendance with its two keys.
func bareCheckIn(n int) []bareWrite {
	id := fmt.Sprintf("bare-%08d", n)
	return []bareWrite{
		{"registrations", id, bareRegistration, nil, true},
		{"attendances", id, bareAttendance, []string{"registration" + id, "activity" + id}, false},
	}
}

// Documents of the size that Kezhi's have.
var (
	bareActivity = marshal(&service.Activity{
		ID: "wide", OrganizationID: rig.CountyID, ScopeIDs: []string{rig.CountyID}, Title: "社区科普讲座", Place: "社区中心",
		Description: "面向社区老人和孩子，用小实验讲日常生活里的科学。",
	})
	bareRegistration = marshal(rig.Registration(&service.Activity{ID: "wide"}, rig.PersonID(1), 1))
	bareNotice       = marshal(&service.Notice{
		ID: "0123456789abcdef0123456789abcdef", PersonID: rig.PersonID(1), Kind: service.NoticeSignedUp, Title: "报名成功",
		Body:   "您已报名“社区科普讲座”，2026年5月1日 14:00，社区中心。",
		Values: map[string]string{"activity": "社区科普讲座", "time": "2026年5月1日 14:00", "place": "社区中心", "name": "王小兰"},
	})
	bareAttendance = marshal(&service.Attendance{
		ID: "0123456789abcdef0123456789abcdef", ActivityID: "wide", RegistrationID: "wide-" + rig.PersonID(1), VolunteerID: rig.PersonID(1),
		Result: "checked_in", Nonce: "01234567890123456789012345",
	})
)

func marshal(document any) []byte {
	raw, err := bson.Marshal(document)
	if err != nil {
		panic(err)
	}
	return raw
}

// bareWrites does the writes of n requests with so many callers at once, each
// answered after its commit is on disk, and returns requests a second.
func bareWrites(ctx context.Context, mongoURI string, callers, n int, writes func(n int) []bareWrite) (float64, error) {
	engine, closeEngine, err := openBare(ctx, mongoURI)
	if err != nil {
		return 0, err
	}
	defer closeEngine()
	var next atomic.Int64
	failed := make(chan error, callers)
	var group sync.WaitGroup
	begin := time.Now()
	for range callers {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := engine(ctx, writes(i)); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	group.Wait()
	elapsed := time.Since(begin)
	select {
	case err := <-failed:
		return 0, err
	default:
		return float64(n) / elapsed.Seconds(), nil
	}
}

type bareEngine func(ctx context.Context, writes []bareWrite) error

func openBare(ctx context.Context, mongoURI string) (bareEngine, func(), error) {
	if mongoURI != "" {
		return openBareMongo(ctx, mongoURI)
	}
	return openBareSQLite(ctx)
}

// openBareMongo writes with the driver and nothing else. The keys are left to indexes of the server.
func openBareMongo(ctx context.Context, uri string) (bareEngine, func(), error) {
	concern := writeconcern.Majority()
	journaled := true
	concern.Journal = &journaled
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetWriteConcern(concern).SetMaxPoolSize(256).SetMaxConnecting(16))
	if err != nil {
		return nil, nil, err
	}
	db := client.Database(fmt.Sprintf("kezhi_bare_%d", os.Getpid()))
	write := func(ctx context.Context, writes []bareWrite) error {
		for _, w := range writes {
			var document bson.D
			if err := bson.Unmarshal(w.body, &document); err != nil {
				return err
			}
			document[0].Value = w.id
			if len(w.keys) > 0 {
				document = append(document, bson.E{Key: "keys", Value: w.keys})
			}
			_, err := db.Collection(w.collection).ReplaceOne(ctx, bson.D{{Key: "_id", Value: w.id}}, document, options.Replace().SetUpsert(true))
			if err != nil {
				return err
			}
		}
		return nil
	}
	return write, func() {
		_ = db.Drop(context.WithoutCancel(ctx))
		_ = client.Disconnect(context.WithoutCancel(ctx))
	}, nil
}

// openBareSQLite is SQLite with one writer that shares its commits, and nothing else.
func openBareSQLite(ctx context.Context) (bareEngine, func(), error) {
	dir, err := os.MkdirTemp("", "kezhi-bare-")
	if err != nil {
		return nil, nil, err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+"?_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=cache_size(-16384)")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	statements := map[string]*sql.Stmt{}
	for _, c := range []string{"activities", "registrations", "notices", "attendances"} {
		if _, err := db.ExecContext(ctx, `CREATE TABLE `+c+` (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID`); err != nil {
			return nil, nil, err
		}
		if statements[c], err = db.PrepareContext(ctx, `INSERT OR REPLACE INTO `+c+` VALUES (?, ?)`); err != nil { //nolint:gosec // likewise
			return nil, nil, err
		}
	}
	if _, err := db.ExecContext(ctx, `CREATE TABLE keys (k TEXT, id TEXT, PRIMARY KEY (k, id)) WITHOUT ROWID`); err != nil {
		return nil, nil, err
	}
	if statements["keys"], err = db.PrepareContext(ctx, `INSERT INTO keys VALUES (?, ?)`); err != nil {
		return nil, nil, err
	}
	type job struct {
		writes []bareWrite
		done   chan error
	}
	jobs := make(chan job, 1024)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for first := range jobs {
			batch := []job{first}
			for more := true; more && len(batch) < 512; {
				select {
				case j, ok := <-jobs:
					if more = ok; ok {
						batch = append(batch, j)
					}
				default:
					more = false
				}
			}
			err := commitBare(ctx, db, statements, func(put func(bareWrite) error) error {
				for _, j := range batch {
					for _, w := range j.writes {
						if err := put(w); err != nil {
							return err
						}
					}
				}
				return nil
			})
			for _, j := range batch {
				j.done <- err
			}
		}
	}()
	write := func(ctx context.Context, writes []bareWrite) error {
		j := job{writes, make(chan error, 1)}
		jobs <- j
		select {
		case err := <-j.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return write, func() {
		close(jobs)
		<-stopped
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}, nil
}

// commitBare puts one batch in one transaction.
func commitBare(ctx context.Context, db *sql.DB, statements map[string]*sql.Stmt, fill func(put func(bareWrite) error) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	err = fill(func(w bareWrite) error {
		if _, err := tx.StmtContext(ctx, statements[w.collection]).ExecContext(ctx, w.id, w.body); err != nil {
			return err
		}
		for _, k := range w.keys {
			if _, err := tx.StmtContext(ctx, statements["keys"]).ExecContext(ctx, k, w.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
