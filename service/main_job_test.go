package service_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kezhi/service"
)

func TestMainJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	volunteer, v := w.submitted()
	if count := got(w.Volunteers.CountPending(t.Context(), w.admin))(t); count != 1 {
		t.Fatalf("the admin's queue: got %d, want 1", count)
	}
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	w.settle()
	want := []service.NoticeKind{service.NoticePending, service.NoticeApproved, service.NoticeActivationCode}
	if kinds := w.wechat.kinds(); !slices.Equal(sorted(kinds), sorted(want)) {
		t.Fatalf("messages: got %v, want %v", kinds, want)
	}
	a := w.activity(2)
	if _, err := w.Registrations.SignUp(t.Context(), volunteer, a.ID); !errors.Is(err, service.ErrNotActive) {
		t.Fatalf("signing up before activating: got %v, want %v", err, service.ErrNotActive)
	}
	code := w.wechat.last(t, service.NoticeActivationCode)
	if code.OpenID == "" || len(code.Values["code"]) != 6 {
		t.Fatalf("activation message: got %+v", code)
	}
	got(w.Volunteers.Activate(t.Context(), volunteer, code.Values["code"]))(t)
	signed := got(w.Registrations.SignUp(t.Context(), volunteer, a.ID))(t)
	again := got(w.Registrations.SignUp(t.Context(), volunteer, a.ID))(t)
	if again.Code != signed.Code || again.SeatID != signed.SeatID {
		t.Error("signing up again must give the same answer")
	}
	w.clock.pass(2 * time.Hour)
	scan := service.Scan{Code: w.Registrations.CodeURL(signed.Code), Nonce: "nonce-1", ActivityID: a.ID}
	scanned := got(w.Attendances.CheckIn(t.Context(), w.organizer, scan))(t)
	if scanned.Result != "checked_in" || scanned.Name != "王*" || len(scanned.Portrait) == 0 {
		t.Errorf("the scan: got %s, %s, %d bytes of portrait", scanned.Result, scanned.Name, len(scanned.Portrait))
	}
	w.settle()
	w.mustBeAtRest(a.ID)
}

func TestTwoAdminsOnOneApplicant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.person(service.Grant{Role: service.RoleAdmin, OrganizationID: w.town.ID})
	_, v := w.submitted()
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	_, err := w.Volunteers.Reject(t.Context(), other, v.ID, v.Version, "照片不清楚")
	var refusal *service.Error
	if !errors.As(err, &refusal) || refusal.Reason != service.ErrDecided.Reason || refusal.Detail["approved"] != true {
		t.Fatalf("the second decision: got %v, want %v that tells of the approval", err, service.ErrDecided)
	}
	after := got(w.Volunteers.See(t.Context(), w.admin, v.ID))(t)
	if after.State != service.VolunteerApproved || after.Review.Reason != "" {
		t.Errorf("the first decision was overwritten: %s, %+v", after.State, after.Review)
	}
	w.settle()
	if kinds := w.wechat.kinds(); slices.Contains(kinds, service.NoticeRejected) {
		t.Errorf("a rejection was told: %v", kinds)
	}
}

func TestManyAdminsRacing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, v := w.submitted()
	var wins, told sync.Map
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version)
			} else {
				_, err = w.Volunteers.Reject(t.Context(), w.admin, v.ID, v.Version, "资料不全")
			}
			switch {
			case err == nil:
				wins.Store(i, true)
			case errors.Is(err, service.ErrDecided):
				told.Store(i, true)
			default:
				t.Errorf("admin %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if n := size(&wins); n != 1 || size(&told) != 15 {
		t.Errorf("got %d decisions and %d told who decided, want 1 and 15", n, size(&told))
	}
}

func TestRejectedMendsAndResubmits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	actor, v := w.submitted()
	got(w.Volunteers.Reject(t.Context(), w.admin, v.ID, v.Version, "照片不清楚，请重新上传"))(t)
	own := got(w.Volunteers.Own(t.Context(), actor))(t)
	if own.State != service.VolunteerRejected || own.Review.Reason != "照片不清楚，请重新上传" {
		t.Fatalf("the rejected one sees %s, %+v", own.State, own.Review)
	}
	form := w.form(actor)
	form.Version = own.Version
	v = got(w.Volunteers.Submit(t.Context(), actor, form))(t)
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	w.settle()
	if !slices.Contains(w.wechat.kinds(), service.NoticeRejected) || !slices.Contains(w.wechat.kinds(), service.NoticeApproved) {
		t.Errorf("messages: got %v", w.wechat.kinds())
	}
}

func TestOneNationalIDAndOnePhoneRegisterOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.person()
	form := w.form(first)
	got(w.Volunteers.Submit(t.Context(), first, form))(t)
	second := w.person()
	other := w.form(second)
	sameID, samePhone := other, other
	sameID.NationalID, samePhone.Phone = form.NationalID, form.Phone
	if _, err := w.Volunteers.Submit(t.Context(), second, sameID); !errors.Is(err, service.ErrNationalIDTaken) {
		t.Errorf("the same national id: got %v, want %v", err, service.ErrNationalIDTaken)
	}
	if _, err := w.Volunteers.Submit(t.Context(), second, samePhone); !errors.Is(err, service.ErrPhoneTaken) {
		t.Errorf("the same phone: got %v, want %v", err, service.ErrPhoneTaken)
	}
	got(w.Volunteers.Submit(t.Context(), second, other))(t)
}

func TestDiesBetweenApprovalAndMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, v := w.submitted()
	w.settle()
	before := len(w.wechat.kinds())
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	w.open() // the nudge is gone with the process; the outbox is not
	w.settle()
	w.settle()
	sent := w.wechat.kinds()[before:]
	if want := []service.NoticeKind{service.NoticeApproved, service.NoticeActivationCode}; !slices.Equal(sorted(sent), sorted(want)) {
		t.Errorf("after the restart: sent %v, want %v", sent, want)
	}
}

func TestMessageWaitsForFollowing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	follows := false
	w.wechat.answer = func(service.WeChatMessage) error {
		if !follows {
			return &service.SendError{Class: service.SendNotFollowing, Code: 43004, Text: "未关注"}
		}
		return nil
	}
	actor, v := w.submitted()
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	w.settle()
	first := w.wechat.last(t, service.NoticeActivationCode).Values["code"]
	w.clock.pass(10 * 24 * time.Hour) // the code has expired meanwhile
	follows = true
	person := got(w.ports.People.Person(t.Context(), actor.PersonID))(t)
	got(w.Events.HandleWeChatEvent(t.Context(), service.WeChatEvent{Kind: service.WeChatSubscribe, OpenID: person.OpenID}))(t)
	w.settle()
	second := w.wechat.last(t, service.NoticeActivationCode)
	if second.OpenID != person.OpenID {
		t.Fatalf("after following: got %+v", second)
	}
	got(w.Volunteers.Activate(t.Context(), actor, second.Values["code"]))(t)
	if first == second.Values["code"] {
		t.Log("the two codes happen to be equal")
	}
}

func TestLostAnswerIsAskedForUnderTheSameID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, v := w.submitted()
	w.settle()
	w.wechat.answer = func(service.WeChatMessage) error {
		return &service.SendError{Class: service.SendUnknown, Text: "没有回应"}
	}
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	before := len(w.wechat.kinds())
	for range 20 {
		w.settle()
		w.clock.pass(time.Minute)
	}
	ids := map[string]int{}
	for _, m := range w.wechat.sent[before:] {
		ids[m.ID]++
	}
	if len(ids) != 2 {
		t.Errorf("client_msg_ids: got %v, want one for each of the two messages", ids)
	}
	for id, tries := range ids {
		if tries < 2 || tries > 12 {
			t.Errorf("%s was sent %d times", id, tries)
		}
	}
	page := got(w.Notices.Own(t.Context(), service.Actor{PersonID: v.ID}, ""))(t)
	for _, n := range page.Items {
		if n.State != service.NoticeUnknown || n.Secret != nil {
			t.Errorf("%s: got %s, want %s and no secret", n.Kind, n.State, service.NoticeUnknown)
		}
	}
}

func TestDisabledOrRoleLostEndsSessionsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := service.Actor{PersonID: "boss", Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}
	login := func(code string) (string, service.Actor) {
		token, _, err := w.Login.Mini(t.Context(), code)
		must(t, err)
		return token, got(w.Sessions.Actor(t.Context(), token))(t)
	}
	token, actor := login("one")
	must(t, w.People.Disable(t.Context(), boss, actor.PersonID, "违规"))
	if _, err := w.Sessions.Actor(t.Context(), token); !errors.Is(err, service.ErrNotLoggedIn) {
		t.Errorf("disabled: got %v, want %v", err, service.ErrNotLoggedIn)
	}
	if _, _, err := w.Login.Mini(t.Context(), "one"); !errors.Is(err, service.ErrPersonDisabled) {
		t.Errorf("a disabled person logs in: got %v, want %v", err, service.ErrPersonDisabled)
	}
	must(t, w.People.Enable(t.Context(), boss, actor.PersonID))
	grant := service.Grant{Role: service.RoleOrganizer, OrganizationID: w.town.ID}
	must(t, w.People.Grant(t.Context(), boss, actor.PersonID, grant))
	token, actor = login("one")
	if !slices.Contains(actor.Grants, grant) {
		t.Fatalf("the role is not there: %v", actor.Grants)
	}
	must(t, w.People.Revoke(t.Context(), boss, actor.PersonID, grant))
	if _, err := w.Sessions.Actor(t.Context(), token); !errors.Is(err, service.ErrNotLoggedIn) {
		t.Errorf("role lost: got %v, want %v", err, service.ErrNotLoggedIn)
	}
}

func TestOnePersonThroughTwoDoors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token, _, err := w.Login.Mini(t.Context(), "human")
	must(t, err)
	mini := got(w.Sessions.Actor(t.Context(), token))(t)
	url := got(w.Login.Begin(t.Context(), "browser", "/me"))(t)
	state := url[strings.LastIndex(url, "state=")+len("state="):]
	if _, _, _, err := w.Login.Finish(t.Context(), "another browser", state, "human"); !errors.Is(err, service.ErrLoginExpired) {
		t.Fatalf("another browser's return: got %v, want %v", err, service.ErrLoginExpired)
	}
	if _, _, _, err := w.Login.Finish(t.Context(), "browser", state, "human"); !errors.Is(err, service.ErrLoginExpired) {
		t.Fatalf("the state is spent: got %v, want %v", err, service.ErrLoginExpired)
	}
	url = got(w.Login.Begin(t.Context(), "browser", "/me"))(t)
	state = url[strings.LastIndex(url, "state=")+len("state="):]
	token, _, to, err := w.Login.Finish(t.Context(), "browser", state, "human")
	must(t, err)
	official := got(w.Sessions.Actor(t.Context(), token))(t)
	if official.PersonID != mini.PersonID || to != "/me" {
		t.Errorf("got %s and %s, returning to %s; want one person, /me", official.PersonID, mini.PersonID, to)
	}
}

func TestInvitationIsSpentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, _, err := w.Invites.CreatePlatformAdmin(t.Context())
	must(t, err)
	token := url[strings.LastIndex(url, "/")+1:]
	w.open() // an invitation outlives a restart
	var winners sync.Map
	var group sync.WaitGroup
	for i := range 8 {
		actor := w.person()
		group.Go(func() {
			if err := w.Invites.Accept(t.Context(), actor, token); err == nil {
				winners.Store(i, actor)
			} else if !errors.Is(err, service.ErrInviteSpent) {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	if n := size(&winners); n != 1 {
		t.Errorf("%d people took one invitation", n)
	}
}

func TestNothingSensitiveIsReadableAtRest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	actor := w.person()
	form := w.form(actor)
	v := got(w.Volunteers.Submit(t.Context(), actor, form))(t)
	got(w.Volunteers.Approve(t.Context(), w.admin, v.ID, v.Version))(t)
	w.settle()
	code := w.wechat.last(t, service.NoticeActivationCode).Values["code"]
	must(t, w.documents.Close(t.Context()))
	w.documents = nil
	files := got(filepath.Glob(filepath.Join(filepath.Dir(w.path), "*")))(t)
	found := false
	for _, f := range files {
		raw := got(os.ReadFile(f))(t)
		for what, text := range map[string]string{"national id": form.NationalID, "phone": form.Phone, "activation code": code} {
			if bytes.Contains(raw, []byte(text)) {
				t.Errorf("the %s stands in %s", what, filepath.Base(f))
			}
		}
		found = found || bytes.Contains(raw, []byte(form.Email))
	}
	if !found {
		t.Error("not even the e-mail address was found: the files were not read")
	}
}

func TestRevealIsJournaledFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	actor := w.person()
	form := w.form(actor)
	v := got(w.Volunteers.Submit(t.Context(), actor, form))(t)
	id, phone, err := w.Volunteers.Reveal(t.Context(), w.admin, v.ID)
	must(t, err)
	if id != form.NationalID || phone != form.Phone {
		t.Errorf("revealed %s, %s", id, phone)
	}
	if _, _, err := w.Volunteers.Reveal(t.Context(), w.organizer, v.ID); !errors.Is(err, service.ErrVolunteerNotFound) {
		t.Errorf("an organizer reveals: got %v, want %v", err, service.ErrVolunteerNotFound)
	}
}

func TestSearchFindsParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.activity(3) // 社区科普讲座 at 社区中心
	for text, want := range map[string]int{"": 1, "科普": 1, "普讲座": 1, "社": 1, "中心": 1, "讲普": 0, "医": 0} {
		page := got(w.Activities.Find(t.Context(), service.ActivityQuery{Text: text}, "", false))(t)
		if len(page.Items) != want || want == 1 && page.Items[0].ID != a.ID {
			t.Errorf("%q: found %d, want %d", text, len(page.Items), want)
		}
	}
}

func sorted(kinds []service.NoticeKind) []service.NoticeKind {
	kinds = slices.Clone(kinds)
	slices.Sort(kinds)
	return kinds
}

func count(kinds []service.NoticeKind, kind service.NoticeKind) (n int) {
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

func size(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}
