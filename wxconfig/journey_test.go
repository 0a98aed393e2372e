package wxconfig_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"kezhi/service"

	"github.com/google/go-cmp/cmp"
)

// The way of one notice: logged in through the browser, following, told, reported.
func TestNoticeReachesTheInboxAndIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	someone := w.person(3)

	// The browser is sent to WeChat with the identity picked, and comes back with a code.
	jar, _ := cookiejar.New(nil)
	base, _ := url.Parse(w.settings.APIBase)
	jar.SetCookies(base, []*http.Cookie{{Name: "sandbox_openid", Value: someone.OpenID, Path: "/"}})
	_, back, _ := browse(t, jar, w.AuthorizeURL(w.settings.PublicOrigin+"/wechat/return", "state1"))
	if got, want := back.Path, "/wechat/return"; got != want || back.Query().Get("state") != "state1" {
		t.Fatalf("returned to %s", back)
	}
	identity, err := w.OfficialIdentity(t.Context(), back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(service.WeChatIdentity{OpenID: someone.OpenID}, identity); diff != "" {
		t.Fatal(diff)
	}

	follows, err := w.Follows(t.Context(), someone.OpenID)
	if err != nil || !follows {
		t.Fatalf("Follows: %v, %v", follows, err)
	}
	id, err := w.Send(t.Context(), w.approved(3))
	if err != nil {
		t.Fatal(err)
	}
	w.box.Settle()

	inbox := w.box.Inbox(someone.OpenID)
	if len(inbox) != 1 {
		t.Fatalf("got %d messages, want 1", len(inbox))
	}
	var lines []string
	for _, line := range inbox[0].Lines {
		lines = append(lines, line.Label+"："+line.Value)
	}
	want := "申请人：王晓兰 审核单位：诸暨市科学技术协会 审核结果：审核通过 审核时间：2026年5月1日 14:00"
	if diff := cmp.Diff(want, strings.Join(lines, " ")); diff != "" {
		t.Error(diff)
	}
	if inbox[0].ID != id || inbox[0].URL != w.settings.PublicOrigin+"/me" {
		t.Errorf("got %+v, want id %s", inbox[0], id)
	}

	events := w.events.all()
	if len(events) != 1 {
		t.Fatalf("got %d events, want 1: %+v; pushes %+v", len(events), events, w.box.Pushes())
	}
	got := events[0]
	if got.Kind != service.WeChatJobFinished || got.MessageID != id || got.Status != "success" || got.OpenID != someone.OpenID {
		t.Errorf("got %+v", got)
	}
}
