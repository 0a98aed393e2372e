package store

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Operator is one of the tests that a Condition makes.
type Operator string

// The operators of a filter, by MongoDB's names.
const (
	Eq        Operator = "$eq"
	Ne        Operator = "$ne"
	Gt        Operator = "$gt"
	Gte       Operator = "$gte"
	Lt        Operator = "$lt"
	Lte       Operator = "$lte"
	In        Operator = "$in"
	Nin       Operator = "$nin"
	Exists    Operator = "$exists"
	ElemMatch Operator = "$elemMatch"
	Not       Operator = "$not"
	Or        Operator = "$or"
)

// Filter is a filter that was found inside the named subset: a document matches
// when all its Conditions hold. Raw is the same filter as MongoDB takes it.
type Filter struct {
	Raw        bson.Raw
	Conditions []Condition
}

// Condition is one test on the values that a path reaches.
type Condition struct {
	Path     string
	Parts    []string // Path, split at its dots
	Operator Operator

	Value    bson.RawValue   // the operand of $eq $ne $gt $gte $lt $lte
	Values   []bson.RawValue // the operands of $in and $nin
	Wanted   bool            // the operand of $exists
	Branches []Filter        // the operands of $or
	// All of them hold for one and the same array element ($elemMatch), or do
	// not all hold for the path ($not).
	Within []Condition
	// OnElements says that Within, of an $elemMatch, tests the elements themselves
	// ({$elemMatch: {$gt: 1}}) and not their fields.
	OnElements bool
}

// ParseFilter encodes a filter and checks it against the named subset. It returns
// ErrUnsupported for everything outside it.
func ParseFilter(filter bson.D) (Filter, error) {
	if filter == nil {
		filter = bson.D{}
	}
	raw, err := encode(filter)
	if err != nil {
		return Filter{}, fmt.Errorf("encoding a filter: %w", err)
	}
	return parseFilter(raw, 0)
}

// ID returns the _id that the filter asks for; false when it leaves it open.
func (f Filter) ID() (string, bool) {
	for _, c := range f.Conditions {
		if c.Path == "_id" && c.Operator == Eq {
			return c.Value.StringValueOK()
		}
	}
	return "", false
}

func parseFilter(raw bson.Raw, depth int) (Filter, error) {
	conditions, err := parseConditions(raw, depth)
	return Filter{Raw: raw, Conditions: conditions}, err
}

func parseConditions(raw bson.Raw, depth int) ([]Condition, error) {
	if depth > maxNesting {
		return nil, unsupported("a filter nested deeper than %d", maxNesting)
	}
	elements, err := raw.Elements()
	if err != nil {
		return nil, unsupported("malformed BSON: %v", err)
	}
	conditions := make([]Condition, 0, len(elements))
	for _, element := range elements {
		name, value := element.Key(), element.Value()
		switch {
		case name == "$and" || name == "$or":
			branches, err := parseBranches(name, value, depth+1)
			if err != nil {
				return nil, err
			}
			if name == "$or" {
				conditions = append(conditions, Condition{Operator: Or, Branches: branches})
				continue
			}
			for _, branch := range branches {
				conditions = append(conditions, branch.Conditions...)
			}
		case name != "" && name[0] == '$':
			return nil, unsupported("the operator %s", name)
		default:
			parsed, err := parseField(name, value, depth)
			if err != nil {
				return nil, err
			}
			conditions = append(conditions, parsed...)
		}
	}
	return conditions, nil
}

func parseBranches(name string, value bson.RawValue, depth int) ([]Filter, error) {
	items, err := arrayOperand(name, value)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, unsupported("%s of nothing", name)
	}
	branches := make([]Filter, 0, len(items))
	for _, item := range items {
		if item.Type != bson.TypeEmbeddedDocument {
			return nil, unsupported("%s of something else than filters", name)
		}
		branch, err := parseFilter(bson.Raw(item.Value), depth)
		if err != nil {
			return nil, err
		}
		branches = append(branches, branch)
	}
	return branches, nil
}

// parseField reads what a filter says about one path: a plain value, or operators.
func parseField(path string, value bson.RawValue, depth int) ([]Condition, error) {
	parts, err := checkPath(path)
	if err != nil {
		return nil, err
	}
	if beginsWithOperator(value) {
		return parseOperators(path, parts, bson.Raw(value.Value), depth)
	}
	if err := checkValue(value, depth); err != nil {
		return nil, err
	}
	return []Condition{{Path: path, Parts: parts, Operator: Eq, Value: value}}, nil
}

func parseOperators(path string, parts []string, operators bson.Raw, depth int) ([]Condition, error) {
	if depth > maxNesting {
		return nil, unsupported("a filter nested deeper than %d", maxNesting)
	}
	elements, err := operators.Elements()
	if err != nil {
		return nil, unsupported("malformed BSON: %v", err)
	}
	conditions := make([]Condition, 0, len(elements))
	for _, element := range elements {
		condition := Condition{Path: path, Parts: parts, Operator: Operator(element.Key()), Value: element.Value()}
		if err := condition.parseOperand(depth); err != nil {
			return nil, err
		}
		conditions = append(conditions, condition)
	}
	return conditions, nil
}

func (c *Condition) parseOperand(depth int) (err error) {
	switch c.Operator {
	case Eq, Ne:
		return checkValue(c.Value, depth)
	case Gt, Gte, Lt, Lte:
		switch c.Value.Type {
		case bson.TypeNull, bson.TypeEmbeddedDocument, bson.TypeArray:
			return unsupported("%s with a value of type %s", c.Operator, c.Value.Type)
		default:
			return checkValue(c.Value, depth)
		}
	case In, Nin:
		if c.Values, err = arrayOperand(string(c.Operator), c.Value); err != nil {
			return err
		}
		return checkValue(c.Value, depth)
	case Exists:
		wanted, ok := c.Value.BooleanOK()
		if !ok {
			return unsupported("$exists with a value of type %s", c.Value.Type)
		}
		c.Wanted = wanted
		return nil
	case ElemMatch:
		if c.Value.Type != bson.TypeEmbeddedDocument || isEmptyDocument(c.Value) {
			return unsupported("$elemMatch of something else than conditions")
		}
		if c.OnElements = beginsWithOperator(c.Value); c.OnElements {
			c.Within, err = parseOperators("", nil, bson.Raw(c.Value.Value), depth+1)
		} else {
			c.Within, err = parseElementFields(bson.Raw(c.Value.Value), depth+1)
		}
		return err
	case Not:
		if !beginsWithOperator(c.Value) {
			return unsupported("$not of something else than operators")
		}
		c.Within, err = parseOperators(c.Path, c.Parts, bson.Raw(c.Value.Value), depth+1)
		return err
	default:
		return unsupported("the operator %s", c.Operator)
	}
}

// parseElementFields reads the inside of an $elemMatch on fields, where $and and $or do not reach.
func parseElementFields(raw bson.Raw, depth int) ([]Condition, error) {
	conditions, err := parseConditions(raw, depth)
	if err != nil {
		return nil, err
	}
	for _, condition := range conditions {
		if condition.Operator == Or {
			return nil, unsupported("$or inside $elemMatch")
		}
	}
	return conditions, nil
}

func arrayOperand(name string, value bson.RawValue) ([]bson.RawValue, error) {
	if value.Type != bson.TypeArray {
		return nil, unsupported("%s with a value of type %s", name, value.Type)
	}
	values, err := bson.RawArray(value.Value).Values()
	if err != nil {
		return nil, unsupported("malformed BSON: %v", err)
	}
	return values, nil
}
