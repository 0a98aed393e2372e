package wxconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/silenceper/wechat/v2/util"
	"github.com/sirupsen/logrus"
)

// APIError is a refusal by WeChat: it answered, and did not do it.
type APIError struct {
	Path string // of the call
	Code int    // errcode
	Text string // errmsg, without secrets
}

func (e *APIError) Error() string {
	return fmt.Sprintf("wechat %s: %d %s", e.Path, e.Code, e.Text)
}

// WireError is a call without a usable answer.
type WireError struct {
	Path    string
	Reached bool // WeChat may have acted upon it: the request had begun to leave
	Status  int  // of HTTP; 0 when there was none
	cause   error
}

func (e *WireError) Error() string {
	if e.Reached {
		return fmt.Sprintf("wechat %s: the answer was lost: %s", e.Path, redact(e.cause.Error()))
	}
	return fmt.Sprintf("wechat %s: not reached: %s", e.Path, redact(e.cause.Error()))
}

// Unwrap leads to context.Canceled and its like.
func (e *WireError) Unwrap() error { return e.cause }

var (
	errForeignHost = errors.New("the host is not WeChat's")
	errNoRoute     = errors.New("the call names no account")
	errTooLong     = errors.New("the answer is too long")
	errNoJSON      = errors.New("the answer is not JSON")
)

// The library has one HTTP client for the whole process and hands every call's URL
// to it, so the base that a call goes to travels in its context. That also lets
// several accounts, and parallel tests, live in one process.
type routeKey struct{}

type route struct {
	base    *url.URL // nil: the real platform
	timeout time.Duration
}

// take sends the library's calls under the returned context along the route.
func (r *route) take(ctx context.Context) context.Context {
	return context.WithValue(ctx, routeKey{}, r)
}

var installOnce sync.Once

// install puts our transport under the library and silences its logger, which
// would print decrypted messages. Both are global to the process: once.
func install() {
	installOnce.Do(func() {
		logrus.SetOutput(io.Discard)
		logrus.SetLevel(logrus.PanicLevel)

		under := http.DefaultTransport.(*http.Transport).Clone()
		under.MaxIdleConnsPerHost = 16
		util.DefaultHTTPClient = &http.Client{Transport: &transport{under}}
	})
}

// transport is the wire to WeChat. It lets out calls to WeChat's API hosts alone,
// sends them to the account's base, and turns an answer into a body or one of two
// typed errors. Reading errcode here, below the library, is what types the many
// library calls that return WeChat's refusals as plain strings.
type transport struct{ under http.RoundTripper }

const maxAnswer = 2 << 20

// RoundTrip returns an *APIError where WeChat refused and a *WireError where it
// did not answer.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	path := request.URL.Path
	lost := func(reached bool, status int, cause error) error {
		return &WireError{Path: path, Reached: reached, Status: status, cause: cause}
	}
	way, ok := request.Context().Value(routeKey{}).(*route)
	if !ok {
		closeBody(request)
		return nil, lost(false, 0, errNoRoute)
	}
	if host := request.URL.Host; request.URL.Scheme != "https" || host != "api.weixin.qq.com" && host != "mp.weixin.qq.com" {
		closeBody(request)
		return nil, lost(false, 0, errForeignHost)
	}

	var reached atomic.Bool
	// The whole answer is read in here, so one deadline covers the call. A timeout
	// of http.Client would replace our typed error by its own.
	ctx, cancel := context.WithTimeout(request.Context(), way.timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { reached.Store(true) },
	})
	request = request.Clone(ctx)
	if way.base != nil {
		request.URL.Scheme, request.URL.Host = way.base.Scheme, way.base.Host
		request.URL.Path = strings.TrimRight(way.base.Path, "/") + path
		request.Host = ""
	}
	response, err := t.under.RoundTrip(request)
	if err != nil {
		return nil, lost(reached.Load(), 0, err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	_ = response.Body.Close()
	switch {
	case err != nil:
		return nil, lost(true, response.StatusCode, err)
	case len(body) > maxAnswer:
		return nil, lost(true, response.StatusCode, errTooLong)
	case response.StatusCode != http.StatusOK:
		return nil, lost(true, response.StatusCode, fmt.Errorf("HTTP status %d", response.StatusCode))
	}
	refusal, err := readRefusal(body)
	if err != nil {
		return nil, lost(true, response.StatusCode, err)
	}
	if refusal.ErrCode != 0 {
		return nil, &APIError{Path: path, Code: refusal.ErrCode, Text: redact(cutRunes(refusal.ErrMsg, 200))}
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// readRefusal finds errcode in an answer. Pictures have none; what begins like
// JSON and is not, or is a page of some proxy, is no answer.
func readRefusal(body []byte) (refusal struct {
	ErrCode int    `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
}, err error,
) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 || trimmed[0] == '<' {
		return refusal, errNoJSON
	}
	if trimmed[0] != '{' {
		return refusal, nil
	}
	if json.Unmarshal(trimmed, &refusal) != nil {
		return refusal, errNoJSON
	}
	return refusal, nil
}

func closeBody(request *http.Request) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
}

// plain reduces an error of the library to the typed one inside it. The error
// around it repeats the whole URL, secrets and all.
func plain(err error) error {
	if err == nil {
		return nil
	}
	if refusal, ok := errors.AsType[*APIError](err); ok {
		return refusal
	}
	if wire, ok := errors.AsType[*WireError](err); ok {
		return wire
	}
	return errors.New(redact(err.Error()))
}
