package service

import (
	"context"
	"time"
)

// RegistrationState is whether a sign-up stands.
type RegistrationState string

// The states of a registration.
const (
	RegistrationConfirmed RegistrationState = "confirmed" // 已报名
	RegistrationCancelled RegistrationState = "cancelled" // 已取消
)

// Registration is one volunteer's sign-up for one activity (报名). Its id is made of
// the two, so that there is never a second one.
type Registration struct {
	ID          string            `bson:"_id"`
	ActivityID  string            `bson:"activity_id"`
	VolunteerID string            `bson:"volunteer_id"`
	State       RegistrationState `bson:"state"`
	SeatID      string            `bson:"seat_id"` // the taking of a seat that it stands for
	Code        string            `bson:"code"`    // the check-in code's token; a new one with each sign-up
	StartsAt    time.Time         `bson:"starts_at"`
	SignedUpAt  time.Time         `bson:"signed_up_at"`
	CancelledAt *time.Time        `bson:"cancelled_at"`
	CheckIn     *CheckIn          `bson:"check_in"`
	Annulled    []string          `bson:"annulled"` // nonces of scans that were undone
	Version     int64             `bson:"version"`
	Pending     []OutboxEntry     `bson:"-"`
}

// SeatTake is a seat taken on an activity for which a registration must exist.
type SeatTake struct {
	VolunteerID string `bson:"volunteer_id"`
	Name        string `bson:"name"` // for the message
	Code        string `bson:"code"`
}

// SeatReturn is a seat that a cancelled registration returns.
type SeatReturn struct {
	ActivityID     string `bson:"activity_id"`
	RegistrationID string `bson:"registration_id"`
}

// RegistrationStore keeps the registrations.
type RegistrationStore interface {
	// Registration returns ErrRegistrationNotFound.
	Registration(ctx context.Context, id string) (*Registration, error)
	// RegistrationByCode returns ErrRegistrationNotFound.
	RegistrationByCode(ctx context.Context, code string) (*Registration, error)
	// InsertRegistration returns ErrChanged when there is one with the id.
	InsertRegistration(ctx context.Context, r *Registration) error
	// SaveRegistration compares the version: ErrChanged.
	SaveRegistration(ctx context.Context, r *Registration) error
	// RegistrationsOf lists a volunteer's, latest start of the activity first.
	RegistrationsOf(ctx context.Context, volunteerID, cursor string, limit int) (Page[Registration], error)
	// RegistrationsOfBetween lists a volunteer's for activities that start between the two moments.
	RegistrationsOfBetween(ctx context.Context, volunteerID string, from, to time.Time) ([]Registration, error)
	// RegistrationsByID returns those that exist, in no order.
	RegistrationsByID(ctx context.Context, ids []string) ([]Registration, error)
	// RegistrationsFor lists an activity's in the order of signing up.
	RegistrationsFor(ctx context.Context, activityID, cursor string, limit int) (Page[Registration], error)
	// MoveRegistrations tells an activity's registrations its new start.
	MoveRegistrations(ctx context.Context, activityID string, startsAt time.Time) error
}

// Refusals of registrations.
var (
	ErrRegistrationNotFound  = refuse(NotFound, "registration.not_found", "没有找到这个报名")
	ErrRegistrationCancelled = refuse(Conflict, "registration.cancelled", "报名已取消")
	ErrCancelTooLate         = refuse(Conflict, "registration.cancel_too_late", "活动已开始，不能取消报名，请联系组织者")
	ErrCheckedIn             = refuse(Conflict, "registration.checked_in", "已签到，不能取消报名")
)

// Registrations are the use cases of signing up.
type Registrations struct {
	Env
	Store      RegistrationStore
	Activities ActivityStore
	Volunteers VolunteerStore
	Vault      Vault
	Limiter    Limiter
	Relay      *Relay
	Origin     string // of the app: check-in codes are URLs of it
	lanes      lanes
}

// RegistrationID is the id of a volunteer's registration for an activity.
func RegistrationID(activityID, volunteerID string) string { return activityID + "-" + volunteerID }

// SignedUp is a registration with the activity it is for.
type SignedUp struct {
	Registration
	Activity Activity
}

// Own returns one of the actor's own registrations, else ErrRegistrationNotFound.
func (s *Registrations) Own(ctx context.Context, actor Actor, id string) (*SignedUp, error) {
	r, err := s.Store.Registration(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.VolunteerID != actor.PersonID {
		return nil, ErrRegistrationNotFound
	}
	a, err := s.Activities.Activity(ctx, r.ActivityID)
	if err != nil {
		return nil, err
	}
	return &SignedUp{*r, *a}, nil
}

// OwnList lists the actor's own registrations, latest start first (我的活动). It returns ErrBadCursor.
func (s *Registrations) OwnList(ctx context.Context, actor Actor, cursor string) (Page[SignedUp], error) {
	page, err := s.Store.RegistrationsOf(ctx, actor.PersonID, cursor, pageSize)
	if err != nil {
		return Page[SignedUp]{}, err
	}
	items, err := s.withActivities(ctx, page.Items)
	return Page[SignedUp]{Items: items, Next: page.Next}, err
}

// OwnToday lists the actor's confirmed registrations for activities that start today.
func (s *Registrations) OwnToday(ctx context.Context, actor Actor) ([]SignedUp, error) {
	from, to := dayOf(s.Now())
	all, err := s.Store.RegistrationsOfBetween(ctx, actor.PersonID, from, to)
	if err != nil {
		return nil, err
	}
	var today []SignedUp
	signed, err := s.withActivities(ctx, all)
	for _, r := range signed {
		if r.State == RegistrationConfirmed && r.Activity.State == ActivityPublished {
			today = append(today, r)
		}
	}
	return today, err
}

// OwnFor returns the actor's registrations for these activities, by activity id.
func (s *Registrations) OwnFor(ctx context.Context, actor Actor, activities []Activity) (map[string]Registration, error) {
	ids := make([]string, len(activities))
	for i, a := range activities {
		ids[i] = RegistrationID(a.ID, actor.PersonID)
	}
	mine, err := s.Store.RegistrationsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	byActivity := make(map[string]Registration, len(mine))
	for _, r := range mine {
		byActivity[r.ActivityID] = r
	}
	return byActivity, nil
}

func (s *Registrations) withActivities(ctx context.Context, rs []Registration) ([]SignedUp, error) {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.ActivityID
	}
	activities, err := s.Activities.ActivitiesByID(ctx, distinct(ids))
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Activity, len(activities))
	for _, a := range activities {
		byID[a.ID] = a
	}
	out := make([]SignedUp, 0, len(rs))
	for _, r := range rs {
		if a, ok := byID[r.ActivityID]; ok {
			out = append(out, SignedUp{r, a})
		}
	}
	return out, nil
}

// Attendee is one row of an activity's roster.
type Attendee struct {
	Registration
	Volunteer Volunteer
}

// Roster lists who signed up, in the order of signing up, to those who run the
// activity. It returns ErrActivityNotFound, ErrForbidden, ErrBadCursor.
func (s *Registrations) Roster(ctx context.Context, actor Actor, activityID, cursor string) (Page[Attendee], error) {
	a, err := s.Activities.Activity(ctx, activityID)
	if err != nil {
		return Page[Attendee]{}, err
	}
	if !a.MayOrganize(actor) {
		if !a.Published {
			return Page[Attendee]{}, ErrActivityNotFound
		}
		return Page[Attendee]{}, ErrForbidden
	}
	page, err := s.Store.RegistrationsFor(ctx, activityID, cursor, 50)
	if err != nil {
		return Page[Attendee]{}, err
	}
	ids := make([]string, len(page.Items))
	for i, r := range page.Items {
		ids[i] = r.VolunteerID
	}
	volunteers, err := s.Volunteers.VolunteersByID(ctx, ids)
	if err != nil {
		return Page[Attendee]{}, err
	}
	byID := make(map[string]Volunteer, len(volunteers))
	for _, v := range volunteers {
		byID[v.ID] = v
	}
	out := Page[Attendee]{Next: page.Next}
	for _, r := range page.Items {
		out.Items = append(out.Items, Attendee{r, byID[r.VolunteerID]})
	}
	return out, nil
}

func registrationRef(id string) OutboxRef { return OutboxRef{"registrations", id} }
