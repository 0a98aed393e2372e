package store

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// PrimaryIndex is the name of the index on _id that every collection has.
const PrimaryIndex = "_id_"

// maxScans bounds how many stretches of an index one query reads ($in times $in).
// MongoDB stops serving a sort from the index at 200 as well.
const maxScans = 200

// Plan tells how an index serves a filter and a sort: a product of points on its
// leading keys, then at most one range on the key after them.
//
// Both engines plan with it. The embedded one reads along the plan; for MongoDB
// it decides which queries are ErrUnsupported, so that a query that would sort in
// memory there fails on a laptop too.
type Plan struct {
	Index Index
	// Points are the values that the leading keys take: one for an equality, several for $in.
	Points [][]bson.RawValue
	// Range limits the key after the points; its bounds are nil where open.
	Lower, Upper *Bound
	// SortFrom is the key of the index from which on its order is the sort's.
	SortFrom int
	// Sorted says that the rows come in the order of the sort, and not just in any.
	Sorted bool
	// Reverse says that the sort runs against the index.
	Reverse bool
	// Residual are the conditions that the points and the range do not prove.
	Residual []Condition
}

// Bound is one end of a range.
type Bound struct {
	Value     bson.RawValue
	Inclusive bool
}

// Multikey tells what an engine knows about arrays under the key of an index
// (by the key's position); such a key proves less.
type Multikey func(key int) bool

// SingleValued is what a planner assumes that knows nothing about arrays.
func SingleValued(int) bool { return false }

// PlanQuery plans the filter and the sort of a query. A nil sort asks for no order.
// It returns ErrUnsupported when the index cannot serve the sort, or when it is
// sparse and the filter may match documents that the index leaves out.
func PlanQuery(index Index, multikey Multikey, filter Filter, sort bson.D) (Plan, error) {
	plan := Plan{Index: index}
	proven := make([]bool, len(filter.Conditions))

	// Points on the leading keys, then a range.
	scans := 1
	for len(plan.Points) < len(index.Keys) {
		key := len(plan.Points)
		if !plan.bindable(key, multikey) {
			break
		}
		at, points := findPoints(filter.Conditions, index.Keys[key].Key)
		if at < 0 || scans*len(points) > maxScans {
			break
		}
		scans *= max(len(points), 1)
		proven[at] = provesItself(filter.Conditions[at])
		plan.Points = append(plan.Points, points)
	}
	if key := len(plan.Points); key < len(index.Keys) && plan.bindable(key, multikey) {
		plan.findRange(filter.Conditions, proven, multikey)
	}
	for i, condition := range filter.Conditions {
		if !proven[i] {
			plan.Residual = append(plan.Residual, condition)
		}
	}
	if index.Sparse && !requiresPresence(filter.Conditions, index.Keys[0].Key) {
		return plan, unsupported("the sparse index %s for a filter that does not ask for %s", index.Name, index.Keys[0].Key)
	}
	return plan, plan.serveSort(sort, multikey)
}

// bindable tells whether a bound on the key may be combined with those on the keys
// before it. Two paths through one array may be matched by different elements of it,
// while an entry of the index holds one element.
func (p *Plan) bindable(key int, multikey Multikey) bool {
	if !multikey(key) {
		return true
	}
	root := rootOf(p.Index.Keys[key].Key)
	for earlier := range key {
		if multikey(earlier) && rootOf(p.Index.Keys[earlier].Key) == root {
			return false
		}
	}
	return true
}

func rootOf(path string) string {
	for i := range len(path) {
		if path[i] == '.' {
			return path[:i]
		}
	}
	return path
}

// findPoints returns the position of the condition that pins the path to values, or -1.
func findPoints(conditions []Condition, path string) (int, []bson.RawValue) {
	best, points := -1, []bson.RawValue(nil)
	for i, condition := range conditions {
		if condition.Path != path {
			continue
		}
		var values []bson.RawValue
		switch condition.Operator {
		case Eq:
			values = []bson.RawValue{condition.Value}
		case In:
			values = condition.Values
		default:
			continue
		}
		// An array is equal as a whole, and the index holds its elements.
		if slices.ContainsFunc(values, isArray) {
			continue
		}
		if best < 0 || len(values) < len(points) {
			best, points = i, values
		}
	}
	return best, points
}

func isArray(value bson.RawValue) bool { return value.Type == bson.TypeArray }

// provesItself tells whether standing at its point in the index proves a condition.
// Null does not: an entry says null for missing, too.
func provesItself(condition Condition) bool {
	if condition.Operator == Eq {
		return condition.Value.Type != bson.TypeNull
	}
	return !slices.ContainsFunc(condition.Values, func(v bson.RawValue) bool { return v.Type == bson.TypeNull })
}

// findRange takes the bounds on the key after the points from the conditions. One
// array may satisfy two bounds with two elements, so there only the first counts.
func (p *Plan) findRange(conditions []Condition, proven []bool, multikey Multikey) {
	key := len(p.Points)
	for i, condition := range conditions {
		if condition.Path != p.Index.Keys[key].Key {
			continue
		}
		bound := &Bound{Value: condition.Value, Inclusive: condition.Operator == Gte || condition.Operator == Lte}
		switch {
		case multikey(key) && (p.Lower != nil || p.Upper != nil):
			return
		case (condition.Operator == Gt || condition.Operator == Gte) && p.Lower == nil && p.sameKind(bound):
			p.Lower, proven[i] = bound, true
		case (condition.Operator == Lt || condition.Operator == Lte) && p.Upper == nil && p.sameKind(bound):
			p.Upper, proven[i] = bound, true
		}
	}
}

// sameKind tells whether the bound can stand beside the one there is: both on
// numbers, or both on one type. Otherwise the filter matches nothing, or arrays alone.
func (p *Plan) sameKind(bound *Bound) bool {
	for _, other := range []*Bound{p.Lower, p.Upper} {
		if other != nil && other.Value.Type != bound.Value.Type && (!isNumber(other.Value) || !isNumber(bound.Value)) {
			return false
		}
	}
	return true
}

func isNumber(value bson.RawValue) bool {
	return value.Type == bson.TypeInt32 || value.Type == bson.TypeInt64 || value.Type == bson.TypeDouble
}

// requiresPresence tells whether every document that satisfies the conditions has the field.
func requiresPresence(conditions []Condition, path string) bool {
	return slices.ContainsFunc(conditions, func(c Condition) bool {
		if c.Path != path {
			return false
		}
		switch c.Operator {
		case Gt, Gte, Lt, Lte, ElemMatch:
			return true
		case Eq, In:
			return provesItself(c)
		case Ne:
			return c.Value.Type == bson.TypeNull
		case Exists:
			return c.Wanted
		default:
			return false
		}
	})
}

// FullSort is the sort of a query with _id as its last key, in the direction of the
// key before it.
func FullSort(sort bson.D) bson.D {
	if len(sort) == 0 {
		return bson.D{{Key: "_id", Value: 1}}
	}
	last := sort[len(sort)-1]
	if last.Key == "_id" {
		return sort
	}
	return append(slices.Clip(sort), bson.E{Key: "_id", Value: last.Value})
}

// serveSort finds the stretch of the index's keys that is the sort.
func (p *Plan) serveSort(sort bson.D, multikey Multikey) error {
	p.SortFrom = len(p.Points)
	keys := physicalKeys(p.Index)
	if sort == nil {
		return nil
	}
	wanted := FullSort(sort)
	from := len(keys) - len(wanted)
	if from < 0 || from > len(p.Points) {
		return p.sortRefused(sort)
	}
	for i, field := range wanted {
		direction, err := Direction(field.Value)
		if err != nil {
			return err
		}
		key := keys[from+i]
		keyDirection, err := Direction(key.Value)
		if err != nil {
			return err
		}
		if i == 0 {
			p.Reverse = direction != keyDirection
		}
		if field.Key != key.Key || p.Reverse != (direction != keyDirection) {
			return p.sortRefused(sort)
		}
		if from+i < len(p.Index.Keys) && p.cutsArray(from+i, multikey) {
			return p.sortRefused(sort)
		}
	}
	p.SortFrom, p.Sorted = from, true
	return nil
}

// cutsArray tells whether the bounds leave only some elements of an array that the key
// is about. MongoDB sorts by the least or the greatest of all its elements.
func (p *Plan) cutsArray(key int, multikey Multikey) bool {
	if !multikey(key) {
		return false
	}
	bounded := len(p.Points)
	if p.Lower != nil || p.Upper != nil {
		bounded++
	}
	for other := range min(bounded, len(p.Index.Keys)) {
		if other == key || multikey(other) && rootOf(p.Index.Keys[other].Key) == rootOf(p.Index.Keys[key].Key) {
			return true
		}
	}
	return false
}

func (p *Plan) sortRefused(sort bson.D) error {
	return unsupported("the index %s does not serve the sort %v after equality on its first %d keys",
		p.Index.Name, sort, len(p.Points))
}

// physicalKeys are the keys of an index with _id as the last one, in the direction
// of the key before it.
func physicalKeys(index Index) bson.D { return FullSort(index.Keys) }

// Direction reads the 1 or -1 of a sort or of an index's key.
func Direction(value any) (int, error) {
	switch value {
	case 1, int32(1), int64(1), 1.0:
		return 1, nil
	case -1, int32(-1), int64(-1), -1.0:
		return -1, nil
	}
	return 0, unsupported("the direction %v", value)
}
