package service

import (
	"context"
	"errors"
	"time"
)

// Invite is a one-time link that gives a role to whoever opens it in WeChat (邀请).
type Invite struct {
	Grant            Grant     `json:"grant"`
	OrganizationName string    `json:"organization_name"`
	ByID             string    `json:"by_id"` // empty: made on the server's command line
	ExpiresAt        time.Time `json:"expires_at"`
}

// inviteLife is how long an invitation may wait.
const inviteLife = 72 * time.Hour

// ErrInviteSpent refuses an invitation that is used, expired or not ours.
var ErrInviteSpent = refuse(NotFound, "invite.spent", "邀请链接已使用或已过期，请向发送人索取新的链接")

// Invites are the use cases of invitations.
type Invites struct {
	Env
	Once          OneTimeStore
	People        *People
	Organizations OrganizationStore
	Origin        string
}

// Create makes a link for a role that the actor may give.
func (s *Invites) Create(ctx context.Context, actor Actor, grant Grant) (url string, expires time.Time, err error) {
	if err := mayGrant(ctx, s.Organizations, actor, &grant); err != nil {
		return "", time.Time{}, err
	}
	return s.create(ctx, actor.PersonID, grant)
}

// CreatePlatformAdmin makes a link for a platform admin. Only the server's command
// line calls it, where whoever calls could as well write to the store.
func (s *Invites) CreatePlatformAdmin(ctx context.Context) (url string, expires time.Time, err error) {
	return s.create(ctx, "", Grant{Role: RolePlatformAdmin})
}

func (s *Invites) create(ctx context.Context, byID string, grant Grant) (string, time.Time, error) {
	invite := Invite{Grant: grant, ByID: byID, ExpiresAt: s.Now().Add(inviteLife)}
	if grant.OrganizationID != "" {
		o, err := s.Organizations.Organization(ctx, grant.OrganizationID)
		if err != nil {
			return "", time.Time{}, err
		}
		invite.OrganizationName = o.Name
	}
	token := newToken()
	if err := s.Once.Put(ctx, "invite:"+TokenHash(token), invite, inviteLife); err != nil {
		return "", time.Time{}, err
	}
	return s.Origin + "/invite/" + token, invite.ExpiresAt, nil
}

// Look tells what an invitation gives and leaves it unspent. It returns ErrInviteSpent.
func (s *Invites) Look(ctx context.Context, token string) (*Invite, error) {
	var invite Invite
	err := s.Once.Peek(ctx, "invite:"+TokenHash(token), &invite)
	if errors.Is(err, ErrNotFound) {
		return nil, ErrInviteSpent
	}
	if err != nil {
		return nil, err
	}
	return &invite, nil
}

// Accept spends the invitation and gives the role to the actor. When giving fails,
// the invitation can be used again. It returns ErrInviteSpent.
func (s *Invites) Accept(ctx context.Context, actor Actor, token string) error {
	var invite Invite
	key := "invite:" + TokenHash(token)
	err := s.Once.Take(ctx, key, &invite)
	if errors.Is(err, ErrNotFound) {
		return ErrInviteSpent
	}
	if err != nil {
		return err
	}
	by := Actor{PersonID: invite.ByID}
	err = s.People.change(ctx, actor.PersonID, func(p *Person) error {
		s.People.give(by, p, invite.Grant)
		return nil
	})
	if err != nil {
		return errors.Join(err, s.Once.Put(context.WithoutCancel(ctx), key, invite, invite.ExpiresAt.Sub(s.Now())))
	}
	return nil
}
