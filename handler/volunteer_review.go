package handler

import "context"

// approveVolunteer lets a pending registration pass, as the actor saw it.
func (s *server) approveVolunteer(ctx context.Context, c call, form seenForm) (any, error) {
	v, err := s.Services.Volunteers.Approve(ctx, c.actor, c.id(), form.Version)
	if err != nil {
		return nil, err
	}
	return s.volunteerView(ctx, c, v)
}

// rejectVolunteer sends a pending registration back, as the actor saw it.
func (s *server) rejectVolunteer(ctx context.Context, c call, form reasonForm) (any, error) {
	v, err := s.Services.Volunteers.Reject(ctx, c.actor, c.id(), form.Version, form.Reason)
	if err != nil {
		return nil, err
	}
	return s.volunteerView(ctx, c, v)
}
