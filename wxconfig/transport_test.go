package wxconfig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/util"
)

func TestTheWireLetsOutWeChatAlone(t *testing.T) {
	t.Parallel()
	install()
	called := make(chan string, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called <- r.URL.Path
		switch r.URL.Path {
		case "/base/moved":
			http.Redirect(w, r, "https://evil.invalid/?"+r.URL.RawQuery, http.StatusFound)
		case "/base/long":
			_, _ = w.Write([]byte(strings.Repeat(" ", maxAnswer) + "{}"))
		case "/base/cut":
			w.Header().Set("Content-Length", "999")
			_, _ = w.Write([]byte(`{"errcode":0}`))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/base/page":
			_, _ = w.Write([]byte("<html>log in to the hotel</html>"))
		case "/base/picture":
			_, _ = w.Write([]byte("\xff\xd8\xff\xe0"))
		case "/base/refused":
			_, _ = w.Write([]byte(`{"errcode":40164,"errmsg":"invalid ip, secret=abc&x"}`))
		default:
			_, _ = w.Write([]byte(`{"errcode":0}`))
		}
	}))
	t.Cleanup(server.Close)
	base, _ := url.Parse(server.URL + "/base")
	way := &route{base: base, timeout: defaultTimeout}

	for _, row := range []struct { //nolint:paralleltest // the rows share the count of calls
		name, url string
		way       *route
		calls     int
		reached   bool
		cause     error
	}{
		{"an answer", "https://api.weixin.qq.com/fine?access_token=hush", way, 1, false, nil},
		{"the other host", "https://mp.weixin.qq.com/fine", way, 1, false, nil},
		{"a picture", "https://api.weixin.qq.com/picture", way, 1, false, nil},
		{"a foreign host", "https://evil.invalid/?access_token=hush", way, 0, false, errForeignHost},
		{"without TLS", "http://api.weixin.qq.com/fine?access_token=hush", way, 0, false, errForeignHost},
		{"a subdomain of somebody", "https://api.weixin.qq.com.evil.invalid/", way, 0, false, errForeignHost},
		{"no account", "https://api.weixin.qq.com/fine?access_token=hush", nil, 0, false, errNoRoute},
		{"a redirection", "https://api.weixin.qq.com/moved?access_token=hush", way, 1, true, nil},
		{"too long", "https://api.weixin.qq.com/long?access_token=hush", way, 1, true, errTooLong},
		{"cut off", "https://api.weixin.qq.com/cut?access_token=hush", way, 1, true, io.ErrUnexpectedEOF},
		{"a page of some proxy", "https://api.weixin.qq.com/page?access_token=hush", way, 1, true, errNoJSON},
	} {
		t.Run(row.name, func(t *testing.T) {
			ctx := t.Context()
			if row.way != nil {
				ctx = row.way.take(ctx)
			}
			_, err := util.HTTPGetContext(ctx, row.url)
			err = plain(err)
			if got := len(called); got != row.calls {
				t.Errorf("got %d calls, want %d", got, row.calls)
			}
			for len(called) > 0 {
				<-called
			}
			var wire *WireError
			if errors.As(err, &wire) && wire.Reached != row.reached {
				t.Errorf("reached: got %v, want %v", wire.Reached, row.reached)
			}
			if row.cause != nil && !errors.Is(err, row.cause) {
				t.Errorf("got %v, want %v", err, row.cause)
			}
			if (row.reached || row.cause != nil) != (err != nil) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}

	_, err := util.HTTPGetContext(way.take(t.Context()), "https://api.weixin.qq.com/refused")
	var refusal *APIError
	if !errors.As(err, &refusal) || refusal.Code != 40164 || refusal.Path != "/refused" || strings.Contains(refusal.Text, "abc") {
		t.Errorf("got %#v", err)
	}

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = util.HTTPGetContext(way.take(gone), "https://api.weixin.qq.com/fine")
	if err = plain(err); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to be context.Canceled", err)
	}
}

func TestRedactLeavesNoSecret(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`Get "https://api.weixin.qq.com/sns/oauth2/access_token?appid=wx1&secret=hush&code=hush&grant_type=x": EOF`,
		`http get error : uri=https://api.weixin.qq.com/x?access_token=hush , statusCode=502`,
		`{"access_token":"hush","refresh_token" : "hush","session_key":"hush"}`,
		`?js_code=hush#`,
	} {
		if got := redact(text); strings.Contains(got, "hush") {
			t.Errorf("got %s", got)
		}
	}
	if got, want := redact("errcode=40163, appid=wx1"), "errcode=40163, appid=wx1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
