package store

import (
	"encoding"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Decode does what bson.Unmarshal does. Plain structs, such as the domain's, take it a
// quarter of the time: a page of fifty documents otherwise spends more on decoding than
// on everything else. Where a type or a value is not plain, the driver decodes.
func Decode(document bson.Raw, into any) error {
	if raw, ok := into.(*bson.Raw); ok {
		*raw = append(bson.Raw(nil), document...)
		return nil
	}
	target := reflect.ValueOf(into)
	if target.Kind() == reflect.Pointer && !target.IsNil() && target.Elem().Kind() == reflect.Struct {
		value := bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: document}
		if decode := decoderOf(target.Type().Elem()); decode != nil && decode(value, target.Elem()) {
			return nil
		}
	}
	return bson.Unmarshal(document, into)
}

// decoder sets the target to a value. It reports false to have the driver do it, with
// all its rules for what does not fit; the target may then be half set.
type decoder func(value bson.RawValue, target reflect.Value) bool

// decoders are those of the types seen so far; nil is one that the driver decodes.
var decoders sync.Map // reflect.Type to decoder

func decoderOf(t reflect.Type) decoder {
	if known, ok := decoders.Load(t); ok {
		return known.(decoder)
	}
	built := newDecoder(t, nil)
	decoders.Store(t, built)
	return built
}

var (
	timeType    = reflect.TypeFor[time.Time]()
	bytesType   = reflect.TypeFor[[]byte]()
	driversOwn  = reflect.TypeFor[bson.ObjectID]().PkgPath()
	customTypes = []reflect.Type{reflect.TypeFor[bson.Unmarshaler](), reflect.TypeFor[bson.ValueUnmarshaler](), reflect.TypeFor[bson.KeyUnmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}
)

// newDecoder builds the decoder of a type, nil where the driver has to. The outer types
// are those being built, which a type may not contain again.
func newDecoder(t reflect.Type, outer []reflect.Type) decoder {
	switch t {
	case timeType:
		return decodeTime
	case bytesType:
		return decodeBytes
	}
	if t.PkgPath() == driversOwn {
		return nil
	}
	for _, custom := range customTypes {
		if reflect.PointerTo(t).Implements(custom) {
			return nil
		}
	}
	if slices.Contains(outer, t) {
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return decodeString
	case reflect.Bool:
		return decodeBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return decodeInt
	case reflect.Float32, reflect.Float64:
		return decodeFloat
	case reflect.Pointer:
		return pointerDecoder(t, append(outer, t))
	case reflect.Slice:
		return sliceDecoder(t, append(outer, t))
	case reflect.Map:
		return mapDecoder(t, append(outer, t))
	case reflect.Struct:
		return structDecoder(t, append(outer, t))
	default:
		return nil
	}
}

func decodeTime(value bson.RawValue, target reflect.Value) bool {
	at, ok := reflect.TypeAssert[*time.Time](target.Addr())
	if !ok {
		return false
	}
	switch value.Type {
	case bson.TypeDateTime:
		*at = time.UnixMilli(int64(binary.LittleEndian.Uint64(value.Value))).UTC()
	case bson.TypeNull:
		*at = time.Time{}
	default:
		return false
	}
	return true
}

func decodeBytes(value bson.RawValue, target reflect.Value) bool {
	switch {
	case value.Type == bson.TypeNull:
		target.SetZero()
	case value.Type == bson.TypeBinary && value.Value[4] == bson.TypeBinaryGeneric:
		target.SetBytes(append(make([]byte, 0, len(value.Value)-5), value.Value[5:]...))
	default:
		return false
	}
	return true
}

func decodeString(value bson.RawValue, target reflect.Value) bool {
	switch value.Type {
	case bson.TypeString:
		target.SetString(string(value.Value[4 : len(value.Value)-1]))
	case bson.TypeNull:
		target.SetString("")
	default:
		return false
	}
	return true
}

func decodeBool(value bson.RawValue, target reflect.Value) bool {
	switch value.Type {
	case bson.TypeBoolean:
		target.SetBool(value.Value[0] != 0)
	case bson.TypeNull:
		target.SetBool(false)
	default:
		return false
	}
	return true
}

func decodeInt(value bson.RawValue, target reflect.Value) bool {
	var n int64
	switch value.Type {
	case bson.TypeInt32:
		n = int64(int32(binary.LittleEndian.Uint32(value.Value)))
	case bson.TypeInt64:
		n = int64(binary.LittleEndian.Uint64(value.Value))
	case bson.TypeNull:
	default:
		return false
	}
	if target.OverflowInt(n) {
		return false
	}
	target.SetInt(n)
	return true
}

func decodeFloat(value bson.RawValue, target reflect.Value) bool {
	var f float64
	switch value.Type {
	case bson.TypeDouble:
		f = math.Float64frombits(binary.LittleEndian.Uint64(value.Value))
	case bson.TypeInt32:
		f = float64(int32(binary.LittleEndian.Uint32(value.Value)))
	case bson.TypeInt64:
		f = float64(int64(binary.LittleEndian.Uint64(value.Value)))
	case bson.TypeNull:
	default:
		return false
	}
	if target.Kind() == reflect.Float32 {
		return false // the driver has rules for what is lost
	}
	target.SetFloat(f)
	return true
}

func pointerDecoder(t reflect.Type, outer []reflect.Type) decoder {
	inner := newDecoder(t.Elem(), outer)
	if inner == nil {
		return nil
	}
	return func(value bson.RawValue, target reflect.Value) bool {
		if value.Type == bson.TypeNull {
			target.SetZero()
			return true
		}
		if target.IsNil() {
			target.Set(reflect.New(t.Elem()))
		}
		return inner(value, target.Elem())
	}
}

func sliceDecoder(t reflect.Type, outer []reflect.Type) decoder {
	if t.Elem().Kind() == reflect.Uint8 {
		return nil
	}
	inner := newDecoder(t.Elem(), outer)
	if inner == nil {
		return nil
	}
	return func(value bson.RawValue, target reflect.Value) bool {
		switch value.Type {
		case bson.TypeNull:
			target.SetZero()
			return true
		case bson.TypeArray:
		default:
			return false
		}
		count := 0
		if !eachElement(value.Value, func([]byte, bson.RawValue) bool { count++; return true }) {
			return false
		}
		slice := reflect.MakeSlice(t, count, count)
		at := 0
		if !eachElement(value.Value, func(_ []byte, item bson.RawValue) bool {
			at++
			return inner(item, slice.Index(at-1))
		}) {
			return false
		}
		target.Set(slice)
		return true
	}
}

func mapDecoder(t reflect.Type, outer []reflect.Type) decoder {
	inner := newDecoder(t.Elem(), outer)
	if inner == nil || t.Key().Kind() != reflect.String || newDecoder(t.Key(), outer) == nil {
		return nil
	}
	return func(value bson.RawValue, target reflect.Value) bool {
		switch value.Type {
		case bson.TypeNull:
			target.SetZero()
			return true
		case bson.TypeEmbeddedDocument:
		default:
			return false
		}
		if target.IsNil() {
			target.Set(reflect.MakeMap(t))
		}
		return eachElement(value.Value, func(name []byte, item bson.RawValue) bool {
			element := reflect.New(t.Elem()).Elem()
			if !inner(item, element) {
				return false
			}
			target.SetMapIndex(reflect.ValueOf(string(name)).Convert(t.Key()), element)
			return true
		})
	}
}

// structField is where a document's field goes.
type structField struct {
	index  int
	decode decoder
}

func structDecoder(t reflect.Type, outer []reflect.Type) decoder {
	fields := map[string]structField{}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			return nil
		}
		tag, tagged := f.Tag.Lookup("bson")
		if !f.IsExported() || tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if strings.Contains(options, "inline") || strings.Contains(options, "truncate") || !tagged && f.Tag != "" {
			return nil
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		decode := newDecoder(f.Type, outer)
		if _, twice := fields[name]; twice || decode == nil {
			return nil
		}
		fields[name] = structField{i, decode}
	}
	return func(value bson.RawValue, target reflect.Value) bool {
		switch value.Type {
		case bson.TypeNull:
			target.SetZero()
			return true
		case bson.TypeEmbeddedDocument:
		default:
			return false
		}
		return eachElement(value.Value, func(name []byte, item bson.RawValue) bool {
			f, ok := fields[string(name)]
			if !ok {
				// The driver's rule: a name that no field has may be one in lower case.
				if f, ok = fields[strings.ToLower(string(name))]; !ok {
					return true
				}
			}
			return f.decode(item, target.Field(f.index))
		})
	}
}

// eachElement walks over a document or an array. It reports false when the visit does,
// or at a type that it does not know.
func eachElement(document []byte, visit func(name []byte, value bson.RawValue) bool) bool {
	for rest := document[4:]; rest[0] != 0; {
		name, value, size, ok := ReadElement(rest)
		if !ok || !visit(name, value) {
			return false
		}
		rest = rest[size:]
	}
	return true
}
