package mongo

import (
	"context"
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kezhi/store"
)

// Get decodes the document with this _id.
func (db *DB) Get(ctx context.Context, collection, id string, into any) error {
	document, err := db.collection(collection).FindOne(ctx, bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil {
		return fault(ctx, err)
	}
	return store.Decode(document, into)
}

// Find decodes a page of documents into the pointer to a slice.
func (db *DB) Find(ctx context.Context, collection string, query store.Query, into any) error {
	index, err := db.index(collection, query.Index)
	if err != nil {
		return err
	}
	page, err := store.PlanPage(index, store.SingleValued, query)
	if err != nil {
		return err
	}
	list, err := store.NewList(into)
	if err != nil {
		return err
	}
	o := options.Find().SetHint(query.Index).SetLimit(int64(query.Limit)).SetBatchSize(int32(query.Limit))
	sort := bson.D{}
	if page.Plan.Sorted {
		sort = sortBy(index, query.Sort)
	}
	if len(sort) > 0 {
		o.SetSort(sort)
	}
	if len(query.Fields) > 0 {
		fields := bson.D{{Key: "_id", Value: 1}}
		for _, field := range query.Fields {
			if field != "_id" {
				fields = append(fields, bson.E{Key: field, Value: 1})
			}
		}
		o.SetProjection(fields)
	}
	cursor, err := db.collection(collection).Find(ctx, after(page, sort), o)
	if err != nil {
		return fault(ctx, err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		if err := list.Append(cursor.Current); err != nil {
			return err
		}
	}
	return fault(ctx, cursor.Err())
}

// sortBy is the sort as the server gets it, which is one that the index gives. An
// index over unique keys does not hold the _id, and has no ties that it would break.
func sortBy(index store.Index, sort bson.D) bson.D {
	full := store.FullSort(sort)
	if index.Unique && index.Name != store.PrimaryIndex {
		return full[:len(full)-1]
	}
	return full
}

// after narrows the filter to what comes after the page's beginning: greater in the
// first field of the sort, or equal there and greater in the next, and so on. Each
// way is a filter of its own with all the conditions, so that MongoDB reads one
// stretch of the index for each and merges them.
func after(page store.Page, sort bson.D) any {
	filter := page.Filter.Raw
	if page.After == nil {
		return filter
	}
	var ways bson.A
	var equal bson.D
	for i, field := range sort {
		direction, _ := store.Direction(field.Value) // checked with the plan
		for _, beyond := range beyond(field.Key, direction, page.After[i]) {
			way := append(bson.D{}, equal...)
			ways = append(ways, bson.D{{Key: "$and", Value: bson.A{filter, append(way, beyond)}}})
		}
		equal = append(equal, bson.E{Key: field.Key, Value: page.After[i]})
	}
	return bson.D{{Key: "$or", Value: ways}}
}

// beyond are the conditions for what sorts after a value. A range stays inside one
// type, and null (which missing counts as) sorts before all others.
func beyond(field string, direction int, value bson.RawValue) []bson.E {
	isNull := value.Type == bson.TypeNull
	switch {
	case direction > 0 && isNull:
		return []bson.E{{Key: field, Value: bson.D{{Key: "$ne", Value: nil}}}}
	case direction > 0:
		return []bson.E{{Key: field, Value: bson.D{{Key: "$gt", Value: value}}}}
	case isNull:
		return nil
	case field == "_id":
		return []bson.E{{Key: field, Value: bson.D{{Key: "$lt", Value: value}}}}
	}
	return []bson.E{
		{Key: field, Value: bson.D{{Key: "$lt", Value: value}}},
		{Key: field, Value: nil},
	}
}

// Count returns how many documents match.
func (db *DB) Count(ctx context.Context, collection, index string, filter bson.D) (int64, error) {
	declared, err := db.index(collection, index)
	if err != nil {
		return 0, err
	}
	f, err := store.ParseFilter(filter)
	if err != nil {
		return 0, err
	}
	if _, err := store.PlanQuery(declared, store.SingleValued, f, nil); err != nil {
		return 0, err
	}
	count, err := db.collection(collection).CountDocuments(ctx, f.Raw, options.Count().SetHint(index))
	return count, fault(ctx, err)
}

// Group counts the matching documents by the value of a field.
func (db *DB) Group(ctx context.Context, collection string, query store.GroupQuery) ([]store.GroupRow, error) {
	index, err := db.index(collection, query.Index)
	if err != nil {
		return nil, err
	}
	f, err := store.ParseFilter(query.Filter)
	if err != nil {
		return nil, err
	}
	if _, err := store.PlanGroup(index, store.SingleValued, query); err != nil {
		return nil, err
	}
	cursor, err := db.collection(collection).Aggregate(ctx, groupPipeline(f, query), options.Aggregate().SetHint(query.Index))
	if err != nil {
		return nil, fault(ctx, err)
	}
	var documents []bson.Raw
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, fault(ctx, err)
	}
	rows := make([]store.GroupRow, len(documents))
	for i, document := range documents {
		if rows[i], err = groupRow(document, query.Sums); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// groupPipeline unwinds each array on the way to the field, then groups.
func groupPipeline(f store.Filter, query store.GroupQuery) driver.Pipeline {
	pipeline := driver.Pipeline{{{Key: "$match", Value: f.Raw}}}
	parts := strings.Split(query.By, ".")
	for i := range parts {
		pipeline = append(pipeline, bson.D{{Key: "$unwind", Value: bson.D{
			{Key: "path", Value: "$" + strings.Join(parts[:i+1], ".")},
			{Key: "preserveNullAndEmptyArrays", Value: true},
		}}})
	}
	group := bson.D{
		// Missing and null are one group.
		{Key: "_id", Value: bson.D{{Key: "$ifNull", Value: bson.A{"$" + query.By, nil}}}},
		{Key: "count", Value: bson.D{{Key: "$sum", Value: 1}}},
	}
	for i, sum := range query.Sums {
		group = append(group, bson.E{Key: sumName(i), Value: bson.D{{Key: "$sum", Value: "$" + sum}}})
	}
	return append(pipeline, bson.D{{Key: "$group", Value: group}}, bson.D{{Key: "$sort", Value: bson.D{{Key: "_id", Value: 1}}}})
}

// sumName is what the sum of a field is called in the server's rows, as a path may not be a name there.
func sumName(i int) string { return fmt.Sprint("sum", i) }

func groupRow(document bson.Raw, sums []string) (store.GroupRow, error) {
	row := store.GroupRow{Value: document.Lookup("_id")}
	if row.Value.Type == 0 {
		row.Value = bson.RawValue{Type: bson.TypeNull}
	}
	var ok bool
	if row.Count, ok = document.Lookup("count").AsInt64OK(); !ok {
		return row, fmt.Errorf("store/mongo: a group without a count: %s", document)
	}
	if len(sums) == 0 {
		return row, nil
	}
	row.Sums = make(map[string]float64, len(sums))
	for i, sum := range sums {
		if row.Sums[sum], ok = document.Lookup(sumName(i)).AsFloat64OK(); !ok {
			return row, fmt.Errorf("store/mongo: a group without a sum: %s", document)
		}
	}
	return row, nil
}
