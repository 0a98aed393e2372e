package store

import (
	"context"

	"kezhi/service"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Organization implements service.OrganizationStore, as do the methods after it.
func (s *Store) Organization(ctx context.Context, id string) (*service.Organization, error) {
	return get[service.Organization](ctx, s, "organizations", id, service.ErrOrganizationNotFound)
}

// AllOrganizations reads the whole tree.
func (s *Store) AllOrganizations(ctx context.Context) ([]service.Organization, error) {
	var all []service.Organization
	for cursor := ""; ; {
		part, err := page(ctx, s, "organizations", Query{Index: "_id_", Limit: 999}, cursor,
			func(o *service.Organization) bson.A { return bson.A{o.ID} })
		if err != nil {
			return nil, err
		}
		all = append(all, part.Items...)
		if cursor = part.Next; cursor == "" {
			return all, nil
		}
	}
}

// OrganizationsByID reads some organizations.
func (s *Store) OrganizationsByID(ctx context.Context, ids []string) ([]service.Organization, error) {
	return byID[service.Organization](ctx, s, "organizations", ids)
}

// Roots reads the organizations without a parent.
func (s *Store) Roots(ctx context.Context) ([]service.Organization, error) {
	return find[service.Organization](ctx, s, "organizations", Query{
		Index: "siblings", Filter: bson.D{{Key: "parent_id", Value: nil}}, Limit: 1000,
	})
}

// InsertOrganization adds an organization.
func (s *Store) InsertOrganization(ctx context.Context, o *service.Organization) error {
	o.Version = 1
	return s.organizationWrite(o, s.insert(ctx, "organizations", o, o.Pending))
}

// SaveOrganization writes an organization back.
func (s *Store) SaveOrganization(ctx context.Context, o *service.Organization) error {
	err := s.organizationWrite(o, s.save(ctx, "organizations", o.ID, o.Version, o, o.Pending))
	if err == nil {
		o.Version++
	}
	return err
}

func (s *Store) organizationWrite(o *service.Organization, err error) error {
	if taken(err, "siblings") {
		return service.ErrOrganizationNameTaken
	}
	if err == nil {
		o.Pending = nil
	}
	return err
}
