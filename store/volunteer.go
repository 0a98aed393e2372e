package store

import (
	"context"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Volunteer implements service.VolunteerStore, as do the methods after it.
func (s *Store) Volunteer(ctx context.Context, id string) (*service.Volunteer, error) {
	return get[service.Volunteer](ctx, s, "volunteers", id, service.ErrVolunteerNotFound)
}

// VolunteersByID reads some volunteers.
func (s *Store) VolunteersByID(ctx context.Context, ids []string) ([]service.Volunteer, error) {
	return byID[service.Volunteer](ctx, s, "volunteers", ids)
}

// InsertVolunteer adds a volunteer.
func (s *Store) InsertVolunteer(ctx context.Context, v *service.Volunteer) error {
	v.Version = 1
	return s.volunteerWrite(v, s.insert(ctx, "volunteers", v, v.Pending))
}

// SaveVolunteer writes a volunteer back.
func (s *Store) SaveVolunteer(ctx context.Context, v *service.Volunteer) error {
	err := s.volunteerWrite(v, s.save(ctx, "volunteers", v.ID, v.Version, v, v.Pending))
	if err == nil {
		v.Version++
	}
	return err
}

func (s *Store) volunteerWrite(v *service.Volunteer, err error) error {
	switch {
	case taken(err, "_id_"):
		return service.ErrChanged
	case taken(err, "national_id"):
		return service.ErrNationalIDTaken
	case taken(err, "phone"):
		return service.ErrPhoneTaken
	case err == nil:
		v.Pending = nil
	}
	return err
}

// Volunteers lists by the time of submitting.
func (s *Store) Volunteers(ctx context.Context, q service.VolunteerQuery) (service.Page[service.Volunteer], error) {
	if len(q.ScopeIDs) == 0 {
		return service.Page[service.Volunteer]{}, nil
	}
	direction := -1
	if q.OldestFirst {
		direction = 1
	}
	return page(ctx, s, "volunteers", Query{
		Index: "scope", Filter: volunteersIn(q.ScopeIDs, q.State), Sort: bson.D{{Key: "submitted_at", Value: direction}}, Limit: q.Limit,
	}, q.Cursor, func(v *service.Volunteer) bson.A { return bson.A{v.SubmittedAt, v.ID} })
}

// CountVolunteers counts.
func (s *Store) CountVolunteers(ctx context.Context, scopeIDs []string, state service.VolunteerState) (int64, error) {
	n, err := s.documents.Count(ctx, "volunteers", "scope", volunteersIn(scopeIDs, state))
	return n, fault(err)
}

func volunteersIn(scopeIDs []string, state service.VolunteerState) bson.D {
	return bson.D{{Key: "scope_ids", Value: among(scopeIDs)}, {Key: "state", Value: state}}
}

// among is the filter value for one of these: plain equality where there is but one,
// which every index serves best.
func among(ids []string) any {
	if len(ids) == 1 {
		return ids[0]
	}
	return bson.D{{Key: "$in", Value: ids}}
}
