package handler

import "context"

type deskView struct {
	Pending       int64              `json:"pending"`
	Today         []activityView     `json:"today"`
	Organizations []organizationView `json:"organizations"`
}

// getDesk tells what waits for an admin or an organiser (工作台).
func (s *server) getDesk(ctx context.Context, c call) (any, error) {
	pending, err := s.Services.Volunteers.CountPending(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	today, err := s.Services.Activities.Today(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	activities, err := s.activityViews(ctx, c, today)
	if err != nil {
		return nil, err
	}
	organizations, err := s.Services.Activities.OrganizationsOf(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	return deskView{pending, activities, eachOf(organizations, organizationViewOf)}, nil
}

// listDeskActivities lists the activities that the actor runs, drafts too.
func (s *server) listDeskActivities(ctx context.Context, c call, q cursorQuery) (any, error) {
	page, err := s.Services.Activities.Managed(ctx, c.actor, q.Cursor)
	if err != nil {
		return nil, err
	}
	return s.activityPage(ctx, c, page)
}
