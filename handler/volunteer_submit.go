package handler

import (
	"context"

	"kezhi/service"
)

// submitVolunteer registers the actor, or submits a rejected registration again.
func (s *server) submitVolunteer(ctx context.Context, c call, f volunteerForm) (any, error) {
	form := service.VolunteerForm{
		Profile: service.Profile{
			Name: f.Name, Sex: f.Sex, Birth: f.BirthDate, PhotoID: f.PhotoID, Ethnicity: f.Ethnicity, Education: f.Education,
			Occupation: f.Occupation, Talents: f.Talents, Expertise: f.Expertise, Employer: f.Employer, Title: f.Title,
			Postcode: f.Postcode, Address: f.Address, Email: f.Email, ServiceItems: f.ServiceItems, ServiceTimes: f.ServiceTimes,
			WayIn: f.WayIn, Recommender: f.Recommender,
		},
		NationalID: f.NationalID, Phone: f.Phone, OrganizationID: f.OrganizationID,
	}
	if f.Version != nil {
		form.Version = *f.Version
	}
	v, err := s.Services.Volunteers.Submit(ctx, c.actor, form)
	if err != nil {
		return nil, err
	}
	return s.ownVolunteerView(ctx, c, v)
}
