package handler_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"kezhi/handler"
	"kezhi/service"
)

// target is what one cell of the matrix asks for, made for that cell alone.
type target struct {
	path  string
	body  any
	raw   []byte // instead of body: a JPEG
	owner *user  // whose thing it is
}

// The columns of the matrix. Every target belongs to 诸暨科普队, so the organizer of that team
// and the admins of 诸暨 and of 绍兴 above it are inside, those of 嵊州 outside.
var columns = []struct {
	name string
	who  func(w *world) *user
}{
	{"nobody", func(w *world) *user { return w.nobody() }},
	{"owner", nil},
	{"newcomer", func(w *world) *user { return w.newcomer() }},
	{"volunteer", func(w *world) *user { return w.volunteer(w.team) }},
	{"organizer", func(w *world) *user { return w.with(service.RoleOrganizer, w.team) }},
	{"admin of the county", func(w *world) *user { return w.with(service.RoleAdmin, w.county) }},
	{"admin of the city", func(w *world) *user { return w.with(service.RoleAdmin, w.city) }},
	{"platform admin", func(w *world) *user { return w.with(service.RolePlatformAdmin, nil) }},
	{"organizer elsewhere", func(w *world) *user { return w.with(service.RoleOrganizer, w.otherTeam) }},
	{"admin elsewhere", func(w *world) *user { return w.with(service.RoleAdmin, w.otherCounty) }},
}

// accessTable says what each of them gets from each protected endpoint, and from those open
// ones that show some things to some. 409 is past the gate: the rules of the noun then said no.
var accessTable = []struct {
	endpoint string
	of       string
	want     string // nobody, owner, newcomer, volunteer, organizer, county, city, platform, organizer and admin elsewhere
	make     func(w *world, who *user) target
}{
	{"GET /me", "", "401 - 200 200 200 200 200 200 200 200", at("/me", nil)},
	{"POST /me/consents", "", "401 - 204 204 204 204 204 204 204 204", at("/me/consents", form{"version": service.Privacy.Version, "sensitive": true})},
	{"GET /me/volunteer", "", "401 - 409 200 409 409 409 409 409 409", at("/me/volunteer", nil)},
	{"PUT /me/volunteer", "", "401 - 409 409 409 409 409 409 409 409", func(w *world, who *user) target {
		if who.id == "" {
			who = w.newcomer()
		}
		return target{path: "/me/volunteer", body: who.form(w.team)}
	}},
	{"POST /me/volunteer/activation", "", "401 - 409 409 409 409 409 409 409 409", at("/me/volunteer/activation", form{"code": "000000"})},
	{"POST /me/volunteer/activation-code", "", "401 - 409 409 409 409 409 409 409 409", at("/me/volunteer/activation-code", nil)},
	{"GET /me/notices", "", "401 - 200 200 200 200 200 200 200 200", at("/me/notices", nil)},
	{"POST /me/notices/read", "", "401 - 204 204 204 204 204 204 204 204", at("/me/notices/read", nil)},
	{"GET /me/registrations", "", "401 - 200 200 200 200 200 200 200 200", at("/me/registrations", nil)},

	{"GET /registrations/{id}", "", "401 200 404 404 404 404 404 404 404 404", registrationAt("/registrations/%s")},
	{"GET /registrations/{id}/code.png", "", "401 200 404 404 404 404 404 404 404 404", registrationAt("/registrations/%s/code.png")},
	{"POST /photos", "", "401 - 201 201 201 201 201 201 201 201", func(*world, *user) target { return target{path: "/photos", raw: portrait()} }},
	{"GET /photos/{id}", "of an applicant", "401 200 404 404 404 200 200 200 404 404", func(w *world, _ *user) target {
		owner := w.applicant(w.team)
		v, err := w.store.Volunteer(w.Context(), owner.id)
		must(w, err)
		return target{path: "/photos/" + v.Profile.PhotoID, owner: owner}
	}},
	{"GET /photos/{id}", "that no form uses", "401 200 404 404 404 404 404 404 404 404", func(w *world, _ *user) target {
		owner := w.applicant(w.team)
		return target{path: fmt.Sprint("/photos/", owner.form(w.team)["photo_id"]), owner: owner}
	}},

	{"GET /volunteers", "", "401 - 403 403 403 200 200 200 403 200", at("/volunteers?state=pending", nil)},
	{"GET /volunteers", "of the team", "401 - 403 403 404 200 200 200 404 404", func(w *world, _ *user) target {
		return target{path: "/volunteers?state=pending&organization_id=" + w.team.ID}
	}},
	{"GET /volunteers/{id}", "", "401 404 404 404 404 200 200 200 404 404", applicantAt("/volunteers/%s", nil)},
	{"POST /volunteers/{id}/reveal", "", "401 404 404 404 404 200 200 200 404 404", applicantAt("/volunteers/%s/reveal", nil)},
	{"POST /volunteers/{id}/approve", "", "401 404 404 404 404 200 200 200 404 404", applicantAt("/volunteers/%s/approve", form{"version": 1})},
	{"POST /volunteers/{id}/reject", "", "401 404 404 404 404 200 200 200 404 404", applicantAt("/volunteers/%s/reject", form{"version": 1, "reason": "请补充单位及职务"})},

	{"POST /people/{id}/roles", "over the team", "401 403 403 403 403 204 204 204 403 403", func(w *world, _ *user) target {
		owner := w.volunteer(w.team)
		return target{path: "/people/" + owner.id + "/roles", body: form{"role": "organizer", "organization_id": w.team.ID}, owner: owner}
	}},
	{"POST /people/{id}/roles", "over the team elsewhere", "401 403 403 403 403 403 204 204 403 404", func(w *world, _ *user) target {
		owner := w.volunteer(w.team)
		return target{path: "/people/" + owner.id + "/roles", body: form{"role": "organizer", "organization_id": w.otherTeam.ID}, owner: owner}
	}},
	{"POST /people/{id}/roles", "over everything", "401 403 403 403 403 403 403 204 403 403", applicantAt("/people/%s/roles", form{"role": "platform_admin"})},
	{"POST /people/{id}/roles/revoke", "", "401 409 403 403 403 204 204 204 403 403", func(w *world, _ *user) target {
		owner := w.with(service.RoleAdmin, w.team)
		owner.register(w.team)
		return target{path: "/people/" + owner.id + "/roles/revoke", body: form{"role": "admin", "organization_id": w.team.ID}, owner: owner}
	}},
	{"POST /people/{id}/disable", "a volunteer", "401 403 403 403 404 204 204 204 404 404", applicantAt("/people/%s/disable", form{"reason": "冒用他人信息"})},
	{"POST /people/{id}/disable", "an admin of the city", "401 409 403 403 404 403 204 204 404 404", func(w *world, _ *user) target {
		owner := w.with(service.RoleAdmin, w.city)
		owner.register(w.team)
		return target{path: "/people/" + owner.id + "/disable", body: form{"reason": "冒用他人信息"}, owner: owner}
	}},
	{"POST /people/{id}/enable", "", "401 403 403 403 404 204 204 204 404 404", applicantAt("/people/%s/enable", nil)},
	{"POST /invites", "", "401 - 403 403 403 201 201 201 403 403", func(w *world, _ *user) target {
		return target{path: "/invites", body: form{"role": "admin", "organization_id": w.team.ID}}
	}},
	{"GET /invites/{token}", "", "401 - 200 200 200 200 200 200 200 200", inviteAt("/invites/%s")},
	{"POST /invites/{token}/accept", "", "401 - 204 204 204 204 204 204 204 204", inviteAt("/invites/%s/accept")},

	{"GET /desk", "", "401 - 403 403 200 200 200 200 200 200", at("/desk", nil)},
	{"GET /desk/activities", "", "401 - 403 403 200 200 200 200 200 200", at("/desk/activities", nil)},
	{"POST /organizations", "below the county", "401 - 403 403 403 201 201 201 403 403", func(w *world, _ *user) target {
		return target{path: "/organizations", body: form{"name": w.clock.newID(), "level": "分队", "parent_id": w.county.ID}}
	}},
	{"POST /organizations", "a root", "401 - 403 403 403 403 403 201 403 403", func(w *world, _ *user) target {
		return target{path: "/organizations", body: form{"name": w.clock.newID(), "level": "省科协"}}
	}},
	{"PUT /organizations/{id}", "", "401 - 403 403 403 200 200 200 403 403", func(w *world, _ *user) target {
		o := w.organization(w.clock.newID(), "小组", w.team)
		return target{path: "/organizations/" + o.ID, body: form{"name": w.clock.newID(), "level": "小组", "version": o.Version}}
	}},

	{"GET /activities/{id}", "a draft", "404 - 404 404 200 200 200 200 404 404", draftAt("/activities/%s", nothing)},
	{"POST /activities", "", "401 - 403 403 201 201 201 201 403 403", func(w *world, _ *user) target {
		return target{path: "/activities", body: activityForm(w, 20)}
	}},
	{"PUT /activities/{id}", "published", "401 - 403 403 200 200 200 200 403 403", activityAt("/activities/%s", edit)},
	{"PUT /activities/{id}", "a draft", "401 - 404 404 200 200 200 200 404 404", draftAt("/activities/%s", edit)},
	{"POST /activities/{id}/publish", "a draft", "401 - 404 404 200 200 200 200 404 404", draftAt("/activities/%s/publish", seen)},
	{"POST /activities/{id}/cancel", "published", "401 - 403 403 200 200 200 200 403 403", activityAt("/activities/%s/cancel", callOff)},
	{"POST /activities/{id}/cancel", "a draft", "401 - 404 404 200 200 200 200 404 404", draftAt("/activities/%s/cancel", callOff)},
	{"POST /activities/{id}/registration", "published", "401 - 409 200 409 409 409 409 409 409", activityAt("/activities/%s/registration", nothing)},
	{"POST /activities/{id}/registration", "a draft", "401 - 409 404 409 409 409 409 409 409", draftAt("/activities/%s/registration", nothing)},
	{"DELETE /activities/{id}/registration", "", "401 200 404 404 404 404 404 404 404 404", func(w *world, _ *user) target {
		owner, a := w.volunteer(w.team), w.activity(w.team)
		owner.signedUp(a)
		return target{path: "/activities/" + a.ID + "/registration", owner: owner}
	}},
	{"GET /activities/{id}/registrations", "published", "401 - 403 403 200 200 200 200 403 403", activityAt("/activities/%s/registrations", nothing)},
	{"GET /activities/{id}/registrations", "a draft", "401 - 404 404 200 200 200 200 404 404", draftAt("/activities/%s/registrations", nothing)},

	{"GET /check-in-codes/{token}", "", "401 403 403 403 200 200 200 200 403 403", func(w *world, _ *user) target {
		owner := w.volunteer(w.team)
		return target{path: "/check-in-codes/" + owner.signedUp(w.activity(w.team)).Code, owner: owner}
	}},
	{"POST /check-ins", "", "401 403 403 403 200 200 200 200 403 403", func(w *world, _ *user) target {
		owner := w.volunteer(w.team)
		return target{path: "/check-ins", body: form{"code": owner.signedUp(w.activity(w.team)).Code, "nonce": aNonce}, owner: owner}
	}},
	{"POST /check-ins/undo", "", "401 403 403 403 204 204 204 204 403 403", func(w *world, _ *user) target {
		owner := w.volunteer(w.team)
		r := owner.signedUp(w.activity(w.team))
		_, err := w.services.Attendances.CheckIn(w.Context(), platform, service.Scan{Code: r.Code, Nonce: aNonce})
		must(w, err)
		return target{path: "/check-ins/undo", body: form{"registration_id": r.ID, "nonce": aNonce}, owner: owner}
	}},
}

const aNonce = "0123456789abcdefghijkl"

func at(path string, body any) func(*world, *user) target {
	return func(*world, *user) target { return target{path: path, body: body} }
}

func applicantAt(path string, body any) func(*world, *user) target {
	return func(w *world, _ *user) target {
		owner := w.applicant(w.team)
		return target{path: fmt.Sprintf(path, owner.id), body: body, owner: owner}
	}
}

func registrationAt(path string) func(*world, *user) target {
	return func(w *world, _ *user) target {
		owner := w.volunteer(w.team)
		return target{path: fmt.Sprintf(path, owner.signedUp(w.activity(w.team)).ID), owner: owner}
	}
}

func inviteAt(path string) func(*world, *user) target {
	return func(w *world, _ *user) target {
		link, _, err := w.services.Invites.Create(w.Context(), platform, service.Grant{Role: service.RoleOrganizer, OrganizationID: w.team.ID})
		must(w, err)
		return target{path: fmt.Sprintf(path, link[strings.LastIndex(link, "/")+1:])}
	}
}

func activityAt(path string, body func(*world, *service.Activity) any) func(*world, *user) target {
	return func(w *world, _ *user) target {
		a := w.activity(w.team)
		return target{path: fmt.Sprintf(path, a.ID), body: body(w, a)}
	}
}

func draftAt(path string, body func(*world, *service.Activity) any) func(*world, *user) target {
	return func(w *world, _ *user) target {
		a := w.draft(w.team)
		return target{path: fmt.Sprintf(path, a.ID), body: body(w, a)}
	}
}

func nothing(*world, *service.Activity) any { return nil }

func seen(_ *world, a *service.Activity) any { return form{"version": a.Version} }

func callOff(_ *world, a *service.Activity) any {
	return form{"version": a.Version, "reason": "暴雨预警"}
}

func edit(w *world, a *service.Activity) any {
	body := activityForm(w, 30)
	body["version"] = a.Version
	return body
}

func TestEveryoneGetsWhatTheTableSaysFromEveryEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, row := range accessTable {
		want := strings.Fields(row.want)
		if len(want) != len(columns) {
			t.Fatalf("%s %s: %d columns, want %d", row.endpoint, row.of, len(want), len(columns))
		}
		for i, column := range columns {
			if want[i] == "-" {
				continue
			}
			t.Run(strings.Join([]string{row.endpoint, row.of, "by", column.name}, " "), func(t *testing.T) {
				t.Parallel()
				w := w.in(t)
				who := w.nobody()
				if column.who != nil {
					who = column.who(w)
				}
				thing := row.make(w, who)
				if column.who == nil {
					who = thing.owner
				}
				method, _, _ := strings.Cut(row.endpoint, " ")
				request := who.request(method, thing.path, thing.body)
				if thing.raw != nil {
					request = who.upload(thing.path, "image/jpeg", thing.raw)
				}
				if got := who.send(request); strconv.Itoa(got.status) != want[i] {
					t.Errorf("got %d %s, want %s", got.status, got.body, want[i])
				}
			})
		}
	}
}

func TestAccessTableHoldsEveryProtectedEndpoint(t *testing.T) {
	t.Parallel()
	covered := map[string]bool{}
	for _, row := range accessTable {
		covered[row.endpoint] = true
	}
	for _, r := range handler.Routes() {
		if r.Protected && !covered[r.Method+" "+r.Path] {
			t.Errorf("%s %s is in no row", r.Method, r.Path)
		}
	}
}

func TestListsHoldOnlyWhatIsInsideTheScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ours, theirs := w.applicant(w.team), w.applicant(w.otherTeam)
	ourActivity, theirActivity := w.draft(w.team), w.draft(w.otherTeam)
	for _, row := range []struct {
		who                         *user
		seesOurs, seesTheirs, lists bool
	}{
		{who: w.with(service.RoleAdmin, w.team), seesOurs: true, lists: true},
		{who: w.with(service.RoleAdmin, w.county), seesOurs: true, lists: true},
		{who: w.with(service.RoleAdmin, w.city), seesOurs: true, seesTheirs: true, lists: true},
		{who: w.with(service.RolePlatformAdmin, nil), seesOurs: true, seesTheirs: true, lists: true},
		{who: w.with(service.RoleAdmin, w.otherCounty), seesTheirs: true, lists: true},
		{who: w.with(service.RoleOrganizer, w.county), seesOurs: true},
	} {
		if row.lists {
			people := string(row.who.get("/volunteers?state=pending").want(http.StatusOK).body)
			same(t, []bool{strings.Contains(people, ours.id), strings.Contains(people, theirs.id)}, []bool{row.seesOurs, row.seesTheirs})
		}
		activities := string(row.who.get("/desk/activities").want(http.StatusOK).body)
		same(t, []bool{strings.Contains(activities, ourActivity.ID), strings.Contains(activities, theirActivity.ID)}, []bool{row.seesOurs, row.seesTheirs})
	}
	public := string(w.nobody().get("/activities").want(http.StatusOK).body)
	if strings.Contains(public, ourActivity.ID) {
		t.Errorf("a draft is in the public list: %s", public)
	}
}

func TestMaskedIsWhatAdminsSee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wang, admin, organizer := w.volunteer(w.team), w.with(service.RoleAdmin, w.team), w.with(service.RoleOrganizer, w.team)
	a := w.activity(w.team)
	r := wang.signedUp(a)
	own := wang.get("/me/volunteer").want(http.StatusOK).object()["form"].(map[string]any)
	secrets := []string{own["national_id"].(string), own["phone"].(string)}
	for _, seen := range []*answer{
		admin.get("/volunteers/" + wang.id), admin.get("/volunteers?state=active"), admin.get("/activities/" + a.ID + "/registrations"),
		organizer.get("/activities/" + a.ID + "/registrations"), organizer.get("/check-in-codes/" + r.Code),
		organizer.post("/check-ins", form{"code": r.Code, "nonce": aNonce}),
	} {
		seen.want(http.StatusOK)
		for _, secret := range secrets {
			if strings.Contains(string(seen.body), secret) {
				t.Errorf("%s is in %s", secret, seen.body)
			}
		}
	}
	revealed := admin.post("/volunteers/"+wang.id+"/reveal", nil).want(http.StatusOK).object()
	same(t, []string{revealed["national_id"].(string), revealed["phone"].(string)}, secrets)
	for _, secret := range secrets {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}
