package handler_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kezhi/service"
)

func TestNoGETEverChecksIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang, organizer := w.volunteer(w.team), w.with(service.RoleOrganizer, w.team)
	a := w.activity(w.team)
	r := wang.signedUp(a)
	before := w.dump()
	for range 2 {
		for _, who := range []*user{organizer, wang, w.nobody()} {
			who.page("/c/" + r.Code).want(http.StatusOK)
			who.get("/check-in-codes/" + r.Code)
			who.get("/registrations/" + r.ID)
			who.get("/registrations/" + r.ID + "/code.png")
			who.get("/check-ins").want(http.StatusMethodNotAllowed)
		}
	}
	same(t, w.dump(), before)
	organizer.post("/check-ins", form{"code": r.Code, "nonce": aNonce}).want(http.StatusOK) // the control
	if checked := wang.get("/registrations/" + r.ID).object(); checked["checked_in_at"] == nil {
		t.Errorf("a POST does not check in either: %v", checked)
	}
}

func TestRefusedScanTellsWhoItWas(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		reason string
		detail string
		do     func(w *world, wang *user, a *service.Activity)
	}{
		{"too early", "check_in.too_early", "opens_at", func(w *world, _ *user, _ *service.Activity) { w.clock.pass(-2 * time.Hour) }},
		{"too late", "check_in.too_late", "closed_at", func(w *world, _ *user, _ *service.Activity) { w.clock.pass(6 * time.Hour) }},
		{"called off", "activity.cancelled", "name", func(w *world, _ *user, a *service.Activity) {
			_, err := w.services.Activities.Cancel(w.Context(), platform, a.ID, a.Version, "暴雨预警")
			must(w, err)
		}},
		{"cancelled", "check_in.cancelled", "name", func(_ *world, wang *user, a *service.Activity) {
			wang.del("/activities/" + a.ID + "/registration").want(http.StatusOK)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			wang, organizer := w.volunteer(w.team), w.with(service.RoleOrganizer, w.team)
			a := w.activity(w.team)
			r := wang.signedUp(a)
			row.do(w, wang, a)
			refused := organizer.post("/check-ins", form{"code": r.Code, "nonce": aNonce, "activity_id": a.ID}).refusal(http.StatusConflict, row.reason)
			same(t, refused.Detail["name"], any("王*"))
			same(t, refused.Detail["activity_title"], any(a.Title))
			if photo, _ := refused.Detail["photo"].(string); !strings.HasPrefix(photo, "data:image/jpeg;base64,") {
				t.Errorf("no portrait in %v", refused.Detail)
			}
			if refused.Detail[row.detail] == nil {
				t.Errorf("%s is not in %v", row.detail, refused.Detail)
			}
		})
	}
}

func TestScansThatKnowNobodyTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang, organizer := w.volunteer(w.otherTeam), w.with(service.RoleOrganizer, w.team)
	here, elsewhere := w.activity(w.team), w.activity(w.otherTeam)
	r := wang.signedUp(elsewhere)
	for _, row := range []struct {
		code   string
		status int
		reason string
	}{
		{"https://u.wechat.com/abc", http.StatusBadRequest, "check_in.junk"},
		{"", http.StatusBadRequest, "check_in.junk"},
		{r.Code[:27] + "A", http.StatusBadRequest, "check_in.junk"},
		{r.Code, http.StatusConflict, "check_in.wrong_activity"},
	} {
		refused := organizer.post("/check-ins", form{"code": row.code, "nonce": aNonce, "activity_id": here.ID}).refusal(row.status, row.reason)
		if refused.Detail["name"] != nil || refused.Detail["photo"] != nil {
			t.Errorf("%q tells who someone elsewhere is: %v", row.code, refused.Detail)
		}
	}
	organizer.post("/check-ins", form{"code": r.Code, "nonce": aNonce}).refusal(http.StatusForbidden, "check_in.not_organizer")
}

func TestSameScanAgainIsTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	organizer := w.with(service.RoleOrganizer, w.team)
	r := w.volunteer(w.team).signedUp(w.activity(w.team))
	scan := form{"code": origin + "/c/" + r.Code + "?from=scan", "nonce": aNonce}
	first := organizer.post("/check-ins", scan).want(http.StatusOK)
	w.clock.pass(time.Minute)
	same(t, organizer.post("/check-ins", scan).want(http.StatusOK).object(), first.object())

	undo := form{"registration_id": r.ID, "nonce": aNonce}
	organizer.post("/check-ins/undo", undo).want(http.StatusNoContent)
	organizer.post("/check-ins/undo", undo).want(http.StatusNoContent)
	organizer.post("/check-ins", scan).refusal(http.StatusConflict, "check_in.annulled")
	scan["nonce"] = "another-0123456789abcdef"
	same(t, organizer.post("/check-ins", scan).want(http.StatusOK).object()["result"], any("checked_in"))
}

func TestScanThatWaitedForTheNetworkCountsWhenItWasDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	organizer := w.with(service.RoleOrganizer, w.team)
	r := w.volunteer(w.team).signedUp(w.activity(w.team))
	w.clock.pass(12 * time.Hour)
	late := form{"code": r.Code, "nonce": aNonce}
	organizer.post("/check-ins", late).refusal(http.StatusConflict, "check_in.too_late")
	late["scanned_at"], late["nonce"] = "2026-05-01T13:00:00+08:00", "another-0123456789abcdef"
	same(t, organizer.post("/check-ins", late).want(http.StatusOK).object()["at"], any("2026-05-01T13:00:00+08:00"))
}
