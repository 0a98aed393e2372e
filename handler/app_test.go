package handler_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"kezhi/handler"
)

var builtApp = fstest.MapFS{
	"dist/index.html":          {Data: []byte("<!doctype html><title>科技志愿者</title>")},
	"dist/icon.svg":            {Data: []byte("<svg/>")},
	"dist/.gitkeep":            {Data: []byte("")},
	"dist/assets/main-abc.js":  {Data: []byte(strings.Repeat("console.log('科志');", 200))},
	"dist/assets/scan-abc.js":  {Data: []byte(strings.Repeat("a", 2000))},
	"dist/assets/zxing-a.wasm": {Data: []byte("\x00asm")},
	"dist/assets/small-abc.js": {Data: []byte("1")},
}

func TestAppAnswersEveryPageOfItsOwn(t *testing.T) {
	t.Parallel()
	u := newWorld(t, func(c *handler.Config) { c.Web = builtApp }).nobody()
	for path, want := range map[string]string{
		"/": "no-cache", "/index.html": "no-cache", "/activities/01J0": "no-cache", "/c/AQIDBAUGBwgJCgsMDQ4PEBESExQV": "no-cache", "/invite/X": "no-cache",
		"/assets/../activities": "no-cache", "/.gitkeep": "no-cache",
	} {
		page := u.page(path).want(http.StatusOK)
		same(t, page.header.Get("Content-Type"), "text/html; charset=utf-8")
		same(t, page.header.Get("Cache-Control"), want)
		same(t, string(page.body), "<!doctype html><title>科技志愿者</title>")
	}
}

func TestAppFilesAreKeptAsLongAsTheyMayBe(t *testing.T) {
	t.Parallel()
	u := newWorld(t, func(c *handler.Config) { c.Web = builtApp }).nobody()
	for path, want := range map[string][2]string{
		"/assets/main-abc.js":  {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/assets/zxing-a.wasm": {"application/wasm", "public, max-age=31536000, immutable"},
		"/icon.svg":            {"image/svg+xml", "no-cache"},
	} {
		file := u.page(path).want(http.StatusOK)
		same(t, [2]string{file.header.Get("Content-Type"), file.header.Get("Cache-Control")}, want)
		again := httptest.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, nil)
		again.Header.Set("If-None-Match", file.header.Get("ETag"))
		u.send(again).want(http.StatusNotModified)
	}
	gone := u.page("/assets/main-old.js").want(http.StatusNotFound)
	same(t, gone.header.Get("Cache-Control"), "no-store")
}

func TestAppFilesAreSentCompressedToThoseWhoTakeIt(t *testing.T) {
	t.Parallel()
	u := newWorld(t, func(c *handler.Config) {
		c.Web = fstest.MapFS{
			"index.html": {Data: []byte("x")}, "assets/main.js": builtApp["dist/assets/main-abc.js"],
			"assets/built.js": builtApp["dist/assets/scan-abc.js"], "assets/built.js.gz": {Data: []byte("made by the build")},
			"assets/small.js": {Data: []byte("1")},
		}
	}).nobody()
	ask := func(path, accept string) *answer {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, nil)
		request.Header.Set("Accept-Encoding", accept)
		return u.send(request).want(http.StatusOK)
	}
	plain := ask("/assets/main.js", "br")
	packed := ask("/assets/main.js", "deflate, gzip;q=1.0, br")
	same(t, packed.header.Get("Content-Encoding"), "gzip")
	same(t, packed.header.Get("Vary"), "Accept-Encoding")
	reader, err := gzip.NewReader(bytes.NewReader(packed.body))
	must(t, err)
	unpacked, err := io.ReadAll(reader)
	must(t, err)
	same(t, string(unpacked), string(plain.body))
	same(t, string(ask("/assets/built.js", "gzip").body), "made by the build")
	for path, accept := range map[string]string{"/assets/main.js": "gzip;q=0", "/assets/small.js": "gzip", "/assets/built.js": ""} {
		same(t, ask(path, accept).header.Get("Content-Encoding"), "")
	}
	same(t, u.page("/assets/built.js.gz").status, http.StatusNotFound)
}

func TestAppThatIsNotBuiltSaysSo(t *testing.T) {
	t.Parallel()
	u := newWorld(t, func(c *handler.Config) { c.Web = fstest.MapFS{"dist/.gitkeep": {}} }).nobody()
	if page := u.page("/"); !strings.Contains(string(page.body), "make run") {
		t.Errorf("got %s", page.body)
	}
}

func TestWeChatFindsItsVerifyFile(t *testing.T) {
	t.Parallel()
	u := newWorld(t, func(c *handler.Config) { c.VerifyFiles = map[string]string{"MP_verify_AbC.txt": "AbC"} }).nobody()
	file := u.page("/MP_verify_AbC.txt").want(http.StatusOK)
	same(t, string(file.body), "AbC")
	same(t, file.header.Get("Content-Type"), "text/plain; charset=utf-8")
}

func TestWhatDoesNotExistIsRefusedInJSON(t *testing.T) {
	t.Parallel()
	u := newWorld(t).nobody()
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v2/me", "/api/v1/me/", "/api/v1/nowhere"} {
		u.page(path).refusal(http.StatusNotFound, "not_found")
	}
	not := u.del("/me").want(http.StatusMethodNotAllowed)
	same(t, not.header.Get("Allow"), "GET")
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, origin+"/activities/1", strings.NewReader("{}"))
	same(t, u.send(request).want(http.StatusMethodNotAllowed).header.Get("Allow"), "GET, HEAD")
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *handler.Config) { c.Secure = true })
	u := w.nobody()
	for _, path := range []string{"/", "/assets/gone.js", api + "/choices", api + "/nowhere", api + "/me", "/wechat/login", "/wechat/login/return", "/healthz"} {
		header := u.page(path).header
		for name, part := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Strict-Transport-Security": "max-age=", "Permissions-Policy": "camera=(self)",
		} {
			if !strings.Contains(header.Get(name), part) {
				t.Errorf("%s: %s is %q", path, name, header.Get(name))
			}
		}
		if strings.Contains(header.Get("Content-Security-Policy"), "unsafe-eval'; ") && !strings.Contains(header.Get("Content-Security-Policy"), "'wasm-unsafe-eval'") {
			t.Errorf("%s: scripts may be made of text", path)
		}
	}
}
