package service

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Organization is an association or a team (协会, 总队, 支队, 大队, 分队) in the tree
// (requirements.md T1). What a level is called is data.
type Organization struct {
	ID       string        `bson:"_id"`
	Name     string        `bson:"name"`
	Level    string        `bson:"level"`
	ParentID string        `bson:"parent_id,omitempty"`
	Path     []string      `bson:"path"` // the ids from the root down to this one
	Version  int64         `bson:"version"`
	Pending  []OutboxEntry `bson:"-"` // to be stored with the next save
}

// Depth is 0 at a root.
func (o *Organization) Depth() int { return len(o.Path) - 1 }

// OrganizationForm is what an admin writes about an organization.
type OrganizationForm struct {
	Name     string
	Level    string
	ParentID string // when creating; empty for a root
	Version  int64  // when updating: the version that was seen
}

// OrganizationStore keeps the tree.
type OrganizationStore interface {
	// Organization returns ErrOrganizationNotFound.
	Organization(ctx context.Context, id string) (*Organization, error)
	// AllOrganizations returns the whole tree, in no order.
	AllOrganizations(ctx context.Context) ([]Organization, error)
	// OrganizationsByID returns those that exist, in no order.
	OrganizationsByID(ctx context.Context, ids []string) ([]Organization, error)
	// Roots returns the organizations without a parent, in no order.
	Roots(ctx context.Context) ([]Organization, error)
	// InsertOrganization returns ErrOrganizationNameTaken when a sibling has the name.
	InsertOrganization(ctx context.Context, o *Organization) error
	// SaveOrganization compares the version: ErrChanged; or ErrOrganizationNameTaken.
	SaveOrganization(ctx context.Context, o *Organization) error
}

// Refusals of organizations.
var (
	ErrOrganizationNotFound  = refuse(NotFound, "organization.not_found", "没有找到这个组织")
	ErrOrganizationNameTaken = refuse(Conflict, "organization.name_taken", "同一级下已有同名的组织")
)

// Organizations are the use cases of the tree.
type Organizations struct {
	Env
	Store OrganizationStore
	Relay *Relay
}

// Tree returns all organizations, parents before children and siblings by name.
func (s *Organizations) Tree(ctx context.Context) ([]Organization, error) {
	all, err := s.Store.AllOrganizations(ctx)
	if err != nil {
		return nil, err
	}
	below := map[string][]Organization{}
	for _, o := range all {
		below[o.ParentID] = append(below[o.ParentID], o)
	}
	for _, siblings := range below {
		slices.SortFunc(siblings, func(a, b Organization) int { return cmp.Compare(a.ID, b.ID) })
	}
	tree := make([]Organization, 0, len(all))
	var walk func(parent string)
	walk = func(parent string) {
		for _, o := range below[parent] {
			tree = append(tree, o)
			walk(o.ID)
		}
	}
	walk("")
	return tree, nil
}

// Create adds an organization below one that the actor manages; a root only for
// a platform admin. It returns ErrInvalid, ErrForbidden, ErrOrganizationNotFound
// and ErrOrganizationNameTaken.
func (s *Organizations) Create(ctx context.Context, actor Actor, form OrganizationForm) (*Organization, error) {
	if err := form.check(); err != nil {
		return nil, err
	}
	o := &Organization{ID: s.NewID(), Name: form.Name, Level: form.Level, ParentID: form.ParentID}
	if form.ParentID == "" {
		if !actor.isPlatformAdmin() {
			return nil, ErrForbidden
		}
	} else {
		parent, err := s.Store.Organization(ctx, form.ParentID)
		if err != nil {
			return nil, fieldNotFound(err, "parent_id")
		}
		if err := actor.mustManage(parent); err != nil {
			return nil, err
		}
		o.Path = slices.Clone(parent.Path)
	}
	o.Path = append(o.Path, o.ID)
	o.Pending = append(o.Pending, s.journalEntry(JournalLine{
		ActorID: actor.PersonID, Verb: "organization.created", SubjectKind: "organization", SubjectID: o.ID, OrganizationID: o.ID,
	}))
	if err := s.Store.InsertOrganization(ctx, o); err != nil {
		return nil, err
	}
	s.Relay.Nudge(OutboxRef{"organizations", o.ID})
	return o, nil
}

// Update renames an organization. It returns ErrInvalid, ErrForbidden, ErrChanged
// and ErrOrganizationNameTaken.
func (s *Organizations) Update(ctx context.Context, actor Actor, id string, form OrganizationForm) (*Organization, error) {
	if err := form.check(); err != nil {
		return nil, err
	}
	o, err := s.Store.Organization(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := actor.mustManage(o); err != nil {
		return nil, err
	}
	if o.Version != form.Version {
		return nil, ErrChanged
	}
	o.Name, o.Level = form.Name, form.Level
	o.Pending = append(o.Pending, s.journalEntry(JournalLine{
		ActorID: actor.PersonID, Verb: "organization.renamed", SubjectKind: "organization", SubjectID: o.ID, OrganizationID: o.ID,
	}))
	if err := s.Store.SaveOrganization(ctx, o); err != nil {
		return nil, err
	}
	s.Relay.Nudge(OutboxRef{"organizations", o.ID})
	return o, nil
}

// Names returns the names of organizations by their ids.
func (s *Organizations) Names(ctx context.Context, ids []string) (map[string]string, error) {
	found, err := s.Store.OrganizationsByID(ctx, distinct(ids))
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(found))
	for _, o := range found {
		names[o.ID] = o.Name
	}
	return names, nil
}

// scopes returns the topmost organizations over which the actor holds one of the
// roles: every list of people or activities is asked for within these.
func (s *Organizations) scopes(ctx context.Context, actor Actor, roles ...Role) ([]string, error) {
	var granted []Organization
	var err error
	if actor.isPlatformAdmin() {
		granted, err = s.Store.Roots(ctx)
	} else {
		granted, err = s.Store.OrganizationsByID(ctx, actor.organizationIDs(roles...))
	}
	if err != nil {
		return nil, err
	}
	var top []string
	for _, o := range granted {
		covered := slices.ContainsFunc(granted, func(above Organization) bool {
			return above.ID != o.ID && slices.Contains(o.Path, above.ID)
		})
		if !covered {
			top = append(top, o.ID)
		}
	}
	return top, nil
}

func (f *OrganizationForm) check() error {
	var wrong fieldErrors
	f.Name, f.Level = strings.TrimSpace(f.Name), strings.TrimSpace(f.Level)
	if n := utf8.RuneCountInString(f.Name); n < 2 || n > 50 {
		wrong.add("name", "请填写组织名称，2 至 50 个字")
	}
	if n := utf8.RuneCountInString(f.Level); n < 1 || n > 20 {
		wrong.add("level", "请填写层级的叫法，例如“县大队”")
	}
	return wrong.err()
}

// fieldNotFound turns "that thing does not exist" into a refusal of the field that named it.
func fieldNotFound(err error, field string) error {
	var e *Error
	if errors.As(err, &e) && e.Kind == NotFound {
		return &Error{Kind: Invalid, Reason: ErrInvalid.Reason, Message: e.Message, Fields: []FieldError{{field, e.Message}}}
	}
	return err
}
