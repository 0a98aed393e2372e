package wxconfig

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"kezhi/service"

	"github.com/silenceper/wechat/v2/util"
)

// sealedPush is an encrypted push of a text, made with the library's cipher.
func sealedPush(t testing.TB, settings Settings, at time.Time, raw string) *http.Request {
	t.Helper()
	encrypted, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(raw), settings.AppID, settings.EncodingAESKey)
	if err != nil {
		t.Fatal(err)
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	query := url.Values{
		"timestamp": {timestamp}, "nonce": {"1"}, "encrypt_type": {"aes"},
		"msg_signature": {sign(settings.Token, timestamp, "1", string(encrypted))},
	}
	body := "<xml><Encrypt><![CDATA[" + string(encrypted) + "]]></Encrypt></xml>"
	return httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/?"+query.Encode(), strings.NewReader(body))
}

const rawText = "<xml><ToUserName>gh</ToUserName><FromUserName>oSomeone</FromUserName><CreateTime>1714112445</CreateTime>" +
	"<MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>"

// WeChat is answered in time even when the handler is not done; its outcome is
// there for the next delivery, which does not start it again.
func TestSlowHandlerIsNotStartedTwice(t *testing.T) {
	t.Parallel()
	at := time.Unix(1714112445, 0)
	settings := SandboxSettings("http://127.0.0.1:1", "http://127.0.0.1:2")
	w := newOffline(t, settings, at)
	release, started := make(chan struct{}), make(chan struct{}, 9)
	c := w.Callback(eventsFunc(func(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
		started <- struct{}{}
		<-release
		return "", nil
	})).(*callback)
	c.deadline = 100 * time.Millisecond

	for range 2 {
		answer := httptest.NewRecorder()
		c.ServeHTTP(answer, sealedPush(t, settings, at, rawText))
		if answer.Code != http.StatusInternalServerError {
			t.Errorf("got %d while it is not done", answer.Code)
		}
	}
	close(release)
	c.deadline = defaultTimeout
	answer := httptest.NewRecorder()
	c.ServeHTTP(answer, sealedPush(t, settings, at, rawText))
	if answer.Code != http.StatusOK || answer.Body.String() != "success" {
		t.Errorf("got %d %s when it is done", answer.Code, answer.Body)
	}
	if got := len(started); got != 1 {
		t.Errorf("it was started %d times, want 1", got)
	}
}

// An instance that died with the claim does not keep the push from being handled.
func TestClaimOfTheDeadEnds(t *testing.T) {
	t.Parallel()
	at := time.Unix(1714112445, 0)
	settings := SandboxSettings("http://127.0.0.1:1", "http://127.0.0.1:2")
	w := newOffline(t, settings, at)
	handled := 0
	c := w.Callback(eventsFunc(func(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
		handled++
		return "", nil
	})).(*callback)
	c.deadline = 100 * time.Millisecond
	if err := w.redis.Set(t.Context(), c.claimKey("message:7"), claimDoing+"the dead", claimLease).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.once(withDeadline(t, c.deadline), service.WeChatEvent{Key: "message:7"}); !errors.Is(err, errBusy) {
		t.Errorf("got %v, want errBusy", err)
	}
	if err := w.redis.Del(t.Context(), c.claimKey("message:7")).Err(); err != nil { // as when the lease ends
		t.Fatal(err)
	}
	if _, err := c.once(withDeadline(t, defaultTimeout), service.WeChatEvent{Key: "message:7"}); err != nil || handled != 1 {
		t.Errorf("got %v, handled %d times", err, handled)
	}
}

func withDeadline(t *testing.T, after time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	t.Cleanup(cancel)
	return ctx
}

func TestJunkIsNoPush(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"empty":                  "",
		"no sender":              "<xml><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId></xml>",
		"no time":                "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType><MsgId>1</MsgId></xml>",
		"no type":                "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime></xml>",
		"a text without id":      "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType></xml>",
		"a sender of signs":      "<xml><FromUserName>o/../x</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId></xml>",
		"half":                   "<xml><FromUserName>o",
		"a list":                 "[1]",
		"a number too big":       `{"FromUserName":"o","CreateTime":1e400,"MsgType":"text"}`,
		"a sender who is a list": `{"FromUserName":["o"],"CreateTime":1,"MsgType":"text","MsgId":1}`,
	} {
		if got, err := decodePush([]byte(raw)); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// Either spelling of the id is read, in either form, and so is a push with fields of
// which nobody has heard.
func TestReportIsReadInEveryForm(t *testing.T) {
	t.Parallel()
	const id = "3300000000000000001"
	for name, raw := range map[string]string{
		"XML":                      "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>" + id + "</MsgID><Status>success</Status></xml>",
		"JSON":                     `{"FromUserName":"o","CreateTime":1,"MsgType":"event","Event":"TEMPLATESENDJOBFINISH","MsgID":` + id + `,"Status":"success"}`,
		"JSON, as text":            `{"FromUserName":"o","CreateTime":"1","MsgType":"event","Event":"TEMPLATESENDJOBFINISH","MsgID":"` + id + `","Status":"success"}`,
		"JSON, the other spelling": `{"FromUserName":"o","CreateTime":1,"MsgType":"event","Event":"TEMPLATESENDJOBFINISH","MsgId":` + id + `,"Status":"success"}`,
		"with odd company":         "<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>" + id + "</MsgID><Status>success</Status><Scale>big</Scale><TotalCount></TotalCount></xml>",
	} {
		push, err := decodePush([]byte(raw))
		if got := push.event; err != nil || got.Kind != service.WeChatJobFinished || got.MessageID != id || got.Status != "success" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

// FuzzCallback holds the gate to this: whatever is sent, it does not panic, and
// nothing that was not signed is handed over.
func FuzzCallback(f *testing.F) {
	settings := SandboxSettings("http://127.0.0.1:1", "http://127.0.0.1:2")
	at := time.Unix(1714112445, 0)
	genuine := sealedPush(f, settings, at, rawText)
	f.Add(genuine.URL.RawQuery, rawText)
	f.Add("timestamp=1714112445&nonce=1&signature=x", rawText)
	f.Add("timestamp=1714112445&nonce=1&encrypt_type=aes&msg_signature=x", `{"Encrypt":"AAAA"}`)
	f.Add("%zz;&=&timestamp", "<xml><Encrypt>")
	w := newOffline(f, settings, at)
	handler := w.Callback(eventsFunc(func(context.Context, service.WeChatEvent) (service.WeChatReply, error) {
		f.Error("a push that nobody signed was handed over")
		return "", nil
	}))
	f.Fuzz(func(t *testing.T, query, body string) {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		request.URL.RawQuery = query
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusForbidden {
			t.Errorf("got %d", answer.Code)
		}
	})
}

// FuzzPush goes on behind the signature: an account's own push, of any content.
func FuzzPush(f *testing.F) {
	f.Add(rawText)
	f.Add(`{"ToUserName":"gh","FromUserName":"o","CreateTime":1,"MsgType":"event","Event":"TEMPLATESENDJOBFINISH","MsgID":3300000000000000001,"Status":"success"}`)
	f.Add("<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>subscribe</Event><EventKey>qrscene_1</EventKey></xml>")
	f.Fuzz(func(t *testing.T, raw string) {
		push, err := decodePush([]byte(raw))
		if err == nil && (push.event.Key == "" || push.event.OpenID == "" || push.event.Kind == "") {
			t.Errorf("got %+v", push)
		}
	})
}
