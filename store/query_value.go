package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"

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

// bsonEncoder writes documents, one at a time, into its buffer.
type bsonEncoder struct {
	out     bytes.Buffer
	encoder *bson.Encoder
}

// encoders are idle ones: making one costs more than encoding a small document.
var encoders = sync.Pool{New: func() any {
	e := new(bsonEncoder)
	e.encoder = bson.NewEncoder(bson.NewDocumentWriter(&e.out))
	e.encoder.NilSliceAsEmpty()
	e.encoder.NilMapAsEmpty()
	return e
}}

// encode marshals as both engines store: a nil slice or map is an empty one. As null,
// the driver's choice, it would refuse the next $push.
func encode(value any) (bson.Raw, error) {
	e, ok := encoders.Get().(*bsonEncoder)
	if !ok {
		return nil, errors.New("the pool of encoders holds something else")
	}
	if err := e.encoder.Encode(value); err != nil {
		return nil, err // the encoder stopped somewhere inside and is not used again
	}
	raw := bson.Raw(bytes.Clone(e.out.Bytes()))
	if e.out.Cap() <= 1<<20 {
		e.out.Reset()
		encoders.Put(e)
	}
	// A bson.Raw or a type's own marshalling may have put anything inside.
	return raw, raw.Validate()
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
	var names nameSet
	for rest := document[4:]; rest[0] != 0; {
		name, value, size, ok := ReadElement(rest)
		switch {
		case !ok:
			return unsupported("a value of type %s", bson.Type(rest[0]))
		case len(name) == 0 || name[0] == '$' || bytes.IndexByte(name, '.') >= 0:
			return unsupported("the field name %q", name)
		case !names.add(name):
			// It would mean one thing to a filter and another to a decoder.
			return unsupported("the field %q comes twice", name)
		}
		if err := checkValue(value, depth); err != nil {
			return fmt.Errorf("%w (field %q)", err, name)
		}
		rest = rest[size:]
	}
	return nil
}

// nameSet holds the names of one document's fields: few in a list, many in a map.
type nameSet struct {
	few  [32][]byte
	size int
	many map[string]struct{}
}

// add reports false when the name is there already.
func (s *nameSet) add(name []byte) bool {
	if s.many != nil {
		before := len(s.many)
		s.many[string(name)] = struct{}{}
		return len(s.many) > before
	}
	for _, other := range s.few[:s.size] {
		if bytes.Equal(other, name) {
			return false
		}
	}
	if s.size < len(s.few) {
		s.few[s.size] = name
		s.size++
		return true
	}
	s.many = make(map[string]struct{}, 2*s.size)
	for _, other := range s.few {
		s.many[string(other)] = struct{}{}
	}
	s.many[string(name)] = struct{}{}
	return true
}

// checkValue checks a value of well-formed BSON.
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
		for rest := value.Value[4:]; rest[0] != 0; {
			_, item, size, ok := ReadElement(rest)
			if !ok {
				return unsupported("a value of type %s", bson.Type(rest[0]))
			}
			if err := checkValue(item, depth+1); err != nil {
				return err
			}
			rest = rest[size:]
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
