package handler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"kezhi/service"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"
)

// formMaxBytes is the longest JSON that any form of ours can need.
const formMaxBytes = 64 << 10

// A form or a query is a flat struct. Its json tags name what it takes; what is
// not omitempty must be there, what the struct does not name must not. Its binding
// tags bound lengths. Whether the values mean anything is for service to say.

// readForm decodes a body that must be exactly one JSON object of the form's shape.
func readForm(c *gin.Context, form any) error {
	if mediaType(c.Request) != "application/json" {
		return errContentType
	}
	body, err := readBody(c, formMaxBytes)
	if err != nil {
		return err
	}
	given, wrong, err := splitObject(body)
	if err != nil {
		return err
	}
	return fill(form, given, wrong)
}

// readNothing accepts an absent or an empty body, and {}.
func readNothing(c *gin.Context) error {
	if c.Request.Body == nil || c.Request.Body == http.NoBody {
		return nil
	}
	body, err := readBody(c, formMaxBytes)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	given, wrong, err := splitObject(body)
	if err != nil {
		return err
	}
	return fill(&struct{}{}, given, wrong)
}

// readQuery decodes a query; parameters that it does not name are not ours to judge
// (WeChat adds its own to links).
func readQuery(values url.Values, query any) error {
	given := map[string]json.RawMessage{}
	for f := range fields(query) {
		text := values.Get(f.name)
		switch {
		case text == "" && f.optional:
		case text == "" && !values.Has(f.name):
		case f.value.Kind() == reflect.String:
			given[f.name], _ = json.Marshal(text) // a string always can be
		default:
			given[f.name] = json.RawMessage(text)
		}
	}
	return fill(query, given, nil)
}

func mediaType(r *http.Request) string {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// readBody reads the whole body. It returns errTooLarge beyond the limit and
// errBroken when it ends too early.
func readBody(c *gin.Context, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	_, large := errors.AsType[*http.MaxBytesError](err)
	switch {
	case large:
		return nil, errTooLarge
	case err != nil && c.Request.Context().Err() != nil:
		return nil, c.Request.Context().Err()
	case err != nil:
		return nil, errBroken.Because(err)
	}
	return body, nil
}

// splitObject takes a JSON object apart. A name given twice is wrong: two readers
// could take different ones.
func splitObject(body []byte) (given map[string]json.RawMessage, wrong []service.FieldError, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') || !utf8.Valid(body) {
		return nil, nil, errNotJSON
	}
	given = map[string]json.RawMessage{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, nil, errNotJSON
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, nil, errNotJSON
		}
		key := name.(string) // a name in an object is a string
		if _, twice := given[key]; twice {
			wrong = append(wrong, service.FieldError{Field: shorten(key), Message: "这一项重复了"})
		}
		given[key] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, nil, errNotJSON
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errNotJSON
	}
	return given, wrong, nil
}

// fill puts what was given into the struct, and names all that does not fit.
func fill(into any, given map[string]json.RawMessage, wrong []service.FieldError) error {
	add := func(field, message string) {
		if !slices.ContainsFunc(wrong, func(f service.FieldError) bool { return f.Field == field }) {
			wrong = append(wrong, service.FieldError{Field: field, Message: message})
		}
	}
	for f := range fields(into) {
		raw, is := given[f.name]
		delete(given, f.name)
		switch {
		case !is && f.optional:
		case !is:
			add(f.name, "缺少这一项")
		case string(raw) == "null" || json.Unmarshal(raw, f.value.Addr().Interface()) != nil:
			add(f.name, "这一项的格式不对")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		add(shorten(name), "没有这一项")
	}
	if unfit, is := errors.AsType[validator.ValidationErrors](shapes.Struct(into)); is {
		for _, u := range unfit {
			name, _, _ := strings.Cut(u.Field(), "[")
			add(name, sayUnfit(u))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fieldsRefusal(wrong)
}

// fieldsRefusal refuses a request for what is wrong with its fields.
func fieldsRefusal(wrong []service.FieldError) error {
	refusal := *service.ErrInvalid
	refusal.Fields = wrong
	return &refusal
}

// sayUnfit says in words which bound a value breaks.
func sayUnfit(u validator.FieldError) string {
	unit := "个字"
	if u.Kind() == reflect.Slice {
		unit = "项"
	}
	switch u.Tag() {
	case "max":
		return fmt.Sprintf("太长，最多 %s %s", u.Param(), unit)
	case "min":
		return fmt.Sprintf("太短，至少 %s %s", u.Param(), unit)
	}
	return "没有这个选项"
}

// shapes checks binding tags under the names of the json tags.
var shapes = func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.SetTagName("binding")
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return v
}()

type shapeField struct {
	name     string
	optional bool
	value    reflect.Value
}

// fields walks over the fields of a form, given as a pointer to its struct.
func fields(form any) func(yield func(shapeField) bool) {
	v := reflect.ValueOf(form).Elem()
	return func(yield func(shapeField) bool) {
		for i := range v.NumField() {
			name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if !yield(shapeField{name, options == "omitempty", v.Field(i)}) {
				return
			}
		}
	}
}

// shorten bounds a name that the client made up.
func shorten(name string) string {
	if utf8.RuneCountInString(name) > 80 {
		return string([]rune(name)[:80]) + "…"
	}
	return name
}
