package handler

import (
	"context"

	"kezhi/service"
)

type inviteLinkView struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expires_at"`
}

type inviteView struct {
	Role             service.Role `json:"role"`
	OrganizationName string       `json:"organization_name,omitempty"`
	ExpiresAt        string       `json:"expires_at"`
}

// createInvite makes a one-time link for a role.
func (s *server) createInvite(ctx context.Context, c call, form roleForm) (any, error) {
	url, expires, err := s.Services.Invites.Create(ctx, c.actor, form.grant())
	if err != nil {
		return nil, err
	}
	return inviteLinkView{url, chinaTime(expires)}, nil
}

// getInvite tells what an invitation gives.
func (s *server) getInvite(ctx context.Context, c call) (any, error) {
	invite, err := s.Services.Invites.Look(ctx, c.token())
	if err != nil {
		return nil, err
	}
	return inviteView{invite.Grant.Role, invite.OrganizationName, chinaTime(invite.ExpiresAt)}, nil
}

// acceptInvite takes the role; the link is spent.
func (s *server) acceptInvite(ctx context.Context, c call) (any, error) {
	return nil, s.Services.Invites.Accept(ctx, c.actor, c.token())
}
