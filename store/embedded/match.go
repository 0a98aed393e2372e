package embedded

import "kezhi/store"

// matches tells whether a document satisfies all the conditions.
func matches(conditions []store.Condition, document []byte) bool {
	for i := range conditions {
		if !matchesOne(&conditions[i], document) {
			return false
		}
	}
	return true
}

func matchesOne(c *store.Condition, document []byte) bool {
	switch c.Operator {
	case store.Or:
		for i := range c.Branches {
			if matches(c.Branches[i].Conditions, document) {
				return true
			}
		}
		return false
	case store.Ne, store.Nin:
		return !reaches(document, c.Parts, throughArrays, func(v value) bool { return !test(c, v) })
	case store.Exists:
		return c.Wanted == reaches(document, c.Parts, wholeArrays, func(v value) bool { return !isMissing(v) })
	case store.Not:
		for i := range c.Within {
			if !matchesOne(&c.Within[i], document) {
				return true
			}
		}
		return false
	case store.ElemMatch:
		return reaches(document, c.Parts, wholeArrays, func(v value) bool { return test(c, v) })
	default:
		return reaches(document, c.Parts, throughArrays, func(v value) bool { return test(c, v) })
	}
}

// test applies a condition to one value, as it is: arrays are not looked into.
func test(c *store.Condition, v value) bool {
	switch c.Operator {
	case store.Eq:
		return equal(v, c.Value)
	case store.Ne:
		return !equal(v, c.Value)
	case store.Gt:
		return sameKind(v, c.Value) && compare(v, c.Value) > 0
	case store.Gte:
		return sameKind(v, c.Value) && compare(v, c.Value) >= 0
	case store.Lt:
		return sameKind(v, c.Value) && compare(v, c.Value) < 0
	case store.Lte:
		return sameKind(v, c.Value) && compare(v, c.Value) <= 0
	case store.In, store.Nin:
		for i := range c.Values {
			if equal(v, c.Values[i]) {
				return c.Operator == store.In
			}
		}
		return c.Operator == store.Nin
	case store.Exists:
		return c.Wanted != isMissing(v)
	case store.Not:
		for i := range c.Within {
			if !test(&c.Within[i], v) {
				return true
			}
		}
		return false
	case store.ElemMatch:
		if !isArray(v) {
			return false
		}
		for item := range items(v) {
			if matchesElement(c.Within, c.OnElements, item) {
				return true
			}
		}
		return false
	case store.Or: // is never on a value
	}
	return false
}

// matchesElement tests one element of an array: itself, or its fields.
func matchesElement(conditions []store.Condition, itself bool, element value) bool {
	if !itself {
		return (isDocument(element) || isArray(element)) && matches(conditions, element.Value)
	}
	for i := range conditions {
		if !test(&conditions[i], element) {
			return false
		}
	}
	return true
}

// sameKind says that ranges stay inside one kind: no string is greater than a number.
func sameKind(a, b value) bool { return !isMissing(a) && kindOf(a) == kindOf(b) }

// leaf says what to do with an array at the end of a path.
type leaf bool

const (
	throughArrays leaf = true  // hand over each element, and then the array
	wholeArrays   leaf = false // hand over the array alone
)

// reaches hands over the values that a path reaches in a document, arrays on the way
// looked into element by element, until one satisfies the test. Where the path ends
// early in a document the value is missing; an array's elements that are not documents
// reach nothing.
func reaches(document []byte, parts []string, atLeaf leaf, satisfies func(value) bool) bool {
	v := field(document, parts[0])
	for len(parts) > 1 && isDocument(v) {
		parts = parts[1:]
		v = field(v.Value, parts[0])
	}
	rest := parts[1:]
	if !isArray(v) {
		if len(rest) > 0 {
			v = missing
		}
		return satisfies(v)
	}
	if len(rest) == 0 {
		if atLeaf == throughArrays {
			for item := range items(v) {
				if satisfies(item) {
					return true
				}
			}
		}
		return satisfies(v)
	}
	return reachesInto(v, rest, atLeaf, satisfies)
}

// reachesInto follows a path into the elements of an array. A part that is a number
// also names an element.
func reachesInto(array value, rest []string, atLeaf leaf, satisfies func(value) bool) bool {
	for name, item := range elements(array.Value) {
		if isDocument(item) && reaches(item.Value, rest, atLeaf, satisfies) {
			return true
		}
		if string(name) != rest[0] {
			continue
		}
		switch {
		case len(rest) == 1:
			if satisfies(item) {
				return true
			}
		case isDocument(item) || isArray(item):
			if reaches(item.Value, rest[1:], atLeaf, satisfies) {
				return true
			}
		}
	}
	return false
}
