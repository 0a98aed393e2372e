package embedded

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// indexKeys is how an index makes its entries: each entry is the keys of the fields'
// values, one after the other, and then the document's _id.
type indexKeys struct {
	parts   [][]string
	descend []bool
	// idDescends is the direction of the _id: that of the last key.
	idDescends bool
	sparse     bool
}

func newIndexKeys(index store.Index) indexKeys {
	k := indexKeys{sparse: index.Sparse}
	for _, key := range index.Keys {
		direction, _ := store.Direction(key.Value) // checked when it was declared
		k.idDescends = direction < 0
		if key.Key == "_id" {
			continue
		}
		k.parts = append(k.parts, strings.Split(key.Key, "."))
		k.descend = append(k.descend, direction < 0)
	}
	return k
}

// entry is one line of an index: what it sorts by, without the _id.
type entry = []byte

// entries returns a document's entries in an index, sorted and without doubles, and
// which of the keys met an array. It returns store.ErrUnsupported when two keys meet
// different arrays: their product could be any size. MongoDB refuses those, too.
func (k *indexKeys) entries(document []byte) ([]entry, arrays, error) {
	if k.sparse && !reaches(document, k.parts[0], wholeArrays, func(v value) bool { return !isMissing(v) }) {
		return nil, 0, nil
	}
	e := expansion{keys: k}
	fixed := make([]value, len(k.parts), 8)
	open := make([][]string, len(k.parts), 8)
	copy(open, k.parts)
	if err := e.expand(document, fixed, open, ""); err != nil {
		return nil, 0, err
	}
	if len(e.out) > 1 {
		slices.SortFunc(e.out, bytes.Compare)
		e.out = slices.CompactFunc(e.out, bytes.Equal)
	}
	return e.out, e.arrays, nil
}

// sameIn tells that two versions of a document have the same entries, because the
// fields that the index reads are the same.
func (k *indexKeys) sameIn(before, after []byte) bool {
	for _, parts := range k.parts {
		a, b := field(before, parts[0]), field(after, parts[0])
		if a.Type != b.Type || !bytes.Equal(a.Value, b.Value) {
			return false
		}
	}
	return true
}

// arrays is a set of keys, by position.
type arrays uint64

func (a arrays) has(key int) bool { return a&(1<<key) != 0 }

type expansion struct {
	keys   *indexKeys
	out    []entry
	arrays arrays
}

// expand makes the entries of a document whose keys in open are still to be found;
// the others are in fixed.
func (e *expansion) expand(document []byte, fixed []value, open [][]string, path string) error {
	var array value
	arrayAt := ""
	var through arrays
	for i, parts := range open {
		if parts == nil {
			continue
		}
		v, at, rest := follow(document, parts)
		if !isArray(v) {
			fixed[i], open[i] = v, nil
			continue
		}
		if through != 0 && at != arrayAt {
			return fmt.Errorf("%w: the index would hold the product of the arrays %q and %q",
				store.ErrUnsupported, path+arrayAt, path+at)
		}
		array, arrayAt, through = v, at, through|1<<i
		open[i] = rest
	}
	e.arrays |= through
	switch {
	case through == 0:
		e.out = append(e.out, e.keys.entry(fixed))
		return nil
	case isEmpty(array):
		for i, rest := range open {
			if through.has(i) && len(rest) == 0 {
				fixed[i] = emptyArray
			} else if through.has(i) {
				fixed[i] = missing
			}
		}
		e.out = append(e.out, e.keys.entry(fixed))
		return nil
	}
	for item := range items(array) {
		fixed, open := slices.Clone(fixed), slices.Clone(open)
		inside := emptyDocument
		if isDocument(item) {
			inside = item.Value
		}
		for i, rest := range open {
			if through.has(i) && len(rest) == 0 {
				fixed[i], open[i] = item, nil
			}
		}
		if err := e.expand(inside, fixed, open, path+arrayAt+"."); err != nil {
			return err
		}
	}
	return nil
}

// emptyArray stands for an array without elements in an entry.
var emptyArray = value{Type: bson.Type(0xFE)}

// follow goes along a path until its end or an array; it tells where the array
// stands and what is left of the path.
func follow(document []byte, parts []string) (v value, at string, rest []string) {
	v = field(document, parts[0])
	depth := 1
	for ; depth < len(parts) && isDocument(v); depth++ {
		v = field(v.Value, parts[depth])
	}
	if isArray(v) {
		return v, strings.Join(parts[:depth], "."), parts[depth:]
	}
	if depth < len(parts) {
		v = missing
	}
	return v, "", nil
}

func (k *indexKeys) entry(values []value) entry {
	e := make(entry, 0, 64)
	for i, v := range values {
		e = k.appendField(e, i, v)
	}
	return e
}

// appendField appends the key of one field in the direction of the index.
func (k *indexKeys) appendField(e []byte, field int, v value) []byte {
	start := len(e)
	if v.Type == emptyArray.Type {
		e = append(e, kindEmptyArray)
	} else {
		e = appendKey(e, v)
	}
	if k.descend[field] {
		invert(e[start:])
	}
	return e
}

// appendID ends an entry with the _id of its document, which makes it the key of a row.
func (k *indexKeys) appendID(e []byte, id string) []byte {
	start := len(e)
	e = appendTextKey(e, []byte(id))
	if k.idDescends {
		invert(e[start:])
	}
	return e
}

// row returns the key of the row that an entry has for a document.
func (k *indexKeys) row(e entry, id string) []byte {
	return k.appendID(append(make([]byte, 0, len(e)+len(id)+2), e...), id)
}
