package service

import (
	"errors"
	"testing"
	"time"
)

var noon = time.Date(2026, 5, 1, 4, 0, 0, 0, time.UTC) // 12:00 in China

func TestVolunteerStatesAndVerbs(t *testing.T) {
	t.Parallel()
	submit := func(v *Volunteer) error { return v.submit(Profile{}, &Organization{Path: []string{"o"}}, noon) }
	approve := func(v *Volunteer) error { return v.decide(Review{Approved: true, At: noon}, v.Version) }
	reject := func(v *Volunteer) error { return v.decide(Review{Reason: "照片不清楚", At: noon}, v.Version) }
	approveStale := func(v *Volunteer) error { return v.decide(Review{Approved: true, At: noon}, v.Version-1) }
	activate := func(v *Volunteer) error { return v.activate(true, noon) }
	activateWrong := func(v *Volunteer) error { return v.activate(false, noon) }
	resend := func(v *Volunteer) error { return v.mayResend(noon) }
	for _, row := range []struct {
		from VolunteerState
		verb string
		do   func(*Volunteer) error
		want VolunteerState
		err  error
	}{
		{"", "submit", submit, VolunteerPending, nil},
		{VolunteerRejected, "submit", submit, VolunteerPending, nil},
		{VolunteerPending, "submit", submit, VolunteerPending, ErrAlreadySubmitted},
		{VolunteerApproved, "submit", submit, VolunteerApproved, ErrAlreadySubmitted},
		{VolunteerActive, "submit", submit, VolunteerActive, ErrAlreadySubmitted},

		{VolunteerPending, "approve", approve, VolunteerApproved, nil},
		{VolunteerPending, "approve as seen before", approveStale, VolunteerPending, ErrChanged},
		{VolunteerRejected, "approve", approve, VolunteerRejected, ErrDecided},
		{VolunteerApproved, "approve", approve, VolunteerApproved, ErrDecided},
		{VolunteerActive, "approve", approve, VolunteerActive, ErrDecided},

		{VolunteerPending, "reject", reject, VolunteerRejected, nil},
		{VolunteerRejected, "reject", reject, VolunteerRejected, ErrDecided},
		{VolunteerApproved, "reject", reject, VolunteerApproved, ErrDecided},
		{VolunteerActive, "reject", reject, VolunteerActive, ErrDecided},

		{VolunteerPending, "activate", activate, VolunteerPending, ErrNotApproved},
		{VolunteerRejected, "activate", activate, VolunteerRejected, ErrNotApproved},
		{VolunteerApproved, "activate", activate, VolunteerActive, nil},
		{VolunteerApproved, "activate with a wrong code", activateWrong, VolunteerApproved, ErrActivationWrong},
		{VolunteerActive, "activate", activate, VolunteerActive, ErrAlreadyActive},

		{VolunteerPending, "resend", resend, VolunteerPending, ErrNotApproved},
		{VolunteerRejected, "resend", resend, VolunteerRejected, ErrNotApproved},
		{VolunteerApproved, "resend", resend, VolunteerApproved, nil},
		{VolunteerActive, "resend", resend, VolunteerActive, ErrAlreadyActive},
	} {
		v := &Volunteer{State: row.from, Version: 3}
		if row.from != "" && row.from != VolunteerPending {
			v.Review = &Review{At: noon, ByName: "周*"}
		}
		if row.from == VolunteerApproved {
			v.Activation = &Activation{SentAt: noon.Add(-time.Hour), ExpiresAt: noon.Add(time.Hour)}
		}
		err := row.do(v)
		if !errors.Is(err, row.err) || v.State != row.want {
			t.Errorf("%s from %q: got %q, %v; want %q, %v", row.verb, row.from, v.State, err, row.want, row.err)
		}
	}
}

func TestActivationCodeEnds(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		activation *Activation
		want       error
		left       int
	}{
		"in time":                {&Activation{ExpiresAt: noon.Add(time.Millisecond)}, nil, 0},
		"expired":                {&Activation{ExpiresAt: noon}, ErrActivationVoid, activationTries},
		"after five wrong tries": {&Activation{ExpiresAt: noon.Add(time.Hour), Tries: activationTries}, ErrActivationVoid, 0},
		"never sent":             {nil, ErrActivationVoid, 0},
	} {
		v := &Volunteer{State: VolunteerApproved, Activation: row.activation}
		if err := v.activate(true, noon); !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", name, err, row.want)
		}
	}
	v := &Volunteer{State: VolunteerApproved, Activation: &Activation{ExpiresAt: noon.Add(time.Hour)}}
	for left := activationTries - 1; left >= 0; left-- {
		var e *Error
		if err := v.activate(false, noon); !errors.As(err, &e) || e.Detail["tries_left"] != left {
			t.Errorf("a wrong try: got %v, want %d tries left", err, left)
		}
	}
	if err := v.activate(true, noon); !errors.Is(err, ErrActivationVoid) {
		t.Errorf("the right code after the tries are used up: got %v, want %v", err, ErrActivationVoid)
	}
}

func TestActivityStatesAndVerbs(t *testing.T) {
	t.Parallel()
	publish := func(a *Activity, at time.Time) error { return a.publish(at) }
	cancel := func(a *Activity, at time.Time) error { return a.cancel("台风", at) }
	edit := func(a *Activity, at time.Time) error {
		return a.edit(ActivityForm{Capacity: 5}, &Organization{}, at)
	}
	during, after := noon.Add(time.Hour), noon.Add(3*time.Hour)
	for _, row := range []struct {
		from ActivityState
		verb string
		do   func(*Activity, time.Time) error
		at   time.Time
		want ActivityState
		err  error
	}{
		{ActivityDraft, "publish", publish, noon, ActivityPublished, nil},
		{ActivityDraft, "publish after its end", publish, after, ActivityDraft, ErrActivityEnded},
		{ActivityCancelled, "publish", publish, noon, ActivityCancelled, ErrActivityCancelled},
		{ActivityDraft, "cancel", cancel, after, ActivityCancelled, nil},
		{ActivityPublished, "cancel", cancel, during, ActivityCancelled, nil},
		{ActivityPublished, "cancel after its end", cancel, after, ActivityPublished, ErrActivityEnded},
		{ActivityCancelled, "cancel", cancel, noon, ActivityCancelled, ErrActivityCancelled},
		{ActivityDraft, "edit", edit, noon, ActivityDraft, nil},
		{ActivityPublished, "edit", edit, during, ActivityPublished, nil},
		{ActivityPublished, "edit after its end", edit, after, ActivityPublished, ErrActivityEnded},
		{ActivityCancelled, "edit", edit, noon, ActivityCancelled, ErrActivityCancelled},
	} {
		a := &Activity{State: row.from, StartsAt: noon, EndsAt: noon.Add(2 * time.Hour)}
		if err := row.do(a, row.at); !errors.Is(err, row.err) || a.State != row.want {
			t.Errorf("%s from %s: got %s, %v; want %s, %v", row.verb, row.from, a.State, err, row.want, row.err)
		}
	}
	a := &Activity{State: ActivityPublished, EndsAt: after, Taken: 6}
	if err := edit(a, noon); !errors.Is(err, ErrSeatsTaken) {
		t.Errorf("fewer seats than are taken: got %v, want %v", err, ErrSeatsTaken)
	}
}

func TestSignupByTheClock(t *testing.T) {
	t.Parallel()
	open := Activity{
		State: ActivityPublished, SignupOpensAt: noon, SignupClosesAt: noon.Add(time.Hour),
		StartsAt: noon.Add(2 * time.Hour), EndsAt: noon.Add(3 * time.Hour), Left: 1,
	}
	for _, row := range []struct {
		name   string
		change func(*Activity)
		at     time.Time
		want   SignupState
		err    error
	}{
		{"open", nil, noon, SignupOpen, nil},
		{"a moment too early", nil, noon.Add(-time.Millisecond), SignupNotYet, ErrSignupNotYet},
		{"the last moment", nil, noon.Add(time.Hour - time.Millisecond), SignupOpen, nil},
		{"closed", nil, noon.Add(time.Hour), SignupClosed, ErrSignupClosed},
		{"ended", nil, noon.Add(3 * time.Hour), SignupEnded, ErrActivityEnded},
		{"full", func(a *Activity) { a.Left = 0 }, noon, SignupFull, ErrActivityFull},
		{"draft", func(a *Activity) { a.State = ActivityDraft }, noon, SignupDraft, ErrActivityDraft},
		{"cancelled", func(a *Activity) { a.State = ActivityCancelled }, noon, SignupCancelled, ErrActivityCancelled},
	} {
		a := open
		if row.change != nil {
			row.change(&a)
		}
		if got := a.Signup(row.at); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		if err := a.mustBeOpen(row.at); !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, want %v", row.name, err, row.err)
		}
	}
}

func TestRegistrationStatesAndVerbs(t *testing.T) {
	t.Parallel()
	activity := &Activity{State: ActivityPublished, StartsAt: noon, EndsAt: noon.Add(2 * time.Hour)}
	off := &Activity{State: ActivityCancelled, StartsAt: noon, EndsAt: noon.Add(2 * time.Hour)}
	checkedIn := &CheckIn{Nonce: "first"}
	for _, row := range []struct {
		name string
		r    Registration
		do   func(*Registration) error
		err  error
	}{
		{"cancel before the start", Registration{State: RegistrationConfirmed}, func(r *Registration) error { return r.cancel(activity, noon.Add(-time.Hour)) }, nil},
		{"cancel after the start", Registration{State: RegistrationConfirmed}, func(r *Registration) error { return r.cancel(activity, noon) }, ErrCancelTooLate},
		{"cancel for an activity called off", Registration{State: RegistrationConfirmed}, func(r *Registration) error { return r.cancel(off, noon) }, nil},
		{"cancel after checking in", Registration{State: RegistrationConfirmed, CheckIn: checkedIn}, func(r *Registration) error { return r.cancel(activity, noon.Add(-time.Hour)) }, ErrCheckedIn},

		{"check in", Registration{State: RegistrationConfirmed}, checkInAt(activity, noon), nil},
		{"check in as it opens", Registration{State: RegistrationConfirmed}, checkInAt(activity, noon.Add(-checkInBefore)), nil},
		{"check in too early", Registration{State: RegistrationConfirmed}, checkInAt(activity, noon.Add(-checkInBefore-time.Millisecond)), ErrTooEarly},
		{"check in as it closes", Registration{State: RegistrationConfirmed}, checkInAt(activity, activity.EndsAt.Add(checkInAfter)), nil},
		{"check in too late", Registration{State: RegistrationConfirmed}, checkInAt(activity, activity.EndsAt.Add(checkInAfter+time.Millisecond)), ErrTooLate},
		{"check in a cancelled sign-up", Registration{State: RegistrationCancelled}, checkInAt(activity, noon), ErrCheckInCancelled},
		{"check in for an activity called off", Registration{State: RegistrationConfirmed}, checkInAt(off, noon), ErrActivityCancelled},
		{"check in again", Registration{State: RegistrationConfirmed, CheckIn: checkedIn}, checkInAt(activity, noon), nil},
		{"check in with an undone scan", Registration{State: RegistrationConfirmed, Annulled: []string{"nonce"}}, checkInAt(activity, noon), ErrScanAnnulled},

		{"undo", Registration{CheckIn: checkedIn}, undo("first"), nil},
		{"undo another scan", Registration{CheckIn: checkedIn}, undo("second"), ErrUndoOther},
		{"undo what never was", Registration{}, undo("first"), ErrUndoOther},
		{"undo again", Registration{Annulled: []string{"first"}}, undo("first"), nil},
	} {
		if err := row.do(&row.r); !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, want %v", row.name, err, row.err)
		}
	}
}

func checkInAt(a *Activity, at time.Time) func(*Registration) error {
	return func(r *Registration) error {
		before := r.CheckIn
		first, err := r.checkIn(CheckIn{At: at, Nonce: "nonce"}, a)
		if before != nil && (first || r.CheckIn != before) {
			return errors.New("the first check-in was overwritten")
		}
		return err
	}
}

func undo(nonce string) func(*Registration) error {
	return func(r *Registration) error {
		_, err := r.annul(nonce)
		return err
	}
}

func TestNoticeAfterAFailedSending(t *testing.T) {
	t.Parallel()
	justNow, longAgo := noon.Add(-time.Second), noon.Add(-sendWindow+time.Second)
	for _, row := range []struct {
		name     string
		class    SendClass
		attempts int
		first    time.Time
		want     NoticeState
		window   bool // the client_msg_id's window goes on
	}{
		{"not following", SendNotFollowing, 1, justNow, NoticeWaiting, false},
		{"refused for now", SendRetry, 1, justNow, NoticeQueued, true},
		{"refused too often", SendRetry, sendAttempts, justNow, NoticeFailed, true},
		{"answer lost", SendUnknown, 1, justNow, NoticeQueued, true},
		{"answer lost, window closing", SendUnknown, 5, longAgo, NoticeUnknown, true},
		{"quota used up", SendTomorrow, 1, justNow, NoticeQueued, false},
		{"blocked", SendPerson, 1, justNow, NoticeFailed, true},
		{"our bug", SendBug, 1, justNow, NoticeFailed, true},
		{"configuration", SendConfiguration, 1, justNow, NoticeFailed, true},
	} {
		n := &Notice{State: NoticeSending, Attempts: row.attempts, FirstTryAt: &row.first, Secret: []byte("sealed")}
		n.settle(&SendError{Class: row.class, Text: "why"}, noon)
		if n.State != row.want || (n.FirstTryAt != nil) != row.window {
			t.Errorf("%s: got %s, window %v; want %s, window %v", row.name, n.State, n.FirstTryAt, row.want, row.window)
		}
		if final := row.want == NoticeFailed || row.want == NoticeUnknown; final != (n.Secret == nil) {
			t.Errorf("%s: the secret must go when, and only when, nothing more happens", row.name)
		}
		if row.class == SendTomorrow && !n.NextAt.After(time.Date(2026, 5, 2, 0, 0, 0, 0, Shanghai)) {
			t.Errorf("%s: next at %v, want tomorrow", row.name, n.NextAt)
		}
	}
}

func TestNationalID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"11010519491231002X":    nil, // the standard's own example
		"11010519491231002x":    nil,
		"110105 1949 1231 002X": nil,
		"440524188001010014":    errNationalIDBirth, // the standard's other example: too old for us
		"110105194912310021":    errNationalIDCheckSum,
		"110105194913310021":    errNationalIDBirth,
		"110105202702290021":    errNationalIDBirth,
		"000105194912310021":    errNationalIDRegion,
		"1101051949123100":      errNationalIDLength,
		"1101051949123100２X":    errNationalIDLength, // full-width
		"11010519491231A02X":    errNationalIDDigits,
		"11010519491231002Y":    errNationalIDDigits,
		"":                      errNationalIDLength,
	} {
		id, err := ParseNationalID(text, noon)
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", text, err, want)
		}
		if err == nil && (id.Birth.Format(time.DateOnly) != "1949-12-31" || id.Sex != "女" || id.Number != "11010519491231002X") {
			t.Errorf("%q: got %+v", text, id)
		}
	}
}

func TestOwnPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/me": "/me", "/activities?type=%E5%85%B6": "/activities?type=%E5%85%B6", "": "/", "me": "/",
		"//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/", "/a\nb": "/",
	} {
		if got := ownPath(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestMasks(t *testing.T) {
	t.Parallel()
	if got := MaskName("张三"); got != "张*" {
		t.Errorf("name: got %s", got)
	}
	if got := maskMiddle("13812345678", 3); got != "138****5678" {
		t.Errorf("phone: got %s", got)
	}
	if got := maskMiddle("330681199001011234", 4); got != "3306**********1234" {
		t.Errorf("national id: got %s", got)
	}
}
