package wxconfig

import (
	"strings"
	"testing"

	"kezhi/service"
)

func TestSandboxSettingsAreWhole(t *testing.T) {
	t.Parallel()
	settings := SandboxSettings("http://127.0.0.1:8081", "http://127.0.0.1:8080")
	if faults := settings.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	for kind, names := range noticeValues {
		template, mapped := settings.Templates[kind]
		if !mapped || len(template.Fields) != len(names) {
			t.Errorf("%s: got %v, want fields for %v", kind, template, names)
		}
	}
	if !settings.Sandboxed() {
		t.Error("the sandbox's settings are not known as such")
	}
}

func TestValidateNamesAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	settings := Settings{
		AppID: "wx1", AppSecret: "topsecret", Token: "a b", CallbackMode: "open",
		MiniAppID: "wx0a11ce0000000002", APIBase: "http://example.org", AuthorizeBase: "nowhere",
		PublicOrigin: "https://example.org/path", Timeout: -1,
		Templates: map[service.NoticeKind]Template{
			service.NoticeApproved: {Fields: map[string]string{"name": "thing1", "result": "thing1", "colour": "paint"}},
			"nothing":              {ID: "x"},
		},
	}
	faults := settings.Validate()
	var all strings.Builder
	for _, fault := range faults {
		all.WriteString(fault.Error() + "\n")
	}
	for _, want := range []string{
		"AppID:", "AppSecret:", "Token:", "CallbackMode:", "MiniAppID, MiniAppSecret:", "APIBase:", "AuthorizeBase:", "PublicOrigin:", "Timeout:",
		"Templates[volunteer.approved]: the template id is missing", "colour is no value", `colour: "paint" is no field key`,
		"name and result both go to thing1", "Templates[nothing]: there is no such kind",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%q is not among the faults:\n%s", want, all.String())
		}
	}
	if strings.Contains(all.String(), "topsecret") {
		t.Error("a fault repeats the secret")
	}
	if _, err := New(settings, nil, nil, nil); err == nil {
		t.Error("New took faulty settings")
	}
}

func TestSettingsOneByOne(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		change func(*Settings)
		faults int
		real   bool
	}{
		{"the real platform", func(s *Settings) {
			s.APIBase, s.AuthorizeBase, s.PublicOrigin, s.AppID = "", "", "https://kezhi.example.org", "wxba5fad812f8e6fb9"
		}, 0, true},
		{"the real platform by its addresses", func(s *Settings) {
			s.APIBase, s.AuthorizeBase, s.AppID = PlatformAPIBase+"/", PlatformAuthorizeBase, "wxba5fad812f8e6fb9"
		}, 0, true},
		{"the sandbox's account on the real platform", func(s *Settings) { s.APIBase, s.AuthorizeBase = "", "" }, 0, false},
		{"safe mode without its key", func(s *Settings) { s.EncodingAESKey = "" }, 1, false},
		{"a short key", func(s *Settings) { s.EncodingAESKey = "abc" }, 1, false},
		{"plain mode without a key", func(s *Settings) { s.EncodingAESKey, s.CallbackMode = "", CallbackPlain }, 0, false},
		{"no mini program", func(s *Settings) { s.MiniAppID, s.MiniAppSecret = "", "" }, 0, false},
		{"a base with a query", func(s *Settings) { s.APIBase = "https://example.org?a=b" }, 1, false},
		{"a proxy by https", func(s *Settings) { s.APIBase = "https://proxy.example.org/wechat" }, 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			settings := SandboxSettings("http://127.0.0.1:8081", "http://127.0.0.1:8080")
			row.change(&settings)
			if faults := settings.Validate(); len(faults) != row.faults {
				t.Errorf("got %v, want %d faults", faults, row.faults)
			}
			if got := !settings.Sandboxed(); got != row.real {
				t.Errorf("real: got %v, want %v", got, row.real)
			}
		})
	}
}
