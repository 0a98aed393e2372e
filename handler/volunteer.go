package handler

import (
	"context"

	"kezhi/service"
)

// volunteerForm is the registration form, going in and coming out.
type volunteerForm struct {
	Name           string   `json:"name" binding:"max=200"`
	Sex            string   `json:"sex" binding:"max=20"`
	BirthDate      string   `json:"birth_date" binding:"max=20"`
	PhotoID        string   `json:"photo_id" binding:"max=80"`
	Ethnicity      string   `json:"ethnicity" binding:"max=80"`
	Education      string   `json:"education" binding:"max=80"`
	Occupation     string   `json:"occupation" binding:"max=200"`
	Talents        string   `json:"talents" binding:"max=1200"`
	Expertise      string   `json:"expertise" binding:"max=1200"`
	Employer       string   `json:"employer" binding:"max=400"`
	Title          string   `json:"title" binding:"max=400"`
	NationalID     string   `json:"national_id" binding:"max=40"`
	Postcode       string   `json:"postcode" binding:"max=20"`
	Address        string   `json:"address" binding:"max=800"`
	Phone          string   `json:"phone" binding:"max=40"`
	Email          string   `json:"email" binding:"max=400"`
	ServiceItems   []string `json:"service_items" binding:"max=20,dive,max=80"`
	ServiceTimes   []string `json:"service_times" binding:"max=20,dive,max=80"`
	WayIn          string   `json:"way_in" binding:"max=80"`
	Recommender    string   `json:"recommender" binding:"max=400"`
	OrganizationID string   `json:"organization_id" binding:"max=80"`
	Version        *int64   `json:"version,omitempty"`
}

type reviewView struct {
	Approved bool   `json:"approved"`
	By       string `json:"by"`
	At       string `json:"at"`
	Reason   string `json:"reason,omitempty"`
}

type activationView struct {
	ExpiresAt string `json:"expires_at"`
	TriesLeft int    `json:"tries_left"`
	ResendAt  string `json:"resend_at"`
}

// ownVolunteerView is for the volunteer alone: nothing is masked.
type ownVolunteerView struct {
	ID               string                 `json:"id"`
	Version          int64                  `json:"version"`
	State            service.VolunteerState `json:"state"`
	Form             volunteerForm          `json:"form"`
	OrganizationName string                 `json:"organization_name"`
	SubmittedAt      string                 `json:"submitted_at"`
	Review           *reviewView            `json:"review,omitempty"`
	Activation       *activationView        `json:"activation,omitempty"`
	ActivatedAt      string                 `json:"activated_at,omitempty"`
}

// volunteerView is for admins: national id and phone are masked.
type volunteerView struct {
	ID               string                 `json:"id"`
	Version          int64                  `json:"version"`
	State            service.VolunteerState `json:"state"`
	Form             volunteerForm          `json:"form"`
	OrganizationName string                 `json:"organization_name"`
	SubmittedAt      string                 `json:"submitted_at"`
	Review           *reviewView            `json:"review,omitempty"`
	Disabled         bool                   `json:"disabled"`
	Roles            []roleView             `json:"roles"`
	NextID           string                 `json:"next_id,omitempty"`
}

type volunteerRowView struct {
	ID               string                 `json:"id"`
	Name             string                 `json:"name"`
	Sex              string                 `json:"sex"`
	Employer         string                 `json:"employer"`
	OrganizationName string                 `json:"organization_name"`
	State            service.VolunteerState `json:"state"`
	SubmittedAt      string                 `json:"submitted_at"`
}

// getOwnVolunteer is the actor's own registration.
func (s *server) getOwnVolunteer(ctx context.Context, c call) (any, error) {
	v, err := s.Services.Volunteers.Own(ctx, c.actor)
	if err != nil {
		return nil, err
	}
	return s.ownVolunteerView(ctx, c, v)
}

func (s *server) ownVolunteerView(ctx context.Context, c call, v *service.Volunteer) (any, error) {
	nationalID, phone, err := s.Services.Volunteers.OwnSecrets(v, c.actor)
	if err != nil {
		return nil, err
	}
	names, err := s.Services.Organizations.Names(ctx, []string{v.OrganizationID})
	if err != nil {
		return nil, err
	}
	view := ownVolunteerView{
		ID: v.ID, Version: v.Version, State: v.State, Form: volunteerFormOf(v, nationalID, phone),
		OrganizationName: names[v.OrganizationID], SubmittedAt: chinaTime(v.SubmittedAt),
		Review: reviewViewOf(v.Review), ActivatedAt: maybeTime(v.ActivatedAt),
	}
	if a := v.Activation; a != nil && v.State == service.VolunteerApproved {
		view.Activation = &activationView{chinaTime(a.ExpiresAt), a.TriesLeft(), chinaTime(a.ResendAt())}
	}
	return view, nil
}

type volunteerQuery struct {
	Cursor         string                 `json:"cursor,omitempty" binding:"max=400"`
	State          service.VolunteerState `json:"state" binding:"oneof=pending rejected approved active"`
	OrganizationID string                 `json:"organization_id,omitempty" binding:"max=80"`
	Limit          int                    `json:"limit,omitempty" binding:"min=0,max=100"`
	Count          bool                   `json:"count,omitempty"`
}

// volunteerPageView is a part of the list, with the number of the whole where it was asked for.
type volunteerPageView struct {
	pageView[volunteerRowView]
	Total *int64 `json:"total,omitempty"`
}

// listVolunteers lists the volunteers in the actor's scope.
func (s *server) listVolunteers(ctx context.Context, c call, q volunteerQuery) (any, error) {
	within := service.VolunteersWithin{State: q.State, OrganizationID: q.OrganizationID}
	page, err := s.Services.Volunteers.List(ctx, c.actor, within, q.Cursor, q.Limit)
	if err != nil {
		return nil, err
	}
	var view volunteerPageView
	if q.Count {
		total, err := s.Services.Volunteers.Count(ctx, c.actor, within)
		if err != nil {
			return nil, err
		}
		view.Total = &total
	}
	names, err := s.Services.Organizations.Names(ctx, eachOf(page.Items, func(v *service.Volunteer) string { return v.OrganizationID }))
	if err != nil {
		return nil, err
	}
	view.pageView = pageOf(page, func(v *service.Volunteer) volunteerRowView {
		return volunteerRowView{v.ID, v.Profile.Name, v.Profile.Sex, v.Profile.Employer, names[v.OrganizationID], v.State, chinaTime(v.SubmittedAt)}
	})
	return view, nil
}

// getVolunteer is one volunteer in the actor's scope.
func (s *server) getVolunteer(ctx context.Context, c call) (any, error) {
	v, err := s.Services.Volunteers.See(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	return s.volunteerView(ctx, c, v)
}

func (s *server) volunteerView(ctx context.Context, c call, v *service.Volunteer) (any, error) {
	p, err := s.Services.People.See(ctx, c.actor, v.ID)
	if err != nil {
		return nil, err
	}
	names, err := s.Services.Organizations.Names(ctx, []string{v.OrganizationID})
	if err != nil {
		return nil, err
	}
	view := volunteerView{
		ID: v.ID, Version: v.Version, State: v.State, Form: volunteerFormOf(v, v.NationalID.Mask, v.Phone.Mask),
		OrganizationName: names[v.OrganizationID], SubmittedAt: chinaTime(v.SubmittedAt),
		Review: reviewViewOf(v.Review), Disabled: p.Disabled,
	}
	if view.Roles, err = s.roleViews(ctx, p.Grants); err != nil {
		return nil, err
	}
	view.NextID, err = s.Services.Volunteers.NextToReview(ctx, c.actor, v.ID)
	return view, err
}

type secretsView struct {
	NationalID string `json:"national_id"`
	Phone      string `json:"phone"`
}

// revealVolunteer shows what is masked, and the journal knows who asked.
func (s *server) revealVolunteer(ctx context.Context, c call) (any, error) {
	nationalID, phone, err := s.Services.Volunteers.Reveal(ctx, c.actor, c.id())
	if err != nil {
		return nil, err
	}
	return secretsView{nationalID, phone}, nil
}

func volunteerFormOf(v *service.Volunteer, nationalID, phone string) volunteerForm {
	p := &v.Profile
	return volunteerForm{
		Name: p.Name, Sex: p.Sex, BirthDate: p.Birth, PhotoID: p.PhotoID, Ethnicity: p.Ethnicity, Education: p.Education,
		Occupation: p.Occupation, Talents: p.Talents, Expertise: p.Expertise, Employer: p.Employer, Title: p.Title,
		NationalID: nationalID, Postcode: p.Postcode, Address: p.Address, Phone: phone, Email: p.Email,
		ServiceItems: p.ServiceItems, ServiceTimes: p.ServiceTimes, WayIn: p.WayIn, Recommender: p.Recommender,
		OrganizationID: v.OrganizationID,
	}
}

func reviewViewOf(r *service.Review) *reviewView {
	if r == nil {
		return nil
	}
	return &reviewView{r.Approved, r.ByName, chinaTime(r.At), r.Reason}
}
