package storetest

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// Generator makes random documents, filters and updates over a few small values, so
// that they meet often. The narrow ones leave out what the server in mongo/testserver
// gets wrong (see the names in mongo/mongo_test.go).
type Generator struct{ Narrow bool }

var (
	fields = []string{"a", "b", "c"}
	paths  = []string{"a", "b", "c", "a.n", "b.n", "b.m"}
)

// Document makes a document without its _id.
func (g Generator) Document() *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		document := bson.D{}
		for _, field := range fields {
			if rapid.IntRange(0, 3).Draw(t, field+" is there") > 0 {
				document = append(document, bson.E{Key: field, Value: g.value().Draw(t, field)})
			}
		}
		return document
	})
}

// scalar makes a value that holds no others.
func (g Generator) scalar() *rapid.Generator[any] {
	values := []any{
		int32(0), int32(1), int64(1), int64(2), 1.0, 1.5, -1.0, "", "a", "ab", "b", "科", true, false,
		time.UnixMilli(0).UTC(), time.UnixMilli(5).UTC(),
	}
	if !g.Narrow { // the server there changes null as if it were missing
		values = append(values, nil, "a\x00", "a\x00b", int64(1)<<53, int64(1)<<53+1, float64(1<<53), []byte{1}, []byte{0, 1}, bson.ObjectID{1}, bson.ObjectID{2})
	}
	return rapid.SampledFrom(values)
}

// value makes a scalar, a document, a list of either, and not narrowly a list of lists.
func (g Generator) value() *rapid.Generator[any] {
	scalar := g.scalar()
	document := rapid.Custom(func(t *rapid.T) any {
		made := bson.D{}
		for _, field := range []string{"n", "m"} {
			if rapid.Bool().Draw(t, field+" is there") {
				made = append(made, bson.E{Key: field, Value: scalar.Draw(t, field)})
			}
		}
		return made
	})
	list := func(of *rapid.Generator[any]) *rapid.Generator[any] {
		return rapid.Map(rapid.SliceOfN(of, 0, 3), func(items []any) any { return append(bson.A{}, items...) })
	}
	choices := []*rapid.Generator[any]{scalar, scalar, scalar, document, list(scalar), list(document)}
	if !g.Narrow {
		choices = append(choices, list(rapid.OneOf(scalar, document, list(scalar))))
	}
	return rapid.OneOf(choices...)
}

// Filter makes a filter of up to three conditions.
func (g Generator) Filter() *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		filter := bson.D{}
		for range rapid.IntRange(0, 3).Draw(t, "conditions") {
			path := rapid.SampledFrom(paths).Draw(t, "path")
			if g.Narrow && has(filter, path) {
				continue
			}
			filter = append(filter, bson.E{Key: path, Value: g.condition(path).Draw(t, "condition")})
		}
		if rapid.IntRange(0, 5).Draw(t, "or") == 0 {
			filter = append(filter, bson.E{Key: "$or", Value: bson.A{
				bson.D{{Key: "a", Value: g.condition("a").Draw(t, "either")}},
				bson.D{{Key: "b", Value: g.condition("b").Draw(t, "or")}},
			}})
		}
		return filter
	})
}

func has(filter bson.D, path string) bool {
	for _, field := range filter {
		if field.Key == path {
			return true
		}
	}
	return false
}

// condition makes what a filter says of one path.
func (g Generator) condition(path string) *rapid.Generator[any] {
	inside := len(path) > 1
	scalar := g.scalar()
	ranged := scalar.Filter(func(v any) bool { return v != nil })
	if g.Narrow && !inside { // and knows null otherwise than inside lists
		scalar = rapid.OneOf(scalar, rapid.Just[any](nil))
	}
	return rapid.Custom(func(t *rapid.T) any {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		if g.Narrow && inside {
			kind %= 6
		}
		switch kind {
		case 0, 1:
			return scalar.Draw(t, "equal")
		case 2:
			return bson.D{{Key: "$in", Value: append(bson.A{}, rapid.SliceOfN(scalar, 0, 3).Draw(t, "in")...)}}
		case 3, 4, 5:
			operator := rapid.SampledFrom([]string{"$gt", "$gte", "$lt", "$lte"}).Draw(t, "range")
			condition := bson.D{{Key: operator, Value: ranged.Draw(t, "bound")}}
			if !g.Narrow && rapid.Bool().Draw(t, "two bounds") {
				operator := rapid.SampledFrom([]string{"$gt", "$gte", "$lt", "$lte"}).Draw(t, "other")
				condition = append(condition, bson.E{Key: operator, Value: ranged.Draw(t, "other bound")})
			}
			return condition
		case 6:
			return bson.D{{Key: "$exists", Value: rapid.Bool().Draw(t, "exists")}}
		case 7:
			return bson.D{{Key: "$ne", Value: scalar.Draw(t, "not equal")}}
		case 8:
			return bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: ranged.Draw(t, "not from")}}}}
		default:
			if g.Narrow {
				return bson.D{{Key: "$nin", Value: append(bson.A{}, rapid.SliceOfN(scalar, 0, 2).Draw(t, "not in")...)}}
			}
			return bson.D{{Key: "$elemMatch", Value: bson.D{{Key: "n", Value: scalar.Draw(t, "element")}}}}
		}
	})
}

// Update makes an update of up to three paths.
func (g Generator) Update() *rapid.Generator[bson.D] {
	return rapid.Custom(func(t *rapid.T) bson.D {
		byOperator := map[string]bson.D{}
		operators := []string{"$set", "$set", "$unset", "$inc", "$push", "$addToSet", "$pull", "$setOnInsert"}
		for _, field := range fields {
			if rapid.Bool().Draw(t, field+" stays") {
				continue
			}
			path := field
			// Narrowly not through null, which MongoDB refuses as it refuses other values.
			if !g.Narrow && rapid.IntRange(0, 3).Draw(t, "inside") == 0 {
				path += ".n"
			}
			operator := rapid.SampledFrom(operators).Draw(t, "operator")
			byOperator[operator] = append(byOperator[operator], bson.E{Key: path, Value: g.operand(operator).Draw(t, "operand")})
		}
		if len(byOperator) == 0 {
			byOperator["$set"] = bson.D{{Key: "c", Value: 1}}
		}
		update := bson.D{}
		for _, operator := range []string{"$set", "$unset", "$inc", "$push", "$addToSet", "$pull", "$setOnInsert"} {
			if changes := byOperator[operator]; changes != nil {
				update = append(update, bson.E{Key: operator, Value: changes})
			}
		}
		return update
	})
}

func (g Generator) operand(operator string) *rapid.Generator[any] {
	switch operator {
	case "$inc":
		return rapid.SampledFrom([]any{int32(1), int64(-1), 0.5})
	case "$unset":
		return rapid.Just[any]("")
	case "$pull":
		if g.Narrow {
			return g.scalar().Filter(func(v any) bool { return v != nil })
		}
		return rapid.OneOf(g.scalar(), rapid.Map(g.scalar().Filter(func(v any) bool { return v != nil }), func(v any) any {
			return bson.D{{Key: "$gte", Value: v}}
		}), rapid.Map(g.scalar(), func(v any) any { return bson.D{{Key: "n", Value: v}} }))
	case "$push", "$addToSet":
		scalar := g.scalar()
		if g.Narrow && operator == "$addToSet" { // the server there holds 1 and 1.0 apart
			scalar = rapid.SampledFrom([]any{"a", "b", "科", true})
		}
		return rapid.OneOf(scalar, rapid.Map(rapid.SliceOfN(scalar, 0, 3), func(items []any) any {
			return bson.D{{Key: "$each", Value: append(bson.A{}, items...)}}
		}))
	}
	return g.value()
}
