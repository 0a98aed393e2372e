package handler_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kezhi/service"
	"kezhi/store"

	"github.com/getkin/kin-openapi/openapi3"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// junk is one way to spoil a body that was right.
type junk struct {
	name    string
	content string // the content type; empty: JSON
	body    []byte
	field   string // that the refusal must name; empty: none
}

// Every endpoint that takes JSON, as openapi.yaml says, is sent every kind of junk that
// can be made of a right body by its schema.
func TestJunkIsRefusedByNameAndNothingIsStored(t *testing.T) {
	t.Parallel()
	tried := 0
	for path, item := range theContract().document.Paths.Map() {
		for method, operation := range item.Operations() {
			media := operation.RequestBody
			if media == nil || media.Value.Content.Get("application/json") == nil {
				continue
			}
			tried++
			endpoint := method + " " + path
			t.Run(endpoint, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				who, thing := entitled(w, endpoint)
				before := w.dump()
				for _, j := range spoil(t, thing.body, media.Value.Content.Get("application/json").Schema.Value) {
					request := httptest.NewRequestWithContext(t.Context(), method, origin+api+thing.path, bytes.NewReader(j.body))
					request.Header.Set("Content-Type", cmp.Or(j.content, "application/json"))
					got := who.send(request)
					if got.status != http.StatusBadRequest {
						t.Errorf("%s: got %d %s, want 400", j.name, got.status, got.body)
						continue
					}
					var r struct{ Error refusal }
					must(t, json.Unmarshal(got.body, &r))
					if j.field != "" && !r.Error.names(j.field) {
						t.Errorf("%s: %s does not name %s", j.name, got.body, j.field)
					}
					if !strings.ContainsFunc(r.Error.Message, func(c rune) bool { return c >= 0x4e00 }) {
						t.Errorf("%s: the message %q is not Chinese", j.name, r.Error.Message)
					}
				}
				same(t, w.dump(), before)
				// The control: unspoilt, it is not refused as junk.
				if got := who.call(method, thing.path, thing.body); got.status == http.StatusBadRequest && endpoint != "POST /me/volunteer/activation" {
					t.Errorf("the right body: got %d %s", got.status, got.body)
				}
			})
		}
	}
	if tried < 15 {
		t.Errorf("openapi.yaml has %d endpoints with JSON, there should be more", tried)
	}
}

// entitled is someone who may call the endpoint, and a right call of theirs.
func entitled(w *world, endpoint string) (*user, target) {
	w.Helper()
	switch endpoint {
	case "POST /sessions/mini":
		return w.nobody(), target{path: "/sessions/mini", body: form{"code": codeOf("mini-1")}}
	case "PUT /me/volunteer":
		u := w.newcomer()
		must(w, w.services.People.Consent(w.Context(), u.actor(), service.Privacy.Version, true))
		body := u.form(w.team)
		body["version"] = 1
		return u, target{path: "/me/volunteer", body: body}
	}
	u := w.with(service.RolePlatformAdmin, nil)
	for _, row := range accessTable {
		if row.endpoint == endpoint {
			return u, row.make(w, u)
		}
	}
	w.Fatalf("no row of the access table shows a right call of %s", endpoint)
	return nil, target{}
}

func spoil(t *testing.T, right any, schema *openapi3.Schema) []junk {
	t.Helper()
	raw, err := json.Marshal(right)
	must(t, err)
	var body map[string]any
	must(t, json.Unmarshal(raw, &body))
	with := func(name string, value any) []byte {
		changed := maps.Clone(body)
		changed[name] = value
		out, err := json.Marshal(changed)
		must(t, err)
		return out
	}
	all := []junk{
		{name: "no body"},
		{name: "not JSON", body: []byte("name=a")},
		{name: "cut off", body: raw[:len(raw)-1]},
		{name: "a list", body: []byte("[" + string(raw) + "]")},
		{name: "null", body: []byte("null")},
		{name: "trailing data", body: append(slices.Clone(raw), `{}`...)},
		{name: "trailing junk", body: append(slices.Clone(raw), `]`...)},
		{name: "another content type", content: "text/plain", body: raw},
		{name: "a form's content type", content: "application/x-www-form-urlencoded", body: raw},
		{name: "oversized", body: append(slices.Clone(raw), bytes.Repeat([]byte(" "), 64<<10)...)},
		{name: "an unknown field", body: with("is_admin", true), field: "is_admin"},
	}
	if text := []byte(`":"`); bytes.Contains(raw, text) {
		all = append(all, junk{name: "bytes that are no UTF-8", body: bytes.Replace(raw, text, append(text, 0xff), 1)})
	}
	for name, property := range schema.Properties {
		p := property.Value
		value, given := body[name]
		if slices.Contains(schema.Required, name) {
			changed := maps.Clone(body)
			delete(changed, name)
			out, err := json.Marshal(changed)
			must(t, err)
			all = append(all, junk{name: name + " missing", body: out, field: name})
		}
		all = append(all,
			junk{name: name + " null", body: with(name, nil), field: name},
			junk{name: name + " an object", body: with(name, map[string]any{"$ne": ""}), field: name},
			junk{name: name + " in capitals", body: with(strings.ToUpper(name), "a"), field: strings.ToUpper(name)},
		)
		if given {
			twice, err := json.Marshal(value)
			must(t, err)
			all = append(all, junk{name: name + " twice", body: fmt.Appendf(nil, `{%q:%s,%s`, name, twice, raw[1:]), field: name})
		}
		if !p.Type.Is("string") {
			all = append(all, junk{name: name + " a text", body: with(name, "1"), field: name})
		} else {
			all = append(all, junk{name: name + " a number", body: with(name, 1), field: name})
		}
		if p.Type.Is("integer") {
			all = append(all, junk{name: name + " a fraction", body: with(name, 1.5), field: name})
		}
		if p.Format == "date-time" {
			all = append(all, junk{name: name + " without an offset", body: with(name, "2026-05-01T12:00:00"), field: name})
		}
		if p.MaxLength != nil {
			all = append(all, junk{name: name + " too long", body: with(name, strings.Repeat("长", int(*p.MaxLength)+1)), field: name})
		}
		if p.MinLength > 0 {
			all = append(all, junk{name: name + " too short", body: with(name, strings.Repeat("s", int(p.MinLength)-1)), field: name})
		}
		if p.MaxItems != nil {
			all = append(all, junk{name: name + " too many", body: with(name, slices.Repeat([]string{"a"}, int(*p.MaxItems)+1)), field: name})
		}
		if p.Items != nil {
			all = append(all,
				junk{name: name + " of numbers", body: with(name, []int{1}), field: name},
				junk{name: name + " of long texts", body: with(name, []string{strings.Repeat("长", int(*p.Items.Value.MaxLength)+1)}), field: name})
		}
	}
	return all
}

func TestJunkInQueriesIsRefusedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.with(service.RolePlatformAdmin, nil)
	tried := 0
	for path, item := range theContract().document.Paths.Map() {
		for method, operation := range item.Operations() {
			right := map[string]string{}
			for _, p := range operation.Parameters {
				switch p.Value.Name {
				case "state":
					right["state"] = "pending"
				case "url":
					right["url"] = origin + "/"
				}
			}
			for _, p := range operation.Parameters {
				if p.Value.In != openapi3.ParameterInQuery {
					continue
				}
				for _, bad := range badValues(p.Value) {
					tried++
					query := maps.Clone(right)
					query[p.Value.Name] = bad
					var pairs []string
					for name, value := range query {
						if value != "-" {
							pairs = append(pairs, name+"="+value)
						}
					}
					id := w.activity(w.team).ID
					address := strings.ReplaceAll(path, "{id}", id) + "?" + strings.Join(pairs, "&")
					if r := admin.call(method, address, nil).refusal(http.StatusBadRequest, "invalid"); !r.names(p.Value.Name) {
						t.Errorf("%s: %v does not name %s", address, r, p.Value.Name)
					}
				}
			}
		}
	}
	if tried < 12 {
		t.Errorf("tried %d bad queries, there should be more", tried)
	}
}

// badValues are what the parameter may not be; "-" stands for its absence.
func badValues(p *openapi3.Parameter) []string {
	var bad []string
	schema := p.Schema.Value
	if p.Required {
		bad = append(bad, "-")
	}
	if schema.MaxLength != nil {
		bad = append(bad, strings.Repeat("a", int(*schema.MaxLength)+1))
	}
	if len(schema.Enum) > 0 {
		bad = append(bad, "everything", "PENDING")
	}
	if schema.Type.Is("boolean") {
		bad = append(bad, "yes", `"true"`)
	}
	return bad
}

func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.nobody().get("/activities?cursor=junk").refusal(http.StatusBadRequest, "cursor")
}

func TestParametersThatWeChatAddsToLinksAreNoJunk(t *testing.T) {
	t.Parallel()
	newWorld(t).nobody().get("/activities?from=singlemessage&isappinstalled=0").want(http.StatusOK)
}

func TestEndpointsWithoutBodyRefuseOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang, other := w.volunteer(w.team), w.volunteer(w.team)
	a := w.activity(w.team)
	sign := "/activities/" + a.ID + "/registration"
	if r := wang.post(sign, form{"volunteer_id": other.id}).refusal(http.StatusBadRequest, "invalid"); !r.names("volunteer_id") {
		t.Errorf("%v does not name volunteer_id", r)
	}
	wang.post(sign, form{}).want(http.StatusOK)
}

func TestPhotosOfAnyOtherTypeOrSizeAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.newcomer()
	before := w.dump()
	u.send(u.upload("/photos", "image/gif", portrait())).refusal(http.StatusBadRequest, "request.content_type")
	u.send(u.upload("/photos", "application/json", portrait())).refusal(http.StatusBadRequest, "request.content_type")
	u.send(u.upload("/photos", "image/jpeg", []byte("<svg onload=alert(1)>"))).refusal(http.StatusBadRequest, "photo.unreadable")
	u.send(u.upload("/photos", "image/jpeg", make([]byte, service.PhotoMaxBytes+1))).refusal(http.StatusBadRequest, "request.too_large")
	same(t, w.dump(), before)
	u.send(u.upload("/photos", "image/jpeg", portrait())).want(http.StatusCreated)
}

// dump is every document of the store.
func (w *world) dump() map[string][]string {
	w.Helper()
	all := map[string][]string{}
	for _, collection := range []string{
		"people", "volunteers", "organizations", "activities", "registrations", "attendances", "notices", "journal", "photos", "once",
	} {
		var documents []bson.M
		must(w, w.documents.Find(w.Context(), collection, store.Query{Index: "_id_", Limit: 1000}, &documents))
		for _, d := range documents {
			raw, err := bson.MarshalExtJSON(d, true, false)
			must(w, err)
			var sorted any
			must(w, json.Unmarshal(raw, &sorted))
			text, err := json.Marshal(sorted)
			must(w, err)
			all[collection] = append(all[collection], string(text))
		}
	}
	return all
}
