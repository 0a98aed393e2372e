package wxconfig_test

import (
	"bytes"
	"errors"
	"image/jpeg"
	"strings"
	"testing"

	"kezhi/service"
	"kezhi/wxconfig"
	"kezhi/wxconfig/sandbox"

	"github.com/google/go-cmp/cmp"
)

// From the titles and labels alone, the mapping is found as a person would make it.
func TestTemplatesAreProposed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	have, err := w.AccountTemplates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if faults := w.settings.CheckTemplates(have); len(faults) > 0 {
		t.Errorf("the sandbox's own mapping: %v", faults)
	}
	got := map[service.NoticeKind]wxconfig.Template{}
	for _, proposal := range wxconfig.ProposeTemplates(have) {
		if len(proposal.Unfilled) > 0 || len(proposal.Left) > 0 {
			t.Errorf("got %+v", proposal)
		}
		got[proposal.Kind] = proposal.Template
	}
	if diff := cmp.Diff(w.settings.Templates, got); diff != "" {
		t.Error(diff)
	}
	for _, proposal := range wxconfig.ProposeTemplates(nil) {
		if proposal.Template.ID != "" || len(proposal.Left) == 0 {
			t.Errorf("out of nothing: got %+v", proposal)
		}
	}
}

func TestMappingIsCheckedAgainstTheAccount(t *testing.T) {
	t.Parallel()
	settings := wxconfig.Settings{Templates: map[service.NoticeKind]wxconfig.Template{
		service.NoticeApproved:  {ID: "gone", Fields: map[string]string{"name": "thing1"}},
		service.NoticeCancelled: {ID: "here", Fields: map[string]string{"activity": "thing1", "place": "thing9"}},
	}}
	faults := strings.Join(settings.CheckTemplates([]wxconfig.AccountTemplate{
		{ID: "here", Fields: []wxconfig.AccountField{{Label: "活动名称", Key: "thing1"}, {Label: "活动时间", Key: "time2"}}},
	}), "\n")
	for _, want := range []string{
		"volunteer.approved: the account has no template gone", "activity.cancelled: the template's field time2 (活动时间) gets no value",
		"activity.cancelled: the template has no field thing9 for place", "registration.confirmed: no template is mapped",
	} {
		if !strings.Contains(faults, want) {
			t.Errorf("%q is not among\n%s", want, faults)
		}
	}
}

func TestMenuGoesThereAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got, err := w.AccountMenu(t.Context()); err != nil || got != nil {
		t.Fatalf("none: got %v, %v", got, err)
	}
	want := wxconfig.DefaultMenu("https://kezhi.example.org")
	want = append(want, wxconfig.MenuEntry{Name: "帮助", Key: "HELP"})
	if err := w.PushMenu(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := w.AccountMenu(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if changes := wxconfig.DiffMenu(want, got); changes != nil {
		t.Errorf("got %v", changes)
	}
	changed := wxconfig.Menu{want[0], {Name: "帮助", Key: "HELP2"}}
	if diff := cmp.Diff([]string{
		"- 志愿者", "- 志愿者 / 我的 → https://kezhi.example.org/me", "- 志愿者 / 注册 → https://kezhi.example.org/register",
		"- 志愿者 / 激活 → https://kezhi.example.org/activate", "- 志愿者 / 我的活动 → https://kezhi.example.org/me/registrations",
		"- 帮助 → # HELP", "+ 帮助 → # HELP2",
	}, wxconfig.DiffMenu(changed, got)); diff != "" {
		t.Error(diff)
	}
	if got := wxconfig.DiffMenu(wxconfig.Menu{want[0], want[2]}, wxconfig.Menu{want[2], want[0]}); len(got) != 1 {
		t.Errorf("another order: got %v", got)
	}
}

func TestMenuThatWouldBeRefusedIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := "https://kezhi.example.org/"
	for name, menu := range map[string]wxconfig.Menu{
		"nothing":            {},
		"four":               {{Name: "一", URL: page}, {Name: "二", URL: page}, {Name: "三", URL: page}, {Name: "四", URL: page}},
		"a long name":        {{Name: "科技志愿者", URL: page}},
		"no name":            {{URL: page}},
		"neither":            {{Name: "一"}},
		"both":               {{Name: "一", URL: page, Key: "k"}},
		"no address":         {{Name: "一", URL: "/me"}},
		"six below":          {{Name: "一", Below: make([]wxconfig.MenuEntry, 6)}},
		"three levels":       {{Name: "一", Below: []wxconfig.MenuEntry{{Name: "二", Below: []wxconfig.MenuEntry{{Name: "三", URL: page}}}}}},
		"a page and a level": {{Name: "一", URL: page, Below: []wxconfig.MenuEntry{{Name: "二", URL: page}}}},
		"a long key":         {{Name: "一", Key: strings.Repeat("k", 129)}},
	} {
		if err := w.PushMenu(t.Context(), menu); err == nil {
			t.Errorf("%s: it was sent", name)
		}
	}
	if calls := w.box.Calls(""); len(calls) > 0 {
		t.Errorf("WeChat was called: %+v", calls)
	}
}

func TestMiniProgramsCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	someone := w.person(3)
	code, _ := w.box.PhoneCode(someone.OpenID)
	if got, err := w.MiniPhone(t.Context(), code); err != nil || got != someone.Phone {
		t.Errorf("phone: got %q, %v", got, err)
	}
	if _, err := w.MiniPhone(t.Context(), code); !errors.Is(err, service.ErrWeChatCode) {
		t.Errorf("phone, again: got %v", err)
	}
	w.box.Misbehave(sandbox.Fault{Kind: sandbox.FaultTokenRevoked, Endpoint: "/wxa/getwxacodeunlimit"})
	drawn, err := w.MiniCode(t.Context(), "pages/activity/index", "a=01K0000000000000000000000A")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(drawn)); err != nil {
		t.Error(err)
	}
	var refusal *wxconfig.APIError
	if _, err := w.MiniCode(t.Context(), "/pages/activity", "a"); !errors.As(err, &refusal) || refusal.Code != 41030 {
		t.Errorf("a wrong page: got %v", err)
	}
	if link, err := w.MiniLink(t.Context(), "pages/activity/index", "id=1"); err != nil || !strings.HasPrefix(link, "https://") {
		t.Errorf("link: got %q, %v", link, err)
	}
	for text, want := range map[string]bool{"科普讲座": true, "违规内容": false} {
		if got, err := w.TextPasses(t.Context(), someone.MiniOpenID, text); err != nil || got != want {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	w.settings.MiniAppID, w.settings.MiniAppSecret = "", ""
	alone := w.another(t)
	if _, err := alone.MiniCode(t.Context(), "p", "s"); !errors.Is(err, wxconfig.ErrNoMini) {
		t.Errorf("without a mini program: got %v", err)
	}
	if _, err := alone.MiniPhone(t.Context(), "code"); !errors.Is(err, service.ErrWeChatAway) {
		t.Errorf("without a mini program: got %v", err)
	}
}
