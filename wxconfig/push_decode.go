package wxconfig

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kezhi/service"

	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

// push is a push as it came, and what it means.
type push struct {
	event    service.WeChatEvent
	from, to string
	json     bool // the account has its pushes in JSON, and takes answers so
	sealed   bool // it came encrypted, and so must the answer
}

var errNoPush = errors.New("the body is no push")

// isJSON goes by the body, for the Content-Type is not signed.
func isJSON(body []byte) bool {
	trimmed := bytes.TrimSpace(body)
	return len(trimmed) > 0 && trimmed[0] == '{'
}

func decodeEither(body []byte, into any) error {
	if isJSON(body) {
		return json.Unmarshal(body, into)
	}
	return xml.Unmarshal(body, into) //nolint:gosec // into fields of text alone
}

func readEncrypted(body []byte) (string, error) {
	var envelope message.EncryptedXMLMsg
	if err := decodeEither(body, &envelope); err != nil || envelope.EncryptedMsg == "" {
		return "", errPlain
	}
	return envelope.EncryptedMsg, nil
}

// decrypt also holds the push to our account, whose AppID is inside.
func (c *callback) decrypt(encrypted string) ([]byte, error) {
	_, raw, err := util.DecryptMsg(c.settings.AppID, encrypted, c.settings.EncodingAESKey)
	if err != nil {
		return nil, fmt.Errorf("decrypting the push: %w", err)
	}
	return raw, nil
}

// pushed has what Kezhi reads of a push, all of it as text. The library's type for
// this has every field of every push, and one odd value in any of them loses the
// push; and in JSON it has one place for the two spellings MsgId and MsgID.
type pushed struct {
	ToUserName   wireText
	FromUserName wireText
	CreateTime   wireText
	MsgType      wireText
	MsgId        wireText //nolint:revive // of messages; the platform's spelling
	MsgID        wireText // of reports on template messages
	Event        wireText
	EventKey     wireText
	Content      wireText
	Status       wireText
}

// wireText is a text that JSON may bring as a number. Anything else is taken as empty.
type wireText string

// UnmarshalJSON never fails: what is no text is of no use here.
func (t *wireText) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		var number json.Number
		if json.Unmarshal(raw, &number) == nil {
			text = number.String()
		}
	}
	*t = wireText(text)
	return nil
}

func decodePush(raw []byte) (push, error) {
	var p pushed
	if decodeEither(raw, &p) != nil {
		return push{}, errNoPush
	}
	created, err := strconv.ParseInt(string(p.CreateTime), 10, 64)
	from := string(p.FromUserName)
	if err != nil || created <= 0 || !tokenInURL.MatchString(from) || p.MsgType == "" {
		return push{}, errNoPush
	}
	event := service.WeChatEvent{Kind: service.WeChatOther, OpenID: from, At: time.Unix(created, 0).UTC()}
	if p.MsgType == "event" {
		readEvent(&event, p)
	} else {
		if p.MsgId == "" {
			return push{}, errNoPush // nothing would tell it from the next one
		}
		event.Key = "message:" + digest(string(p.MsgId))
		if p.MsgType == "text" {
			event.Kind, event.Text = service.WeChatText, string(p.Content)
		}
	}
	return push{event: event, from: from, to: string(p.ToUserName), json: isJSON(raw)}, nil
}

func readEvent(event *service.WeChatEvent, p pushed) {
	event.Text = string(p.EventKey)
	switch p.Event {
	case "subscribe":
		event.Kind, event.Text = service.WeChatSubscribe, strings.TrimPrefix(event.Text, "qrscene_")
	case "unsubscribe":
		event.Kind = service.WeChatUnsubscribe
	case "SCAN":
		event.Kind, event.Text = service.WeChatScan, strings.TrimPrefix(event.Text, "qrscene_")
	case "CLICK":
		event.Kind = service.WeChatClick
	case "TEMPLATESENDJOBFINISH":
		event.Kind, event.Status = service.WeChatJobFinished, string(p.Status)
		event.MessageID = string(p.MsgID)
		if event.MessageID == "" {
			event.MessageID = string(p.MsgId)
		}
	}
	event.Key = "event:" + digest(strings.Join([]string{
		event.OpenID, string(p.CreateTime), string(p.Event), string(p.EventKey), string(p.MsgID), string(p.MsgId),
	}, "\x00"))
}
