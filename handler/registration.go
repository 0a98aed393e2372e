package handler

import (
	"context"

	"kezhi/service"
)

type registrationView struct {
	ID            string                    `json:"id"`
	ActivityID    string                    `json:"activity_id"`
	State         service.RegistrationState `json:"state"`
	ActivityTitle string                    `json:"activity_title"`
	ActivityState service.ActivityState     `json:"activity_state"`
	Place         string                    `json:"place"`
	Address       string                    `json:"address"`
	StartsAt      string                    `json:"starts_at"`
	EndsAt        string                    `json:"ends_at"`
	Bring         string                    `json:"bring"`
	SignedUpAt    string                    `json:"signed_up_at"`
	CodeURL       string                    `json:"code_url,omitempty"`
	CheckedInAt   string                    `json:"checked_in_at,omitempty"`
}

// registrationViewOf is for the volunteer who signed up: it holds their check-in code.
func (s *server) registrationViewOf(r *service.SignedUp) registrationView {
	a := &r.Activity
	view := registrationView{
		ID: r.ID, ActivityID: a.ID, State: r.State, ActivityTitle: a.Title, ActivityState: a.State,
		Place: a.Place, Address: a.Address, StartsAt: chinaTime(a.StartsAt), EndsAt: chinaTime(a.EndsAt),
		Bring: a.Bring, SignedUpAt: chinaTime(r.SignedUpAt),
	}
	if r.State == service.RegistrationConfirmed {
		view.CodeURL = s.Services.Registrations.CodeURL(r.Code)
	}
	if r.CheckIn != nil {
		view.CheckedInAt = chinaTime(r.CheckIn.At)
	}
	return view
}

// getRegistration is one of the actor's own sign-ups.
func (s *server) getRegistration(ctx context.Context, c call) (any, error) {
	r, err := s.Services.Registrations.Own(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	return s.registrationViewOf(r), nil
}

// listOwnRegistrations lists the actor's own sign-ups.
func (s *server) listOwnRegistrations(ctx context.Context, c call, q cursorQuery) (any, error) {
	page, err := s.Services.Registrations.OwnList(ctx, c.actor, q.Cursor)
	if err != nil {
		return nil, err
	}
	return pageOf(page, s.registrationViewOf), nil
}

type rosterRowView struct {
	RegistrationID string                    `json:"registration_id"`
	Name           string                    `json:"name"`
	Phone          string                    `json:"phone"`
	SignedUpAt     string                    `json:"signed_up_at"`
	State          service.RegistrationState `json:"state"`
	CheckedInAt    string                    `json:"checked_in_at,omitempty"`
	CheckedInBy    string                    `json:"checked_in_by,omitempty"`
}

// listRegistrations tells those who run an activity who signed up.
func (s *server) listRegistrations(ctx context.Context, c call, q cursorQuery) (any, error) {
	page, err := s.Services.Registrations.Roster(ctx, c.actor, c.id(), q.Cursor)
	if err != nil {
		return nil, err
	}
	return pageOf(page, func(a *service.Attendee) rosterRowView {
		row := rosterRowView{
			RegistrationID: a.ID, Name: a.Volunteer.Profile.Name, Phone: a.Volunteer.Phone.Mask,
			SignedUpAt: chinaTime(a.SignedUpAt), State: a.State,
		}
		if a.CheckIn != nil {
			row.CheckedInAt, row.CheckedInBy = chinaTime(a.CheckIn.At), a.CheckIn.ByName
		}
		return row
	}), nil
}
