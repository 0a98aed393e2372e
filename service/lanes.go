package service

import (
	"hash/maphash"
	"sync"
)

// lanes lets one piece of work at a time pass for each key, within this process.
// It only saves work: what must hold is held by guarded writes.
type lanes struct {
	once  sync.Once
	seed  maphash.Seed
	locks [1024]sync.Mutex
}

// enter waits for the key's lane and returns what leaves it.
func (l *lanes) enter(key string) (leave func()) {
	l.once.Do(func() { l.seed = maphash.MakeSeed() })
	lock := &l.locks[maphash.String(l.seed, key)%uint64(len(l.locks))]
	lock.Lock()
	return lock.Unlock
}
