package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Create makes a draft for an organization that the actor may publish for. It
// returns ErrInvalid and ErrForbidden.
func (s *Activities) Create(ctx context.Context, actor Actor, form ActivityForm) (*Activity, error) {
	if err := form.check(); err != nil {
		return nil, err
	}
	o, err := s.Organizations.Store.Organization(ctx, form.OrganizationID)
	if err != nil {
		return nil, fieldNotFound(err, "organization_id")
	}
	if !actor.organizes(o) {
		return nil, ErrForbidden
	}
	a := &Activity{ID: s.NewID(), State: ActivityDraft, CreatedBy: actor.PersonID}
	a.write(form, o)
	a.Left = a.Capacity
	a.Pending = append(a.Pending, s.activityLine(actor, "activity.created", a, nil))
	if err := s.Store.InsertActivity(ctx, a); err != nil {
		return nil, err
	}
	s.Relay.Nudge(activityRef(a.ID))
	return a, nil
}

// Update edits an activity as the actor saw it. Those signed up are told when time
// or place changed. It returns ErrInvalid, ErrActivityNotFound, ErrForbidden,
// ErrChanged, ErrSeatsTaken, ErrActivityCancelled and ErrActivityEnded.
func (s *Activities) Update(ctx context.Context, actor Actor, id string, form ActivityForm) (*Activity, error) {
	if err := form.check(); err != nil {
		return nil, err
	}
	a, err := s.run(ctx, actor, id, form.Version)
	if err != nil {
		return nil, err
	}
	o, err := s.Organizations.Store.Organization(ctx, form.OrganizationID)
	if err != nil {
		return nil, fieldNotFound(err, "organization_id")
	}
	if !actor.organizes(o) {
		return nil, ErrForbidden
	}
	before := *a
	if err := a.edit(form, o, s.Now()); err != nil {
		return nil, err
	}
	a.Pending = append(a.Pending, s.activityLine(actor, "activity.edited", a, nil))
	if what := a.movedSince(&before); what != "" && a.State == ActivityPublished {
		a.Pending = append(a.Pending, s.fanoutEntry(Fanout{Audience: AudienceRegistered, Of: a.ID, Notice: Notice{
			Kind: NoticeChanged, Title: "活动有变动", Path: "/activities/" + a.ID,
			Body:   fmt.Sprintf("您报名的“%s”%s有变动：%s，%s。", a.Title, what, WeChatTime(a.StartsAt), a.Place),
			Values: a.noticeValues(what + "有变动"),
		}}))
	}
	return a, s.save(ctx, a, a.Capacity-before.Capacity)
}

// Publish makes a draft visible to everyone, as the actor saw it. It returns
// ErrActivityNotFound, ErrForbidden, ErrChanged, ErrActivityCancelled and ErrActivityEnded.
func (s *Activities) Publish(ctx context.Context, actor Actor, id string, version int64) (*Activity, error) {
	a, err := s.run(ctx, actor, id, version)
	if err != nil {
		return nil, err
	}
	if a.State == ActivityPublished {
		return a, nil
	}
	if err := a.publish(s.Now()); err != nil {
		return nil, err
	}
	a.Pending = append(a.Pending, s.activityLine(actor, "activity.published", a, nil))
	return a, s.save(ctx, a, 0)
}

// Cancel calls an activity off, as the actor saw it; those signed up are told. It
// returns ErrInvalid without a reason, and the errors of Publish.
func (s *Activities) Cancel(ctx context.Context, actor Actor, id string, version int64, reason string) (*Activity, error) {
	if err := checkReason(&reason); err != nil {
		return nil, err
	}
	a, err := s.run(ctx, actor, id, version)
	if err != nil {
		return nil, err
	}
	wasPublished := a.State == ActivityPublished
	if err := a.cancel(reason, s.Now()); err != nil {
		return nil, err
	}
	a.Pending = append(a.Pending, s.activityLine(actor, "activity.cancelled", a, map[string]string{"reason": reason}))
	if wasPublished {
		a.Pending = append(a.Pending, s.fanoutEntry(Fanout{Audience: AudienceRegistered, Of: a.ID, Notice: Notice{
			Kind: NoticeCancelled, Title: "活动已取消", Path: "/activities/" + a.ID,
			Body:   fmt.Sprintf("您报名的“%s”已取消。原因：%s。", a.Title, reason),
			Values: a.noticeValues("活动已取消，点击查看原因"),
		}}))
	}
	return a, s.save(ctx, a, 0)
}

// run loads an activity that the actor runs, in the version that the actor saw.
func (s *Activities) run(ctx context.Context, actor Actor, id string, version int64) (*Activity, error) {
	a, err := s.See(ctx, &actor, id)
	if err != nil {
		return nil, err
	}
	if !a.MayOrganize(actor) {
		return nil, ErrForbidden
	}
	if a.Version != version {
		return nil, ErrChanged
	}
	return a, nil
}

func (s *Activities) save(ctx context.Context, a *Activity, moreSeats int64) error {
	if err := s.Store.SaveActivity(ctx, a, moreSeats); err != nil {
		return err
	}
	s.Relay.Nudge(activityRef(a.ID))
	return nil
}

func (a *Activity) edit(form ActivityForm, o *Organization, now time.Time) error {
	if a.State == ActivityCancelled {
		return ErrActivityCancelled
	}
	if a.State == ActivityPublished && !now.Before(a.EndsAt) {
		return ErrActivityEnded
	}
	if form.Capacity < a.Taken {
		return ErrSeatsTaken.say(fmt.Sprintf("已有 %d 人报名，名额不能少于这个数", a.Taken))
	}
	a.write(form, o)
	return nil
}

func (a *Activity) publish(now time.Time) error {
	if a.State == ActivityCancelled {
		return ErrActivityCancelled
	}
	if !now.Before(a.EndsAt) {
		return ErrActivityEnded
	}
	a.State, a.Published = ActivityPublished, true
	return nil
}

func (a *Activity) cancel(reason string, now time.Time) error {
	if a.State == ActivityCancelled {
		return ErrActivityCancelled
	}
	if a.State == ActivityPublished && !now.Before(a.EndsAt) {
		return ErrActivityEnded
	}
	a.State = ActivityCancelled
	a.CancelReason = reason
	return nil
}

func (a *Activity) write(f ActivityForm, o *Organization) {
	a.OrganizationID, a.ScopeIDs = o.ID, slices.Clone(o.Path)
	a.Type, a.Title, a.Place, a.Address = f.Type, f.Title, f.Place, f.Address
	a.Grams = grams(f.Title, f.Place)
	a.StartsAt, a.EndsAt, a.SignupOpensAt, a.SignupClosesAt = f.StartsAt, f.EndsAt, f.SignupOpensAt, f.SignupClosesAt
	a.Capacity, a.Description, a.Bring, a.Contact = f.Capacity, f.Description, f.Bring, f.Contact
}

// movedSince names what changed of that which people plan by.
func (a *Activity) movedSince(before *Activity) string {
	time := !a.StartsAt.Equal(before.StartsAt) || !a.EndsAt.Equal(before.EndsAt)
	place := a.Place != before.Place || a.Address != before.Address
	switch {
	case time && place:
		return "时间和地点"
	case time:
		return "时间"
	case place:
		return "地点"
	}
	return ""
}

func (a *Activity) noticeValues(note string) map[string]string {
	return map[string]string{"activity": a.Title, "time": WeChatTime(a.StartsAt), "place": a.Place, "note": note}
}

func (s *Activities) activityLine(actor Actor, verb string, a *Activity, detail map[string]string) OutboxEntry {
	return s.journalEntry(JournalLine{
		ActorID: actor.PersonID, Verb: verb, SubjectKind: "activity", SubjectID: a.ID, OrganizationID: a.OrganizationID, Detail: detail,
	})
}

func activityRef(id string) OutboxRef { return OutboxRef{"activities", id} }

// check cleans the form and says in plain words what is wrong with each field.
func (f *ActivityForm) check() error {
	var wrong fieldErrors
	f.Title, f.Place, f.Address = cleanText(f.Title), cleanText(f.Place), cleanText(f.Address)
	f.Bring, f.Contact = cleanText(f.Bring), cleanText(f.Contact)
	f.Description = strings.TrimSpace(f.Description)
	for _, t := range []struct {
		value, field, name string
		min, max           int
	}{
		{f.Title, "title", "活动名称", 2, 60},
		{f.Place, "place", "活动地点", 2, 60},
		{f.Address, "address", "详细地址", 0, 120},
		{f.Description, "description", "活动说明", 0, 5000},
		{f.Bring, "bring", "需携带物品", 0, 200},
		{f.Contact, "contact", "联系人及电话", 0, 60},
	} {
		switch n := utf8.RuneCountInString(t.value); {
		case n < t.min:
			wrong.add(t.field, fmt.Sprintf("请填写%s，至少 %d 个字", t.name, t.min))
		case n > t.max:
			wrong.add(t.field, fmt.Sprintf("%s最多 %d 个字", t.name, t.max))
		}
	}
	if !oneOf(Choices.ActivityTypes, f.Type) {
		wrong.add("type", "请选择活动类型")
	}
	if f.OrganizationID == "" {
		wrong.add("organization_id", "请选择主办组织")
	}
	if f.Capacity < 1 || f.Capacity > maxSeats {
		wrong.add("capacity", fmt.Sprintf("名额为 1 至 %d 的整数", maxSeats))
	}
	f.checkTimes(&wrong)
	return wrong.err()
}

func (f *ActivityForm) checkTimes(wrong *fieldErrors) {
	for _, t := range []*time.Time{&f.StartsAt, &f.EndsAt, &f.SignupOpensAt, &f.SignupClosesAt} {
		*t = t.UTC().Truncate(time.Millisecond)
	}
	if !f.StartsAt.Before(f.EndsAt) {
		wrong.add("ends_at", "结束时间应晚于开始时间")
	} else if f.EndsAt.Sub(f.StartsAt) > 366*24*time.Hour {
		wrong.add("ends_at", "活动最长一年")
	}
	if !f.SignupOpensAt.Before(f.SignupClosesAt) {
		wrong.add("signup_closes_at", "报名截止时间应晚于报名开始时间")
	}
	if f.SignupClosesAt.After(f.EndsAt) {
		wrong.add("signup_closes_at", "报名截止时间不能晚于活动结束时间")
	}
}
