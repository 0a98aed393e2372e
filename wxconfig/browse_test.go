package wxconfig_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"
)

// browse fetches a page without following where it leads.
func browse(t *testing.T, jar http.CookieJar, address string) (status int, location *url.URL, page string) {
	t.Helper()
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := browser.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	location, _ = response.Location()
	return response.StatusCode, location, string(body)
}
