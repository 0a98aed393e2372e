package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Call is a call as the ledger keeps it.
type Call struct {
	At       time.Time `json:"at"`
	Method   string    `json:"method"`
	Endpoint string    `json:"endpoint"`
	AppID    string    `json:"appid"`
	OpenID   string    `json:"openid"`
	Code     int       `json:"code"` // errcode of the answer
	Fault    FaultKind `json:"fault,omitempty"`
	Request  string    `json:"request"` // query, or the body of a POST
	Done     bool      `json:"done"`    // the call had its effect, whatever became of the answer
}

// Calls is the ledger of an endpoint, oldest first; empty: of all.
func (s *Sandbox) Calls(endpoint string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := []Call{}
	for _, c := range s.calls {
		if endpoint == "" || c.Endpoint == endpoint {
			calls = append(calls, c)
		}
	}
	return calls
}

const maxLedger = 5000

// refusal is how the platform says no: with HTTP 200.
type refusal struct {
	code int
	text string
}

func refuse(code int, text string) *refusal { return &refusal{code, text} }

func (r *refusal) body() []byte {
	text := r.text
	if r.code != 0 {
		text += fmt.Sprintf(" rid: %s-%s-%s", randomHex(4), randomHex(4), randomHex(4))
	}
	b, _ := json.Marshal(map[string]any{"errcode": r.code, "errmsg": text})
	return b
}

// picture is an answer that is not JSON.
type picture struct {
	kind string
	data []byte
}

// call is a call while it is served.
type call struct {
	query   url.Values
	body    []byte
	account *account // whose token it came with; nil where none is needed
	host    string   // by which the sandbox was reached

	now  []func() // to be done before the answer leaves
	then []func() // to be done after
}

func (c *call) decode(into any) *refusal {
	if len(c.body) == 0 {
		return refuse(44002, "empty post data")
	}
	if json.Unmarshal(c.body, into) != nil {
		return refuse(47001, "data format error")
	}
	return nil
}

// openID is whom the call is about, as far as that can be seen from outside.
func (c *call) openID() string {
	if id := c.query.Get("openid"); id != "" {
		return id
	}
	var body struct {
		ToUser string `json:"touser"`
		OpenID string `json:"openid"`
	}
	_ = json.Unmarshal(c.body, &body)
	if body.ToUser != "" {
		return body.ToUser
	}
	return body.OpenID
}

// endpoint is one row of the platform's table. act runs with s.mu held and returns
// what is answered as JSON, or a picture.
type endpoint struct {
	method string
	path   string
	token  tokenNeed
	act    func(c *call) (any, *refusal)
}

type tokenNeed int

const (
	noToken tokenNeed = iota
	officialToken
	miniToken
)

// serve makes a handler of an endpoint: the ledger, the misbehaviour and the access
// token are the same for all.
func (s *Sandbox) serve(e endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4<<20))
		if err != nil {
			return
		}
		c := &call{query: r.URL.Query(), body: body, host: r.Host}

		s.mu.Lock()
		openID := c.openID()
		if p := s.person(s.codeOwner(c)); openID == "" && p != nil {
			openID = p.OpenID
		}
		fault := s.fault(e.path, openID, callFaults...)
		if fault == nil {
			fault = &Fault{}
		}
		if fault.Kind == FaultSlow {
			s.mu.Unlock()
			s.pause(r, time.Duration(fault.DelayMS)*time.Millisecond)
			s.mu.Lock()
		}
		answer, refused := s.act(e, r, c, fault)
		entry := Call{
			At: s.now(), Method: r.Method, Endpoint: e.path, OpenID: openID, Fault: fault.Kind,
			Request: string(body), AppID: c.query.Get("appid"), Done: refused == nil && answer != nil,
		}
		if c.account != nil {
			entry.AppID = c.account.AppID
		}
		if len(body) == 0 {
			entry.Request = r.URL.RawQuery
		}
		if refused != nil {
			entry.Code = refused.code
		}
		s.calls = append(s.calls, entry)
		if len(s.calls) > maxLedger {
			s.calls = slices.Delete(s.calls, 0, len(s.calls)-maxLedger)
		}
		s.mu.Unlock()

		for _, work := range c.now {
			work()
		}
		defer func() {
			for _, work := range c.then {
				work()
			}
		}()
		s.reply(w, r, fault, answer, refused)
	}
}

// act does what the call asks for, unless the fault keeps it from being done.
func (s *Sandbox) act(e endpoint, r *http.Request, c *call, fault *Fault) (any, *refusal) {
	switch fault.Kind {
	case FaultHang, FaultReset, FaultBadGateway:
		return nil, nil
	case FaultCode:
		return nil, refuse(fault.Code, errorTexts[fault.Code])
	case FaultTokenRevoked:
		s.revoke(c.query.Get("access_token"), false)
	case FaultTokenExpired:
		s.revoke(c.query.Get("access_token"), true)
	default:
	}
	if r.Method != e.method {
		if e.method == http.MethodGet {
			return nil, refuse(43001, "require GET method")
		}
		return nil, refuse(43002, "require POST method")
	}
	if e.token != noToken {
		account, refused := s.checkToken(c.query.Get("access_token"))
		if refused != nil {
			return nil, refused
		}
		if account.mini != (e.token == miniToken) {
			return nil, refuse(48001, "api unauthorized")
		}
		c.account = account
	}
	return e.act(c)
}

func (s *Sandbox) reply(w http.ResponseWriter, r *http.Request, fault *Fault, answer any, refused *refusal) {
	switch fault.Kind {
	case FaultHang:
		select {
		case <-r.Context().Done():
		case <-s.running.Done():
		}
		panic(http.ErrAbortHandler)
	case FaultLost:
		panic(http.ErrAbortHandler)
	case FaultReset:
		reset(w)
		return
	case FaultBadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html><body><h1>502 Bad Gateway</h1></body></html>")
		return
	default:
	}
	body, kind := encode(answer, refused)
	w.Header().Set("Content-Type", kind)
	if fault.Kind == FaultTruncated {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body)
}

func encode(answer any, refused *refusal) (body []byte, contentType string) {
	if refused != nil {
		return refused.body(), "application/json; encoding=utf-8"
	}
	if p, ok := answer.(picture); ok {
		return p.data, p.kind
	}
	body, _ = json.Marshal(answer)
	return body, "application/json; encoding=utf-8"
}

// reset closes the connection with RST instead of FIN.
func reset(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (s *Sandbox) pause(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	case <-s.running.Done():
	}
}

var errorTexts = map[int]string{
	-1:    "system error",
	40001: "invalid credential, access_token is invalid or not latest",
	40003: "invalid openid",
	40013: "invalid appid",
	40014: "invalid access_token",
	40029: "invalid code",
	40037: "invalid template_id",
	40125: "invalid appsecret",
	40163: "code been used",
	40164: "invalid ip 203.0.113.7, not in whitelist",
	40241: "duplicate message",
	40249: "content is blocked",
	42001: "access_token expired",
	43004: "require subscribe",
	43019: "require remove blacklist",
	43101: "user refuse to accept the msg",
	45009: "reach max api daily quota limit",
	45011: "api minute-quota reach limit",
	47001: "data format error",
	47003: "argument invalid! data.thing1.value invalid",
	48001: "api unauthorized",
	50002: "user limited",
}
