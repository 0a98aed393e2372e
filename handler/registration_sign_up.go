package handler

import "context"

// signUp takes a seat for the actor.
func (s *server) signUp(ctx context.Context, c call) (any, error) {
	r, err := s.Services.Registrations.SignUp(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	return s.registrationViewOf(r), nil
}

// cancelRegistration gives the actor's seat back.
func (s *server) cancelRegistration(ctx context.Context, c call) (any, error) {
	r, err := s.Services.Registrations.Cancel(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	return s.registrationViewOf(r), nil
}
