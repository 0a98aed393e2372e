package handler

import (
	"context"
	"errors"

	"kezhi/service"
)

type roleView struct {
	Role             service.Role `json:"role"`
	OrganizationID   string       `json:"organization_id,omitempty"`
	OrganizationName string       `json:"organization_name,omitempty"`
}

type roleForm struct {
	Role           service.Role `json:"role"`
	OrganizationID string       `json:"organization_id,omitempty" binding:"max=80"`
}

func (f roleForm) grant() service.Grant {
	return service.Grant{Role: f.Role, OrganizationID: f.OrganizationID}
}

type meView struct {
	ID             string                 `json:"id"`
	Name           string                 `json:"name,omitempty"`
	Roles          []roleView             `json:"roles"`
	Follows        bool                   `json:"follows"`
	Consented      bool                   `json:"consented"`
	Unread         int64                  `json:"unread"`
	VolunteerState service.VolunteerState `json:"volunteer_state,omitempty"`
	Today          []registrationView     `json:"today,omitempty"`
}

// getMe tells who is logged in and what comes next for them.
func (s *server) getMe(ctx context.Context, c call) (any, error) {
	p, err := s.Services.People.Own(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	view := meView{ID: p.ID, Follows: p.Follows, Consented: p.Consented()}
	if view.Roles, err = s.roleViews(ctx, p.Grants); err != nil {
		return nil, err
	}
	if view.Unread, err = s.Services.Notices.CountUnread(ctx, c.actor); err != nil {
		return nil, err
	}
	v, err := s.Services.Volunteers.Own(ctx, c.actor)
	if errors.Is(err, service.ErrNotRegistered) {
		return view, nil
	}
	if err != nil {
		return nil, err
	}
	view.Name, view.VolunteerState = v.Profile.Name, v.State
	today, err := s.Services.Registrations.OwnToday(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	view.Today = eachOf(today, s.registrationViewOf)
	return view, nil
}

func (s *server) roleViews(ctx context.Context, grants []service.Grant) ([]roleView, error) {
	var ids []string
	for _, g := range grants {
		if g.OrganizationID != "" {
			ids = append(ids, g.OrganizationID)
		}
	}
	names, err := s.Services.Organizations.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	return eachOf(grants, func(g *service.Grant) roleView {
		return roleView{g.Role, g.OrganizationID, names[g.OrganizationID]}
	}), nil
}

type consentForm struct {
	Version   string `json:"version" binding:"max=40"`
	Sensitive bool   `json:"sensitive"`
}

// createConsent records the consent to the privacy text in force.
func (s *server) createConsent(ctx context.Context, c call, form consentForm) (any, error) {
	return nil, s.Services.People.Consent(ctx, c.actor, form.Version, form.Sensitive)
}

// grantRole gives a person a role.
func (s *server) grantRole(ctx context.Context, c call, form roleForm) (any, error) {
	return nil, s.Services.People.Grant(ctx, c.actor, c.id(), form.grant())
}

// revokeRole takes a role; the person's sessions end.
func (s *server) revokeRole(ctx context.Context, c call, form roleForm) (any, error) {
	return nil, s.Services.People.Revoke(ctx, c.actor, c.id(), form.grant())
}

type disableForm struct {
	Reason string `json:"reason" binding:"max=600"`
}

// disablePerson locks a person out.
func (s *server) disablePerson(ctx context.Context, c call, form disableForm) (any, error) {
	return nil, s.Services.People.Disable(ctx, c.actor, c.id(), form.Reason)
}

// enablePerson lets a disabled person in again.
func (s *server) enablePerson(ctx context.Context, c call) (any, error) {
	return nil, s.Services.People.Enable(ctx, c.actor, c.id())
}
