package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"
)

const api = "/api/v1"

// contract is openapi.yaml.
type contract struct {
	document *openapi3.T
	router   routers.Router
}

var theContract = sync.OnceValue(func() contract {
	document, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	must(nil, err)
	router, err := legacy.NewRouter(document)
	must(nil, err)
	for _, picture := range []string{"image/png", "image/jpeg", "image/webp"} {
		openapi3filter.RegisterBodyDecoder(picture, openapi3filter.FileBodyDecoder)
	}
	return contract{document, router}
})

// check holds a request and its answer to openapi.yaml: the answer must be what is
// written there, and a request that was let through must be one that is written there.
func (k contract) check(t testing.TB, request *http.Request, sent []byte, answer *answer) {
	t.Helper()
	if !strings.HasPrefix(request.URL.Path, "/api/") {
		return
	}
	if answer.header.Get("X-Request-Id") == "" {
		t.Errorf("%s %s: the answer has no request id", request.Method, request.URL.Path)
	}
	if answer.header.Get("Cache-Control") != "no-store" && answer.header.Get("Etag") == "" {
		t.Errorf("%s %s: the answer may be kept: Cache-Control %q", request.Method, request.URL.Path, answer.header.Get("Cache-Control"))
	}
	ctx := context.Background()
	repeated := request.Clone(ctx)
	repeated.URL.Scheme, repeated.URL.Host = "", "" // the servers of openapi.yaml are paths
	repeated.Body = io.NopCloser(bytes.NewReader(sent))
	route, parameters, err := k.router.FindRoute(repeated)
	if err != nil {
		if answer.status != http.StatusNotFound && answer.status != http.StatusMethodNotAllowed {
			t.Errorf("%s %s is not in openapi.yaml, but answers %d", request.Method, request.URL.Path, answer.status)
		}
		var body any
		must(t, json.Unmarshal(answer.body, &body))
		if err := k.document.Components.Schemas["Refusal"].Value.VisitJSON(body); err != nil {
			t.Errorf("%s %s: %v", request.Method, request.URL.Path, err)
		}
		return
	}
	asked := &openapi3filter.RequestValidationInput{
		Request: repeated, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(ctx, asked); err != nil && answer.status < 400 {
		t.Errorf("%s %s was let through, against openapi.yaml: %v", request.Method, request.URL.Path, err)
	}
	answered := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: asked, Status: answer.status, Header: answer.header, Options: asked.Options,
	}
	answered.SetBodyBytes(answer.body)
	if err := openapi3filter.ValidateResponse(ctx, answered); err != nil {
		t.Errorf("%s %s answers %d %s, against openapi.yaml: %v", request.Method, request.URL.Path, answer.status, answer.body, err)
	}
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// send sends any request and holds it and its answer to the contract.
func (u *user) send(request *http.Request) *answer {
	u.Helper()
	if u.bearer != "" && request.Header.Get("Authorization") == "" && request.Header.Get("Cookie") == "" {
		request.Header.Set("Authorization", "Bearer "+u.bearer)
	}
	var sent []byte
	if request.Body != nil {
		var err error
		sent, err = io.ReadAll(request.Body)
		must(u, err)
		request.Body = io.NopCloser(bytes.NewReader(sent))
		request.ContentLength = int64(len(sent))
	}
	recorder := httptest.NewRecorder()
	u.handler.ServeHTTP(recorder, request)
	a := &answer{t: u, status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}
	theContract().check(u, request, sent, a)
	return a
}

// call sends a JSON body (nil: none) to a path of the API.
func (u *user) call(method, path string, body any) *answer {
	u.Helper()
	return u.send(u.request(method, path, body))
}

func (u *user) request(method, path string, body any) *http.Request {
	u.Helper()
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		must(u, err)
		reader = bytes.NewReader(raw)
	}
	request := httptest.NewRequestWithContext(u.Context(), method, origin+api+path, reader)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request
}

func (u *user) get(path string) *answer { u.Helper(); return u.call(http.MethodGet, path, nil) }
func (u *user) del(path string) *answer { u.Helper(); return u.call(http.MethodDelete, path, nil) }
func (u *user) post(path string, body any) *answer {
	u.Helper()
	return u.call(http.MethodPost, path, body)
}

func (u *user) put(path string, body any) *answer {
	u.Helper()
	return u.call(http.MethodPut, path, body)
}

// page gets what is not the API, following no redirect.
func (u *user) page(path string, cookies ...*http.Cookie) *answer {
	u.Helper()
	request := httptest.NewRequestWithContext(u.Context(), http.MethodGet, origin+path, nil)
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	return u.send(request)
}

// form is JSON as a test writes it.
type form map[string]any

// want demands the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("got %d %s, want %d", a.status, a.body, status)
	}
	return a
}

// refusal demands a refusal for the reason, and returns it.
func (a *answer) refusal(status int, reason string) refusal {
	a.t.Helper()
	a.want(status)
	var r struct{ Error refusal }
	must(a.t, json.Unmarshal(a.body, &r))
	if r.Error.Reason != reason {
		a.t.Fatalf("got %s, want the reason %s", a.body, reason)
	}
	return r.Error
}

type refusal struct {
	Reason  string
	Message string
	Fields  []struct{ Field, Message string }
	Detail  map[string]any
}

// names tells whether the refusal names the field.
func (r refusal) names(field string) bool {
	for _, f := range r.Fields {
		if f.Field == field && f.Message != "" {
			return true
		}
	}
	return false
}

// object is the answer's JSON.
func (a *answer) object() map[string]any {
	a.t.Helper()
	var object map[string]any
	must(a.t, json.Unmarshal(a.body, &object))
	return object
}

// cookie is the cookie that the answer sets.
func (a *answer) cookie(name string) *http.Cookie {
	a.t.Helper()
	response := http.Response{Header: a.header}
	for _, cookie := range response.Cookies() {
		if cookie.Name == name {
			return cookie
		}
	}
	a.t.Fatalf("no cookie %s in %v", name, a.header)
	return nil
}

func same(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	must(t, err)
	return content
}

// upload is a request with a picture.
func (u *user) upload(path, media string, file []byte) *http.Request {
	request := httptest.NewRequestWithContext(u.Context(), http.MethodPost, origin+api+path, bytes.NewReader(file))
	request.Header.Set("Content-Type", media)
	return request
}
