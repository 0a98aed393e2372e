package embedded

import (
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"

	"kezhi/store"
)

// The documents in here were checked by store.EncodeDocument, or made from such by
// an update, so walking over them cannot fail.

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

func readElement(data []byte) (name []byte, v value, size int) {
	name, v, size, ok := store.ReadElement(data)
	if !ok {
		panic("store/embedded: a stored value of type " + bson.Type(data[0]).String())
	}
	return name, v, size
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
