// Package sandbox is a WeChat that runs on the laptop: the calls, pages and pushes
// of the platform that Kezhi uses, with people whom one can be and whose inboxes
// one can read. It is for trying the product and for its tests, and keeps
// everything in memory. It signs and encrypts by code of its own, so that it and
// wxconfig check each other.
//
// A test starts it like this, and drives it by methods or by /sandbox/api/:
//
//	box := sandbox.New(sandbox.Options{Now: time.Now})
//	server := httptest.NewServer(box.Handler())
//	settings := wxconfig.SandboxSettings(server.URL, app.URL)
//	box.SetApp(app.URL)
//	code := box.OAuthCode(sandbox.DefaultPeople()[0].OpenID) // as the authorize page would give it
//	…
//	box.Settle()                                             // until every push has been delivered or given up
//	box.Inbox(openID)
//
// In a browser the identity is the cookie sandbox_openid of the sandbox's origin;
// GET /as/{openid} sets it and opens the app.
package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kezhi/wxconfig"
)

// Options are what a sandbox begins with. All but Now may be left out.
type Options struct {
	Now func() time.Time // the real time; the sandbox's own clock starts there

	Official Account // default: the account of wxconfig.SandboxSettings
	Mini     Account // likewise

	AppURL      string   // the app's public origin, where a person opens it
	CallbackURL string   // default: AppURL + /wechat/callback; empty AppURL too: nothing is pushed
	Domains     []string // host[:port] that OAuth returns to and pages may have; default: that of AppURL

	Templates []wxconfig.SampleTemplate // default: wxconfig.DefaultTemplates
	People    []Person                  // default: DefaultPeople
	Menu      wxconfig.Menu             // that the account has from the start, like wxconfig.DefaultMenu(AppURL); default: none

	PlainPushes bool          // push in 明文模式 even though the account has a key
	JSONPushes  bool          // push JSON instead of XML
	PushTimeout time.Duration // default: five seconds, as WeChat
	PushGap     time.Duration // between two attempts; default: five seconds, as WeChat

	Log *slog.Logger // default: silent
}

// Account is an account that the sandbox knows.
type Account struct {
	AppID          string
	Secret         string
	Token          string
	EncodingAESKey string
}

// Sandbox is the platform. It is safe for concurrent use.
type Sandbox struct {
	options Options
	client  *http.Client
	pages   pages

	stop    context.CancelFunc
	running context.Context //nolint:containedctx // ends what runs in the background, at Close
	work    workers

	mu       sync.Mutex
	appURL   string
	callback string
	domains  []string
	state
}

// state is what a reset begins anew.
type state struct {
	moved     time.Duration // of the clock
	accounts  map[string]*account
	people    []*Person
	tokens    map[string]*accessToken
	codes     map[string]*loginCode
	webTokens map[string]*webToken
	tickets   map[string]string // QR ticket → scene
	messages  []*Message
	faults    []*Fault
	calls     []Call
	pushes    []Push
	lastID    int64
}

// New returns a sandbox with its people seeded. It panics without Options.Now.
func New(options Options) *Sandbox {
	if options.Now == nil {
		panic("sandbox: Options.Now is missing")
	}
	if options.Official == (Account{}) {
		options.Official = Account{wxconfig.SandboxAppID, wxconfig.SandboxAppSecret, wxconfig.SandboxToken, wxconfig.SandboxEncodingAESKey}
	}
	if options.Mini == (Account{}) {
		options.Mini = Account{AppID: wxconfig.SandboxMiniAppID, Secret: wxconfig.SandboxMiniAppSecret}
	}
	if options.Templates == nil {
		options.Templates = wxconfig.DefaultTemplates()
	}
	if options.People == nil {
		options.People = DefaultPeople()
	}
	if options.PushTimeout == 0 {
		options.PushTimeout = 5 * time.Second
	}
	if options.PushGap == 0 {
		options.PushGap = 5 * time.Second
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sandbox{options: options, pages: parsePages()}
	s.running, s.stop = context.WithCancel(context.Background())
	s.client = &http.Client{
		Timeout:       options.PushTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	s.Reset()
	s.SetApp(options.AppURL)
	if options.CallbackURL != "" {
		s.callback = options.CallbackURL
	}
	if options.Domains != nil {
		s.domains = options.Domains
	}
	return s
}

// Close ends what runs in the background and waits for it.
func (s *Sandbox) Close() {
	s.stop()
	s.work.wait()
	s.client.CloseIdleConnections()
}

// Settle waits until every push that has begun is delivered or given up.
func (s *Sandbox) Settle() { s.work.wait() }

// SetApp says where the app is: its origin becomes the allowed domain, and pushes
// go to its /wechat/callback.
func (s *Sandbox) SetApp(origin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.appURL = strings.TrimRight(origin, "/")
	s.callback, s.domains = "", nil
	if u, err := url.Parse(s.appURL); err == nil && u.Host != "" {
		s.callback = s.appURL + "/wechat/callback"
		s.domains = []string{u.Host}
	}
}

// SetCallback changes the address that pushes go to; empty: nothing is pushed.
func (s *Sandbox) SetCallback(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callback = address
}

// Reset forgets all that happened since New, and where the clock was moved to.
func (s *Sandbox) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = state{
		accounts: map[string]*account{
			s.options.Official.AppID: {Account: s.options.Official},
			s.options.Mini.AppID:     {Account: s.options.Mini, mini: true},
		},
		tokens:    map[string]*accessToken{},
		codes:     map[string]*loginCode{},
		webTokens: map[string]*webToken{},
		tickets:   map[string]string{},
		lastID:    3_300_000_000_000_000_000, // beyond 2^53, where a float64 would round
	}
	if len(s.options.Menu) > 0 {
		s.accounts[s.options.Official.AppID].menu = s.options.Menu.Wire()
	}
	for _, person := range s.options.People {
		p := person.complete()
		if p.Follows && p.FollowedAt.IsZero() {
			p.FollowedAt = s.options.Now()
		}
		s.people = append(s.people, p)
	}
}

// MoveClock moves the sandbox's clock, by which tokens, codes and the ten minutes
// of client_msg_id end. Pushes keep the real time, for the app checks it.
func (s *Sandbox) MoveClock(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved += by
}

// now is the sandbox's time; s.mu is held.
func (s *Sandbox) now() time.Time { return s.options.Now().Add(s.moved) }

// later runs work in the background, until Close.
func (s *Sandbox) later(work func(ctx context.Context)) {
	s.work.begin()
	go func() {
		defer s.work.end()
		work(s.running)
	}()
}

// nextID is the id of a message or push; s.mu is held.
func (s *Sandbox) nextID() int64 {
	s.lastID += 1_000_003
	return s.lastID
}

func randomName(prefix string, length int) string {
	name := prefix
	for len(name) < length {
		name += rand.Text()
	}
	return name[:length]
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
