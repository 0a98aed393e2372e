package handler

import (
	"context"

	"kezhi/service"
)

type activityView struct {
	ID               string                `json:"id"`
	Version          int64                 `json:"version"`
	OrganizationID   string                `json:"organization_id"`
	OrganizationName string                `json:"organization_name"`
	Type             string                `json:"type"`
	Title            string                `json:"title"`
	Place            string                `json:"place"`
	Address          string                `json:"address"`
	StartsAt         string                `json:"starts_at"`
	EndsAt           string                `json:"ends_at"`
	SignupOpensAt    string                `json:"signup_opens_at"`
	SignupClosesAt   string                `json:"signup_closes_at"`
	Capacity         int64                 `json:"capacity"`
	Taken            int64                 `json:"taken"`
	Description      string                `json:"description"`
	Bring            string                `json:"bring"`
	Contact          string                `json:"contact"`
	State            service.ActivityState `json:"state"`
	CancelReason     string                `json:"cancel_reason,omitempty"`
	Signup           service.SignupState   `json:"signup"`
	Mine             *registrationView     `json:"mine,omitempty"`
	CanManage        bool                  `json:"can_manage"`
	CanScan          bool                  `json:"can_scan"`
}

// activityViews shows activities as the caller sees them: with their own sign-up and what they may do.
func (s *server) activityViews(ctx context.Context, c call, activities []service.Activity) ([]activityView, error) {
	names, err := s.Services.Organizations.Names(ctx, eachOf(activities, func(a *service.Activity) string { return a.OrganizationID }))
	if err != nil {
		return nil, err
	}
	var mine map[string]service.Registration
	if actor := c.known(); actor != nil {
		if mine, err = s.Services.Registrations.OwnFor(ctx, *actor, activities); err != nil {
			return nil, err
		}
	}
	now := s.env.Now()
	return eachOf(activities, func(a *service.Activity) activityView {
		runs := a.MayOrganize(c.actor)
		view := activityView{
			ID: a.ID, Version: a.Version, OrganizationID: a.OrganizationID, OrganizationName: names[a.OrganizationID],
			Type: a.Type, Title: a.Title, Place: a.Place, Address: a.Address,
			StartsAt: chinaTime(a.StartsAt), EndsAt: chinaTime(a.EndsAt),
			SignupOpensAt: chinaTime(a.SignupOpensAt), SignupClosesAt: chinaTime(a.SignupClosesAt),
			Capacity: a.Capacity, Taken: a.Taken, Description: a.Description, Bring: a.Bring, Contact: a.Contact,
			State: a.State, CancelReason: a.CancelReason, Signup: a.Signup(now), CanManage: runs, CanScan: runs,
		}
		if r, signedUp := mine[a.ID]; signedUp {
			own := s.registrationViewOf(&service.SignedUp{Registration: r, Activity: *a})
			view.Mine = &own
		}
		return view
	}), nil
}

func (s *server) activityView(ctx context.Context, c call, a *service.Activity) (any, error) {
	views, err := s.activityViews(ctx, c, []service.Activity{*a})
	if err != nil {
		return nil, err
	}
	return views[0], nil
}

func (s *server) activityPage(ctx context.Context, c call, page service.Page[service.Activity]) (any, error) {
	views, err := s.activityViews(ctx, c, page.Items)
	if err != nil {
		return nil, err
	}
	return pageView[activityView]{views, page.Next}, nil
}

type activityQuery struct {
	Cursor         string `json:"cursor,omitempty" binding:"max=400"`
	When           string `json:"when,omitempty" binding:"omitempty,oneof=coming past"`
	Type           string `json:"type,omitempty" binding:"max=40"`
	OrganizationID string `json:"organization_id,omitempty" binding:"max=80"`
	Text           string `json:"q,omitempty" binding:"max=40"`
	Open           bool   `json:"open,omitempty"`
}

// listActivities lists the published activities for everyone.
func (s *server) listActivities(ctx context.Context, c call, q activityQuery) (any, error) {
	page, err := s.Services.Activities.Find(ctx, service.ActivityQuery{
		Type: q.Type, Text: q.Text, Past: q.When == "past", Cursor: q.Cursor,
	}, q.OrganizationID, q.Open)
	if err != nil {
		return nil, err
	}
	return s.activityPage(ctx, c, page)
}

// getActivity is one activity.
func (s *server) getActivity(ctx context.Context, c call) (any, error) {
	a, err := s.Services.Activities.See(ctx, c.known(), c.id())
	if err != nil {
		return nil, err
	}
	return s.activityView(ctx, c, a)
}
