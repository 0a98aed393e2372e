package service

import (
	"context"
	"time"
)

// SignUp takes a seat for the actor. Someone who has one gets the same answer again.
// Errors: ErrNotRegistered and ErrNotActive to those who may not yet, ErrActivityNotFound,
// ErrActivityFull, ErrSignupNotYet, ErrSignupClosed, ErrActivityCancelled, ErrActivityEnded.
//
// The seat is taken by one guarded write on the activity, which also records for
// whom; the registration follows. Whatever cuts the two apart, the sweep settles the record.
func (s *Registrations) SignUp(ctx context.Context, actor Actor, activityID string) (*SignedUp, error) {
	v, err := s.Volunteers.Volunteer(ctx, actor.PersonID)
	if isRefusal(err, ErrVolunteerNotFound) {
		return nil, ErrNotRegistered
	}
	if err != nil {
		return nil, err
	}
	if err := v.mustBeActive(); err != nil {
		return nil, err
	}
	defer s.lanes.enter(RegistrationID(activityID, v.ID))()
	a, err := s.Activities.Activity(ctx, activityID)
	if err != nil {
		return nil, err
	}
	if !a.Published {
		return nil, ErrActivityNotFound
	}
	r, err := s.Store.Registration(ctx, RegistrationID(a.ID, v.ID))
	if err == nil && r.State == RegistrationConfirmed {
		return &SignedUp{*r, *a}, nil
	}
	if err != nil && !isRefusal(err, ErrRegistrationNotFound) {
		return nil, err
	}
	if err := a.mustBeOpen(s.Now()); err != nil {
		return nil, err
	}
	entry := s.entry()
	entry.Seat = &SeatTake{VolunteerID: v.ID, Name: v.Profile.Name, Code: s.newCode()}
	if err := s.Activities.TakeSeat(ctx, a.ID, &entry, entry.At); err != nil {
		if !isRefusal(err, ErrNoSeat) {
			return nil, err
		}
		return nil, s.whyNoSeat(ctx, a.ID)
	}
	// From here on the seat is this volunteer's: a phone that hangs up must not stop the record.
	r, err = s.settle(context.WithoutCancel(ctx), a, &entry)
	if err != nil {
		return nil, err
	}
	s.Relay.done(activityRef(a.ID), entry.ID, s.signedUpNotice(a, &entry))
	return &SignedUp{*r, *a}, nil
}

// whyNoSeat looks again at the activity that gave no seat.
func (s *Registrations) whyNoSeat(ctx context.Context, activityID string) error {
	a, err := s.Activities.Activity(ctx, activityID)
	if err != nil {
		return err
	}
	if err := a.mustBeOpen(s.Now()); err != nil {
		return err
	}
	return ErrActivityFull
}

// settle makes sure that a registration stands for the seat taken, or gives the
// seat back when the volunteer holds another one or has since cancelled. Doing it again changes nothing.
func (s *Registrations) settle(ctx context.Context, a *Activity, entry *OutboxEntry) (*Registration, error) {
	fresh := &Registration{ID: RegistrationID(a.ID, entry.Seat.VolunteerID), ActivityID: a.ID, VolunteerID: entry.Seat.VolunteerID}
	s.confirm(fresh, a, entry)
	err := s.Store.InsertRegistration(ctx, fresh)
	for isRefusal(err, ErrChanged) {
		var r *Registration
		if r, err = s.Store.Registration(ctx, fresh.ID); err != nil {
			return nil, err
		}
		if r.SeatID == entry.ID {
			return r, nil
		}
		if r.State == RegistrationConfirmed || r.CancelledAt != nil && r.CancelledAt.After(entry.At) {
			return r, s.Activities.GiveBackSeat(ctx, a.ID, entry.ID)
		}
		s.confirm(r, a, entry)
		fresh, err = r, s.Store.SaveRegistration(ctx, r)
	}
	return fresh, err
}

// confirm is the transition nothing or cancelled → confirmed.
func (s *Registrations) confirm(r *Registration, a *Activity, entry *OutboxEntry) {
	r.State = RegistrationConfirmed
	r.SeatID, r.Code = entry.ID, entry.Seat.Code
	r.StartsAt, r.SignedUpAt = a.StartsAt, entry.At
	r.CancelledAt, r.CheckIn = nil, nil
}

// signedUpNotice is the message that belongs to a seat. Its id follows from the
// seat, so that settling twice tells once.
func (s *Registrations) signedUpNotice(a *Activity, entry *OutboxEntry) *Notice {
	return &Notice{
		ID: derivedID("signed_up", entry.ID), PersonID: entry.Seat.VolunteerID, Kind: NoticeSignedUp, State: NoticeQueued,
		CreatedAt: entry.At, NextAt: entry.At, Title: "报名成功",
		Body:   "您已报名“" + a.Title + "”，" + WeChatTime(a.StartsAt) + "，" + a.Place + "。",
		Path:   "/registrations/" + RegistrationID(a.ID, entry.Seat.VolunteerID),
		Values: map[string]string{"activity": a.Title, "time": WeChatTime(a.StartsAt), "place": a.Place, "name": entry.Seat.Name},
	}
}

// cancelsHourly bounds how often one person may block a seat and let it go.
const cancelsHourly = 20

// Cancel gives the actor's seat back. Again is the same answer. It returns
// ErrRegistrationNotFound, ErrCancelTooLate, ErrCheckedIn and ErrRateLimited.
func (s *Registrations) Cancel(ctx context.Context, actor Actor, activityID string) (*SignedUp, error) {
	if err := s.Limiter.Allow(ctx, "cancel:"+actor.PersonID, cancelsHourly, time.Hour); err != nil {
		return nil, err
	}
	defer s.lanes.enter(RegistrationID(activityID, actor.PersonID))()
	for {
		signed, err := s.Own(ctx, actor, RegistrationID(activityID, actor.PersonID))
		if err != nil {
			return nil, err
		}
		r := &signed.Registration
		if r.State == RegistrationCancelled {
			return signed, nil
		}
		if err := r.cancel(&signed.Activity, s.Now()); err != nil {
			return nil, err
		}
		// Once the registration is cancelled, a record of its seat that were still there
		// would be taken for a second seat. So the record goes first.
		if err := s.Relay.Outbox.Pull(ctx, activityRef(activityID), []string{r.SeatID}); err != nil {
			return nil, err
		}
		entry := s.entry()
		entry.Release = &SeatReturn{ActivityID: activityID, RegistrationID: r.ID}
		r.Pending = append(r.Pending, entry)
		err = s.Store.SaveRegistration(ctx, r)
		if isRefusal(err, ErrChanged) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.Relay.Nudge(registrationRef(r.ID))
		return signed, nil
	}
}

// cancel is the transition confirmed → cancelled.
func (r *Registration) cancel(a *Activity, now time.Time) error {
	if r.CheckIn != nil {
		return ErrCheckedIn
	}
	if a.State == ActivityPublished && !now.Before(a.StartsAt) {
		return ErrCancelTooLate
	}
	r.State = RegistrationCancelled
	r.CancelledAt = &now
	return nil
}
