package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"kezhi/service"
	"kezhi/store"
	"kezhi/store/embedded"
	"kezhi/store/mongo"
	"kezhi/wxconfig"

	"github.com/alicebob/miniredis/v2"
	"github.com/oklog/ulid/v2"
	"github.com/redis/go-redis/v9"
)

// program is Kezhi wired together, before it serves.
type program struct {
	settings  *settings
	env       service.Env
	log       *slog.Logger
	documents store.Documents
	store     *store.Store
	redis     *store.Redis
	ports     service.Ports
	services  *service.Services
	wechat    *wxconfig.WeChat
	closers   []func(context.Context) error
}

// now is the only clock of Kezhi: UTC, whole milliseconds, as the store keeps them.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// newID returns a function that makes ULIDs, which only grow within the process.
func newID() func() string {
	var mu sync.Mutex
	entropy := ulid.Monotonic(rand.Reader, 0)
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return ulid.MustNew(ulid.Timestamp(time.Now()), entropy).String()
	}
}

// wire opens everything that the settings name. The caller closes the program.
func wire(ctx context.Context, s *settings, log *slog.Logger) (_ *program, err error) {
	p := &program{settings: s, env: service.Env{Now: now, NewID: newID()}, log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close(context.WithoutCancel(ctx)))
		}
	}()
	if err := p.openDocuments(ctx); err != nil {
		return nil, err
	}
	client, err := p.openRedis()
	if err != nil {
		return nil, err
	}
	vault, err := openVault(s)
	if err != nil {
		return nil, err
	}
	p.wechat, err = wxconfig.New(s.wechat, client, log, now)
	if err != nil {
		return nil, err
	}
	p.store = store.New(p.documents, now)
	if err := p.store.Open(ctx); err != nil {
		return nil, fmt.Errorf("建立索引：%w", err)
	}
	p.redis = store.NewRedis(client)
	p.ports = service.Ports{
		People: p.store, Volunteers: p.store, Organizations: p.store, Activities: p.store, Registrations: p.store, Attendances: p.store,
		Notices: p.store, Journal: p.store, Photos: p.store, Outbox: p.store,
		Sessions: p.redis, Once: p.redis, Limiter: p.redis, Invites: store.OnceDocuments{Store: p.store},
		Vault: vault, Login: p.wechat, Messenger: p.wechat,
	}
	p.services = service.New(p.env, p.ports, s.Origin, log)
	return p, nil
}

func (p *program) openDocuments(ctx context.Context) error {
	if p.settings.MongoDBURI != "" {
		db, err := mongo.Open(ctx, p.settings.MongoDBURI)
		if err != nil {
			return fmt.Errorf("MongoDB（KEZHI_MONGODB_URI）：%w", err)
		}
		p.documents = db
	} else {
		if err := os.MkdirAll(p.settings.DataDir, 0o700); err != nil {
			return fmt.Errorf("数据目录（KEZHI_DATA_DIR）：%w", err)
		}
		db, err := embedded.Open(ctx, dataFile(p.settings))
		if err != nil {
			return fmt.Errorf("数据文件：%w", err)
		}
		p.documents = db
	}
	p.closers = append(p.closers, p.documents.Close)
	return nil
}

// openRedis connects to Redis, or starts one in the process. The latter keeps
// nothing over a restart: people are logged in again by WeChat without noticing.
func (p *program) openRedis() (redis.UniversalClient, error) {
	address := p.settings.RedisURL
	if address == "" {
		server := miniredis.NewMiniRedis()
		if err := server.StartAddr("127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("内置 Redis：%w", err)
		}
		stop := make(chan struct{})
		go driveClock(server, stop)
		p.closers = append(p.closers, func(context.Context) error {
			close(stop)
			server.Close()
			return nil
		})
		address = "redis://" + server.Addr()
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("KEZHI_REDIS_URL: 应是 redis:// 或 rediss:// 开头的地址")
	}
	options.ContextTimeoutEnabled = true
	client := redis.NewClient(options)
	p.closers = append(p.closers, func(context.Context) error { return client.Close() })
	return client, nil
}

// driveClock lets the time of the Redis in the process pass: by itself it stands
// still, and nothing would ever expire.
func driveClock(server *miniredis.Miniredis, stop <-chan struct{}) {
	const step = 250 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case at := <-tick.C:
			server.FastForward(at.Sub(last))
			last = at
		case <-stop:
			return
		}
	}
}

// close releases everything, the last opened first.
func (p *program) close(ctx context.Context) error {
	var errs []error
	for _, closer := range slices.Backward(p.closers) {
		errs = append(errs, closer(ctx))
	}
	p.closers = nil
	return errors.Join(errs...)
}

// ready tells whether the servers behind Kezhi answer.
func (p *program) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var errs []error
	if err := p.documents.Ping(ctx); err != nil {
		errs = append(errs, fmt.Errorf("documents: %w", err))
	}
	if err := p.redis.Ping(ctx); err != nil {
		errs = append(errs, fmt.Errorf("redis: %w", err))
	}
	return errors.Join(errs...)
}
