package store

import (
	"fmt"
	"reflect"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// List decodes documents one after the other into a caller's slice.
type List struct{ slice reflect.Value }

// NewList empties the slice behind the pointer. It returns an error when there is none.
func NewList(into any) (*List, error) {
	pointer := reflect.ValueOf(into)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() || pointer.Elem().Kind() != reflect.Slice {
		return nil, fmt.Errorf("store: a page goes into a pointer to a slice, not into a %T", into)
	}
	slice := pointer.Elem()
	slice.Set(reflect.MakeSlice(slice.Type(), 0, 0))
	return &List{slice}, nil
}

// Len is how many documents the list has.
func (l *List) Len() int { return l.slice.Len() }

// Append decodes a document behind the others. It keeps none of the document's bytes.
func (l *List) Append(document bson.Raw) error {
	last := l.slice.Len()
	l.slice.Grow(1)
	l.slice.SetLen(last + 1)
	return Decode(document, l.slice.Index(last).Addr().Interface())
}
