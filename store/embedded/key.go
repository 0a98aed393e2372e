package embedded

import (
	"bytes"
	"encoding/binary"
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A key is a value written so that comparing bytes orders values as MongoDB does:
// by kind first, then inside the kind; int32, int64 and double are one kind. No
// key is the beginning of another, so keys can stand one after the other.
//
// https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
const (
	kindEmptyArray byte = 0x08 // what an index holds for an array without elements
	kindNull       byte = 0x10 // and missing
	kindNumber     byte = 0x18
	kindString     byte = 0x20
	kindDocument   byte = 0x28
	kindArray      byte = 0x30
	kindBinary     byte = 0x38
	kindObjectID   byte = 0x40
	kindBool       byte = 0x48
	kindDate       byte = 0x50
)

// kinds are the kinds by type; missing has type 0.
var kinds = [256]byte{
	0:                         kindNull,
	bson.TypeNull:             kindNull,
	bson.TypeInt32:            kindNumber,
	bson.TypeInt64:            kindNumber,
	bson.TypeDouble:           kindNumber,
	bson.TypeString:           kindString,
	bson.TypeEmbeddedDocument: kindDocument,
	bson.TypeArray:            kindArray,
	bson.TypeBinary:           kindBinary,
	bson.TypeObjectID:         kindObjectID,
	bson.TypeBoolean:          kindBool,
	bson.TypeDateTime:         kindDate,
}

func kindOf(v value) byte { return kinds[v.Type] }

// appendKey appends the key of a value.
func appendKey(key []byte, v value) []byte {
	return appendKeyBody(append(key, kindOf(v)), v)
}

func appendKeyBody(key []byte, v value) []byte {
	switch kindOf(v) {
	case kindNumber:
		return appendNumberKey(key, v)
	case kindString:
		return appendTextKey(key, contents(v))
	case kindDocument:
		// Documents compare field by field: kind, then name, then value.
		for name, item := range elements(v.Value) {
			key = append(key, kindOf(item))
			key = appendTextKey(key, name)
			key = appendKeyBody(key, item)
		}
		return append(key, 0)
	case kindArray:
		for item := range items(v) {
			key = appendKey(key, item)
		}
		return append(key, 0)
	case kindBinary:
		// Length, subtype, bytes.
		key = binary.BigEndian.AppendUint32(key, binary.LittleEndian.Uint32(v.Value))
		return append(key, v.Value[4:]...)
	case kindObjectID, kindBool:
		return append(key, v.Value...)
	case kindDate:
		return binary.BigEndian.AppendUint64(key, binary.LittleEndian.Uint64(v.Value)^1<<63)
	}
	return key // null and missing have no body
}

// appendTextKey writes a zero byte as 00 FF and ends with 00 01, so that a string comes
// directly after its own beginnings.
func appendTextKey(key, text []byte) []byte {
	for {
		zero := bytes.IndexByte(text, 0)
		if zero < 0 {
			return append(append(key, text...), 0x00, 0x01)
		}
		key = append(append(key, text[:zero]...), 0x00, 0xFF)
		text = text[zero+1:]
	}
}

// exactIntegers is where doubles begin to have gaps between the integers.
const exactIntegers = 1 << 53

// appendNumberKey writes the nearest double and, where doubles have gaps, how far an
// integer is from it.
func appendNumberKey(key []byte, v value) []byte {
	var double float64
	var integer int64
	exact := false
	switch v.Type {
	case bson.TypeDouble:
		double = math.Float64frombits(binary.LittleEndian.Uint64(v.Value))
	default:
		integer, exact = intOf(v), true
		double = float64(integer)
	}
	if double == 0 {
		double = 0 // not -0
	}
	bits := math.Float64bits(double)
	if bits>>63 != 0 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	key = binary.BigEndian.AppendUint64(key, bits)
	if math.Abs(double) < exactIntegers {
		return key
	}
	var distance int64
	if exact {
		if double >= math.MaxInt64 {
			distance = int64(uint64(integer) - 1<<63)
		} else {
			distance = integer - int64(double)
		}
	}
	return binary.BigEndian.AppendUint16(key, uint16(distance+1<<15))
}

func intOf(v value) int64 {
	if v.Type == bson.TypeInt32 {
		return int64(int32(binary.LittleEndian.Uint32(v.Value)))
	}
	return int64(binary.LittleEndian.Uint64(v.Value))
}

func floatOf(v value) float64 {
	if v.Type == bson.TypeDouble {
		return math.Float64frombits(binary.LittleEndian.Uint64(v.Value))
	}
	return float64(intOf(v))
}

// invert turns the order of the bytes from there on around, for keys that descend.
func invert(key []byte) {
	for i := range key {
		key[i] = ^key[i]
	}
}
