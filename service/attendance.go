package service

import (
	"context"
	"slices"
	"time"
)

// Attendance is one scan, good or bad, or its annulment (签到记录). Lines are only ever added.
type Attendance struct {
	ID             string    `bson:"_id"`
	ActivityID     string    `bson:"activity_id"`
	RegistrationID string    `bson:"registration_id"`
	VolunteerID    string    `bson:"volunteer_id"`
	Result         string    `bson:"result"` // checked_in, already, annulled, or the reason of a refusal
	Nonce          string    `bson:"nonce"`
	At             time.Time `bson:"at"`          // of the scan
	ReceivedAt     time.Time `bson:"received_at"` // by the server
	ByID           string    `bson:"by_id"`
}

// AttendanceStore keeps the scans.
type AttendanceStore interface {
	// InsertAttendance adds a line; one with the same id is success.
	InsertAttendance(ctx context.Context, a *Attendance) error
}

// CheckIn is the first good scan of a registration.
type CheckIn struct {
	At     time.Time `bson:"at"`
	ByID   string    `bson:"by_id"`
	ByName string    `bson:"by_name"` // masked
	Nonce  string    `bson:"nonce"`
}

// Scan is what an organiser's phone read.
type Scan struct {
	Code       string     // the token, or the URL that holds it
	Nonce      string     // made once for a scan: sent again, it is the same scan
	ActivityID string     // that the scan page is for; empty: whichever the code is for
	ScannedAt  *time.Time // by the phone's clock, when the scan had to wait for the network
}

// Scanned is whose code was scanned and what came of it.
type Scanned struct {
	Result       string // checked_in or already; empty when the code was only looked at
	Registration Registration
	Activity     Activity
	Name         string // masked
	Portrait     []byte // a small JPEG; nil when there is none
	Obstacle     error  // why checking in would be refused now
}

// How long before its start and after its end an activity takes check-ins, and how
// old a scan may be that had to wait for the network.
const (
	checkInBefore = 2 * time.Hour
	checkInAfter  = 2 * time.Hour
	scanMaxAge    = 48 * time.Hour
)

// Refusals of check-ins.
var (
	ErrNotOrganizer     = refuse(Forbidden, "check_in.not_organizer", "请出示给组织者")
	ErrWrongActivity    = refuse(Conflict, "check_in.wrong_activity", "这是其他活动的签到码")
	ErrCheckInCancelled = refuse(Conflict, "check_in.cancelled", "该志愿者已取消报名")
	ErrTooEarly         = refuse(Conflict, "check_in.too_early", "还没到签到时间")
	ErrTooLate          = refuse(Conflict, "check_in.too_late", "签到时间已过")
	ErrScanAnnulled     = refuse(Conflict, "check_in.annulled", "这次签到已撤销，请重新扫码")
	ErrUndoOther        = refuse(Conflict, "check_in.undo_other", "签到已变动，不能撤销")
)

// Attendances are the use cases of checking in.
type Attendances struct {
	Env
	Store         AttendanceStore
	Registrations *Registrations
	Activities    ActivityStore
	Volunteers    *Volunteers
	Photos        PhotoStore
	Relay         *Relay
}

// Look tells an organiser whose code this is; it checks nobody in. Errors:
// ErrCodeJunk, ErrCodeUnknown, and ErrNotOrganizer to everybody else.
func (s *Attendances) Look(ctx context.Context, actor Actor, code string) (*Scanned, error) {
	scanned, err := s.find(ctx, actor, Scan{Code: code})
	if err != nil {
		return nil, err
	}
	if scanned.Registration.CheckIn == nil {
		scanned.Obstacle = scanned.Registration.mayCheckIn(&scanned.Activity, s.Now())
	}
	return scanned, s.portray(ctx, scanned)
}

// CheckIn marks the volunteer as come. The same nonce again gives the same answer;
// another scan of the same code tells of the first. Errors: those of Look,
// ErrWrongActivity, ErrCheckInCancelled, ErrActivityCancelled, ErrTooEarly,
// ErrTooLate, ErrScanAnnulled. Refused scans are recorded too.
func (s *Attendances) CheckIn(ctx context.Context, actor Actor, scan Scan) (*Scanned, error) {
	at := s.scanTime(scan)
	for {
		scanned, err := s.find(ctx, actor, scan)
		if err != nil {
			return nil, s.recordRefusal(ctx, actor, scan, at, scanned, err)
		}
		r := &scanned.Registration
		name, err := s.Volunteers.NameOf(ctx, actor.PersonID)
		if err != nil {
			return nil, err
		}
		first, refusal := r.checkIn(CheckIn{At: at, ByID: actor.PersonID, ByName: name, Nonce: scan.Nonce}, &scanned.Activity)
		if refusal != nil {
			if err := s.portray(ctx, scanned); err != nil {
				return nil, err
			}
			return scanned, s.recordRefusal(ctx, actor, scan, at, scanned, refusal)
		}
		if !first {
			scanned.Result = "checked_in"
			if r.CheckIn.Nonce != scan.Nonce {
				scanned.Result = "already"
				if err := s.Store.InsertAttendance(ctx, s.line(actor, scan, at, scanned, "already")); err != nil {
					return nil, err
				}
			}
			return scanned, s.portray(ctx, scanned)
		}
		entry := s.entry()
		entry.Attendance = s.line(actor, scan, at, scanned, "checked_in")
		r.Pending = append(r.Pending, entry)
		err = s.Registrations.Store.SaveRegistration(ctx, r)
		if isRefusal(err, ErrChanged) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		s.Relay.Nudge(registrationRef(r.ID))
		scanned.Result = "checked_in"
		return scanned, s.portray(ctx, scanned)
	}
}

// Undo annuls a mistaken check-in: the scan's line stays, another says who annulled
// it. Again is the same answer. It returns ErrRegistrationNotFound, ErrNotOrganizer, ErrUndoOther.
func (s *Attendances) Undo(ctx context.Context, actor Actor, registrationID, nonce string) error {
	for {
		r, err := s.Registrations.Store.Registration(ctx, registrationID)
		if err != nil {
			return err
		}
		a, err := s.Activities.Activity(ctx, r.ActivityID)
		if err != nil {
			return err
		}
		if !a.MayOrganize(actor) {
			return ErrNotOrganizer
		}
		done, err := r.annul(nonce)
		if done || err != nil {
			return err
		}
		entry := s.entry()
		entry.Attendance = s.line(actor, Scan{Nonce: nonce}, s.Now(), &Scanned{Registration: *r}, "annulled")
		r.Pending = append(r.Pending, entry)
		err = s.Registrations.Store.SaveRegistration(ctx, r)
		if isRefusal(err, ErrChanged) && ctx.Err() == nil {
			continue
		}
		if err == nil {
			s.Relay.Nudge(registrationRef(r.ID))
		}
		return err
	}
}

// find reads the code and holds it against what the actor may know.
func (s *Attendances) find(ctx context.Context, actor Actor, scan Scan) (*Scanned, error) {
	token, err := s.Registrations.readCode(scan.Code)
	if err != nil {
		return nil, err
	}
	r, err := s.Registrations.Store.RegistrationByCode(ctx, token)
	if isRefusal(err, ErrRegistrationNotFound) {
		return nil, ErrCodeUnknown
	}
	if err != nil {
		return nil, err
	}
	a, err := s.Activities.Activity(ctx, r.ActivityID)
	if err != nil {
		return nil, err
	}
	scanned := &Scanned{Registration: *r, Activity: *a}
	if scan.ActivityID != "" && scan.ActivityID != r.ActivityID {
		wanted, err := s.Activities.Activity(ctx, scan.ActivityID)
		if err != nil {
			return nil, err
		}
		if wanted.MayOrganize(actor) {
			return scanned, ErrWrongActivity.say("这是“" + a.Title + "”的签到码").With(map[string]any{"activity_title": a.Title})
		}
	}
	if !a.MayOrganize(actor) {
		return nil, ErrNotOrganizer
	}
	return scanned, nil
}

// checkIn is the transition confirmed → checked in. first is false when it has been done before.
func (r *Registration) checkIn(c CheckIn, a *Activity) (first bool, refusal error) {
	if slices.Contains(r.Annulled, c.Nonce) {
		return false, ErrScanAnnulled
	}
	if r.CheckIn != nil {
		return false, nil
	}
	if err := r.mayCheckIn(a, c.At); err != nil {
		return false, err
	}
	r.CheckIn = &c
	return true, nil
}

func (r *Registration) mayCheckIn(a *Activity, at time.Time) error {
	opens, closes := a.StartsAt.Add(-checkInBefore), a.EndsAt.Add(checkInAfter)
	switch {
	case r.State == RegistrationCancelled:
		return ErrCheckInCancelled
	case a.State != ActivityPublished:
		return ErrActivityCancelled
	case at.Before(opens):
		return ErrTooEarly.say("还没到签到时间，" + ShortTime(opens) + "开始签到").With(map[string]any{"opens_at": opens.In(Shanghai).Format(time.RFC3339)})
	case at.After(closes):
		return ErrTooLate.say("签到时间已过，" + ShortTime(closes) + "截止").With(map[string]any{"closed_at": closes.In(Shanghai).Format(time.RFC3339)})
	}
	return nil
}

// annul is the transition checked in → not. done says that it was done before.
func (r *Registration) annul(nonce string) (done bool, refusal error) {
	if slices.Contains(r.Annulled, nonce) {
		return true, nil
	}
	if r.CheckIn == nil || r.CheckIn.Nonce != nonce {
		return false, ErrUndoOther
	}
	r.CheckIn = nil
	r.Annulled = append(r.Annulled, nonce)
	return false, nil
}

// scanTime believes the phone's clock for a scan that waited for the network, as
// far as it is possible: not in the future, and not older than two days.
func (s *Attendances) scanTime(scan Scan) time.Time {
	now := s.Now()
	if scan.ScannedAt == nil || scan.ScannedAt.After(now) || now.Sub(*scan.ScannedAt) > scanMaxAge {
		return now
	}
	return scan.ScannedAt.UTC().Truncate(time.Millisecond)
}

func (s *Attendances) line(actor Actor, scan Scan, at time.Time, scanned *Scanned, result string) *Attendance {
	line := &Attendance{
		ID: derivedID("attendance", actor.PersonID, scan.Nonce, result), ActivityID: scan.ActivityID,
		Result: result, Nonce: scan.Nonce, At: at, ReceivedAt: s.Now(), ByID: actor.PersonID,
	}
	if scanned != nil {
		line.ActivityID = scanned.Registration.ActivityID
		line.RegistrationID, line.VolunteerID = scanned.Registration.ID, scanned.Registration.VolunteerID
	}
	return line
}

// recordRefusal keeps a refused scan of someone who may scan, and returns the refusal.
func (s *Attendances) recordRefusal(ctx context.Context, actor Actor, scan Scan, at time.Time, scanned *Scanned, refusal error) error {
	var e *Error
	if scanned == nil || !asRefusal(refusal, &e) {
		return refusal
	}
	if err := s.Store.InsertAttendance(ctx, s.line(actor, scan, at, scanned, e.Reason)); err != nil {
		return err
	}
	return refusal
}

// portray adds the masked name and the portrait that the organiser compares with who stands there.
func (s *Attendances) portray(ctx context.Context, scanned *Scanned) error {
	v, err := s.Volunteers.Store.Volunteer(ctx, scanned.Registration.VolunteerID)
	if err != nil {
		return err
	}
	scanned.Name = MaskName(v.Profile.Name)
	photo, err := s.Photos.Photo(ctx, v.Profile.PhotoID)
	if isRefusal(err, ErrPhotoNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	scanned.Portrait = photo.Small
	return nil
}
