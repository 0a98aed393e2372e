package handler

import "context"

type activationForm struct {
	Code string `json:"code" binding:"max=20"`
}

// activateVolunteer makes the actor an active volunteer by their code.
func (s *server) activateVolunteer(ctx context.Context, c call, form activationForm) (any, error) {
	v, err := s.Services.Volunteers.Activate(ctx, c.actor, form.Code)
	if err != nil {
		return nil, err
	}
	return s.ownVolunteerView(ctx, c, v)
}

// resendActivationCode sends a new code.
func (s *server) resendActivationCode(ctx context.Context, c call) (any, error) {
	v, err := s.Services.Volunteers.ResendCode(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	return s.ownVolunteerView(ctx, c, v)
}
