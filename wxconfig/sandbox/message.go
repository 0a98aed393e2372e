package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kezhi/wxconfig"
)

// Message is what stands in a person's chat with the account.
type Message struct {
	ID       string    `json:"id"`
	OpenID   string    `json:"openid"`
	At       time.Time `json:"at"`
	Channel  string    `json:"channel"` // template, subscribe; or text: the account's answer; said: what the person wrote
	Template string    `json:"template_id,omitempty"`
	Title    string    `json:"title,omitempty"`
	Lines    []Line    `json:"lines,omitempty"`
	Text     string    `json:"text,omitempty"`
	URL      string    `json:"url,omitempty"`
	ClientID string    `json:"client_msg_id,omitempty"`
	Status   string    `json:"status,omitempty"` // as TEMPLATESENDJOBFINISH reports it
}

// Line is one field of a template message.
type Line struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// Value is the value of the field with this key, or empty.
func (m Message) Value(key string) string {
	for _, line := range m.Lines {
		if line.Key == key {
			return line.Value
		}
	}
	return ""
}

// Inbox is what the person sees in the chat with the account, oldest first.
func (s *Sandbox) Inbox(openID string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	messages := []Message{}
	for _, m := range s.messages {
		if m.OpenID == openID {
			messages = append(messages, *m)
		}
	}
	return messages
}

const (
	clientIDLife = 10 * time.Minute
	sendPath     = "/cgi-bin/message/template/send"
)

type templateSend struct {
	ToUser     string `json:"touser"`
	TemplateID string `json:"template_id"`
	URL        string `json:"url"`
	Page       string `json:"page"`
	ClientID   string `json:"client_msg_id"`
	Data       map[string]struct {
		Value any `json:"value"`
	} `json:"data"`
}

func (s *Sandbox) messageEndpoints() []endpoint {
	return []endpoint{
		{http.MethodPost, sendPath, officialToken, s.sendTemplate},
		{http.MethodGet, "/cgi-bin/template/get_all_private_template", officialToken, s.listTemplates},
		{http.MethodPost, "/cgi-bin/message/subscribe/bizsend", officialToken, s.sendSubscribe},
		{http.MethodPost, "/cgi-bin/message/subscribe/send", miniToken, s.sendSubscribe},
	}
}

func (s *Sandbox) sendTemplate(c *call) (any, *refusal) {
	var ask templateSend
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	p := s.person(ask.ToUser)
	if p == nil || p.OpenID != ask.ToUser {
		return nil, refuse(40003, "invalid openid")
	}
	lines, template, refused := s.checkData(ask)
	if refused != nil {
		return nil, refused
	}
	if s.fault(sendPath, p.OpenID, FaultUnfollow) != nil {
		s.unfollow(p)
	}
	if !p.Follows {
		return nil, refuse(43004, "require subscribe")
	}
	if earlier := s.sentUnder(p.OpenID, ask.ClientID); earlier != nil {
		return map[string]any{"errcode": 0, "errmsg": "ok", "msgid": number(earlier.ID)}, nil
	}
	m := &Message{
		ID: strconv.FormatInt(s.nextID(), 10), OpenID: p.OpenID, At: s.now(), Channel: "template",
		Template: template.ID, Title: template.Title, Lines: lines, URL: ask.URL, ClientID: ask.ClientID, Status: "success",
	}
	if p.Blocks {
		m.Status = "failed:user block"
	}
	if s.fault(sendPath, p.OpenID, FaultPushFailed) != nil {
		m.Status = "failed: system failed"
	}
	s.messages = append(s.messages, m)
	s.reportLater(c, m)
	return map[string]any{"errcode": 0, "errmsg": "ok", "msgid": number(m.ID)}, nil
}

// reportLater pushes TEMPLATESENDJOBFINISH after the call has been answered, or
// before when told so.
func (s *Sandbox) reportLater(c *call, m *Message) {
	id := number(m.ID)
	report := event(m.OpenID, "TEMPLATESENDJOBFINISH").withID("MsgID", id).with("Status", m.Status)
	if s.fault(sendPath, m.OpenID, FaultPushEarly) != nil {
		c.now = append(c.now, func() { s.Push(report) })
		return
	}
	c.then = append(c.then, func() { s.mu.Lock(); defer s.mu.Unlock(); s.pushLater(report) })
}

func number(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

func (s *Sandbox) sentUnder(openID, clientID string) *Message {
	if clientID == "" {
		return nil
	}
	for _, m := range s.messages {
		if m.OpenID == openID && m.ClientID == clientID && s.now().Sub(m.At) < clientIDLife {
			return m
		}
	}
	return nil
}

func (s *Sandbox) checkData(ask templateSend) ([]Line, *wxconfig.SampleTemplate, *refusal) {
	at := slices.IndexFunc(s.options.Templates, func(t wxconfig.SampleTemplate) bool { return t.ID == ask.TemplateID })
	if at < 0 {
		return nil, nil, refuse(40037, "invalid template_id")
	}
	template := &s.options.Templates[at]
	for _, key := range slices.Sorted(maps.Keys(ask.Data)) {
		if !slices.ContainsFunc(template.Fields, func(f wxconfig.SampleField) bool { return f.Key == key }) {
			return nil, nil, refuse(47003, fmt.Sprintf("argument invalid! data.%s.value invalid", key))
		}
	}
	var lines []Line
	for _, field := range template.Fields {
		given, ok := ask.Data[field.Key]
		value, isText := given.Value.(string)
		if !ok || !isText || value == "" {
			return nil, nil, refuse(47003, fmt.Sprintf("argument invalid! data.%s.value is empty", field.Key))
		}
		if !fieldFits(strings.TrimRight(field.Key, "0123456789"), value) {
			return nil, nil, refuse(47003, fmt.Sprintf("argument invalid! data.%s.value invalid", field.Key))
		}
		lines = append(lines, Line{Key: field.Key, Label: field.Label, Value: value})
	}
	return lines, template, nil
}

func (s *Sandbox) listTemplates(*call) (any, *refusal) {
	list := []map[string]any{}
	for _, t := range s.options.Templates {
		var content, example strings.Builder
		for _, f := range t.Fields {
			fmt.Fprintf(&content, "%s:{{%s.DATA}}\n", f.Label, f.Key)
			fmt.Fprintf(&example, "%s:示例\n", f.Label)
		}
		list = append(list, map[string]any{
			"template_id": t.ID, "title": t.Title, "primary_industry": "政府与公共事业", "deputy_industry": "公共事业|非盈利机构",
			"content": content.String(), "example": example.String(),
		})
	}
	return map[string]any{"template_list": list}, nil
}

// sendSubscribe uses up one of the person's consents.
func (s *Sandbox) sendSubscribe(c *call) (any, *refusal) {
	var ask templateSend
	if refused := c.decode(&ask); refused != nil {
		return nil, refused
	}
	p := s.person(ask.ToUser)
	if p == nil || c.account.mini != (p.MiniOpenID == ask.ToUser) {
		return nil, refuse(40003, "invalid openid")
	}
	lines, template, refused := s.checkData(ask)
	if refused != nil {
		return nil, refused
	}
	if p.Consent <= 0 {
		return nil, refuse(43101, "user refuse to accept the msg")
	}
	p.Consent--
	s.messages = append(s.messages, &Message{
		ID: strconv.FormatInt(s.nextID(), 10), OpenID: p.OpenID, At: s.now(), Channel: "subscribe",
		Template: template.ID, Title: template.Title, Lines: lines, URL: ask.Page, Status: "success",
	})
	return map[string]any{"errcode": 0, "errmsg": "ok"}, nil
}
