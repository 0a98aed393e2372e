package rig

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kezhi/service"
	"kezhi/store"
	"kezhi/wxconfig/sandbox"
)

// Names of what Fill makes.
const (
	CountyID    = "county"
	AdminID     = "admin"
	OrganizerID = "organizer"
)

// PersonID is the id of the n-th volunteer; their openid in the sandbox is OpenID.
func PersonID(n int) string { return fmt.Sprintf("person-%08d", n) }

// OpenID is the openid of a person.
func OpenID(personID string) string { return "oRig-" + personID }

// People are the first n volunteers as a sandbox knows them.
func People(n int) []sandbox.Person {
	people := make([]sandbox.Person, n)
	for i := range people {
		people[i] = sandbox.Person{OpenID: OpenID(PersonID(i)), Nickname: PersonID(i), Follows: true}
	}
	return people
}

// FillCounty makes a county with an admin and an organizer, both active volunteers.
func FillCounty(ctx context.Context, s *store.Store) error {
	o := &service.Organization{ID: CountyID, Name: "临江县大队", Level: "县大队", Path: []string{CountyID}}
	if err := s.InsertOrganization(ctx, o); err != nil {
		return err
	}
	for id, role := range map[string]service.Role{AdminID: service.RoleAdmin, OrganizerID: service.RoleOrganizer} {
		if err := insertPerson(ctx, s, id, service.VolunteerActive, service.Grant{Role: role, OrganizationID: CountyID}); err != nil {
			return err
		}
	}
	return nil
}

// FillVolunteers makes the volunteers from..to−1 in one state, many at once.
func FillVolunteers(ctx context.Context, s *store.Store, from, to int, state service.VolunteerState) error {
	return Each(ctx, from, to, func(n int) error { return insertPerson(ctx, s, PersonID(n), state) })
}

func insertPerson(ctx context.Context, s *store.Store, id string, state service.VolunteerState, grants ...service.Grant) error {
	now := Now()
	p := &service.Person{ID: id, OpenID: OpenID(id), Follows: true, Grants: grants, CreatedAt: now}
	if err := s.InsertPerson(ctx, p); err != nil {
		return err
	}
	return s.InsertVolunteer(ctx, &service.Volunteer{
		ID: id, State: state, OrganizationID: CountyID, ScopeIDs: []string{CountyID}, SubmittedAt: now,
		NationalID: service.Sealed{Text: make([]byte, 51), Mask: "3306**********1234", Index: []byte("id-of-" + id)},
		Phone:      service.Sealed{Text: make([]byte, 44), Mask: "138****5678", Index: []byte("phone-of-" + id)},
		Profile: service.Profile{
			Name: "王小兰", Sex: "女", Birth: "1980-01-01", PhotoID: "none", Ethnicity: "汉族", Education: "大学本科", Occupation: "教师",
			Talents: "朗诵、摄影", Expertise: "青少年科学实验", Employer: "临江县第一小学教师", Title: "高级教师", Postcode: "311800",
			Address: "青川市临江县人民路 88 号", Email: id + "@example.com", ServiceItems: []string{"讲座", "技术服务"},
			ServiceTimes: []string{"假日", "下午"}, WayIn: service.WayInSelf,
		},
	})
}

// FillActivity makes a published activity that one can sign up for and check in to now.
func FillActivity(ctx context.Context, s *store.Store, id string, seats int64) error {
	now := Now()
	return s.InsertActivity(ctx, &service.Activity{
		ID: id, OrganizationID: CountyID, ScopeIDs: []string{CountyID}, Type: "科普报告", Title: "社区科普讲座", Place: "社区中心",
		StartsAt: now.Add(time.Hour), EndsAt: now.Add(5 * time.Hour), SignupOpensAt: now.Add(-time.Hour), SignupClosesAt: now.Add(4 * time.Hour),
		Capacity: seats, Left: seats, Description: "面向社区老人和孩子，用小实验讲日常生活里的科学。", State: service.ActivityPublished, Published: true, CreatedBy: OrganizerID,
	})
}

// Each calls do for from..to−1 with many calls under way at once, and stops at the first error.
func Each(ctx context.Context, from, to int, do func(n int) error) error {
	const abreast = 256
	var group sync.WaitGroup
	failed := make(chan error, abreast)
	work := make(chan int)
	for range abreast {
		group.Go(func() {
			for n := range work {
				if err := do(n); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	defer group.Wait()
	defer close(work)
	for n := from; n < to; n++ {
		select {
		case work <- n:
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// TakeSeats signs the first n volunteers up for an activity, as if it had happened long ago.
func TakeSeats(ctx context.Context, s *store.Store, activityID string, n int) error {
	a, err := s.Activity(ctx, activityID)
	if err != nil {
		return err
	}
	return Each(ctx, 0, n, func(i int) error {
		r := Registration(a, PersonID(i), i)
		entry := &service.OutboxEntry{ID: r.SeatID, At: r.SignedUpAt, Seat: &service.SeatTake{VolunteerID: r.VolunteerID}}
		if err := s.TakeSeat(ctx, a.ID, entry, Now()); err != nil {
			return err
		}
		if err := s.InsertRegistration(ctx, r); err != nil {
			return err
		}
		return s.Pull(ctx, service.OutboxRef{Collection: "activities", ID: a.ID}, []string{r.SeatID})
	})
}

// Registration is a confirmed sign-up of the volunteer.
func Registration(a *service.Activity, volunteerID string, n int) *service.Registration {
	return &service.Registration{
		ID: service.RegistrationID(a.ID, volunteerID), ActivityID: a.ID, VolunteerID: volunteerID, State: service.RegistrationConfirmed,
		SeatID: fmt.Sprintf("seat-%s-%d", a.ID, n), Code: fmt.Sprintf("code-%s-%d", a.ID, n), StartsAt: a.StartsAt,
		SignedUpAt: a.SignupOpensAt.Add(time.Duration(n) * time.Millisecond),
	}
}
