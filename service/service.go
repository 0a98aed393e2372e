package service

import "log/slog"

// Ports are what the domain needs from outside.
type Ports struct {
	People        PersonStore
	Volunteers    VolunteerStore
	Organizations OrganizationStore
	Activities    ActivityStore
	Registrations RegistrationStore
	Attendances   AttendanceStore
	Notices       NoticeStore
	Journal       JournalStore
	Photos        PhotoStore
	Outbox        OutboxStore
	Sessions      SessionStore
	Once          OneTimeStore // of logins under way
	Invites       OneTimeStore // of invitations, which must outlive a restart
	Limiter       Limiter
	Vault         Vault
	Login         WeChatLogin
	Messenger     Messenger
}

// Services are all the use cases, and the two that work in the background.
type Services struct {
	Login         *Login
	Sessions      *Sessions
	People        *People
	Invites       *Invites
	Organizations *Organizations
	Volunteers    *Volunteers
	Photos        *Photos
	Activities    *Activities
	Registrations *Registrations
	Attendances   *Attendances
	Notices       *Notices
	Events        *Events
	Relay         *Relay
	Courier       *Courier
}

// New puts the use cases together. Origin is the app's, as https://example.com.
func New(env Env, p Ports, origin string, log *slog.Logger) *Services {
	courier := &Courier{Env: env, Notices: p.Notices, People: p.People, Volunteers: p.Volunteers, Vault: p.Vault, WeChat: p.Messenger, Origin: origin, Log: log}
	relay := &Relay{
		Env: env, Outbox: p.Outbox, Journal: p.Journal, Notices: p.Notices, Attendances: p.Attendances, Activities: p.Activities,
		Organizations: p.Organizations, People: p.People, Courier: courier, Log: log,
	}
	organizations := &Organizations{Env: env, Store: p.Organizations, Relay: relay}
	registrations := &Registrations{Env: env, Store: p.Registrations, Activities: p.Activities, Volunteers: p.Volunteers, Vault: p.Vault, Limiter: p.Limiter, Relay: relay, Origin: origin}
	relay.Registrations = registrations
	people := &People{Env: env, Store: p.People, Organizations: p.Organizations, Volunteers: p.Volunteers, Relay: relay}
	volunteers := &Volunteers{
		Env: env, Store: p.Volunteers, People: p.People, Organizations: organizations, Photos: p.Photos, Journal: p.Journal,
		Vault: p.Vault, Limiter: p.Limiter, Relay: relay,
	}
	sessions := &Sessions{Env: env, Store: p.Sessions, People: p.People}
	return &Services{
		Login:         &Login{Env: env, People: p.People, WeChat: p.Login, Sessions: sessions, Once: p.Once, Origin: origin},
		Sessions:      sessions,
		People:        people,
		Invites:       &Invites{Env: env, Once: p.Invites, People: people, Organizations: p.Organizations, Origin: origin},
		Organizations: organizations,
		Volunteers:    volunteers,
		Photos:        &Photos{Env: env, Store: p.Photos, Volunteers: p.Volunteers, Limiter: p.Limiter},
		Activities:    &Activities{Env: env, Store: p.Activities, Organizations: organizations, Registrations: p.Registrations, Relay: relay},
		Registrations: registrations,
		Attendances: &Attendances{
			Env: env, Store: p.Attendances, Registrations: registrations, Activities: p.Activities, Volunteers: volunteers, Photos: p.Photos, Relay: relay,
		},
		Notices: &Notices{Store: p.Notices},
		Events:  &Events{Env: env, People: p.People, Notices: p.Notices, Volunteers: volunteers, Courier: courier, Origin: origin},
		Relay:   relay,
		Courier: courier,
	}
}
