package wxconfig

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"kezhi/service"
)

// CallbackMode is how the account's message push was configured on the platform.
type CallbackMode string

// The modes of the callback. The zero value is CallbackSafe. The platform's
// 兼容模式 needs no mode of its own: its pushes carry the encrypted form too, and
// CallbackSafe reads nothing else.
const (
	CallbackSafe  CallbackMode = "safe"  // 安全模式: every push is encrypted
	CallbackPlain CallbackMode = "plain" // 明文模式: a push's body is not covered by its signature
)

// The addresses of the real platform.
const (
	PlatformAPIBase       = "https://api.weixin.qq.com"
	PlatformAuthorizeBase = "https://open.weixin.qq.com"
)

// Settings are what an official account, and optionally a mini program, are
// reached with. It is a plain struct: whoever wires the program fills it.
type Settings struct {
	AppID          string // of the official account (服务号)
	AppSecret      string
	Token          string // of the message push (令牌)
	EncodingAESKey string // of the message push; may be empty in CallbackPlain
	CallbackMode   CallbackMode

	MiniAppID     string // of the mini program; empty: there is none
	MiniAppSecret string

	APIBase       string // empty: the real platform; else the base URL that takes its place
	AuthorizeBase string // where a browser goes to log in; empty: the real platform
	PublicOrigin  string // our own origin, https://host: pages of it alone are signed for the JS-SDK

	Templates map[service.NoticeKind]Template

	Timeout time.Duration // of one call to WeChat; 0: five seconds
}

const defaultTimeout = 5 * time.Second

// Sandboxed tells whether any address of the settings is not the real platform's,
// which production refuses.
func (s Settings) Sandboxed() bool {
	genuine := func(base, platform string) bool {
		return base == "" || strings.TrimRight(base, "/") == platform
	}
	return !genuine(s.APIBase, PlatformAPIBase) || !genuine(s.AuthorizeBase, PlatformAuthorizeBase) || s.AppID == SandboxAppID
}

var (
	appIDForm  = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	secretForm = regexp.MustCompile(`^[0-9a-zA-Z]{32}$`)
	tokenForm  = regexp.MustCompile(`^[0-9a-zA-Z]{3,32}$`)
)

// Validate lists every fault of the settings; none means that New will work. No
// fault repeats a secret.
func (s Settings) Validate() []error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	if !appIDForm.MatchString(s.AppID) {
		add("AppID: %q is not of the form wx and 16 hexadecimal digits", s.AppID)
	}
	if !secretForm.MatchString(s.AppSecret) {
		add("AppSecret: must be 32 letters and digits")
	}
	if !tokenForm.MatchString(s.Token) {
		add("Token: must be 3 to 32 letters and digits")
	}
	switch s.CallbackMode {
	case "", CallbackSafe:
		if s.EncodingAESKey == "" {
			add("EncodingAESKey: is needed in safe mode")
		}
	case CallbackPlain:
	default:
		add("CallbackMode: %q is neither safe nor plain", s.CallbackMode)
	}
	if s.EncodingAESKey != "" && !validAESKey(s.EncodingAESKey) {
		add("EncodingAESKey: must be 43 characters of base64")
	}
	if (s.MiniAppID == "") != (s.MiniAppSecret == "") {
		add("MiniAppID, MiniAppSecret: give both or neither")
	}
	if s.MiniAppID != "" && !appIDForm.MatchString(s.MiniAppID) {
		add("MiniAppID: %q is not of the form wx and 16 hexadecimal digits", s.MiniAppID)
	}
	if s.MiniAppSecret != "" && !secretForm.MatchString(s.MiniAppSecret) {
		add("MiniAppSecret: must be 32 letters and digits")
	}
	if s.APIBase != "" {
		if err := checkBase(s.APIBase); err != nil {
			add("APIBase: %w", err)
		}
	}
	if s.AuthorizeBase != "" {
		if err := checkBase(s.AuthorizeBase); err != nil {
			add("AuthorizeBase: %w", err)
		}
	}
	if err := checkOrigin(s.PublicOrigin); err != nil {
		add("PublicOrigin: %w", err)
	}
	if s.Timeout < 0 {
		add("Timeout: is negative")
	}
	for _, kind := range slices.Sorted(maps.Keys(s.Templates)) {
		for _, err := range s.Templates[kind].validate(kind) {
			add("Templates[%s]: %w", kind, err)
		}
	}
	return faults
}

func validAESKey(key string) bool {
	_, err := base64.StdEncoding.DecodeString(key + "=")
	return len(key) == 43 && err == nil
}

// checkBase holds a base URL to https, except on loopback, where the sandbox is:
// secrets travel to it.
func checkBase(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is not a base URL", raw)
	}
	if u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("%q must be https, or http on loopback", raw)
}

// checkOrigin leaves plain HTTP to a developer's machine and network; whether
// production may have it is for the one who wires production to refuse.
func checkOrigin(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") ||
		strings.TrimRight(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is not an origin like https://example.org", raw)
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// The accounts that the sandbox knows. They exist nowhere else.
const (
	SandboxAppID          = "wx0a11ce0000000001"
	SandboxAppSecret      = "sandboxsecret0000000000000000off"
	SandboxToken          = "sandboxtoken"
	SandboxEncodingAESKey = "c2FuZGJveC1lbmNvZGluZy1hZXMta2V5LWtlemhpMDE"
	SandboxMiniAppID      = "wx0a11ce0000000002"
	SandboxMiniAppSecret  = "sandboxsecret000000000000000mini"
)

// SandboxSettings are the settings of the sandbox's accounts: sandboxBase is where
// the sandbox listens and publicOrigin where a browser finds the app.
func SandboxSettings(sandboxBase, publicOrigin string) Settings {
	settings := Settings{
		AppID:          SandboxAppID,
		AppSecret:      SandboxAppSecret,
		Token:          SandboxToken,
		EncodingAESKey: SandboxEncodingAESKey,
		CallbackMode:   CallbackSafe,
		MiniAppID:      SandboxMiniAppID,
		MiniAppSecret:  SandboxMiniAppSecret,
		APIBase:        sandboxBase,
		AuthorizeBase:  sandboxBase,
		PublicOrigin:   publicOrigin,
		Templates:      map[service.NoticeKind]Template{},
	}
	for _, sample := range DefaultTemplates() {
		settings.Templates[sample.Kind] = sample.Template()
	}
	return settings
}
