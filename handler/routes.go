package handler

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

const apiRoot = "/api/v1"

// access says who may call a route. What they may do there, service decides.
type access int

const (
	anyone  access = iota // no session is looked at
	visitor               // logged in or not
	person                // logged in
	staff                 // logged in, with a role over some organization
)

// route is one line of the API.
type route struct {
	method string
	path   string
	who    access
	status int // of an answer that is no refusal
	answer endpoint
}

// Limits by address. A village may sit behind one address of its carrier, and a
// full hall behind one Wi-Fi, so they stop machines, not people: what guards a code
// is the number of tries that it allows itself. A login asks twice, going and coming back.
var (
	loginLimit      = limit{"login", 4000, 5 * time.Minute}
	miniLimit       = limit{"mini", 2000, 5 * time.Minute}
	activationLimit = limit{"activation", 2000, time.Hour}
	inviteLimit     = limit{"invite", 300, 5 * time.Minute}
)

// api is the whole API.
func (s *server) api() []route {
	const (
		get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
		ok, created         = http.StatusOK, http.StatusCreated
		accepted, empty     = http.StatusAccepted, http.StatusNoContent
	)
	return []route{
		{get, "/privacy", anyone, ok, plain(s.getPrivacy)},
		{get, "/choices", anyone, ok, plain(s.getChoices)},
		{get, "/wechat/js-config", anyone, ok, asks(s.getJSConfig)},

		{post, "/sessions/mini", anyone, created, s.limited(miniLimit, takes(s.createMiniSession))},
		{del, "/session", visitor, empty, plain(s.deleteSession)},

		{get, "/organizations", anyone, ok, plain(s.listOrganizations)},
		{post, "/organizations", staff, created, takes(s.createOrganization)},
		{put, "/organizations/:id", staff, ok, takes(s.updateOrganization)},

		{get, "/me", person, ok, plain(s.getMe)},
		{post, "/me/consents", person, empty, takes(s.createConsent)},
		{get, "/me/volunteer", person, ok, plain(s.getOwnVolunteer)},
		{put, "/me/volunteer", person, ok, takes(s.submitVolunteer)},
		{post, "/me/volunteer/activation", person, ok, s.limited(activationLimit, takes(s.activateVolunteer))},
		{post, "/me/volunteer/activation-code", person, accepted, plain(s.resendActivationCode)},
		{get, "/me/notices", person, ok, asks(s.listNotices)},
		{post, "/me/notices/read", person, empty, plain(s.readNotices)},
		{get, "/me/registrations", person, ok, asks(s.listOwnRegistrations)},

		{get, "/registrations/:id", person, ok, plain(s.getRegistration)},
		{get, "/registrations/:id/code.png", person, ok, plain(s.getRegistrationCode)},
		{post, "/photos", person, created, s.uploads(s.createPhoto)},
		{get, "/photos/:id", person, ok, plain(s.getPhoto)},

		{get, "/volunteers", staff, ok, asks(s.listVolunteers)},
		{get, "/volunteers/:id", person, ok, plain(s.getVolunteer)},
		{post, "/volunteers/:id/reveal", person, ok, plain(s.revealVolunteer)},
		{post, "/volunteers/:id/approve", person, ok, takes(s.approveVolunteer)},
		{post, "/volunteers/:id/reject", person, ok, takes(s.rejectVolunteer)},

		{post, "/people/:id/roles", staff, empty, takes(s.grantRole)},
		{post, "/people/:id/roles/revoke", staff, empty, takes(s.revokeRole)},
		{post, "/people/:id/disable", staff, empty, takes(s.disablePerson)},
		{post, "/people/:id/enable", staff, empty, plain(s.enablePerson)},
		{post, "/invites", staff, created, takes(s.createInvite)},
		{get, "/invites/:token", person, ok, s.limited(inviteLimit, plain(s.getInvite))},
		{post, "/invites/:token/accept", person, empty, s.limited(inviteLimit, plain(s.acceptInvite))},

		{get, "/desk", staff, ok, plain(s.getDesk)},
		{get, "/desk/activities", staff, ok, asks(s.listDeskActivities)},

		{get, "/activities", visitor, ok, asks(s.listActivities)},
		{post, "/activities", staff, created, takes(s.createActivity)},
		{get, "/activities/:id", visitor, ok, plain(s.getActivity)},
		{put, "/activities/:id", person, ok, takes(s.updateActivity)},
		{post, "/activities/:id/publish", person, ok, takes(s.publishActivity)},
		{post, "/activities/:id/cancel", person, ok, takes(s.cancelActivity)},
		{post, "/activities/:id/registration", person, ok, plain(s.signUp)},
		{del, "/activities/:id/registration", person, ok, plain(s.cancelRegistration)},
		{get, "/activities/:id/registrations", person, ok, asks(s.listRegistrations)},

		{get, "/check-in-codes/:token", person, ok, plain(s.getCheckInCode)},
		{post, "/check-ins", person, ok, takes(s.checkIn)},
		{post, "/check-ins/undo", person, empty, takes(s.undoCheckIn)},
	}
}

// mountPages adds what is neither the API nor the H5.
func (s *server) mountPages(engine *gin.Engine) {
	engine.GET("/healthz", s.healthz)
	engine.GET("/readyz", s.readyz)
	engine.GET("/wechat/login", s.beginLogin)
	engine.GET("/wechat/login/return", s.finishLogin)
	if s.Callback != nil {
		engine.Any("/wechat/callback", gin.WrapH(s.Callback))
	}
}
