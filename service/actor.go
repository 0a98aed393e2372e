package service

import "slices"

// Role is what a person may do beyond being a volunteer.
type Role string

// The roles (requirements.md P4).
const (
	RolePlatformAdmin Role = "platform_admin" // 平台管理员: everything
	RoleAdmin         Role = "admin"          // 协会管理员: an organization and all below it
	RoleOrganizer     Role = "organizer"      // 队长, 副队长: the activities of an organization and of those below it
)

// Grant is a role over one organization; a platform admin's names none.
type Grant struct {
	Role           Role   `bson:"role"`
	OrganizationID string `bson:"organization_id,omitempty"`
}

// Actor is the person on whose behalf a use case runs. It is made anew for each
// request, so that a role taken away is gone at the next one.
type Actor struct {
	PersonID string
	Grants   []Grant
}

// manages tells whether the actor is an admin of the organization or of one above it.
func (a Actor) manages(o *Organization) bool {
	return slices.ContainsFunc(a.Grants, func(g Grant) bool {
		return g.Role == RolePlatformAdmin || g.Role == RoleAdmin && slices.Contains(o.Path, g.OrganizationID)
	})
}

// organizes tells whether the actor may run the activities of the organization.
func (a Actor) organizes(o *Organization) bool {
	return a.manages(o) || slices.ContainsFunc(a.Grants, func(g Grant) bool {
		return g.Role == RoleOrganizer && slices.Contains(o.Path, g.OrganizationID)
	})
}

func (a Actor) isPlatformAdmin() bool {
	return slices.Contains(a.Grants, Grant{Role: RolePlatformAdmin})
}

// mustManage returns ErrForbidden to those who are not admins of the organization.
func (a Actor) mustManage(o *Organization) error {
	if !a.manages(o) {
		return ErrForbidden
	}
	return nil
}

// organizationIDs lists the organizations over which the actor holds one of the roles.
func (a Actor) organizationIDs(roles ...Role) []string {
	var ids []string
	for _, g := range a.Grants {
		if slices.Contains(roles, g.Role) && g.OrganizationID != "" && !slices.Contains(ids, g.OrganizationID) {
			ids = append(ids, g.OrganizationID)
		}
	}
	return ids
}
