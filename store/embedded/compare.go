package embedded

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// compare orders two values as their keys are ordered.
func compare(a, b value) int {
	kind := kindOf(a)
	if other := kindOf(b); kind != other {
		return cmp.Compare(kind, other)
	}
	switch kind {
	case kindNull:
		return 0
	case kindNumber:
		return compareNumbers(a, b)
	case kindString:
		return bytes.Compare(contents(a), contents(b))
	case kindBinary:
		if order := cmp.Compare(len(a.Value), len(b.Value)); order != 0 {
			return order
		}
		return bytes.Compare(a.Value[4:], b.Value[4:])
	case kindDate:
		return cmp.Compare(intOf(a), intOf(b))
	case kindObjectID, kindBool:
		return bytes.Compare(a.Value, b.Value)
	default:
		if bytes.Equal(a.Value, b.Value) {
			return 0
		}
		return bytes.Compare(appendKey(nil, a), appendKey(nil, b))
	}
}

func compareNumbers(a, b value) int {
	switch {
	case a.Type != bson.TypeDouble && b.Type != bson.TypeDouble:
		return cmp.Compare(intOf(a), intOf(b))
	case a.Type == bson.TypeDouble && b.Type == bson.TypeDouble:
		return cmp.Compare(floatOf(a), floatOf(b))
	}
	var left, right [16]byte
	return bytes.Compare(appendNumberKey(left[:0], a), appendNumberKey(right[:0], b))
}

// equal tells whether two values are equal as MongoDB sees it: 1 is 1.0, missing is null.
func equal(a, b value) bool {
	if a.Type == b.Type && len(a.Value) != len(b.Value) && a.Type == bson.TypeString {
		return false
	}
	return compare(a, b) == 0
}

// int32Value and the others make values.
func int32Value(n int32) value {
	return value{Type: bson.TypeInt32, Value: binary.LittleEndian.AppendUint32(nil, uint32(n))}
}

func int64Value(n int64) value {
	return value{Type: bson.TypeInt64, Value: binary.LittleEndian.AppendUint64(nil, uint64(n))}
}
