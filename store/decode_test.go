package store_test

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"kezhi/store"
)

type state string

type inner struct {
	N     int               `bson:"n"`
	Note  *string           `bson:"note,omitempty"`
	Names map[string]string `bson:"names"`
}

type plain struct {
	ID       string    `bson:"_id"`
	Kind     state     `bson:"kind"`
	Yes      bool      `bson:"yes"`
	Small    int8      `bson:"small"`
	Count    int64     `bson:"count"`
	Hours    float64   `bson:"hours"`
	At       time.Time `bson:"at"`
	Until    *time.Time
	Secret   []byte           `bson:"secret"`
	Tags     []state          `bson:"tags"`
	Inner    inner            `bson:"inner"`
	Inners   []inner          `bson:"inners"`
	Pointers []*inner         `bson:"pointers"`
	ByName   map[state]inner  `bson:"by_name"`
	Took     time.Duration    `bson:"took"`
	hidden   int              //nolint:unused // to be left alone
	Skipped  string           `bson:"-"`
	Lists    [][]int32        `bson:"lists"`
	Dates    map[string][]int `bson:"dates"`
}

// Whatever a document holds, under whatever name, Decode does what the driver does.
func TestDecodeDoesWhatTheDriverDoes(t *testing.T) {
	t.Parallel()
	names := []string{"_id", "kind", "yes", "small", "count", "hours", "at", "until", "Until", "KIND", "secret", "tags", "inner", "inners", "pointers", "by_name", "took", "hidden", "Skipped", "-", "lists", "dates", "unknown"}
	values := []any{
		nil, "text", "", "科", true, false, int32(1), int32(300), int64(1) << 40, 1.0, 1.5, math.MaxFloat64,
		time.UnixMilli(1_764_000_000_001).UTC(), time.UnixMilli(-1).UTC(),
		[]byte{1, 2},
		bson.Binary{Subtype: 4, Data: make([]byte, 16)},
		bson.A{},
		bson.A{"a", "b"},
		bson.A{nil},
		bson.A{int32(1)},
		bson.A{bson.A{int32(1), int64(2)}, bson.A{}},
		bson.D{},
		bson.D{{Key: "n", Value: 1}, {Key: "note", Value: "x"}, {Key: "names", Value: bson.D{{Key: "a", Value: "b"}}}},
		bson.D{{Key: "n", Value: "no number"}},
		bson.D{{Key: "note", Value: nil}, {Key: "N", Value: 7}},
		bson.A{bson.D{{Key: "n", Value: 1}}, nil, bson.D{}},
		bson.D{{Key: "k", Value: bson.D{{Key: "n", Value: 5}}}},
		bson.D{{Key: "2026", Value: bson.A{int32(1)}}},
		bson.NewDecimal128(1, 2),
		bson.ObjectID{1},
	}
	rapid.Check(t, func(rt *rapid.T) {
		document := bson.D{}
		for range rapid.IntRange(0, 6).Draw(rt, "fields") {
			name := rapid.SampledFrom(names).Draw(rt, "name")
			document = append(document, bson.E{Key: name, Value: rapid.SampledFrom(values).Draw(rt, "value")})
		}
		raw, err := bson.Marshal(document)
		if err != nil {
			rt.Fatal(err)
		}
		// Fields that the document lacks keep what they had.
		want, got := plain{Yes: true, Count: 9, Skipped: "kept"}, plain{Yes: true, Count: 9, Skipped: "kept"}
		wantErr := bson.Unmarshal(raw, &want)
		err = store.Decode(raw, &got)
		if (err == nil) != (wantErr == nil) {
			rt.Fatalf("%v: got %v, want %v", document, err, wantErr)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(plain{})); err == nil && diff != "" {
			rt.Fatalf("%v (-want +got)\n%s", document, diff)
		}
	})
}

type custom struct{ text string }

func (c *custom) UnmarshalBSONValue(kind byte, data []byte) error {
	c.text = bson.RawValue{Type: bson.Type(kind), Value: data}.String()
	return nil
}

type tree struct {
	Name     string `bson:"name"`
	Children []tree `bson:"children"`
}

func TestDecodeHandsOverWhatIsNotPlain(t *testing.T) {
	t.Parallel()
	raw, err := bson.Marshal(bson.D{{Key: "c", Value: 1}, {Key: "any", Value: "x"}, {Key: "name", Value: "root"}, {Key: "children", Value: bson.A{bson.D{{Key: "name", Value: "leaf"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"a type with its own decoding": {new(struct{ C custom }), new(struct{ C custom })},
		"an interface":                 {new(struct{ Any any }), new(struct{ Any any })},
		"a type inside itself":         {new(tree), new(tree)},
		"a raw document":               {new(bson.Raw), new(bson.Raw)},
		"a bson.D":                     {new(bson.D), new(bson.D)},
		"a bson.M":                     {new(bson.M), new(bson.M)},
		"an embedded struct":           {new(struct{ tree }), new(struct{ tree })},
		"an inlined struct": {new(struct {
			T tree `bson:",inline"`
		}), new(struct {
			T tree `bson:",inline"`
		})},
	} {
		if err := bson.Unmarshal(raw, pair[0]); err != nil {
			t.Fatal(err)
		}
		if err := store.Decode(raw, pair[1]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(pair[0], pair[1], cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	note := "x"
	raw, err := bson.Marshal(plain{ID: "01JDQ5K6T2", Kind: "pending", At: time.UnixMilli(1), Secret: make([]byte, 32), Tags: []state{"a", "b", "c"}, Inner: inner{N: 1, Note: &note}})
	if err != nil {
		b.Fatal(err)
	}
	for name, decode := range map[string]func(bson.Raw, any) error{
		"ours":   store.Decode,
		"driver": func(raw bson.Raw, into any) error { return bson.Unmarshal(raw, into) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var p plain
				if err := decode(raw, &p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
