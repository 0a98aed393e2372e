package embedded

import (
	"bytes"
	"encoding/binary"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The documents in here were checked by store.EncodeDocument, or made from such by
// an update, so walking over them cannot fail. Walking in place, element by element,
// is what makes a filter on a stored document cost less than decoding it.

type value = bson.RawValue

// missing is the value of a field that is not there.
var missing value

func isMissing(v value) bool { return v.Type == 0 }

// elements walks over the fields of a document, or the items of an array under the
// names "0", "1" and so on. The names and values are parts of the document.
func elements(document []byte) iter.Seq2[[]byte, value] {
	return func(yield func([]byte, value) bool) {
		for rest := document[4:]; rest[0] != 0; {
			name, v, size := readElement(rest)
			if !yield(name, v) {
				return
			}
			rest = rest[size:]
		}
	}
}

// items walks over the values of an array.
func items(array value) iter.Seq[value] {
	return func(yield func(value) bool) {
		for rest := array.Value[4:]; rest[0] != 0; {
			_, v, size := readElement(rest)
			if !yield(v) {
				return
			}
			rest = rest[size:]
		}
	}
}

// readElement reads the element at the beginning and tells how many bytes it takes.
func readElement(data []byte) (name []byte, v value, size int) {
	kind := bson.Type(data[0])
	end := 1 + bytes.IndexByte(data[1:], 0)
	name = data[1:end]
	start := end + 1
	size = start + valueSize(kind, data[start:])
	return name, value{Type: kind, Value: data[start:size:size]}, size
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
	}
	panic("store/embedded: a stored value of type " + kind.String())
}

// field returns the value of a document's field, or missing.
func field(document []byte, name string) value {
	for rest := document[4:]; rest[0] != 0; {
		found, v, size := readElement(rest)
		if string(found) == name {
			return v
		}
		rest = rest[size:]
	}
	return missing
}

func isDocument(v value) bool { return v.Type == bson.TypeEmbeddedDocument }
func isArray(v value) bool    { return v.Type == bson.TypeArray }
func isEmpty(v value) bool    { return v.Value[4] == 0 }

func isNumber(v value) bool {
	return v.Type == bson.TypeInt32 || v.Type == bson.TypeInt64 || v.Type == bson.TypeDouble
}

// contents are the bytes of a string or of a binary value, without its framing.
func contents(v value) []byte {
	if v.Type == bson.TypeString {
		return v.Value[4 : len(v.Value)-1]
	}
	return v.Value[5:]
}
