package store

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// ReadElement reads the BSON element at the beginning of the data: its name and value,
// which are parts of the data, and how many bytes it takes. It reports false for a
// type outside those that the store holds. Malformed BSON makes it panic; what it
// reads was checked by EncodeDocument, or comes from a server.
//
// Walking over elements in place is what makes a filter on a stored document cost
// less than decoding it.
func ReadElement(data []byte) (name []byte, value bson.RawValue, size int, ok bool) {
	kind := bson.Type(data[0])
	end := 1 + bytes.IndexByte(data[1:], 0)
	start := end + 1
	length := valueSize(kind, data[start:])
	if length < 0 {
		return nil, bson.RawValue{}, 0, false
	}
	size = start + length
	return data[1:end], bson.RawValue{Type: kind, Value: data[start:size:size]}, size, true
}

func valueSize(kind bson.Type, data []byte) int {
	switch kind {
	case bson.TypeDouble, bson.TypeDateTime, bson.TypeInt64:
		return 8
	case bson.TypeInt32:
		return 4
	case bson.TypeBoolean:
		return 1
	case bson.TypeNull:
		return 0
	case bson.TypeObjectID:
		return 12
	case bson.TypeString:
		return 4 + int(binary.LittleEndian.Uint32(data))
	case bson.TypeBinary:
		return 5 + int(binary.LittleEndian.Uint32(data))
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return int(binary.LittleEndian.Uint32(data))
	default:
		return -1
	}
}
