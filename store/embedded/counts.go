package embedded

import "sync"

// maxCounts bounds how many counts are kept.
const maxCounts = 2048

// counts keeps how many rows of an index begin with a prefix, for those that were asked
// for: a list that shows "of 48,211" would otherwise read 48,211 rows for one page. The
// writer tells it which rows each commit adds and takes away.
//
// A count that is being made reads the number of its commit (see batch.number) along
// with the rows, so that the steps told meanwhile are added if, and only if, they are
// of later commits. A count may be behind a commit that nobody has been told of yet.
type counts struct {
	mu      sync.Mutex
	byTable map[string]*tableCounts
	size    int
}

type tableCounts struct {
	byPrefix map[string]*count
	// lengths are those of the prefixes, with how many have each: a row's key is
	// looked up once for each length.
	lengths map[int]int
}

// count is one that is known, or one that is being made and gathers steps.
type count struct {
	table, prefix string
	known         bool
	rows          int64
	steps         []step
}

type step struct {
	commit int64
	rows   int64
}

// rowChange is a row that a batch adds to a table (+1) or takes away (-1).
type rowChange struct {
	table string
	key   string
	rows  int64
}

func newCounts() *counts { return &counts{byTable: map[string]*tableCounts{}} }

// get returns a count that is known.
func (c *counts) get(table string, prefix []byte) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t := c.byTable[table]; t != nil {
		if one := t.byPrefix[string(prefix)]; one != nil && one.known {
			return one.rows, true
		}
	}
	return 0, false
}

// begin has steps gathered for a count that is about to be made; nil when another
// caller makes it already.
func (c *counts) begin(table string, prefix []byte) *count {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.byTable[table]
	if t == nil {
		t = &tableCounts{byPrefix: map[string]*count{}, lengths: map[int]int{}}
		c.byTable[table] = t
	}
	if t.byPrefix[string(prefix)] != nil {
		return nil
	}
	if c.size >= maxCounts {
		c.evict()
	}
	one := &count{table: table, prefix: string(prefix)}
	t.byPrefix[one.prefix] = one
	t.lengths[len(prefix)]++
	c.size++
	return one
}

// finish makes the count known: the rows as they were at a commit, and the steps after it.
func (c *counts) finish(one *count, rows, commit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range one.steps {
		if s.commit > commit {
			rows += s.rows
		}
	}
	one.known, one.rows, one.steps = true, rows, nil
}

// abandon forgets a count that could not be made.
func (c *counts) abandon(one *count) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(one)
}

func (c *counts) remove(one *count) {
	t := c.byTable[one.table]
	if t == nil || t.byPrefix[one.prefix] != one {
		return
	}
	delete(t.byPrefix, one.prefix)
	if t.lengths[len(one.prefix)]--; t.lengths[len(one.prefix)] == 0 {
		delete(t.lengths, len(one.prefix))
	}
	c.size--
}

// evict forgets some known counts, whichever come first.
func (c *counts) evict() {
	for _, t := range c.byTable {
		for _, one := range t.byPrefix {
			if one.known {
				c.remove(one)
			}
			if c.size <= maxCounts*3/4 {
				return
			}
		}
	}
}

// follow is told what a commit has changed.
func (c *counts) follow(changes []rowChange, commit int64) {
	if len(changes) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, change := range changes {
		t := c.byTable[change.table]
		if t == nil {
			continue
		}
		for length := range t.lengths {
			if length > len(change.key) {
				continue
			}
			one := t.byPrefix[change.key[:length]]
			switch {
			case one == nil:
			case one.known:
				one.rows += change.rows
			default:
				one.steps = append(one.steps, step{commit, change.rows})
			}
		}
	}
}

// clear forgets everything, when tables were dropped or built.
func (c *counts) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byTable, c.size = map[string]*tableCounts{}, 0
}
