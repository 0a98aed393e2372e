package embedded

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// maxPadding is how many nulls setting an array's element may put before it.
const maxPadding = 10_000

// apply returns the document after the changes; the document itself stays as it is.
// It makes one pass: what no change touches is copied as bytes. The changes are
// sorted by path, as store.ParseUpdate leaves them. It returns store.ErrUnsupported
// for a change that does not fit the value that it meets ($inc of a string).
func apply(document []byte, changes []store.Change, inserting bool) (bson.Raw, error) {
	e := editor{inserting: inserting}
	out := make([]byte, 0, len(document)+256)
	return e.editFields(out, document, changes, 0)
}

// emptyDocument is what an upsert and a new path begin with.
var emptyDocument = []byte{5, 0, 0, 0, 0}

type editor struct{ inserting bool }

// editFields appends the document with the changes made, which share their path down to depth.
func (e editor) editFields(out, document []byte, changes []store.Change, depth int) ([]byte, error) {
	start := len(out)
	out = append(out, 0, 0, 0, 0)
	left := newPending(changes, depth)
	rest := document[4:]
	for rest[0] != 0 {
		name, v, size := readElement(rest)
		group := left.take(name)
		if group == nil {
			out = append(out, rest[:size]...)
		} else {
			var err error
			if out, err = e.editValue(out, string(name), v, group, depth); err != nil {
				return nil, err
			}
		}
		rest = rest[size:]
	}
	for group := range left.rest {
		var err error
		if out, err = e.editValue(out, group[0].Parts[depth], missing, group, depth); err != nil {
			return nil, err
		}
	}
	return closeDocument(out, start), nil
}

func closeDocument(out []byte, start int) []byte {
	out = append(out, 0)
	binary.LittleEndian.PutUint32(out[start:], uint32(len(out)-start))
	return out
}

// pending are the changes of one document, grouped by the field they go through,
// until each is made.
type pending struct {
	groups [][]store.Change
	depth  int
	left   int
}

func newPending(changes []store.Change, depth int) *pending {
	p := &pending{depth: depth}
	for start := 0; start < len(changes); {
		end := start + 1
		for end < len(changes) && changes[end].Parts[depth] == changes[start].Parts[depth] {
			end++
		}
		p.groups = append(p.groups, changes[start:end])
		start = end
	}
	p.left = len(p.groups)
	return p
}

// take returns the changes that go through the field, once.
func (p *pending) take(name []byte) []store.Change {
	if p.left == 0 {
		return nil
	}
	for i, group := range p.groups {
		if group != nil && group[0].Parts[p.depth] == string(name) {
			p.groups[i] = nil
			p.left--
			return group
		}
	}
	return nil
}

// rest yields the changes that met no field, in their order.
func (p *pending) rest(yield func([]store.Change) bool) {
	for _, group := range p.groups {
		if group != nil && !yield(group) {
			return
		}
	}
}

// editValue appends the field with the changes made: one that ends here, or several that go on.
func (e editor) editValue(out []byte, name string, old value, changes []store.Change, depth int) ([]byte, error) {
	if len(changes[0].Parts) == depth+1 {
		return e.change(out, name, old, &changes[0])
	}
	switch {
	case isDocument(old):
		return e.editFields(appendHeader(out, bson.TypeEmbeddedDocument, name), old.Value, changes, depth+1)
	case isArray(old):
		return e.editItems(appendHeader(out, bson.TypeArray, name), old, changes, depth+1)
	case !e.anyCreates(changes):
		return appendElement(out, name, old), nil
	case isMissing(old):
		return e.editFields(appendHeader(out, bson.TypeEmbeddedDocument, name), emptyDocument, changes, depth+1)
	}
	return nil, unfit(&changes[0], "goes through a value of type "+old.Type.String())
}

// editItems is editFields for an array, whose fields are its elements' numbers.
func (e editor) editItems(out []byte, array value, changes []store.Change, depth int) ([]byte, error) {
	start := len(out)
	out = append(out, 0, 0, 0, 0)
	left := newPending(changes, depth)
	count := 0
	for name, item := range elements(array.Value) {
		count++
		group := left.take(name)
		if group == nil {
			out = appendElement(out, string(name), item)
			continue
		}
		var err error
		if out, err = e.editItem(out, string(name), item, group, depth); err != nil {
			return nil, err
		}
	}
	for group := range left.rest {
		if !e.anyCreates(group) {
			continue
		}
		number, err := strconv.ParseUint(group[0].Parts[depth], 10, 31)
		if err != nil || strconv.FormatUint(number, 10) != group[0].Parts[depth] || int(number) > count+maxPadding {
			return nil, unfit(&group[0], "goes through an array")
		}
		for ; count < int(number); count++ {
			out = appendElement(out, strconv.Itoa(count), value{Type: bson.TypeNull})
		}
		count++
		if out, err = e.editItem(out, group[0].Parts[depth], missing, group, depth); err != nil {
			return nil, err
		}
	}
	return closeDocument(out, start), nil
}

// editItem is editValue for an element, which cannot go away: unset, it is null.
func (e editor) editItem(out []byte, name string, old value, changes []store.Change, depth int) ([]byte, error) {
	if changes[0].Operator == store.Unset && len(changes[0].Parts) == depth+1 {
		return appendElement(out, name, value{Type: bson.TypeNull}), nil
	}
	return e.editValue(out, name, old, changes, depth)
}

// anyCreates tells whether one of the changes makes the path that it does not find.
func (e editor) anyCreates(changes []store.Change) bool {
	for i := range changes {
		switch changes[i].Operator {
		case store.Unset, store.Pull:
		case store.SetOnInsert:
			if e.inserting {
				return true
			}
		default:
			return true
		}
	}
	return false
}

// change appends the field as one change leaves it; nothing when it is unset.
func (e editor) change(out []byte, name string, old value, c *store.Change) ([]byte, error) {
	switch c.Operator {
	case store.Set:
		return appendElement(out, name, c.Value), nil
	case store.SetOnInsert:
		if e.inserting {
			return appendElement(out, name, c.Value), nil
		}
		return appendElement(out, name, old), nil
	case store.Unset:
		return out, nil
	case store.Inc:
		sum, err := add(old, c)
		if err != nil {
			return nil, err
		}
		return appendElement(out, name, sum), nil
	case store.Push, store.AddToSet:
		if isMissing(old) {
			old = value{Type: bson.TypeArray, Value: emptyDocument}
		}
	case store.Pull:
		if isMissing(old) {
			return out, nil
		}
	}
	if !isArray(old) {
		return nil, unfit(c, "is on a value of type "+old.Type.String())
	}
	return changeArray(appendHeader(out, bson.TypeArray, name), old, c), nil
}

func changeArray(out []byte, array value, c *store.Change) []byte {
	if c.Operator == store.Pull {
		return pull(out, array, c)
	}
	added := c.Values
	if c.Operator == store.AddToSet {
		added = missingFrom(array, added)
	}
	return appendItems(out, array, added)
}

// appendItems appends an array with more items at its end.
func appendItems(out []byte, array value, added []value) []byte {
	start := len(out)
	out = append(out, array.Value[:len(array.Value)-1]...)
	count := 0
	if len(added) > 0 {
		for range items(array) {
			count++
		}
	}
	for _, item := range added {
		out = appendElement(out, strconv.Itoa(count), item)
		count++
	}
	return closeDocument(out, start)
}

// missingFrom returns the values that the array does not hold yet, each once.
func missingFrom(array value, wanted []value) []value {
	var added []value
	for _, candidate := range wanted {
		if !arrayHolds(array, candidate) && !contains(added, candidate) {
			added = append(added, candidate)
		}
	}
	return added
}

func arrayHolds(array, wanted value) bool {
	for item := range items(array) {
		if equal(item, wanted) {
			return true
		}
	}
	return false
}

func contains(values []value, wanted value) bool {
	for _, v := range values {
		if equal(v, wanted) {
			return true
		}
	}
	return false
}

func pull(out []byte, array value, c *store.Change) []byte {
	start := len(out)
	out = append(out, 0, 0, 0, 0)
	count := 0
	for item := range items(array) {
		if pulled(item, c) {
			continue
		}
		out = appendElement(out, strconv.Itoa(count), item)
		count++
	}
	return closeDocument(out, start)
}

func pulled(item value, c *store.Change) bool {
	switch {
	case c.Pulled == nil && !isDocument(c.Value):
		return equal(item, c.Value)
	case c.OnElements:
		return matchesItself(c.Pulled, item)
	default:
		return isDocument(item) && matches(c.Pulled, item.Value)
	}
}

// matchesItself tests conditions on a value that stands alone, as if it were a field:
// an array among the elements is looked into.
func matchesItself(conditions []store.Condition, item value) bool {
	if !isArray(item) {
		return matchesElement(conditions, true, item)
	}
	wrapped := closeDocument(appendElement([]byte{0, 0, 0, 0}, "v", item), 0)
	named := make([]store.Condition, len(conditions))
	for i, c := range conditions {
		named[i] = nameCondition(c)
	}
	return matches(named, wrapped)
}

func nameCondition(c store.Condition) store.Condition {
	c.Parts = []string{"v"}
	if c.Operator == store.Not {
		within := make([]store.Condition, len(c.Within))
		for i := range c.Within {
			within[i] = nameCondition(c.Within[i])
		}
		c.Within = within
	}
	return c
}

// add is what $inc makes of a value: an int32 grows into an int64, and any integer
// into a double when one is involved; an int64 does not overflow.
func add(old value, c *store.Change) (value, error) {
	switch {
	case isMissing(old):
		return c.Value, nil
	case !isNumber(old):
		return missing, unfit(c, "is on a value of type "+old.Type.String())
	case old.Type == bson.TypeDouble || c.Value.Type == bson.TypeDouble:
		sum := floatOf(old) + floatOf(c.Value)
		if math.IsNaN(sum) {
			return missing, unfit(c, "gives no number")
		}
		return value{Type: bson.TypeDouble, Value: binary.LittleEndian.AppendUint64(nil, math.Float64bits(sum))}, nil
	}
	a, b := intOf(old), intOf(c.Value)
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return missing, unfit(c, "overflows")
	}
	if old.Type == bson.TypeInt32 && c.Value.Type == bson.TypeInt32 && sum == int64(int32(sum)) {
		return int32Value(int32(sum)), nil
	}
	return int64Value(sum), nil
}

func appendHeader(out []byte, kind bson.Type, name string) []byte {
	out = append(out, byte(kind))
	out = append(out, name...)
	return append(out, 0)
}

func appendElement(out []byte, name string, v value) []byte {
	if isMissing(v) {
		return out
	}
	return append(appendHeader(out, v.Type, name), v.Value...)
}

func unfit(c *store.Change, why string) error {
	return fmt.Errorf("%w: %s of %q %s", store.ErrUnsupported, c.Operator, strings.Join(c.Parts, "."), why)
}

// newDocument is what an upsert inserts: the _id and the filter's other equalities,
// then the update's changes.
func newDocument(filter store.Filter, update store.Update) (bson.Raw, error) {
	var equalities []store.Change
	base := []byte{0, 0, 0, 0}
	for _, c := range equalitiesOf(filter.Conditions) {
		if c.Path == "_id" {
			base = closeDocument(appendElement(base[:4], "_id", c.Value), 0)
			continue
		}
		equalities = append(equalities, store.Change{Parts: c.Parts, Operator: store.Set, Value: c.Value})
	}
	if err := store.SortChanges(equalities); err != nil {
		return nil, err
	}
	base, err := apply(base, equalities, true)
	if err != nil {
		return nil, err
	}
	return apply(base, update.Changes, true)
}

// equalitiesOf returns the conditions that say what a field is; an $or of one branch
// says so, too.
func equalitiesOf(conditions []store.Condition) []store.Condition {
	var found []store.Condition
	for _, c := range conditions {
		switch {
		case c.Operator == store.Eq:
			found = append(found, c)
		case c.Operator == store.In && len(c.Values) == 1:
			c.Value = c.Values[0]
			found = append(found, c)
		case c.Operator == store.Or && len(c.Branches) == 1:
			found = append(found, equalitiesOf(c.Branches[0].Conditions)...)
		}
	}
	return found
}
