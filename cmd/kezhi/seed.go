package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kezhi/service"

	"github.com/spf13/cobra"
)

func seedCommand(environ []string) *cobra.Command {
	return &cobra.Command{
		Use:   "seed",
		Short: "在空数据库中建一个演示用的县：三级组织、活动和各种状态的人",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			s, err := readSettings(environ)
			if err != nil {
				return err
			}
			if s.production() {
				return errors.New("正式环境不能使用演示数据")
			}
			p, err := wire(cmd.Context(), s, newLog(cmd.ErrOrStderr(), s.LogLevel))
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, p.close(context.WithoutCancel(cmd.Context()))) }()
			done, err := seed(cmd.Context(), p)
			if err == nil && !done {
				err = errors.New("数据库不是空的，没有改动")
			}
			return err
		},
	}
}

// seeding fills an empty store through the use cases themselves, so that the demo
// obeys every rule that real data obeys.
type seeding struct {
	*program
	services *service.Services // with a clock of the seeding's own
	at       time.Time         // what that clock shows
	codes    codeCatcher
	ids      map[string]string // of organizations and persons, by name
}

// seed makes the demo town. done is false when the store is not empty.
func seed(ctx context.Context, p *program) (done bool, err error) {
	tree, err := p.services.Organizations.Tree(ctx)
	if err != nil || len(tree) > 0 {
		return false, err
	}
	s := &seeding{program: p, ids: map[string]string{}, at: now().AddDate(0, 0, -40)}
	ports := p.ports
	ports.Messenger = &s.codes
	s.services = service.New(service.Env{Now: func() time.Time { return s.at }, NewID: p.env.NewID}, ports, p.settings.Origin, p.log)
	for _, step := range []func(context.Context) error{s.organizations, s.people, s.activities} {
		if err := step(ctx); err != nil {
			return false, err
		}
		// What the past had to tell has been told: it goes to the catcher, not to today's inboxes.
		if err := s.deliver(ctx); err != nil {
			return false, err
		}
	}
	return true, s.waiting(ctx)
}

// deliver carries out the outboxes and sends the notices as of the seeding's clock.
func (s *seeding) deliver(ctx context.Context) error {
	s.services.Relay.Flush(ctx)
	for {
		due, err := s.services.Courier.SendDue(ctx)
		if err != nil || due == 0 {
			return err
		}
	}
}

// codeCatcher takes the messages of the past, and keeps the activation codes that
// the people of the demo then enter.
type codeCatcher struct {
	mu    sync.Mutex
	sent  int
	codes map[string]string // by openid
}

// Send implements service.Messenger.
func (c *codeCatcher) Send(_ context.Context, m service.WeChatMessage) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes == nil {
		c.codes = map[string]string{}
	}
	if code := m.Values["code"]; code != "" {
		c.codes[m.OpenID] = code
	}
	c.sent++
	return fmt.Sprintf("demo-%d", c.sent), nil
}

func (s *seeding) organizations(ctx context.Context) error {
	boss := service.Actor{PersonID: "", Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}
	for _, o := range demoOrganizations {
		made, err := s.services.Organizations.Create(ctx, boss, service.OrganizationForm{Name: o.name, Level: o.level, ParentID: s.ids[o.parent]})
		if err != nil {
			return err
		}
		s.ids[o.name] = made.ID
	}
	return nil
}

func (s *seeding) people(ctx context.Context) error {
	for i, d := range demoPeople {
		p := &service.Person{ID: s.env.NewID(), OpenID: d.openID, Follows: d.follows, CreatedAt: s.at}
		for _, g := range d.grants {
			p.Grants = append(p.Grants, service.Grant{Role: g.role, OrganizationID: s.ids[g.organization]})
		}
		if d.state == "" {
			continue // they have never opened the account: their first login makes the person
		}
		if err := s.store.InsertPerson(ctx, p); err != nil {
			return err
		}
		s.ids[d.name] = p.ID
		// Those whose story is not over come last: they registered in these days.
		if d.state == service.VolunteerActive {
			s.at = now().AddDate(0, 0, -30).Add(time.Duration(i) * time.Hour)
		} else {
			s.at = now().AddDate(0, 0, -2).Add(time.Duration(i) * time.Hour)
		}
		if err := s.register(ctx, d, i); err != nil {
			return fmt.Errorf("%s: %w", d.name, err)
		}
	}
	return nil
}

// register takes one person as far along the way in as the demo wants them.
func (s *seeding) register(ctx context.Context, d demoPerson, i int) error {
	actor := service.Actor{PersonID: s.ids[d.name]}
	if err := s.services.People.Consent(ctx, actor, service.Privacy.Version, true); err != nil {
		return err
	}
	portrait, err := demoPortrait(i, d.sex)
	if err != nil {
		return err
	}
	photo, err := s.services.Photos.Create(ctx, actor, portrait)
	if err != nil {
		return err
	}
	v, err := s.services.Volunteers.Submit(ctx, actor, d.form(photo.ID, s.ids[d.team], i))
	if err != nil {
		return err
	}
	reviewer := service.Actor{PersonID: s.ids[demoReviewer], Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}
	if d.name == demoReviewer {
		reviewer.PersonID = "" // the first one was let in by the system
	}
	s.at = s.at.Add(20 * time.Minute)
	switch d.state {
	case service.VolunteerRejected:
		_, err = s.services.Volunteers.Reject(ctx, reviewer, v.ID, v.Version, "照片不清楚或不是本人，请重新上传")
	case service.VolunteerActive:
		if _, err = s.services.Volunteers.Approve(ctx, reviewer, v.ID, v.Version); err != nil {
			return err
		}
		if err = s.deliver(ctx); err != nil {
			return err
		}
		s.at = s.at.Add(time.Hour)
		_, err = s.services.Volunteers.Activate(ctx, actor, s.codes.codes[d.openID])
	case service.VolunteerPending, service.VolunteerApproved:
	}
	return err
}

// waiting approves, by today's clock and through the real messenger, those who the
// demo wants to find their activation code in the inbox.
func (s *seeding) waiting(ctx context.Context) error {
	for _, d := range demoPeople {
		if d.state != service.VolunteerApproved {
			continue
		}
		v, err := s.store.Volunteer(ctx, s.ids[d.name])
		if err != nil {
			return err
		}
		reviewer := service.Actor{PersonID: s.ids[demoReviewer], Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}
		if _, err := s.program.services.Volunteers.Approve(ctx, reviewer, v.ID, v.Version); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeding) activities(ctx context.Context) error {
	organizer := service.Actor{PersonID: s.ids[demoOrganizer], Grants: []service.Grant{{Role: service.RolePlatformAdmin}}}
	for _, d := range demoActivities(now()) {
		s.at = d.form.SignupOpensAt.Add(time.Minute)
		if s.at.After(now()) {
			s.at = now()
		}
		d.form.OrganizationID = s.ids[d.organization]
		a, err := s.services.Activities.Create(ctx, organizer, d.form)
		if err != nil {
			return fmt.Errorf("%s: %w", d.form.Title, err)
		}
		if d.state == service.ActivityDraft {
			continue
		}
		if a, err = s.services.Activities.Publish(ctx, organizer, a.ID, a.Version); err != nil {
			return fmt.Errorf("%s: %w", d.form.Title, err)
		}
		for _, name := range d.signedUp {
			if err := s.signUp(ctx, organizer, a, name); err != nil {
				return fmt.Errorf("%s, %s: %w", d.form.Title, name, err)
			}
		}
		if d.state == service.ActivityCancelled {
			if _, err := s.services.Activities.Cancel(ctx, organizer, a.ID, a.Version, "台风预警，改期另行通知"); err != nil {
				return err
			}
		}
	}
	s.at = now()
	return nil
}

func (s *seeding) signUp(ctx context.Context, organizer service.Actor, a *service.Activity, name string) error {
	signed, err := s.services.Registrations.SignUp(ctx, service.Actor{PersonID: s.ids[name]}, a.ID)
	if err != nil || a.EndsAt.After(now()) {
		return err
	}
	before := s.at
	s.at = a.StartsAt.Add(5 * time.Minute)
	_, err = s.services.Attendances.CheckIn(ctx, organizer, service.Scan{Code: signed.Code, Nonce: s.env.NewID(), ActivityID: a.ID})
	s.at = before
	return err
}
