package service

import (
	"context"
	"slices"
	"time"
)

// VolunteerState is how far a volunteer has come on the way in (requirements.md W1–W3).
type VolunteerState string

// The states of a volunteer.
const (
	VolunteerPending  VolunteerState = "pending"  // 待审核
	VolunteerRejected VolunteerState = "rejected" // 未通过
	VolunteerApproved VolunteerState = "approved" // 待激活
	VolunteerActive   VolunteerState = "active"   // 已激活
)

// Volunteer is a person's registration as a 科技志愿者 and what came of it. Its id is
// the person's: a person registers once.
type Volunteer struct {
	ID             string         `bson:"_id"`
	State          VolunteerState `bson:"state"`
	Profile        Profile        `bson:"profile"`
	NationalID     Sealed         `bson:"national_id"`
	Phone          Sealed         `bson:"phone"`
	OrganizationID string         `bson:"organization_id"` // the team that was joined
	ScopeIDs       []string       `bson:"scope_ids"`       // that team and all organizations above it (requirements.md T2)
	SubmittedAt    time.Time      `bson:"submitted_at"`
	Review         *Review        `bson:"review"`
	Activation     *Activation    `bson:"activation"`
	ActivatedAt    *time.Time     `bson:"activated_at"`
	Version        int64          `bson:"version"`
	Pending        []OutboxEntry  `bson:"-"`
}

// Profile is what the registration form asks beside national id and phone
// (requirements.md F1–F3). Birth is a day, as 2006-01-02.
type Profile struct {
	Name         string   `bson:"name"`
	Sex          string   `bson:"sex"`
	Birth        string   `bson:"birth"`
	PhotoID      string   `bson:"photo_id"`
	Ethnicity    string   `bson:"ethnicity"`
	Education    string   `bson:"education"`
	Occupation   string   `bson:"occupation"`
	Talents      string   `bson:"talents"`
	Expertise    string   `bson:"expertise"`
	Employer     string   `bson:"employer"`
	Title        string   `bson:"title"`
	Postcode     string   `bson:"postcode"`
	Address      string   `bson:"address"`
	Email        string   `bson:"email"`
	ServiceItems []string `bson:"service_items"`
	ServiceTimes []string `bson:"service_times"`
	WayIn        string   `bson:"way_in"`
	Recommender  string   `bson:"recommender"`
}

// Review is the decision about a registration.
type Review struct {
	Approved bool      `bson:"approved"`
	ByID     string    `bson:"by_id"`
	ByName   string    `bson:"by_name"` // masked
	At       time.Time `bson:"at"`
	Reason   string    `bson:"reason"` // of a rejection
}

// VolunteerQuery asks for volunteers within a scope.
type VolunteerQuery struct {
	ScopeIDs    []string // organizations; those below are included. Empty: nobody
	State       VolunteerState
	OldestFirst bool
	Cursor      string
	Limit       int
}

// VolunteersWithin says which volunteers an admin asks for.
type VolunteersWithin struct {
	State          VolunteerState
	OrganizationID string // this one and those below; empty: all that the actor manages
}

// VolunteerStore keeps the volunteers.
type VolunteerStore interface {
	// Volunteer returns ErrVolunteerNotFound.
	Volunteer(ctx context.Context, id string) (*Volunteer, error)
	// VolunteersByID returns those that exist, in no order.
	VolunteersByID(ctx context.Context, ids []string) ([]Volunteer, error)
	// InsertVolunteer returns ErrChanged when the person has registered already,
	// ErrNationalIDTaken and ErrPhoneTaken.
	InsertVolunteer(ctx context.Context, v *Volunteer) error
	// SaveVolunteer compares the version: ErrChanged; ErrNationalIDTaken and ErrPhoneTaken.
	SaveVolunteer(ctx context.Context, v *Volunteer) error
	// Volunteers lists by the time of submitting. It returns ErrBadCursor.
	Volunteers(ctx context.Context, q VolunteerQuery) (Page[Volunteer], error)
	// CountVolunteers counts each volunteer once, however many scopes hold them.
	CountVolunteers(ctx context.Context, scopeIDs []string, state VolunteerState) (int64, error)
}

// Refusals of volunteers.
var (
	ErrVolunteerNotFound = refuse(NotFound, "volunteer.not_found", "没有找到这位志愿者")
	ErrNotRegistered     = refuse(Conflict, "volunteer.not_registered", "请先注册成为科技志愿者")
	ErrAlreadySubmitted  = refuse(Conflict, "volunteer.already_submitted", "您已提交注册，不能重复提交")
	ErrNationalIDTaken   = refuse(Conflict, "volunteer.national_id_taken", "该身份证号码已注册，如有疑问请联系所属科协")
	ErrPhoneTaken        = refuse(Conflict, "volunteer.phone_taken", "该手机号码已被使用，请换一个")
	ErrDecided           = refuse(Conflict, "volunteer.decided", "该申请已由其他管理员处理")
	ErrOwnReview         = refuse(Forbidden, "volunteer.own_review", "不能审核自己的申请，请由其他管理员处理")
)

// Volunteers are the use cases around volunteers.
type Volunteers struct {
	Env
	Store         VolunteerStore
	People        PersonStore
	Organizations *Organizations
	Photos        PhotoStore
	Journal       JournalStore
	Vault         Vault
	Limiter       Limiter
	Relay         *Relay
}

// Own returns the actor's own registration. It returns ErrNotRegistered.
func (s *Volunteers) Own(ctx context.Context, actor Actor) (*Volunteer, error) {
	v, err := s.Store.Volunteer(ctx, actor.PersonID)
	if isRefusal(err, ErrVolunteerNotFound) {
		return nil, ErrNotRegistered
	}
	return v, err
}

// See returns a volunteer within the actor's scope, else ErrVolunteerNotFound.
func (s *Volunteers) See(ctx context.Context, actor Actor, id string) (*Volunteer, error) {
	v, err := s.Store.Volunteer(ctx, id)
	if err != nil {
		return nil, err
	}
	if !v.visibleTo(actor) {
		return nil, ErrVolunteerNotFound
	}
	return v, nil
}

// List returns the volunteers in one state within the actor's scope, or within one
// organization of it: pending ones oldest first, others newest first, at most limit
// of them (0: as many as lists give). It returns ErrForbidden to those who manage
// nothing, ErrOrganizationNotFound, ErrBadCursor.
func (s *Volunteers) List(ctx context.Context, actor Actor, within VolunteersWithin, cursor string, limit int) (Page[Volunteer], error) {
	scopes, err := s.within(ctx, actor, within.OrganizationID)
	if err != nil {
		return Page[Volunteer]{}, err
	}
	if limit == 0 {
		limit = pageSize
	}
	return s.Store.Volunteers(ctx, VolunteerQuery{
		ScopeIDs: scopes, State: within.State, OldestFirst: within.State == VolunteerPending, Cursor: cursor, Limit: limit,
	})
}

// Count counts the volunteers that List lists, each once. It returns the errors of List.
func (s *Volunteers) Count(ctx context.Context, actor Actor, within VolunteersWithin) (int64, error) {
	scopes, err := s.within(ctx, actor, within.OrganizationID)
	if err != nil {
		return 0, err
	}
	return s.Store.CountVolunteers(ctx, scopes, within.State)
}

// within returns the organization asked for, when the actor manages it, or else all
// that the actor manages.
func (s *Volunteers) within(ctx context.Context, actor Actor, organizationID string) ([]string, error) {
	if organizationID != "" {
		o, err := s.Organizations.Store.Organization(ctx, organizationID)
		if err != nil {
			return nil, err
		}
		if !actor.manages(o) {
			return nil, ErrOrganizationNotFound
		}
		return []string{o.ID}, nil
	}
	scopes, err := s.Organizations.scopes(ctx, actor, RoleAdmin)
	if err == nil && len(scopes) == 0 {
		err = ErrForbidden
	}
	return scopes, err
}

// NextToReview returns the id of the registration that the actor should review
// next, oldest first, or "" when nothing waits.
func (s *Volunteers) NextToReview(ctx context.Context, actor Actor, afterID string) (string, error) {
	scopes, err := s.Organizations.scopes(ctx, actor, RoleAdmin)
	if err != nil || len(scopes) == 0 {
		return "", err
	}
	page, err := s.Store.Volunteers(ctx, VolunteerQuery{ScopeIDs: scopes, State: VolunteerPending, OldestFirst: true, Limit: 3})
	if err != nil {
		return "", err
	}
	for _, v := range page.Items {
		if v.ID != afterID && v.ID != actor.PersonID {
			return v.ID, nil
		}
	}
	return "", nil
}

// CountPending counts the registrations that wait for the actor.
func (s *Volunteers) CountPending(ctx context.Context, actor Actor) (int64, error) {
	scopes, err := s.Organizations.scopes(ctx, actor, RoleAdmin)
	if err != nil || len(scopes) == 0 {
		return 0, err
	}
	return s.Store.CountVolunteers(ctx, scopes, VolunteerPending)
}

// Reveal returns national id and phone in full to an admin of the volunteer, after
// the opening has been written to the journal. It returns ErrVolunteerNotFound.
func (s *Volunteers) Reveal(ctx context.Context, actor Actor, id string) (nationalID, phone string, err error) {
	v, err := s.See(ctx, actor, id)
	if err != nil {
		return "", "", err
	}
	line := s.journalEntry(JournalLine{
		ActorID: actor.PersonID, Verb: "volunteer.revealed", SubjectKind: "volunteer", SubjectID: v.ID, OrganizationID: v.OrganizationID,
	}).Journal
	if err := s.Journal.InsertJournalLine(ctx, line); err != nil {
		return "", "", err
	}
	return s.open(v)
}

// OwnSecrets returns the actor's own national id and phone.
func (s *Volunteers) OwnSecrets(v *Volunteer, actor Actor) (nationalID, phone string, err error) {
	if v.ID != actor.PersonID {
		return "", "", ErrForbidden
	}
	return s.open(v)
}

func (s *Volunteers) open(v *Volunteer) (nationalID, phone string, err error) {
	if nationalID, err = s.Vault.Open(v.NationalID.Text, nationalIDPlace(v.ID)); err != nil {
		return "", "", err
	}
	phone, err = s.Vault.Open(v.Phone.Text, phonePlace(v.ID))
	return nationalID, phone, err
}

func nationalIDPlace(id string) string { return "volunteers|" + id + "|national_id" }
func phonePlace(id string) string      { return "volunteers|" + id + "|phone" }

// visibleTo tells whether the actor is an admin of one of the volunteer's
// organizations. The scope ids say it without loading the tree.
func (v *Volunteer) visibleTo(actor Actor) bool {
	return slices.ContainsFunc(actor.Grants, func(g Grant) bool {
		return g.Role == RolePlatformAdmin || g.Role == RoleAdmin && slices.Contains(v.ScopeIDs, g.OrganizationID)
	})
}

// mustBeActive tells in words what is missing before the person may take part.
func (v *Volunteer) mustBeActive() error {
	switch v.State {
	case VolunteerActive:
		return nil
	case VolunteerPending:
		return ErrNotActive.say("您的注册正在审核，通过并激活后才能报名")
	case VolunteerRejected:
		return ErrNotActive.say("您的注册未通过审核，请修改后重新提交")
	case VolunteerApproved:
		return ErrNotActive.say("您的注册已通过审核，请先激活再报名")
	}
	return ErrNotActive
}

func volunteerRef(id string) OutboxRef { return OutboxRef{"volunteers", id} }
