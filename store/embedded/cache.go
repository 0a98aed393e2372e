package embedded

import (
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// cacheBytes bounds what the cache holds; cachedDocument is the greatest that it takes.
const (
	cacheBytes     = 24 << 20
	cachedDocument = 64 << 10
)

// cache keeps documents that are asked for by _id, as each request asks for the person
// behind its session. It is never behind the file: before a commit the writer holds the
// documents that the commit changes, so that whoever asks meanwhile reads the file, and
// after it the writer puts them back as they are now.
type cache struct {
	mu      sync.RWMutex
	entries map[documentKey]*cached
	held    map[documentKey]struct{}
	// changes counts the commits, before and after. What a reader found in the file is
	// taken only if there was none since it began to read.
	changes uint64
	bytes   int
}

// cached is a document in the file; nobody changes its body.
type cached struct {
	n    int64
	body bson.Raw
	used atomic.Bool // since the last eviction came by
}

func newCache() *cache {
	return &cache{entries: map[documentKey]*cached{}, held: map[documentKey]struct{}{}}
}

// get returns the document, or nil and the ticket with which to put it.
func (c *cache) get(key documentKey) (*cached, uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.entries[key]
	if e != nil && !e.used.Load() {
		e.used.Store(true)
	}
	return e, c.changes
}

// put takes what a reader found in the file, unless the file has changed since it asked.
func (c *cache) put(key documentKey, n int64, body bson.Raw, ticket uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, held := c.held[key]; held || c.changes != ticket {
		return
	}
	c.insert(key, n, body)
}

func (c *cache) insert(key documentKey, n int64, body bson.Raw) {
	c.remove(key)
	if len(body) > cachedDocument {
		return
	}
	c.evict(cacheBytes - sizeOf(key, body))
	c.entries[key] = &cached{n: n, body: body}
	c.bytes += sizeOf(key, body)
}

func (c *cache) remove(key documentKey) {
	if e := c.entries[key]; e != nil {
		c.bytes -= sizeOf(key, e.body)
		delete(c.entries, key)
	}
}

// sizeOf is what an entry takes, with its place in the map.
func sizeOf(key documentKey, body bson.Raw) int { return len(key.id) + cap(body) + 160 }

// evict makes room. It comes by in the map's random order and spares, once, what was
// used since it came by last.
func (c *cache) evict(bytes int) {
	for c.bytes > bytes {
		for key, e := range c.entries {
			if c.bytes <= bytes {
				return
			}
			if !e.used.Swap(false) {
				c.remove(key)
			}
		}
	}
}

// hold drops the documents that a commit is about to change.
func (c *cache) hold(changed []*staged) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, s := range changed {
		c.remove(s.key())
		c.held[s.key()] = struct{}{}
	}
}

// release ends the hold. After a commit it takes the documents as they are now.
func (c *cache) release(changed []*staged, committed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, s := range changed {
		delete(c.held, s.key())
		if committed && s.after != nil {
			c.insert(s.key(), s.n, s.after)
		}
	}
}
