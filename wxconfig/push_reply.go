package wxconfig

import (
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
	"unicode/utf8"

	"kezhi/service"

	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

const maxReply = 2048 // bytes of text that the platform shows

// answer acknowledges a push. Without a reply it writes plain success in every
// mode: an encrypted nothing would be taken for a broken answer.
func (c *callback) answer(writer http.ResponseWriter, p push, reply service.WeChatReply) {
	if reply == "" {
		_, _ = writer.Write([]byte("success"))
		return
	}
	at := c.now().Unix()
	text := message.Text{Content: message.CDATA(cutBytes(string(reply), maxReply))}
	text.ToUserName, text.FromUserName = message.CDATA(p.from), message.CDATA(p.to)
	text.CreateTime, text.MsgType = at, message.MsgTypeText

	body, kind, err := encodeAs(p.json, &text, map[string]any{
		"ToUserName": p.from, "FromUserName": p.to, "CreateTime": at, "MsgType": "text", "Content": string(text.Content),
	})
	if err == nil && p.sealed {
		body, kind, err = c.seal(p.json, body, at, rand.Text()[:16])
	}
	if err != nil {
		// The event is done; only its answer is not to be had.
		c.log.Error("wechat callback: reply not written", "error", err)
		_, _ = writer.Write([]byte("success"))
		return
	}
	writer.Header().Set("Content-Type", kind)
	_, _ = writer.Write(body)
}

// seal encrypts a reply; random is 16 bytes.
func (c *callback) seal(asJSON bool, body []byte, at int64, random string) ([]byte, string, error) {
	encrypted, err := util.EncryptMsg([]byte(random), body, c.settings.AppID, c.settings.EncodingAESKey)
	if err != nil {
		return nil, "", err
	}
	nonce := rand.Text()[:10]
	sealed := message.ResponseEncryptedXMLMsg{
		EncryptedMsg: string(encrypted),
		MsgSignature: sign(c.settings.Token, strconv.FormatInt(at, 10), nonce, string(encrypted)),
		Timestamp:    at,
		Nonce:        nonce,
	}
	return encodeAs(asJSON, &sealed, &sealed)
}

func encodeAs(asJSON bool, forXML, forJSON any) (body []byte, contentType string, err error) {
	if asJSON {
		body, err = json.Marshal(forJSON)
		return body, "application/json; charset=utf-8", err
	}
	body, err = xml.Marshal(forXML)
	return body, "application/xml; charset=utf-8", err
}

func cutBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
