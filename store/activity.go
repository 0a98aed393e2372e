package store

import (
	"context"
	"errors"
	"time"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Activity implements service.ActivityStore, as do the methods after it.
func (s *Store) Activity(ctx context.Context, id string) (*service.Activity, error) {
	return get[service.Activity](ctx, s, "activities", id, service.ErrActivityNotFound)
}

// ActivitiesByID reads some activities.
func (s *Store) ActivitiesByID(ctx context.Context, ids []string) ([]service.Activity, error) {
	return byID[service.Activity](ctx, s, "activities", ids)
}

// InsertActivity adds an activity.
func (s *Store) InsertActivity(ctx context.Context, a *service.Activity) error {
	a.Version = 1
	err := s.insert(ctx, "activities", a, a.Pending)
	if err == nil {
		a.Pending = nil
	}
	return err
}

// SaveActivity writes what people edit, and changes the number of seats by a difference,
// so that it never overwrites seats that are being taken meanwhile.
func (s *Store) SaveActivity(ctx context.Context, a *service.Activity, moreSeats int64) error {
	update, err := changeOf(a, a.Pending, "taken", "left")
	if err != nil {
		return err
	}
	for i := range update {
		if update[i].Key == "$inc" {
			update[i].Value = bson.D{{Key: "version", Value: int64(1)}, {Key: "left", Value: moreSeats}}
		}
	}
	filter := bson.D{{Key: "_id", Value: a.ID}, {Key: "version", Value: a.Version}}
	if moreSeats < 0 {
		filter = append(filter, bson.E{Key: "left", Value: bson.D{{Key: "$gte", Value: -moreSeats}}})
	}
	var after service.Activity
	err = s.documents.Update(ctx, "activities", filter, update, &after)
	if errors.Is(err, ErrNoDocument) {
		now, err := s.Activity(ctx, a.ID)
		if err != nil {
			return err
		}
		if now.Version == a.Version {
			return service.ErrSeatsTaken
		}
		return service.ErrChanged
	}
	if err != nil {
		return fault(err)
	}
	*a = after
	return nil
}

// GiveBackSeat undoes a TakeSeat whose entry is still there.
func (s *Store) GiveBackSeat(ctx context.Context, activityID, entryID string) error {
	err := s.documents.Update(ctx, "activities",
		bson.D{{Key: "_id", Value: activityID}, {Key: "outbox.id", Value: entryID}},
		bson.D{{Key: "$inc", Value: seats(-1)}, pull(entryID)}, nil)
	if errors.Is(err, ErrNoDocument) {
		return nil
	}
	return fault(err)
}

// ReleaseSeat returns the seat of a cancelled registration, unless the entry says that it has come back.
func (s *Store) ReleaseSeat(ctx context.Context, activityID string, entry *service.OutboxEntry) error {
	err := s.documents.Update(ctx, "activities",
		bson.D{{Key: "_id", Value: activityID}, {Key: "outbox.id", Value: bson.D{{Key: "$ne", Value: entry.ID}}}},
		bson.D{{Key: "$inc", Value: seats(-1)}, push(entry)}, nil)
	if errors.Is(err, ErrNoDocument) {
		return nil
	}
	return fault(err)
}

func seats(n int64) bson.D {
	return bson.D{{Key: "taken", Value: n}, {Key: "left", Value: -n}}
}

// PublishedActivities lists what everyone may see.
func (s *Store) PublishedActivities(ctx context.Context, q service.ActivityQuery) (service.Page[service.Activity], error) {
	ends, direction := bson.D{{Key: "$gte", Value: q.Now}}, 1
	if q.Past {
		ends, direction = bson.D{{Key: "$lt", Value: q.Now}}, -1
	}
	query := Query{Index: "public", Sort: bson.D{{Key: "ends_at", Value: direction}}, Limit: q.Limit}
	if len(q.ScopeIDs) > 0 {
		query.Index = "scope_public"
		query.Filter = append(query.Filter, bson.E{Key: "scope_ids", Value: among(q.ScopeIDs)})
	}
	if grams := service.SearchGrams(q.Text); len(grams) > 0 {
		query.Index = "text"
		query.Filter = append(query.Filter, bson.E{Key: "grams", Value: grams[0]})
		var rest bson.A
		for _, g := range grams[1:] {
			rest = append(rest, bson.D{{Key: "grams", Value: g}})
		}
		if len(rest) > 0 {
			query.Filter = append(query.Filter, bson.E{Key: "$and", Value: rest})
		}
	}
	query.Filter = append(query.Filter, bson.E{Key: "state", Value: service.ActivityPublished}, bson.E{Key: "ends_at", Value: ends})
	if q.Type != "" {
		query.Filter = append(query.Filter, bson.E{Key: "type", Value: q.Type})
	}
	if q.OpenAt != nil {
		query.Filter = append(query.Filter,
			bson.E{Key: "signup_opens_at", Value: bson.D{{Key: "$lte", Value: *q.OpenAt}}},
			bson.E{Key: "signup_closes_at", Value: bson.D{{Key: "$gt", Value: *q.OpenAt}}},
			bson.E{Key: "left", Value: bson.D{{Key: "$gt", Value: 0}}})
	}
	return page(ctx, s, "activities", query, q.Cursor, func(a *service.Activity) bson.A { return bson.A{a.EndsAt, a.ID} })
}

// ScopedActivities lists all states within the scopes, latest start first.
func (s *Store) ScopedActivities(ctx context.Context, scopeIDs []string, cursor string, limit int) (service.Page[service.Activity], error) {
	return page(ctx, s, "activities", Query{
		Index: "scope", Filter: bson.D{{Key: "scope_ids", Value: among(scopeIDs)}}, Sort: bson.D{{Key: "starts_at", Value: -1}}, Limit: limit,
	}, cursor, func(a *service.Activity) bson.A { return bson.A{a.StartsAt, a.ID} })
}

// ActivitiesBetween lists published ones that go on between the two moments. One
// that has gone on for more than a month by then is not looked for.
func (s *Store) ActivitiesBetween(ctx context.Context, scopeIDs []string, from, to time.Time) ([]service.Activity, error) {
	return find[service.Activity](ctx, s, "activities", Query{
		Index: "scope",
		Filter: bson.D{
			{Key: "scope_ids", Value: among(scopeIDs)},
			{Key: "starts_at", Value: bson.D{{Key: "$gte", Value: from.AddDate(0, -1, 0)}, {Key: "$lt", Value: to}}},
			{Key: "ends_at", Value: bson.D{{Key: "$gt", Value: from}}},
			{Key: "state", Value: service.ActivityPublished},
		},
		Sort: bson.D{{Key: "starts_at", Value: 1}}, Limit: 100,
	})
}
