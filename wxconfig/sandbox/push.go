package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Event is a push in the making: fields in the order in which they are written.
type Event struct {
	openID string
	fields []field
}

type field struct {
	name, text string
	id         int64 // instead of text, written as a number
}

func event(openID, name string) Event {
	return Event{openID: openID}.with("MsgType", "event").with("Event", name)
}

func (e Event) with(name, text string) Event {
	e.fields = append(slices.Clip(e.fields), field{name: name, text: text})
	return e
}

func (e Event) withID(name string, id int64) Event {
	e.fields = append(slices.Clip(e.fields), field{name: name, id: id})
	return e
}

// Clicked is a tap on a menu entry that sends its key.
func Clicked(openID, key string) Event { return event(openID, "CLICK").with("EventKey", key) }

// Viewed is a tap on a menu entry that opens a page.
func Viewed(openID, address string) Event { return event(openID, "VIEW").with("EventKey", address) }

// Scanned is a scan of a code with a scene by someone who already follows.
func Scanned(openID, scene string) Event { return event(openID, "SCAN").with("EventKey", scene) }

// Reported is a report on a template message.
func Reported(openID string, messageID int64, status string) Event {
	return event(openID, "TEMPLATESENDJOBFINISH").withID("MsgID", messageID).with("Status", status)
}

// Push is a push as the ledger keeps it.
type Push struct {
	At       time.Time `json:"at"`
	OpenID   string    `json:"openid"`
	Event    string    `json:"event"` // or the MsgType
	Key      string    `json:"key"`
	Attempts int       `json:"attempts"`
	Accepted bool      `json:"accepted"`
	Reply    string    `json:"reply,omitempty"`
	Trouble  string    `json:"trouble,omitempty"` // of the last attempt
	Fault    FaultKind `json:"fault,omitempty"`
}

// Pushes is the ledger of pushes, oldest first.
func (s *Sandbox) Pushes() []Push {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Push{}, s.pushes...)
}

// pushLater pushes in the background; s.mu is held.
func (s *Sandbox) pushLater(e Event) {
	s.later(func(context.Context) { s.Push(e) })
}

// Say pushes a text that the person writes, and puts it and the answer into the chat.
func (s *Sandbox) Say(openID, text string) Push {
	s.mu.Lock()
	id := s.nextID()
	s.messages = append(s.messages, &Message{ID: strconv.FormatInt(id, 10), OpenID: openID, At: s.now(), Channel: "said", Text: text})
	s.mu.Unlock()
	return s.Push(Event{openID: openID}.with("MsgType", "text").with("Content", text).withID("MsgId", id))
}

const pushAttempts = 3

// Push delivers a push as WeChat does: three attempts with the same body, five
// seconds each, until the app acknowledges. It returns when that has ended.
func (s *Sandbox) Push(e Event) Push {
	s.mu.Lock()
	fault := s.fault("", e.openID,
		FaultPushTwice, FaultPushLate, FaultPushNever, FaultPushBadSign, FaultPushStale, FaultPushPlain, FaultPushForeigner)
	if fault == nil {
		fault = &Fault{}
	}
	target := s.callback
	record := Push{At: s.now(), OpenID: e.openID, Fault: fault.Kind}
	s.mu.Unlock()
	for _, f := range e.fields {
		switch f.name {
		case "Event", "MsgType":
			if f.text != "event" {
				record.Event = f.text
			}
		case "EventKey", "Content":
			record.Key = f.text
		}
	}
	defer func() {
		s.mu.Lock()
		s.pushes = append(s.pushes, record)
		s.mu.Unlock()
	}()
	switch {
	case target == "":
		record.Trouble = "no callback address is set"
		return record
	case fault.Kind == FaultPushNever:
		record.Trouble = "lost on purpose"
		return record
	case fault.Kind == FaultPushLate:
		if !s.wait(time.Duration(fault.DelayMS) * time.Millisecond) {
			return record
		}
	}
	parcel := s.wrap(e, fault)
	s.deliver(parcel, target, &record)
	if fault.Kind == FaultPushTwice {
		var again sync.WaitGroup
		for range 2 {
			again.Go(func() { _, _ = s.attempt(parcel, target) })
		}
		again.Wait()
		_, _ = s.attempt(parcel, target)
		record.Attempts += 3
	}
	if record.Reply != "" {
		s.mu.Lock()
		s.messages = append(s.messages, &Message{
			ID: strconv.FormatInt(s.nextID(), 10), OpenID: e.openID, At: s.now(), Channel: "text", Text: record.Reply,
		})
		s.mu.Unlock()
	}
	return record
}

func (s *Sandbox) deliver(parcel parcel, target string, record *Push) {
	for range pushAttempts {
		if record.Attempts > 0 && !s.wait(s.options.PushGap) {
			return
		}
		record.Attempts++
		reply, err := s.attempt(parcel, target)
		if err == nil {
			record.Accepted, record.Reply, record.Trouble = true, reply, ""
			return
		}
		record.Trouble = err.Error()
	}
}

// wait tells whether the time passed before the sandbox was closed.
func (s *Sandbox) wait(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.running.Done():
		return false
	}
}

// parcel is a push ready to go: every attempt has the same query and body.
type parcel struct {
	query  url.Values
	body   []byte
	kind   string
	sealed bool
}

func (s *Sandbox) wrap(e Event, fault *Fault) parcel {
	a := s.options.Official
	at := s.options.Now()
	created := at.Unix()
	if fault.Kind == FaultPushStale {
		at = at.Add(-time.Hour)
	}
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), strconv.FormatInt(int64(len(e.openID))+at.UnixNano()%1_000_000_000, 10)
	p := parcel{kind: "text/xml", body: e.encode(s.options.JSONPushes, created), query: url.Values{
		"timestamp": {timestamp}, "nonce": {nonce}, "openid": {e.openID}, "signature": {signature(a.Token, timestamp, nonce)},
	}}
	if s.options.JSONPushes {
		p.kind = "application/json"
	}
	appID := a.AppID
	if fault.Kind == FaultPushForeigner {
		appID = "wx0000000000000000"
	}
	if a.EncodingAESKey != "" && !s.options.PlainPushes {
		p.sealed = true
		encrypted := encrypt(a.EncodingAESKey, appID, p.body)
		p.query.Set("encrypt_type", "aes")
		p.query.Set("msg_signature", signature(a.Token, timestamp, nonce, encrypted))
		switch {
		case fault.Kind == FaultPushPlain:
			p.query.Del("encrypt_type")
		case s.options.JSONPushes:
			p.body, _ = json.Marshal(map[string]string{"ToUserName": accountName, "Encrypt": encrypted})
		default:
			p.body = fmt.Appendf(nil, "<xml><ToUserName><![CDATA[%s]]></ToUserName><Encrypt><![CDATA[%s]]></Encrypt></xml>", accountName, encrypted)
		}
	}
	if fault.Kind == FaultPushBadSign {
		p.query.Set("signature", strings.Repeat("0", 40))
		if p.sealed {
			p.query.Set("msg_signature", strings.Repeat("0", 40))
		}
	}
	return p
}

const accountName = "gh_sandbox000001"

func (e Event) encode(asJSON bool, created int64) []byte {
	fields := append([]field{
		{name: "ToUserName", text: accountName}, {name: "FromUserName", text: e.openID}, {name: "CreateTime", id: created},
	}, e.fields...)
	if asJSON {
		object := map[string]any{}
		for _, f := range fields {
			object[f.name] = f.text
			if f.id != 0 {
				object[f.name] = f.id
			}
		}
		body, _ := json.Marshal(object)
		return body
	}
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, f := range fields {
		if f.id != 0 {
			fmt.Fprintf(&b, "<%s>%d</%s>\n", f.name, f.id, f.name)
			continue
		}
		fmt.Fprintf(&b, "<%s><![CDATA[%s]]></%s>\n", f.name, strings.ReplaceAll(f.text, "]]>", "]]]]><![CDATA[>"), f.name)
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

var errStrict = errors.New("the answer is neither success nor a reply")

// attempt makes one delivery and returns the text of the reply, if there is one.
func (s *Sandbox) attempt(p parcel, target string) (string, error) {
	request, err := http.NewRequestWithContext(s.running, http.MethodPost, target+"?"+p.query.Encode(), bytes.NewReader(p.body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", p.kind)
	response, err := s.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", err
	}
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("HTTP status %d", response.StatusCode)
	}
	if len(body) == 0 || string(body) == "success" {
		return "", nil
	}
	return s.readReply(p, body)
}

// readReply is strict: a reply to an encrypted push is encrypted, signed and whole.
func (s *Sandbox) readReply(p parcel, body []byte) (string, error) {
	a := s.options.Official
	if p.sealed {
		var sealed struct {
			Encrypt      string
			MsgSignature string
			TimeStamp    json.Number
			Nonce        string
		}
		if decode(body, &sealed) != nil || sealed.Encrypt == "" {
			return "", errStrict
		}
		if sealed.MsgSignature != signature(a.Token, string(sealed.TimeStamp), sealed.Nonce, sealed.Encrypt) {
			return "", errors.New("the reply's signature is wrong")
		}
		opened, appID, err := decrypt(a.EncodingAESKey, sealed.Encrypt)
		if err != nil || appID != a.AppID {
			return "", errors.New("the reply does not decrypt")
		}
		body = opened
	}
	var reply struct {
		ToUserName   string
		FromUserName string
		CreateTime   int64
		MsgType      string
		Content      string
	}
	if decode(body, &reply) != nil || reply.MsgType != "text" || reply.Content == "" || reply.CreateTime == 0 {
		return "", errStrict
	}
	if reply.ToUserName != p.query.Get("openid") || reply.FromUserName != accountName {
		return "", errors.New("the reply is for somebody else")
	}
	return reply.Content, nil
}

func decode(body []byte, into any) error {
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return json.Unmarshal(body, into)
	}
	return xml.Unmarshal(body, into)
}

// CheckURL is what the platform does when the callback's address is saved: the app
// must echo a text. It returns why it did not.
func (s *Sandbox) CheckURL() error {
	s.mu.Lock()
	target := s.callback
	s.mu.Unlock()
	if target == "" {
		return errors.New("no callback address is set")
	}
	at := s.options.Now()
	timestamp, nonce, echo := strconv.FormatInt(at.Unix(), 10), strconv.FormatInt(at.UnixNano()%1_000_000_000, 10), strconv.FormatInt(at.UnixNano(), 10)
	query := url.Values{
		"timestamp": {timestamp}, "nonce": {nonce}, "echostr": {echo},
		"signature": {signature(s.options.Official.Token, timestamp, nonce)},
	}
	request, err := http.NewRequestWithContext(s.running, http.MethodGet, target+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || string(body) != echo {
		return fmt.Errorf("HTTP status %d and not the text that was sent", response.StatusCode)
	}
	return nil
}
