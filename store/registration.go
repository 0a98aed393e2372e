package store

import (
	"context"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Registration implements service.RegistrationStore, as do the methods after it.
func (s *Store) Registration(ctx context.Context, id string) (*service.Registration, error) {
	return get[service.Registration](ctx, s, "registrations", id, service.ErrRegistrationNotFound)
}

// RegistrationByCode finds the sign-up that a check-in code is for.
func (s *Store) RegistrationByCode(ctx context.Context, code string) (*service.Registration, error) {
	return getBy[service.Registration](ctx, s, "registrations", "code", "code", code, service.ErrRegistrationNotFound)
}

// RegistrationsByID reads some registrations.
func (s *Store) RegistrationsByID(ctx context.Context, ids []string) ([]service.Registration, error) {
	return byID[service.Registration](ctx, s, "registrations", ids)
}

// InsertRegistration adds a registration.
func (s *Store) InsertRegistration(ctx context.Context, r *service.Registration) error {
	r.Version = 1
	err := s.insert(ctx, "registrations", r, r.Pending)
	if taken(err, "_id_") {
		return service.ErrChanged
	}
	if err == nil {
		r.Pending = nil
	}
	return err
}

// SaveRegistration writes a registration back.
func (s *Store) SaveRegistration(ctx context.Context, r *service.Registration) error {
	err := s.save(ctx, "registrations", r.ID, r.Version, r, r.Pending)
	if err == nil {
		r.Version++
		r.Pending = nil
	}
	return err
}

// RegistrationsOf lists a volunteer's, latest start first.
func (s *Store) RegistrationsOf(ctx context.Context, volunteerID, cursor string, limit int) (service.Page[service.Registration], error) {
	return page(ctx, s, "registrations", Query{
		Index: "volunteer", Filter: bson.D{{Key: "volunteer_id", Value: volunteerID}}, Sort: bson.D{{Key: "starts_at", Value: -1}}, Limit: limit,
	}, cursor, func(r *service.Registration) bson.A { return bson.A{r.StartsAt, r.ID} })
}

// RegistrationsOfBetween lists a volunteer's by the activity's start.
func (s *Store) RegistrationsOfBetween(ctx context.Context, volunteerID string, from, to time.Time) ([]service.Registration, error) {
	return find[service.Registration](ctx, s, "registrations", Query{
		Index: "volunteer",
		Filter: bson.D{
			{Key: "volunteer_id", Value: volunteerID},
			{Key: "starts_at", Value: bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: to}}},
		},
		Sort: bson.D{{Key: "starts_at", Value: 1}}, Limit: 50,
	})
}

// RegistrationsFor lists an activity's in the order of signing up.
func (s *Store) RegistrationsFor(ctx context.Context, activityID, cursor string, limit int) (service.Page[service.Registration], error) {
	return page(ctx, s, "registrations", Query{
		Index: "activity", Filter: bson.D{{Key: "activity_id", Value: activityID}}, Sort: bson.D{{Key: "signed_up_at", Value: 1}}, Limit: limit,
	}, cursor, func(r *service.Registration) bson.A { return bson.A{r.SignedUpAt, r.ID} })
}

// MoveRegistrations tells an activity's registrations its new start.
func (s *Store) MoveRegistrations(ctx context.Context, activityID string, startsAt time.Time) error {
	_, err := s.documents.UpdateAll(ctx, "registrations",
		bson.D{{Key: "activity_id", Value: activityID}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "starts_at", Value: startsAt}}}})
	return fault(err)
}

// InsertAttendance implements service.AttendanceStore.
func (s *Store) InsertAttendance(ctx context.Context, a *service.Attendance) error {
	return s.insertOnce(ctx, "attendances", a)
}

// InsertJournalLine implements service.JournalStore.
func (s *Store) InsertJournalLine(ctx context.Context, line *service.JournalLine) error {
	return s.insertOnce(ctx, "journal", line)
}
