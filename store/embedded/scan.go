package embedded

import (
	"bytes"
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// stretch is a run of an index, from lo up to but without hi; a page of it is read
// from..to. The part of a key before prefix is the same in all its rows, and no part
// of the sort.
type stretch struct {
	lo, hi   []byte
	from, to []byte
	prefix   int
	whole    bool // all that begins with lo
}

// beyond is greater than every key: keys begin with a kind, or are text.
var beyond = []byte{0xFF, 0xFF}

// row is a document that a scan came by. The body is only there during the visit.
type row struct {
	n    int64
	body []byte
}

// scan is one reading of an index along a plan.
type scan struct {
	of        *collection
	index     *index
	plan      store.Plan
	stretches []stretch
	// repeats says that a document may have several rows in the stretches.
	repeats bool
}

func newScan(of *collection, i *index, plan store.Plan, after []value) *scan {
	s := &scan{of: of, index: i, plan: plan}
	if i == of.primary {
		s.stretches = primaryStretches(plan)
	} else {
		s.stretches = i.stretches(plan)
	}
	for key := range i.keys.parts {
		fixed := key < len(plan.Points) && len(plan.Points[key]) == 1
		if i.multikey(key) && !fixed {
			s.repeats = true
		}
	}
	for at := range s.stretches {
		s.stretches[at].from, s.stretches[at].to = s.stretches[at].lo, s.stretches[at].hi
	}
	if after != nil {
		s.begin(after)
	}
	return s
}

// stretches are the product of the plan's points, each narrowed by its range.
func (i *index) stretches(plan store.Plan) []stretch {
	found := []stretch{{lo: []byte{}}}
	for key, points := range plan.Points {
		var next []stretch
		for _, s := range found {
			for _, point := range points {
				lo, ok := i.appendBound(bytes.Clone(s.lo), key, point)
				if !ok {
					continue // no _id has another type
				}
				prefix := s.prefix
				if key < plan.SortFrom {
					prefix = len(lo)
				}
				next = append(next, stretch{lo: lo, prefix: prefix})
			}
		}
		found = next
	}
	found = withoutDoubles(found)
	for at := range found {
		i.narrow(&found[at], plan)
	}
	return found
}

// withoutDoubles drops stretches that $in named twice ({$in: [1, 1.0]}).
func withoutDoubles(found []stretch) []stretch {
	if len(found) < 2 {
		return found
	}
	seen := map[string]bool{}
	kept := found[:0]
	for _, s := range found {
		if !seen[string(s.lo)] {
			seen[string(s.lo)] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// appendBound appends the key of a point or of a bound. It reports false for an _id
// that is no string.
func (i *index) appendBound(e []byte, key int, v value) ([]byte, bool) {
	if key < len(i.keys.parts) {
		return i.keys.appendField(e, key, v), true
	}
	if v.Type != bson.TypeString {
		return nil, false
	}
	return i.keys.appendID(e, string(contents(v))), true
}

// narrow sets both ends of a stretch that so far has the points alone.
func (i *index) narrow(s *stretch, plan store.Plan) {
	points := s.lo
	s.hi = successor(points)
	key := len(plan.Points)
	lower, upper := plan.Lower, plan.Upper
	if lower == nil && upper == nil {
		s.whole = true
		return
	}
	if key < len(i.keys.parts) {
		var kind byte
		if lower != nil {
			kind = kindOf(lower.Value)
		} else {
			kind = kindOf(upper.Value)
		}
		if i.keys.descend[key] {
			lower, upper, kind = upper, lower, ^kind
		}
		s.lo = append(bytes.Clone(points), kind)
		s.hi = append(bytes.Clone(points), kind+1)
	} else if i.keys.idDescends {
		lower, upper = upper, lower
	}
	if lower != nil {
		at, ok := i.appendBound(bytes.Clone(points), key, lower.Value)
		switch {
		case !ok:
			s.lo = s.hi
		case lower.Inclusive:
			s.lo = at
		default:
			s.lo = successor(at)
		}
	}
	if upper != nil {
		at, ok := i.appendBound(bytes.Clone(points), key, upper.Value)
		switch {
		case !ok:
			s.hi = s.lo
		case upper.Inclusive:
			s.hi = successor(at)
		default:
			s.hi = at
		}
	}
}

// successor is the least key greater than all that begin with this one.
func successor(key []byte) []byte {
	for end := len(key); end > 0; end-- {
		if key[end-1] != 0xFF {
			next := bytes.Clone(key[:end])
			next[end-1]++
			return next
		}
	}
	return beyond
}

// primaryStretches are those of the index on _id, whose keys are the plain strings.
func primaryStretches(plan store.Plan) []stretch {
	text := func(v value) ([]byte, bool) {
		if v.Type != bson.TypeString {
			return nil, false
		}
		return bytes.Clone(contents(v)), true
	}
	if len(plan.Points) == 1 {
		var found []stretch
		for _, point := range plan.Points[0] {
			if id, ok := text(point); ok {
				found = append(found, stretch{lo: id, hi: append(bytes.Clone(id), 0)})
			}
		}
		return withoutDoubles(found)
	}
	s := stretch{lo: []byte{}, hi: beyond, whole: plan.Lower == nil && plan.Upper == nil}
	if plan.Lower != nil {
		id, ok := text(plan.Lower.Value)
		if !ok {
			return nil
		}
		if !plan.Lower.Inclusive {
			id = append(id, 0)
		}
		s.lo = id
	}
	if plan.Upper != nil {
		id, ok := text(plan.Upper.Value)
		if !ok {
			return nil
		}
		if plan.Upper.Inclusive {
			id = append(id, 0)
		}
		s.hi = id
	}
	return []stretch{s}
}

// begin moves the stretches' near ends behind the row that a page begins after.
func (s *scan) begin(after []value) {
	var tail []byte
	id := string(contents(after[len(after)-1]))
	if s.index == s.of.primary {
		tail = []byte(id)
	} else {
		for at, v := range after[:len(after)-1] {
			tail = s.index.keys.appendField(tail, s.plan.SortFrom+at, v)
		}
		tail = s.index.keys.appendID(tail, id)
	}
	for i := range s.stretches {
		one := &s.stretches[i]
		at := append(bytes.Clone(one.lo[:one.prefix]), tail...)
		if s.plan.Reverse {
			if bytes.Compare(at, one.to) < 0 {
				one.to = at
			}
		} else if at = append(at, 0); bytes.Compare(at, one.from) > 0 {
			one.from = at
		}
	}
}

// table holds the rows that the scan reads.
func (s *scan) table() string {
	if s.index == s.of.primary {
		return s.of.table
	}
	return s.index.table
}

func (s *scan) sql() string {
	order := ""
	if s.plan.Reverse {
		order = " DESC"
	}
	if s.index == s.of.primary {
		return `SELECT id, n, body FROM ` + s.of.table + ` WHERE id >= ? AND id < ? ORDER BY id` + order
	}
	return `SELECT i.key, d.n, d.body FROM ` + s.index.table + ` i CROSS JOIN ` + s.of.table +
		` d ON d.n = i.n WHERE i.key >= ? AND i.key < ? ORDER BY i.key` + order
}

// each visits the documents that satisfy the plan, each once and in the order of its
// sort, until the visit returns false.
func (s *scan) each(ctx context.Context, c *conn, visit func(row) (bool, error)) error {
	if !s.plan.Sorted || len(s.stretches) < 2 {
		return s.eachInTurn(ctx, c, visit)
	}
	return s.eachMerged(ctx, c, visit)
}

// eachInTurn reads one stretch after the other.
func (s *scan) eachInTurn(ctx context.Context, c *conn, visit func(row) (bool, error)) error {
	statement, err := c.take(s.sql())
	if err != nil {
		return err
	}
	defer c.give(statement)
	steps := 0
	for at := range s.stretches {
		if err := s.bind(statement, at); err != nil {
			return err
		}
		for {
			if steps++; steps%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			found, err := statement.step()
			if err != nil {
				return err
			}
			if !found {
				break
			}
			if more, err := s.offer(statement, at, visit); err != nil || !more {
				return err
			}
		}
		statement.reset()
	}
	return nil
}

func (s *scan) bind(statement *stmt, at int) error {
	if s.index == s.of.primary {
		return statement.bind(string(s.stretches[at].from), string(s.stretches[at].to))
	}
	return statement.bind(s.stretches[at].from, s.stretches[at].to)
}

// eachMerged reads all the stretches side by side, always going on with the one whose
// next row comes first in the sort.
func (s *scan) eachMerged(ctx context.Context, c *conn, visit func(row) (bool, error)) error {
	heads := make([]*stmt, 0, len(s.stretches))
	at := make([]int, 0, len(s.stretches))
	defer func() {
		for _, head := range heads {
			c.give(head)
		}
	}()
	for i := range s.stretches {
		statement, err := c.take(s.sql())
		if err != nil {
			return err
		}
		heads = append(heads, statement)
		if err := s.bind(statement, i); err != nil {
			return err
		}
		found, err := statement.step()
		if err != nil {
			return err
		}
		if !found {
			heads = heads[:len(heads)-1]
			c.give(statement)
			continue
		}
		at = append(at, i)
	}
	for len(heads) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		first := 0
		for i := range heads {
			if s.before(heads[i].view(0), at[i], heads[first].view(0), at[first]) {
				first = i
			}
		}
		if more, err := s.offer(heads[first], at[first], visit); err != nil || !more {
			return err
		}
		found, err := heads[first].step()
		if err != nil {
			return err
		}
		if !found {
			c.give(heads[first])
			heads = append(heads[:first], heads[first+1:]...)
			at = append(at[:first], at[first+1:]...)
		}
	}
	return nil
}

// before tells whether a row of one stretch comes before a row of another.
func (s *scan) before(key []byte, at int, other []byte, otherAt int) bool {
	if !s.plan.Sorted && at != otherAt {
		return at < otherAt
	}
	order := bytes.Compare(key[s.stretches[at].prefix:], other[s.stretches[otherAt].prefix:])
	if s.plan.Reverse {
		order = -order
	}
	return order < 0 || order == 0 && at < otherAt
}

// offer hands the row over if its document satisfies the plan, and if no other row of
// the same document comes before it.
func (s *scan) offer(statement *stmt, at int, visit func(row) (bool, error)) (bool, error) {
	r := row{n: statement.int(1), body: statement.view(2)}
	if !matches(s.plan.Residual, r.body) {
		return true, nil
	}
	if s.repeats && !s.isFirst(statement.view(0), at, r.body) {
		return true, nil
	}
	return visit(r)
}

// isFirst tells whether this row is the first of its document's in the scan. It
// looks at the document alone, so that it holds over pages, too.
func (s *scan) isFirst(key []byte, at int, body []byte) bool {
	found, _, err := s.index.keys.entries(body)
	if err != nil || len(found) < 2 {
		return true
	}
	id := string(contents(field(body, "_id")))
	for _, e := range found {
		other := s.index.keys.row(e, id)
		for i := range s.stretches {
			if s.covers(i, other) && s.before(other, i, key, at) {
				return false
			}
		}
	}
	return true
}

// covers tells whether a stretch has the key, on this page or another.
func (s *scan) covers(at int, key []byte) bool {
	one := s.stretches[at]
	return bytes.Compare(key, one.lo) >= 0 && bytes.Compare(key, one.hi) < 0
}
