package wxconfig

import (
	"context"
	"crypto/sha1" //nolint:gosec // the platform's choice
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezhi/service"
)

const (
	maxPush       = 64 << 10
	maxPushAge    = 5 * time.Minute         // how far a push's timestamp may be from now
	pushDeadline  = 4500 * time.Millisecond // WeChat hangs up after five seconds
	claimInterval = 50 * time.Millisecond   // between two looks at another delivery's outcome
)

// Callback is where WeChat pushes messages and events: GET proves that the address
// is ours, POST brings a push. A push that is not from WeChat, stale, oversized or,
// in CallbackSafe, not encrypted is refused with 403 and reaches nobody. A genuine
// one is handed to events once, however often it is delivered and to whichever
// instance, and answered within five seconds; it is acknowledged only when events
// has returned without an error, and otherwise answered with 500, so that WeChat
// delivers it again. While Redis is away pushes are handled without the memory of
// earlier ones.
func (w *WeChat) Callback(events service.WeChatEvents) http.Handler {
	return &callback{WeChat: w, events: events, deadline: pushDeadline}
}

type callback struct {
	*WeChat

	events   service.WeChatEvents
	deadline time.Duration
}

func (c *callback) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	defer func() {
		if cause := recover(); cause != nil {
			c.log.Error("wechat callback: panic", "panic", cause, "stack", string(debug.Stack()))
			http.Error(writer, "", http.StatusInternalServerError)
		}
	}()
	header := writer.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")

	switch request.Method {
	case http.MethodGet:
		c.prove(writer, request.URL.Query())
	case http.MethodPost:
		c.receive(writer, request)
	default:
		header.Set("Allow", "GET, POST")
		http.Error(writer, "", http.StatusMethodNotAllowed)
	}
}

// prove answers WeChat's check of the address.
func (c *callback) prove(writer http.ResponseWriter, query url.Values) {
	if err := c.checkGET(query); err != nil {
		c.refuse(writer, err)
		return
	}
	_, _ = io.WriteString(writer, query.Get("echostr")) //nolint:gosec // text/plain, and signed by WeChat
}

func (c *callback) receive(writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(writer, request.Body, maxPush))
	if err != nil {
		c.refuse(writer, fmt.Errorf("reading the body: %w", err))
		return
	}
	raw, sealed, err := c.open(request.URL.Query(), body)
	if err != nil {
		c.refuse(writer, err)
		return
	}
	push, err := decodePush(raw)
	if err != nil {
		c.refuse(writer, err)
		return
	}
	push.sealed = sealed
	// WeChat hanging up must not undo half of what the push asked for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(request.Context()), c.deadline)
	defer cancel()
	reply, err := c.once(ctx, push.event)
	if err != nil {
		c.log.Error("wechat callback: not handled, WeChat will deliver it again",
			"event", string(push.event.Kind), "key", push.event.Key, "error", err)
		http.Error(writer, "", http.StatusInternalServerError)
		return
	}
	c.answer(writer, push, reply)
}

func (c *callback) refuse(writer http.ResponseWriter, cause error) {
	c.log.Warn("wechat callback: refused", slog.String("cause", redact(cause.Error())))
	http.Error(writer, "", http.StatusForbidden)
}

var (
	errSignature = errors.New("the signature is wrong")
	errStale     = errors.New("the timestamp is not of now")
	errPlain     = errors.New("the push is not encrypted")
)

func (c *callback) checkGET(query url.Values) error {
	timestamp, nonce := query.Get("timestamp"), query.Get("nonce")
	if !sameText(query.Get("signature"), sign(c.settings.Token, timestamp, nonce)) {
		return errSignature
	}
	return c.checkFresh(timestamp)
}

// open checks a push and returns what WeChat wrote, decrypted, and whether it was encrypted. Which check holds is
// the settings' to say, never the request's: by dropping encrypt_type it would
// choose the signature that does not cover the body.
func (c *callback) open(query url.Values, body []byte) (raw []byte, sealed bool, err error) {
	timestamp, nonce := query.Get("timestamp"), query.Get("nonce")
	if err := c.checkFresh(timestamp); err != nil {
		return nil, false, err
	}
	aes := query.Get("encrypt_type") == "aes"
	if c.settings.CallbackMode == CallbackPlain && !aes {
		if !sameText(query.Get("signature"), sign(c.settings.Token, timestamp, nonce)) {
			return nil, false, errSignature
		}
		return body, false, nil
	}
	if !aes || c.settings.EncodingAESKey == "" {
		return nil, false, errPlain
	}
	encrypted, err := readEncrypted(body)
	if err != nil {
		return nil, false, err
	}
	if !sameText(query.Get("msg_signature"), sign(c.settings.Token, timestamp, nonce, encrypted)) {
		return nil, false, errSignature
	}
	raw, err = c.decrypt(encrypted)
	return raw, true, err
}

func (c *callback) checkFresh(timestamp string) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errStale
	}
	if age := c.now().Unix() - seconds; age > int64(maxPushAge/time.Second) || age < -int64(maxPushAge/time.Second) {
		return errStale
	}
	return nil
}

// sign is the platform's signature of a push: SHA-1 over the sorted parts.
func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // the platform's choice
	return hex.EncodeToString(sum[:])
}

func sameText(got, want string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
