package service

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ActivityState is whether an activity is on.
type ActivityState string

// The states of an activity.
const (
	ActivityDraft     ActivityState = "draft"     // 草稿
	ActivityPublished ActivityState = "published" // 已发布
	ActivityCancelled ActivityState = "cancelled" // 已取消
)

// Activity is something that volunteers sign up for (志愿服务活动).
type Activity struct {
	ID             string        `bson:"_id"`
	OrganizationID string        `bson:"organization_id"`
	ScopeIDs       []string      `bson:"scope_ids"` // the organization and all above it
	Type           string        `bson:"type"`      // one of Choices.ActivityTypes
	Title          string        `bson:"title"`
	Place          string        `bson:"place"`
	Address        string        `bson:"address"`
	Grams          []string      `bson:"grams"` // of title and place: what a search finds it by
	StartsAt       time.Time     `bson:"starts_at"`
	EndsAt         time.Time     `bson:"ends_at"`
	SignupOpensAt  time.Time     `bson:"signup_opens_at"`
	SignupClosesAt time.Time     `bson:"signup_closes_at"`
	Capacity       int64         `bson:"capacity"`
	Taken          int64         `bson:"taken"` // seats; changed by taking and returning alone
	Left           int64         `bson:"left"`  // Capacity − Taken, so that a guard can compare it with 0
	Description    string        `bson:"description"`
	Bring          string        `bson:"bring"`
	Contact        string        `bson:"contact"`
	State          ActivityState `bson:"state"`
	Published      bool          `bson:"published"` // has ever been: only then may everyone see it
	CancelReason   string        `bson:"cancel_reason"`
	CreatedBy      string        `bson:"created_by"`
	Version        int64         `bson:"version"` // of what people edit; taking seats does not count
	Pending        []OutboxEntry `bson:"-"`
}

// ActivityForm is what an organiser writes about an activity.
type ActivityForm struct {
	OrganizationID string
	Type           string
	Title          string
	Place          string
	Address        string
	StartsAt       time.Time
	EndsAt         time.Time
	SignupOpensAt  time.Time
	SignupClosesAt time.Time
	Capacity       int64
	Description    string
	Bring          string
	Contact        string
	Version        int64 // when updating: the version that was seen
}

// SignupState is whether one can sign up at a moment, and if not, why.
type SignupState string

// The states of signing up.
const (
	SignupDraft     SignupState = "draft"
	SignupCancelled SignupState = "cancelled"
	SignupNotYet    SignupState = "not_yet"
	SignupOpen      SignupState = "open"
	SignupFull      SignupState = "full"
	SignupClosed    SignupState = "closed"
	SignupEnded     SignupState = "ended"
)

// ActivityQuery asks for activities.
type ActivityQuery struct {
	ScopeIDs []string // within these organizations and below; empty: everywhere (published ones are public)
	Type     string
	Text     string     // a part of title or place
	OpenAt   *time.Time // only those that one can sign up for at this moment
	Now      time.Time
	Past     bool // ended before Now, latest first; else not ended, soonest first
	Cursor   string
	Limit    int
}

// ActivityStore keeps the activities.
type ActivityStore interface {
	// Activity returns ErrActivityNotFound.
	Activity(ctx context.Context, id string) (*Activity, error)
	// ActivitiesByID returns those that exist, in no order.
	ActivitiesByID(ctx context.Context, ids []string) ([]Activity, error)
	InsertActivity(ctx context.Context, a *Activity) error
	// SaveActivity compares the version and writes everything but Taken and Left,
	// which it changes by moreSeats in the same write and then tells. It returns
	// ErrChanged, and ErrSeatsTaken when fewer than −moreSeats seats are left.
	SaveActivity(ctx context.Context, a *Activity, moreSeats int64) error
	// TakeSeat takes one seat and stores the entry, in one write that only happens
	// while the activity is published, the sign-up is open at now, and a seat is
	// left. Otherwise it returns ErrNoSeat.
	TakeSeat(ctx context.Context, activityID string, entry *OutboxEntry, now time.Time) error
	// GiveBackSeat undoes a TakeSeat, once: it needs the entry still to be there.
	GiveBackSeat(ctx context.Context, activityID, entryID string) error
	// ReleaseSeat returns the seat of a cancelled registration and stores the
	// entry, once: it does nothing when the entry is there already.
	ReleaseSeat(ctx context.Context, activityID string, entry *OutboxEntry) error
	// PublishedActivities lists what everyone may see. It returns ErrBadCursor.
	PublishedActivities(ctx context.Context, q ActivityQuery) (Page[Activity], error)
	// ScopedActivities lists all states within the scopes, latest start first.
	ScopedActivities(ctx context.Context, scopeIDs []string, cursor string, limit int) (Page[Activity], error)
	// ActivitiesBetween lists published ones within the scopes that go on between
	// the two moments, soonest first, at most 100.
	ActivitiesBetween(ctx context.Context, scopeIDs []string, from, to time.Time) ([]Activity, error)
}

// Refusals of activities.
var (
	ErrActivityNotFound  = refuse(NotFound, "activity.not_found", "没有找到这个活动")
	ErrActivityCancelled = refuse(Conflict, "activity.cancelled", "活动已取消")
	ErrActivityEnded     = refuse(Conflict, "activity.ended", "活动已结束")
	ErrActivityFull      = refuse(Conflict, "activity.full", "名额已满")
	ErrActivityDraft     = refuse(Conflict, "activity.draft", "活动尚未发布")
	ErrSignupNotYet      = refuse(Conflict, "activity.signup_not_yet", "报名尚未开始")
	ErrSignupClosed      = refuse(Conflict, "activity.signup_closed", "报名已截止")
	ErrSeatsTaken        = refuse(Conflict, "activity.seats_taken", "名额不能少于已报名人数")
	ErrNoSeat            = refuse(Conflict, "activity.no_seat", "名额已满")
)

// maxSeats bounds the capacity: a larger crowd is several sessions.
const maxSeats = 100_000

// Activities are the use cases around activities.
type Activities struct {
	Env
	Store         ActivityStore
	Organizations *Organizations
	Registrations RegistrationStore
	Relay         *Relay
}

// MayOrganize tells whether the actor runs the activity.
func (a *Activity) MayOrganize(actor Actor) bool {
	return actor.organizes(&Organization{Path: a.ScopeIDs})
}

// Signup tells whether one can sign up at the moment.
func (a *Activity) Signup(now time.Time) SignupState {
	switch {
	case a.State == ActivityDraft:
		return SignupDraft
	case a.State == ActivityCancelled:
		return SignupCancelled
	case !now.Before(a.EndsAt):
		return SignupEnded
	case now.Before(a.SignupOpensAt):
		return SignupNotYet
	case !now.Before(a.SignupClosesAt):
		return SignupClosed
	case a.Left <= 0:
		return SignupFull
	}
	return SignupOpen
}

// mustBeOpen refuses a sign-up at the moment, in words.
func (a *Activity) mustBeOpen(now time.Time) error {
	switch a.Signup(now) {
	case SignupOpen:
		return nil
	case SignupDraft:
		return ErrActivityDraft
	case SignupCancelled:
		return ErrActivityCancelled
	case SignupEnded:
		return ErrActivityEnded
	case SignupNotYet:
		return ErrSignupNotYet.say("报名尚未开始，" + ShortTime(a.SignupOpensAt) + "开始")
	case SignupClosed:
		return ErrSignupClosed
	case SignupFull:
		return ErrActivityFull
	}
	return ErrActivityFull
}

// Find lists the published activities for anyone. It returns ErrBadCursor.
func (s *Activities) Find(ctx context.Context, q ActivityQuery, organizationID string, openOnly bool) (Page[Activity], error) {
	q.Now, q.Limit = s.Now(), pageSize
	if organizationID != "" {
		q.ScopeIDs = []string{organizationID}
	}
	if openOnly {
		q.OpenAt = &q.Now
	}
	q.Text = cleanText(q.Text)
	return s.Store.PublishedActivities(ctx, q)
}

// See returns an activity; one that was never published only to those who run it. actor is nil for someone not logged in.
func (s *Activities) See(ctx context.Context, actor *Actor, id string) (*Activity, error) {
	a, err := s.Store.Activity(ctx, id)
	if err != nil {
		return nil, err
	}
	if !a.Published && (actor == nil || !a.MayOrganize(*actor)) {
		return nil, ErrActivityNotFound
	}
	return a, nil
}

// Managed lists the activities that the actor runs, latest start first. It returns
// ErrForbidden to those who run none.
func (s *Activities) Managed(ctx context.Context, actor Actor, cursor string) (Page[Activity], error) {
	scopes, err := s.Organizations.scopes(ctx, actor, RoleAdmin, RoleOrganizer)
	if err != nil {
		return Page[Activity]{}, err
	}
	if len(scopes) == 0 {
		return Page[Activity]{}, ErrForbidden
	}
	return s.Store.ScopedActivities(ctx, scopes, cursor, pageSize)
}

// Today lists the published activities that the actor runs and that go on today.
func (s *Activities) Today(ctx context.Context, actor Actor) ([]Activity, error) {
	scopes, err := s.Organizations.scopes(ctx, actor, RoleAdmin, RoleOrganizer)
	if err != nil || len(scopes) == 0 {
		return nil, err
	}
	from, to := dayOf(s.Now())
	return s.Store.ActivitiesBetween(ctx, scopes, from, to)
}

// OrganizationsOf lists the organizations for which the actor may publish.
func (s *Activities) OrganizationsOf(ctx context.Context, actor Actor) ([]Organization, error) {
	tree, err := s.Organizations.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(tree, func(o Organization) bool { return !actor.organizes(&o) }), nil
}

// grams are the single characters and pairs of neighbours of a text: every text of
// one or two characters that is a part of it, and so an index for searching parts.
func grams(texts ...string) []string {
	var out []string
	for _, t := range texts {
		runes := []rune(strings.ToLower(strings.Join(strings.Fields(t), "")))
		for i := range runes {
			out = append(out, string(runes[i]))
			if i+1 < len(runes) {
				out = append(out, string(runes[i:i+2]))
			}
		}
	}
	return distinct(out)
}

// SearchGrams are the grams that a text to be found must all have.
func SearchGrams(text string) []string {
	g := grams(text)
	if len(g) <= 1 {
		return g
	}
	return slices.DeleteFunc(g, func(s string) bool { return utf8.RuneCountInString(s) == 1 })
}
