package handler_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kezhi/service"
)

// The main job, from registering to the scan, as its JSON. testdata holds each answer.
func TestMainJobAnswersAsInTheGoldenFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang, admin, organizer := w.newcomer(), w.with(service.RoleAdmin, w.county), w.with(service.RoleOrganizer, w.team)

	w.nobody().get("/organizations").want(http.StatusOK).golden("organizations")
	w.nobody().get("/choices").want(http.StatusOK).golden("choices")
	w.nobody().get("/me").golden("me_nobody").want(http.StatusUnauthorized)
	wang.get("/me").want(http.StatusOK).golden("me_newcomer")

	// Register.
	wang.put("/me/volunteer", wang.form(w.team)).golden("volunteer_submit_without_consent").want(http.StatusConflict)
	wang.post("/me/consents", form{"version": service.Privacy.Version, "sensitive": true}).want(http.StatusNoContent)
	wrong := wang.form(w.team)
	wrong["national_id"], wrong["phone"], wrong["sex"] = "330681199005010000", "12345", "女"
	wang.put("/me/volunteer", wrong).golden("volunteer_submit_wrong").want(http.StatusBadRequest)
	right := wang.form(w.team)
	wang.put("/me/volunteer", right).want(http.StatusOK).golden("own_volunteer_pending")
	w.settle()

	// Review.
	admin.get("/volunteers?state=pending").want(http.StatusOK).golden("volunteers_pending")
	seen := admin.get("/volunteers/" + wang.id).want(http.StatusOK).golden("volunteer_pending").object()
	admin.post("/volunteers/"+wang.id+"/reveal", nil).want(http.StatusOK).golden("volunteer_revealed")
	w.clock.pass(time.Hour)
	admin.post("/volunteers/"+wang.id+"/reject", form{"version": seen["version"], "reason": "照片不清楚或不是本人，请重新上传"}).want(http.StatusOK).golden("volunteer_rejected")
	own := wang.get("/me/volunteer").want(http.StatusOK).golden("own_volunteer_rejected").object()
	right["version"] = own["version"]
	again := wang.put("/me/volunteer", right).want(http.StatusOK).object()
	if again["version"] == own["version"] {
		t.Errorf("submitting again left the version at %v", own["version"])
	}
	approved := admin.post("/volunteers/"+wang.id+"/approve", form{"version": again["version"]}).want(http.StatusOK).golden("volunteer_approved").object()
	if got := admin.get("/volunteers/" + wang.id).object()["version"]; got != approved["version"] {
		t.Errorf("the answer to the approval has version %v, the volunteer has %v", approved["version"], got)
	}
	w.with(service.RoleAdmin, w.city).post("/volunteers/"+wang.id+"/approve", form{"version": again["version"]}).golden("volunteer_decided").want(http.StatusConflict)
	w.settle()

	// Activate.
	wang.get("/me/volunteer").want(http.StatusOK).golden("own_volunteer_approved")
	wang.post("/me/volunteer/activation", form{"code": "x"}).golden("activation_wrong").want(http.StatusBadRequest)
	wang.post("/me/volunteer/activation-code", nil).golden("activation_resend_too_soon").want(http.StatusTooManyRequests)
	w.clock.pass(2 * time.Minute)
	wang.post("/me/volunteer/activation-code", nil).want(http.StatusAccepted)
	w.settle()
	wang.post("/me/volunteer/activation", form{"code": w.wechat.activationCode(t, wang.openID)}).want(http.StatusOK).golden("own_volunteer_active")
	wang.get("/me/notices").want(http.StatusOK).golden("notices")
	wang.post("/me/notices/read", nil).want(http.StatusNoContent)

	// An activity.
	draft := organizer.post("/activities", activityForm(w, 1)).want(http.StatusCreated).golden("activity_draft").object()
	id := draft["id"].(string)
	organizer.post("/activities/"+id+"/publish", form{"version": draft["version"]}).want(http.StatusOK)
	w.nobody().get("/activities").want(http.StatusOK).golden("activities_nobody")
	w.nobody().get("/activities/" + id).want(http.StatusOK).golden("activity_nobody")
	organizer.get("/desk").want(http.StatusOK).golden("desk_organizer")
	organizer.get("/desk/activities").want(http.StatusOK).golden("desk_activities")

	// Sign up.
	w.newcomer().post("/activities/"+id+"/registration", nil).golden("sign_up_not_registered").want(http.StatusConflict)
	registration := wang.post("/activities/"+id+"/registration", nil).want(http.StatusOK).golden("registration").object()
	w.volunteer(w.otherTeam).post("/activities/"+id+"/registration", nil).golden("sign_up_full").want(http.StatusConflict)
	w.settle()
	wang.get("/activities/" + id).want(http.StatusOK).golden("activity_mine")
	wang.get("/me").want(http.StatusOK).golden("me_volunteer_today")
	wang.get("/me/registrations").want(http.StatusOK).golden("own_registrations")
	organizer.get("/activities/" + id + "/registrations").want(http.StatusOK).golden("roster")

	// Scan.
	code := registration["code_url"].(string)
	token := code[strings.LastIndex(code, "/")+1:]
	organizer.get("/check-in-codes/" + token).want(http.StatusOK).golden("check_in_code")
	wang.get("/check-in-codes/" + token).golden("check_in_code_not_organizer").want(http.StatusForbidden)
	scan := form{"code": code, "nonce": "0123456789abcdefghijkl", "activity_id": id}
	organizer.post("/check-ins", scan).want(http.StatusOK).golden("check_in")
	w.clock.pass(time.Minute)
	scan["nonce"] = "another-0123456789abcdef"
	organizer.post("/check-ins", scan).want(http.StatusOK).golden("check_in_already")
	organizer.get("/check-in-codes/" + token).want(http.StatusOK).golden("check_in_code_done")
	wang.get("/registrations/" + registration["id"].(string)).want(http.StatusOK).golden("registration_checked_in")

	// Staff.
	admin.post("/invites", form{"role": "organizer", "organization_id": w.team.ID}).want(http.StatusCreated).golden("invite_link")
	admin.get("/desk").want(http.StatusOK).golden("desk_admin")
	w.nobody().get("/nowhere").golden("no_endpoint").want(http.StatusNotFound)
	w.nobody().get("/wechat/js-config?url=" + origin + "/scan").want(http.StatusOK).golden("js_config")
}

// activityForm is an activity of the team as the app would send it.
func activityForm(w *world, seats int) form {
	at := func(d time.Duration) string { return w.clock.now().Add(d).In(service.Shanghai).Format(time.RFC3339) }
	return form{
		"organization_id": w.team.ID, "type": "科普报告", "title": "防震减灾科普报告", "place": "店口镇文化中心", "address": "诸暨市店口镇中心路二号",
		"starts_at": at(time.Hour), "ends_at": at(3 * time.Hour), "signup_opens_at": at(-time.Hour), "signup_closes_at": at(time.Hour),
		"capacity": seats, "description": "请提前十分钟到场。", "bring": "水杯", "contact": "周老师 0575-87000000",
	}
}
