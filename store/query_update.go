package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// UpdateOperator is what an update does to one path.
type UpdateOperator string

// The operators of an update, by MongoDB's names.
const (
	Set         UpdateOperator = "$set"
	Unset       UpdateOperator = "$unset"
	Inc         UpdateOperator = "$inc"
	Push        UpdateOperator = "$push"
	AddToSet    UpdateOperator = "$addToSet"
	Pull        UpdateOperator = "$pull"
	SetOnInsert UpdateOperator = "$setOnInsert"
)

// Update is an update that was found inside the named subset. Raw is the same
// update as MongoDB takes it.
type Update struct {
	Raw bson.Raw
	// Changes are in the order in which MongoDB adds new fields: by path, numbers
	// in a path compared as numbers. No path is another's beginning.
	Changes []Change
}

// Change is what an update does to one path.
type Change struct {
	Parts    []string // the path, split at its dots
	Operator UpdateOperator

	Value  bson.RawValue   // the operand of $set $setOnInsert $inc, and of a plain $pull
	Values []bson.RawValue // what $push and $addToSet add
	// Which elements $pull takes out, when not those equal to Value: the conditions
	// are on the elements themselves, or on their fields.
	Pulled     []Condition
	OnElements bool
}

// ParseUpdate encodes an update and checks it against the named subset. It returns
// ErrUnsupported for everything outside it, and for two changes of one path.
func ParseUpdate(update bson.D) (Update, error) {
	if update == nil {
		update = bson.D{}
	}
	raw, err := encode(update)
	if err != nil {
		return Update{}, fmt.Errorf("encoding an update: %w", err)
	}
	operators, err := raw.Elements()
	if err != nil {
		return Update{}, unsupported("malformed BSON: %v", err)
	}
	if len(operators) == 0 {
		return Update{}, unsupported("an update that changes nothing")
	}
	parsed := Update{Raw: raw}
	for _, element := range operators {
		operand := element.Value()
		if operand.Type != bson.TypeEmbeddedDocument || isEmptyDocument(operand) {
			return Update{}, unsupported("%s without fields", element.Key())
		}
		fields, err := bson.Raw(operand.Value).Elements()
		if err != nil {
			return Update{}, unsupported("malformed BSON: %v", err)
		}
		for _, field := range fields {
			change, err := parseChange(UpdateOperator(element.Key()), field.Key(), field.Value())
			if err != nil {
				return Update{}, err
			}
			parsed.Changes = append(parsed.Changes, change)
		}
	}
	return parsed, SortChanges(parsed.Changes)
}

// ParseUpsert checks the filter and the update of an upsert. It returns ErrUnsupported
// also when the filter does not say the _id.
func ParseUpsert(filter, update bson.D) (Filter, Update, error) {
	f, u, err := ParseChange(filter, update)
	if err != nil {
		return f, u, err
	}
	if id, ok := f.ID(); !ok || id == "" {
		return f, u, unsupported("an upsert whose filter does not say the _id")
	}
	return f, u, nil
}

// ParseChange checks the filter and the update of a change. It returns ErrUnsupported.
func ParseChange(filter, update bson.D) (Filter, Update, error) {
	f, err := ParseFilter(filter)
	if err != nil {
		return f, Update{}, err
	}
	u, err := ParseUpdate(update)
	return f, u, err
}

// SortChanges brings changes into the order in which MongoDB makes them. It returns
// ErrUnsupported when a path comes twice, or is the beginning of another.
func SortChanges(changes []Change) error {
	slices.SortFunc(changes, func(a, b Change) int { return slices.CompareFunc(a.Parts, b.Parts, compareParts) })
	for i := 1; i < len(changes); i++ {
		// Sorted, a path stands directly before the paths that it begins.
		earlier, later := changes[i-1].Parts, changes[i].Parts
		if len(earlier) <= len(later) && slices.Equal(earlier, later[:len(earlier)]) {
			return unsupported("two changes of %q", strings.Join(earlier, "."))
		}
	}
	return nil
}

func parseChange(operator UpdateOperator, path string, value bson.RawValue) (Change, error) {
	parts, err := checkPath(path)
	if err != nil {
		return Change{}, err
	}
	if parts[0] == "_id" {
		return Change{}, unsupported("a change of the _id")
	}
	change := Change{Parts: parts, Operator: operator, Value: value}
	switch operator {
	case Unset:
		return change, nil
	case Set, SetOnInsert:
		return change, checkValue(value, len(parts))
	case Inc:
		if !isNumber(value) {
			return change, unsupported("$inc by a value of type %s", value.Type)
		}
		return change, checkValue(value, 0)
	case Push, AddToSet:
		if change.Values, err = addedValues(operator, value); err != nil {
			return change, err
		}
		for _, item := range change.Values {
			if err := checkValue(item, len(parts)+1); err != nil {
				return change, err
			}
		}
		return change, nil
	case Pull:
		return change, change.parsePull()
	default:
		return change, unsupported("the operator %s", operator)
	}
}

func addedValues(operator UpdateOperator, value bson.RawValue) ([]bson.RawValue, error) {
	if !beginsWithOperator(value) {
		return []bson.RawValue{value}, nil
	}
	elements, err := bson.Raw(value.Value).Elements()
	if err != nil {
		return nil, unsupported("malformed BSON: %v", err)
	}
	if len(elements) != 1 || elements[0].Key() != "$each" {
		return nil, unsupported("%s with %s", operator, elements[len(elements)-1].Key())
	}
	return arrayOperand("$each", elements[0].Value())
}

func (c *Change) parsePull() (err error) {
	switch {
	case beginsWithOperator(c.Value):
		c.OnElements = true
		c.Pulled, err = parseOperators("", nil, bson.Raw(c.Value.Value), 0)
	case c.Value.Type == bson.TypeEmbeddedDocument:
		c.Pulled, err = parseConditions(bson.Raw(c.Value.Value), 0)
	default:
		err = checkValue(c.Value, 0)
	}
	return err
}

// compareParts orders names, and numbers before names by their size.
func compareParts(a, b string) int {
	i, errA := strconv.ParseUint(a, 10, 32)
	j, errB := strconv.ParseUint(b, 10, 32)
	switch {
	case errA == nil && errB == nil && i != j:
		if i < j {
			return -1
		}
		return 1
	case errA == nil && errB != nil:
		return -1
	case errA != nil && errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}
