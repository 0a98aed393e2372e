package wxconfig

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"kezhi/service"

	"github.com/silenceper/wechat/v2/officialaccount/message"
)

var clientIDForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// Send implements service.Messenger: the notice's values are fitted to the fields
// of the template that the settings map its kind to. It calls WeChat once, and once
// more only when the token was refused, which no message passes.
func (w *WeChat) Send(ctx context.Context, m service.WeChatMessage) (string, error) {
	request, err := w.compose(m)
	if err != nil {
		return "", classify(err)
	}
	var answer struct {
		MsgID json.Number `json:"msgid"` // 64 bits; more than a float64 holds
	}
	err = w.officialToken.post(ctx, "/cgi-bin/message/template/send", request, &answer)
	if err != nil {
		return "", classify(err)
	}
	return answer.MsgID.String(), nil
}

// compose returns a *service.SendError for a message that WeChat would refuse.
func (w *WeChat) compose(m service.WeChatMessage) (*message.TemplateMessage, error) {
	template, mapped := w.settings.Templates[m.Kind]
	if !mapped {
		return nil, &service.SendError{Class: service.SendConfiguration, Text: fmt.Sprintf("no template is configured for %s", m.Kind)}
	}
	if !tokenInURL.MatchString(m.OpenID) {
		return nil, &service.SendError{Class: service.SendPerson, Code: 40003, Text: "the openid is malformed"}
	}
	if !clientIDForm.MatchString(m.ID) {
		return nil, &service.SendError{Class: service.SendBug, Text: strconv.Quote(m.ID) + " is no client_msg_id"}
	}
	data := map[string]*message.TemplateDataItem{}
	for _, name := range slices.Sorted(maps.Keys(template.Fields)) {
		key := template.Fields[name]
		value, err := fit(fieldType(key), m.Values[name])
		if err != nil {
			return nil, &service.SendError{Class: service.SendBug, Text: fmt.Sprintf("%s as %s: %v", name, key, err)}
		}
		data[key] = &message.TemplateDataItem{Value: value}
	}
	return &message.TemplateMessage{
		ToUser:      m.OpenID,
		TemplateID:  template.ID,
		URL:         m.URL,
		Data:        data,
		ClientMsgID: m.ID,
	}, nil
}
