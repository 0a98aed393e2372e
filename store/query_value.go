package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxNesting is how deep documents and filters may nest. MongoDB stops at 100.
const maxNesting = 64

// EncodeDocument marshals a document for storing. It returns ErrUnsupported when the
// _id is not a non-empty string, or when a value lies outside the types that both
// engines hold: null, bool, int32, int64, double (not NaN), string, date, ObjectID,
// binary, document, array; or when a field's name is empty, repeated, or holds a dot
// or a leading dollar sign. A nil slice or map is stored as an empty one.
func EncodeDocument(document any) (bson.Raw, error) {
	raw, err := encode(document)
	if err != nil {
		return nil, fmt.Errorf("encoding a document: %w", err)
	}
	if _, ok := DocumentID(raw); !ok {
		return nil, unsupported("a document needs a string _id that is not empty")
	}
	if err := checkDocument(raw, 0); err != nil {
		return nil, err
	}
	return raw, nil
}

// encode marshals as both engines store: a nil slice or map is an empty one. As null,
// the driver's choice, it would refuse the next $push.
func encode(value any) (bson.Raw, error) {
	var out bytes.Buffer
	encoder := bson.NewEncoder(bson.NewDocumentWriter(&out))
	encoder.NilSliceAsEmpty()
	encoder.NilMapAsEmpty()
	err := encoder.Encode(value)
	return out.Bytes(), err
}

// DocumentID returns the string _id of a document.
func DocumentID(document bson.Raw) (string, bool) {
	value, err := document.LookupErr("_id")
	if err != nil {
		return "", false
	}
	id, ok := value.StringValueOK()
	return id, ok && id != ""
}

func checkDocument(document bson.Raw, depth int) error {
	if depth > maxNesting {
		return unsupported("values nest deeper than %d", maxNesting)
	}
	elements, err := document.Elements()
	if err != nil {
		return unsupported("malformed BSON: %v", err)
	}
	seen := make(map[string]struct{}, len(elements))
	for _, element := range elements {
		name := element.Key()
		if name == "" || name[0] == '$' || strings.Contains(name, ".") {
			return unsupported("the field name %q", name)
		}
		// A repeated name would mean one thing to a filter and another to a decoder.
		if _, ok := seen[name]; ok {
			return unsupported("the field %q comes twice", name)
		}
		seen[name] = struct{}{}
		if err := checkValue(element.Value(), depth); err != nil {
			return fmt.Errorf("%w (field %q)", err, name)
		}
	}
	return nil
}

func checkValue(value bson.RawValue, depth int) error {
	switch value.Type {
	case bson.TypeNull, bson.TypeBoolean, bson.TypeInt32, bson.TypeInt64, bson.TypeString,
		bson.TypeDateTime, bson.TypeObjectID:
		return nil
	case bson.TypeBinary:
		// Subtype 2 carries its length twice; nobody writes it any more.
		if value.Value[4] == bson.TypeBinaryBinaryOld {
			return unsupported("the old binary subtype")
		}
		return nil
	case bson.TypeDouble:
		if math.IsNaN(math.Float64frombits(binary.LittleEndian.Uint64(value.Value))) {
			return unsupported("the number NaN")
		}
		return nil
	case bson.TypeEmbeddedDocument:
		return checkDocument(bson.Raw(value.Value), depth+1)
	case bson.TypeArray:
		if depth >= maxNesting {
			return unsupported("values nest deeper than %d", maxNesting)
		}
		values, err := bson.RawArray(value.Value).Values()
		if err != nil {
			return unsupported("malformed BSON: %v", err)
		}
		for _, item := range values {
			if err := checkValue(item, depth+1); err != nil {
				return err
			}
		}
		return nil
	default:
		return unsupported("a value of type %s", value.Type)
	}
}

// checkPath splits a dotted path. No component may be empty or begin with "$".
func checkPath(path string) ([]string, error) {
	parts := strings.Split(path, ".")
	for _, part := range parts {
		if part == "" || part[0] == '$' || strings.IndexByte(part, 0) >= 0 {
			return nil, unsupported("the path %q", path)
		}
	}
	return parts, nil
}

// beginsWithOperator tells whether a value is a document whose first field is an operator.
func beginsWithOperator(value bson.RawValue) bool {
	if value.Type != bson.TypeEmbeddedDocument {
		return false
	}
	// length (4 bytes), type of the first element, its name
	return len(value.Value) > 6 && value.Value[5] == '$'
}

func isEmptyDocument(value bson.RawValue) bool {
	return bytes.Equal(value.Value, []byte{5, 0, 0, 0, 0})
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupported}, args...)...)
}
