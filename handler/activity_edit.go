package handler

import (
	"context"
	"time"

	"kezhi/service"
)

type activityForm struct {
	OrganizationID string    `json:"organization_id" binding:"max=80"`
	Type           string    `json:"type" binding:"max=80"`
	Title          string    `json:"title" binding:"max=400"`
	Place          string    `json:"place" binding:"max=400"`
	Address        string    `json:"address" binding:"max=800"`
	StartsAt       time.Time `json:"starts_at"`
	EndsAt         time.Time `json:"ends_at"`
	SignupOpensAt  time.Time `json:"signup_opens_at"`
	SignupClosesAt time.Time `json:"signup_closes_at"`
	Capacity       int64     `json:"capacity"`
	Description    string    `json:"description" binding:"max=20000"`
	Bring          string    `json:"bring" binding:"max=1200"`
	Contact        string    `json:"contact" binding:"max=400"`
	Version        *int64    `json:"version,omitempty"`
}

func (f *activityForm) of(version int64) service.ActivityForm {
	return service.ActivityForm{
		OrganizationID: f.OrganizationID, Type: f.Type, Title: f.Title, Place: f.Place, Address: f.Address,
		StartsAt: f.StartsAt, EndsAt: f.EndsAt, SignupOpensAt: f.SignupOpensAt, SignupClosesAt: f.SignupClosesAt,
		Capacity: f.Capacity, Description: f.Description, Bring: f.Bring, Contact: f.Contact, Version: version,
	}
}

// createActivity makes a draft.
func (s *server) createActivity(ctx context.Context, c call, form activityForm) (any, error) {
	a, err := s.Services.Activities.Create(ctx, c.actor, form.of(0))
	if err != nil {
		return nil, err
	}
	return s.activityView(ctx, c, a)
}

// updateActivity edits an activity as the actor saw it.
func (s *server) updateActivity(ctx context.Context, c call, form activityForm) (any, error) {
	version, err := seen(form.Version)
	if err != nil {
		return nil, err
	}
	a, err := s.Services.Activities.Update(ctx, c.actor, c.id(), form.of(version))
	if err != nil {
		return nil, err
	}
	return s.activityView(ctx, c, a)
}

// publishActivity makes a draft visible to everyone.
func (s *server) publishActivity(ctx context.Context, c call, form seenForm) (any, error) {
	a, err := s.Services.Activities.Publish(ctx, c.actor, c.id(), form.Version)
	if err != nil {
		return nil, err
	}
	return s.activityView(ctx, c, a)
}

// cancelActivity calls an activity off.
func (s *server) cancelActivity(ctx context.Context, c call, form reasonForm) (any, error) {
	a, err := s.Services.Activities.Cancel(ctx, c.actor, c.id(), form.Version, form.Reason)
	if err != nil {
		return nil, err
	}
	return s.activityView(ctx, c, a)
}
