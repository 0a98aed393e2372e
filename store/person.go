package store

import (
	"context"
	"errors"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Person implements service.PersonStore, as do the methods after it.
func (s *Store) Person(ctx context.Context, id string) (*service.Person, error) {
	return get[service.Person](ctx, s, "people", id, service.ErrPersonNotFound)
}

// PersonByOpenID finds a person by the openid of the official account.
func (s *Store) PersonByOpenID(ctx context.Context, openID string) (*service.Person, error) {
	return getBy[service.Person](ctx, s, "people", "open_id", "open_id", openID, service.ErrPersonNotFound)
}

// PersonByMiniOpenID finds a person by the openid of the mini program.
func (s *Store) PersonByMiniOpenID(ctx context.Context, openID string) (*service.Person, error) {
	return getBy[service.Person](ctx, s, "people", "mini_open_id", "mini_open_id", openID, service.ErrPersonNotFound)
}

// PersonByUnionID finds a person by the unionid.
func (s *Store) PersonByUnionID(ctx context.Context, unionID string) (*service.Person, error) {
	return getBy[service.Person](ctx, s, "people", "union_id", "union_id", unionID, service.ErrPersonNotFound)
}

// AdminsOf finds the admins of the organization itself.
func (s *Store) AdminsOf(ctx context.Context, organizationID string) ([]service.Person, error) {
	admin := bson.D{{Key: "role", Value: service.RoleAdmin}, {Key: "organization_id", Value: organizationID}}
	return find[service.Person](ctx, s, "people", Query{
		Index: "role_organization",
		Filter: bson.D{
			{Key: "grants.organization_id", Value: organizationID},
			{Key: "grants", Value: bson.D{{Key: "$elemMatch", Value: admin}}},
		},
		Limit: 100,
	})
}

// HasPlatformAdmin tells whether anyone is a platform admin.
func (s *Store) HasPlatformAdmin(ctx context.Context) (bool, error) {
	found, err := find[service.Person](ctx, s, "people", Query{
		Index: "role", Filter: bson.D{{Key: "grants.role", Value: service.RolePlatformAdmin}}, Limit: 1,
	})
	return len(found) > 0, err
}

// InsertPerson adds a person.
func (s *Store) InsertPerson(ctx context.Context, p *service.Person) error {
	p.Version = 1
	return s.personWrite(p, s.insert(ctx, "people", p, p.Pending))
}

// SavePerson writes a person back.
func (s *Store) SavePerson(ctx context.Context, p *service.Person) error {
	err := s.personWrite(p, s.save(ctx, "people", p.ID, p.Version, p, p.Pending))
	if err == nil {
		p.Version++
	}
	return err
}

func (s *Store) personWrite(p *service.Person, err error) error {
	if _, duplicate := errors.AsType[*DuplicateError](err); duplicate {
		return service.ErrChanged
	}
	if err == nil {
		p.Pending = nil
	}
	return err
}
