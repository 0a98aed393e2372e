package service

import (
	"context"
	"time"
)

// Approve lets a pending registration pass, as the admin saw it. The result and an
// activation code go out with the same write. Errors: ErrVolunteerNotFound,
// ErrOwnReview, ErrDecided with who decided, ErrChanged when it was submitted anew.
func (s *Volunteers) Approve(ctx context.Context, actor Actor, id string, version int64) (*Volunteer, error) {
	return s.review(ctx, actor, id, version, Review{Approved: true})
}

// Reject sends a pending registration back with the reason, as the admin saw it.
// It returns ErrInvalid without a reason, and the errors of Approve.
func (s *Volunteers) Reject(ctx context.Context, actor Actor, id string, version int64, reason string) (*Volunteer, error) {
	if err := checkReason(&reason); err != nil {
		return nil, err
	}
	return s.review(ctx, actor, id, version, Review{Reason: reason})
}

func (s *Volunteers) review(ctx context.Context, actor Actor, id string, version int64, review Review) (*Volunteer, error) {
	v, err := s.See(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	organization, err := s.Organizations.Store.Organization(ctx, v.OrganizationID)
	if err != nil {
		return nil, err
	}
	if err := actor.mustManage(organization); err != nil {
		return nil, err
	}
	if v.ID == actor.PersonID {
		return nil, ErrOwnReview
	}
	review.ByID, review.At = actor.PersonID, s.Now()
	if review.ByName, err = s.NameOf(ctx, actor.PersonID); err != nil {
		return nil, err
	}
	if err := v.decide(review, version); err != nil {
		return nil, err
	}
	if review.Approved {
		err = s.tellApproved(actor, v, organization)
	} else {
		s.tellRejected(actor, v, organization)
	}
	if err != nil {
		return nil, err
	}
	if err := s.Store.SaveVolunteer(ctx, v); err != nil {
		if !isRefusal(err, ErrChanged) {
			return nil, err
		}
		return nil, s.whoDecided(ctx, id)
	}
	s.Relay.Nudge(volunteerRef(v.ID))
	return v, nil
}

// decide is the transition pending → approved or rejected.
func (v *Volunteer) decide(review Review, version int64) error {
	if v.State != VolunteerPending {
		return v.decided()
	}
	if v.Version != version {
		return ErrChanged
	}
	v.Review = &review
	v.State = VolunteerRejected
	if review.Approved {
		v.State = VolunteerApproved
	}
	return nil
}

// decided is the refusal that names who decided, when, and what.
func (v *Volunteer) decided() error {
	if v.Review == nil {
		return ErrDecided
	}
	result := "未通过"
	if v.Review.Approved {
		result = "已通过"
	}
	return ErrDecided.say("该申请已由" + v.Review.ByName + "于" + ShortTime(v.Review.At) + "处理：" + result).
		With(map[string]any{"by": v.Review.ByName, "at": v.Review.At.In(Shanghai).Format(time.RFC3339), "approved": v.Review.Approved})
}

// whoDecided explains why the save of a decision found another version.
func (s *Volunteers) whoDecided(ctx context.Context, id string) error {
	v, err := s.Store.Volunteer(ctx, id)
	if err != nil {
		return err
	}
	if v.State == VolunteerPending {
		return ErrChanged
	}
	return v.decided()
}

func (s *Volunteers) tellApproved(actor Actor, v *Volunteer, o *Organization) error {
	code, err := s.newActivationCode(v)
	if err != nil {
		return err
	}
	v.Pending = append(v.Pending,
		s.volunteerLine(actor, "volunteer.approved", v, nil),
		s.noticeEntry(Notice{
			PersonID: v.ID, Kind: NoticeApproved, Title: "注册审核通过",
			Body: "您已通过" + o.Name + "的审核，请用激活码激活。", Path: "/activate",
			Values: map[string]string{"name": v.Profile.Name, "organization": o.Name, "result": "审核通过", "time": WeChatTime(v.Review.At)},
		}),
		code,
	)
	return nil
}

func (s *Volunteers) tellRejected(actor Actor, v *Volunteer, o *Organization) {
	v.Pending = append(v.Pending,
		s.volunteerLine(actor, "volunteer.rejected", v, map[string]string{"reason": v.Review.Reason}),
		s.noticeEntry(Notice{
			PersonID: v.ID, Kind: NoticeRejected, Title: "注册审核未通过",
			Body: "原因：" + v.Review.Reason + "。请修改后重新提交。", Path: "/register",
			Values: map[string]string{"name": v.Profile.Name, "organization": o.Name, "result": "未通过", "time": WeChatTime(v.Review.At)},
		}),
	)
}

// NameOf is the masked name of someone who acts: a volunteer's, else 管理员.
func (s *Volunteers) NameOf(ctx context.Context, personID string) (string, error) {
	v, err := s.Store.Volunteer(ctx, personID)
	if isRefusal(err, ErrVolunteerNotFound) {
		return "管理员", nil
	}
	if err != nil {
		return "", err
	}
	return MaskName(v.Profile.Name), nil
}
