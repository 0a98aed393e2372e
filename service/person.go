package service

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Person is someone whom WeChat knows (微信用户), registered as a volunteer or not.
type Person struct {
	ID           string        `bson:"_id"`
	OpenID       string        `bson:"open_id,omitempty"`      // of the official account
	MiniOpenID   string        `bson:"mini_open_id,omitempty"` // of the mini program
	UnionID      string        `bson:"union_id,omitempty"`
	Follows      bool          `bson:"follows"` // the official account, as last heard
	Grants       []Grant       `bson:"grants"`
	Consents     []Consent     `bson:"consents"`
	Disabled     bool          `bson:"disabled"`
	SessionEpoch int64         `bson:"session_epoch"` // sessions begun under an earlier one are over
	CreatedAt    time.Time     `bson:"created_at"`
	Version      int64         `bson:"version"`
	Pending      []OutboxEntry `bson:"-"`
}

// Consent is a person's consent to one version of the privacy text.
type Consent struct {
	Version string    `bson:"version"`
	At      time.Time `bson:"at"`
}

func (p *Person) consentedTo(version string) bool {
	return slices.ContainsFunc(p.Consents, func(c Consent) bool { return c.Version == version })
}

// Consented tells whether the person has consented to the privacy text in force.
func (p *Person) Consented() bool { return p.consentedTo(Privacy.Version) }

// PersonStore keeps the people.
type PersonStore interface {
	// Person returns ErrPersonNotFound, as do the three after it.
	Person(ctx context.Context, id string) (*Person, error)
	PersonByOpenID(ctx context.Context, openID string) (*Person, error)
	PersonByMiniOpenID(ctx context.Context, openID string) (*Person, error)
	PersonByUnionID(ctx context.Context, unionID string) (*Person, error)
	// AdminsOf returns the people who hold the role admin over the organization itself.
	AdminsOf(ctx context.Context, organizationID string) ([]Person, error)
	// HasPlatformAdmin tells whether there is one.
	HasPlatformAdmin(ctx context.Context) (bool, error)
	// InsertPerson returns ErrChanged when one of the WeChat ids is taken.
	InsertPerson(ctx context.Context, p *Person) error
	// SavePerson compares the version: ErrChanged.
	SavePerson(ctx context.Context, p *Person) error
}

// Refusals of people.
var (
	ErrPersonNotFound = refuse(NotFound, "person.not_found", "没有找到这个人")
	ErrPersonDisabled = refuse(Forbidden, "person.disabled", "该账号已停用，请联系所属科协")
	ErrOwnRole        = refuse(Conflict, "person.own_role", "不能停用自己或取消自己的角色")
	ErrNotConsented   = refuse(Conflict, "person.not_consented", "请先阅读并同意个人信息保护说明")
)

// People are the use cases around persons and their roles.
type People struct {
	Env
	Store         PersonStore
	Organizations OrganizationStore
	Volunteers    VolunteerStore
	Relay         *Relay
}

// Own returns the actor as a person. It returns ErrPersonNotFound.
func (s *People) Own(ctx context.Context, actor Actor) (*Person, error) {
	return s.Store.Person(ctx, actor.PersonID)
}

// See returns a person who is a volunteer in the actor's scope; a platform admin
// sees everyone. Otherwise it returns ErrPersonNotFound.
func (s *People) See(ctx context.Context, actor Actor, personID string) (*Person, error) {
	if err := s.mustSee(ctx, actor, personID); err != nil {
		return nil, err
	}
	return s.Store.Person(ctx, personID)
}

// Consent records that the actor consents to the privacy text of this version and,
// apart from it, to the use of sensitive data. It returns ErrInvalid for a version
// that is not in force or when one of the two is missing.
func (s *People) Consent(ctx context.Context, actor Actor, version string, sensitive bool) error {
	var wrong fieldErrors
	if version != Privacy.Version {
		wrong.add("version", "说明已更新，请重新阅读")
	}
	if !sensitive {
		wrong.add("sensitive", "请单独同意处理身份证号等敏感个人信息")
	}
	if err := wrong.err(); err != nil {
		return err
	}
	return s.change(ctx, actor.PersonID, func(p *Person) error {
		if !p.consentedTo(version) {
			p.Consents = append(p.Consents, Consent{Version: version, At: s.Now()})
			p.Pending = append(p.Pending, s.personLine(actor, "person.consented", p, map[string]string{"version": version}))
		}
		return nil
	})
}

// Grant gives a person a role. The actor must manage the organization, or be a
// platform admin for that role. It returns ErrInvalid, ErrForbidden, ErrPersonNotFound.
func (s *People) Grant(ctx context.Context, actor Actor, personID string, grant Grant) error {
	if err := mayGrant(ctx, s.Organizations, actor, &grant); err != nil {
		return err
	}
	if err := s.mustSee(ctx, actor, personID); err != nil {
		return err
	}
	return s.change(ctx, personID, func(p *Person) error {
		s.give(actor, p, grant)
		return nil
	})
}

func (s *People) give(actor Actor, p *Person, grant Grant) {
	if slices.Contains(p.Grants, grant) {
		return
	}
	p.Grants = append(p.Grants, grant)
	p.Pending = append(p.Pending, s.personLine(actor, "person.role_granted", p, grant.detail()))
}

// Revoke takes a role and ends the person's sessions at once. It returns the
// errors of Grant, and ErrOwnRole.
func (s *People) Revoke(ctx context.Context, actor Actor, personID string, grant Grant) error {
	if err := mayGrant(ctx, s.Organizations, actor, &grant); err != nil {
		return err
	}
	if personID == actor.PersonID {
		return ErrOwnRole
	}
	return s.change(ctx, personID, func(p *Person) error {
		i := slices.Index(p.Grants, grant)
		if i < 0 {
			return nil
		}
		p.Grants = slices.Delete(p.Grants, i, i+1)
		p.SessionEpoch++
		p.Pending = append(p.Pending, s.personLine(actor, "person.role_revoked", p, grant.detail()))
		return nil
	})
}

// Disable locks a person out and ends their sessions at once. The actor must
// manage the person's teams. It returns ErrInvalid, ErrForbidden, ErrOwnRole, ErrPersonNotFound.
func (s *People) Disable(ctx context.Context, actor Actor, personID, reason string) error {
	if err := checkReason(&reason); err != nil {
		return err
	}
	if personID == actor.PersonID {
		return ErrOwnRole
	}
	if err := s.mustSee(ctx, actor, personID); err != nil {
		return err
	}
	return s.change(ctx, personID, func(p *Person) error {
		if err := s.mustOutrank(ctx, actor, p); err != nil {
			return err
		}
		if p.Disabled {
			return nil
		}
		p.Disabled = true
		p.SessionEpoch++
		p.Pending = append(p.Pending, s.personLine(actor, "person.disabled", p, map[string]string{"reason": reason}))
		return nil
	})
}

// Enable lets a disabled person in again. It returns the errors of Disable.
func (s *People) Enable(ctx context.Context, actor Actor, personID string) error {
	if err := s.mustSee(ctx, actor, personID); err != nil {
		return err
	}
	return s.change(ctx, personID, func(p *Person) error {
		if !p.Disabled {
			return nil
		}
		p.Disabled = false
		p.Pending = append(p.Pending, s.personLine(actor, "person.enabled", p, nil))
		return nil
	})
}

// mustOutrank forbids an admin to lock out someone who holds a role that the
// admin could not take.
func (s *People) mustOutrank(ctx context.Context, actor Actor, p *Person) error {
	for _, g := range p.Grants {
		if err := mayGrant(ctx, s.Organizations, actor, &g); err != nil {
			return ErrForbidden
		}
	}
	return nil
}

// mustSee returns ErrPersonNotFound unless the person is a volunteer whom the
// actor manages; a platform admin sees everyone.
func (s *People) mustSee(ctx context.Context, actor Actor, personID string) error {
	if actor.isPlatformAdmin() {
		return nil
	}
	v, err := s.Volunteers.Volunteer(ctx, personID)
	if errors.Is(err, ErrVolunteerNotFound) {
		return ErrPersonNotFound
	}
	if err != nil {
		return err
	}
	if !v.visibleTo(actor) {
		return ErrPersonNotFound
	}
	return nil
}

// change loads a person, changes it and saves it; when someone else saved in
// between, it starts over.
func (s *People) change(ctx context.Context, personID string, transition func(*Person) error) error {
	for {
		p, err := s.Store.Person(ctx, personID)
		if err != nil {
			return err
		}
		if err := transition(p); err != nil {
			return err
		}
		err = s.Store.SavePerson(ctx, p)
		if errors.Is(err, ErrChanged) && ctx.Err() == nil {
			continue
		}
		if err == nil {
			s.Relay.Nudge(OutboxRef{"people", p.ID})
		}
		return err
	}
}

func (s *People) personLine(actor Actor, verb string, p *Person, detail map[string]string) OutboxEntry {
	return s.journalEntry(JournalLine{
		ActorID: actor.PersonID, Verb: verb, SubjectKind: "person", SubjectID: p.ID,
		OrganizationID: detail["organization_id"], Detail: detail,
	})
}

func (g Grant) detail() map[string]string {
	d := map[string]string{"role": string(g.Role)}
	if g.OrganizationID != "" {
		d["organization_id"] = g.OrganizationID
	}
	return d
}

// mayGrant checks that the grant is well formed and that the actor may give and take it.
func mayGrant(ctx context.Context, organizations OrganizationStore, actor Actor, grant *Grant) error {
	switch grant.Role {
	case RolePlatformAdmin:
		grant.OrganizationID = ""
		if !actor.isPlatformAdmin() {
			return ErrForbidden
		}
		return nil
	case RoleAdmin, RoleOrganizer:
		o, err := organizations.Organization(ctx, grant.OrganizationID)
		if err != nil {
			return fieldNotFound(err, "organization_id")
		}
		return actor.mustManage(o)
	default:
		var wrong fieldErrors
		wrong.add("role", "没有这种角色")
		return wrong.err()
	}
}

// checkReason trims a reason that a person writes and demands 2 to 200 characters.
func checkReason(reason *string) error {
	*reason = strings.TrimSpace(*reason)
	if n := utf8.RuneCountInString(*reason); n < 2 || n > 200 {
		var wrong fieldErrors
		wrong.add("reason", "请写明原因，2 至 200 个字")
		return wrong.err()
	}
	return nil
}
