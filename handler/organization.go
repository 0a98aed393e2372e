package handler

import (
	"context"

	"kezhi/service"
)

type organizationView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Level    string `json:"level"`
	ParentID string `json:"parent_id,omitempty"`
	Depth    int    `json:"depth"`
	Version  int64  `json:"version"`
}

type organizationForm struct {
	Name     string `json:"name" binding:"max=200"`
	Level    string `json:"level" binding:"max=80"`
	ParentID string `json:"parent_id,omitempty" binding:"max=80"`
	Version  *int64 `json:"version,omitempty"`
}

func organizationViewOf(o *service.Organization) organizationView {
	return organizationView{o.ID, o.Name, o.Level, o.ParentID, o.Depth(), o.Version}
}

// listOrganizations is the whole tree, parents before children.
func (s *server) listOrganizations(ctx context.Context, _ call) (any, error) {
	tree, err := s.Services.Organizations.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return listView[organizationView]{eachOf(tree, organizationViewOf)}, nil
}

// createOrganization adds an organization below one that the actor manages.
func (s *server) createOrganization(ctx context.Context, c call, form organizationForm) (any, error) {
	o, err := s.Services.Organizations.Create(ctx, c.actor, service.OrganizationForm{
		Name: form.Name, Level: form.Level, ParentID: form.ParentID,
	})
	if err != nil {
		return nil, err
	}
	return organizationViewOf(o), nil
}

// updateOrganization renames an organization as the actor saw it.
func (s *server) updateOrganization(ctx context.Context, c call, form organizationForm) (any, error) {
	version, err := seen(form.Version)
	if err != nil {
		return nil, err
	}
	o, err := s.Services.Organizations.Update(ctx, c.actor, c.id(), service.OrganizationForm{
		Name: form.Name, Level: form.Level, Version: version,
	})
	if err != nil {
		return nil, err
	}
	return organizationViewOf(o), nil
}

// seenForm says which version of a thing the actor saw.
type seenForm struct {
	Version int64 `json:"version"`
}

// reasonForm is seenForm with the reason for what is done.
type reasonForm struct {
	Version int64  `json:"version"`
	Reason  string `json:"reason" binding:"max=600"`
}

// seen is the version in a form that serves for creating, too, and so may lack it.
func seen(version *int64) (int64, error) {
	if version == nil {
		return 0, fieldsRefusal([]service.FieldError{{Field: "version", Message: "缺少这一项"}})
	}
	return *version, nil
}
