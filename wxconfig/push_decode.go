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

func readEncrypted(body []byte) (string, error) {
	var envelope message.EncryptedXMLMsg
	var err error
	if isJSON(body) {
		err = json.Unmarshal(body, &envelope)
	} else {
		err = xml.Unmarshal(body, &envelope)
	}
	if err != nil || envelope.EncryptedMsg == "" {
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

func decodePush(raw []byte) (push, error) {
	var mixed message.MixMessage
	var err error
	asJSON := isJSON(raw)
	if asJSON {
		err = json.Unmarshal(raw, &mixed)
	} else {
		err = xml.Unmarshal(raw, &mixed) //nolint:gosec // WeChat signed it, and it holds plain values alone
	}
	if err != nil {
		return push{}, errNoPush
	}
	from := string(mixed.FromUserName)
	if !tokenInURL.MatchString(from) || mixed.MsgType == "" || mixed.CreateTime <= 0 {
		return push{}, errNoPush
	}
	event := service.WeChatEvent{
		Kind:   service.WeChatOther,
		OpenID: from,
		At:     time.Unix(mixed.CreateTime, 0).UTC(),
	}
	// In XML the two spellings MsgId and MsgID are two fields; in JSON the library
	// has room for one, and either lands there.
	id := mixed.TemplateMsgID
	if id == 0 {
		id = mixed.MsgID
	}
	if mixed.MsgType != message.MsgTypeEvent {
		if mixed.MsgType == message.MsgTypeText {
			event.Kind, event.Text = service.WeChatText, mixed.Content
		}
		if id == 0 {
			return push{}, errNoPush // nothing would tell it from the next one
		}
		event.Key = "message:" + strconv.FormatInt(id, 10)
		return push{event: event, from: from, to: string(mixed.ToUserName), json: asJSON}, nil
	}

	event.Text = mixed.EventKey
	switch mixed.Event {
	case message.EventSubscribe:
		event.Kind, event.Text = service.WeChatSubscribe, strings.TrimPrefix(mixed.EventKey, "qrscene_")
	case message.EventUnsubscribe:
		event.Kind = service.WeChatUnsubscribe
	case message.EventScan:
		event.Kind, event.Text = service.WeChatScan, strings.TrimPrefix(mixed.EventKey, "qrscene_")
	case message.EventClick:
		event.Kind = service.WeChatClick
	case message.EventTemplateSendJobFinish:
		event.Kind, event.Status = service.WeChatJobFinished, mixed.Status
		event.MessageID = strconv.FormatInt(id, 10)
	default:
	}
	event.Key = "event:" + digest(strings.Join([]string{
		from, strconv.FormatInt(mixed.CreateTime, 10), string(mixed.Event), mixed.EventKey, strconv.FormatInt(id, 10),
	}, "\x00"))
	return push{event: event, from: from, to: string(mixed.ToUserName), json: asJSON}, nil
}
