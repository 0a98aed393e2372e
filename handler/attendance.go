package handler

import (
	"context"
	"errors"
	"maps"
	"time"

	"kezhi/service"
)

type checkInCodeView struct {
	RegistrationID string `json:"registration_id"`
	ActivityID     string `json:"activity_id"`
	ActivityTitle  string `json:"activity_title"`
	Name           string `json:"name"`
	Photo          string `json:"photo,omitempty"`
	CheckedInAt    string `json:"checked_in_at,omitempty"`
	CheckedInBy    string `json:"checked_in_by,omitempty"`
	Obstacle       string `json:"obstacle,omitempty"`
}

// getCheckInCode tells an organiser whose code this is; it checks nobody in.
func (s *server) getCheckInCode(ctx context.Context, c call) (any, error) {
	scanned, err := s.Services.Attendances.Look(ctx, c.actor, c.token())
	if err != nil {
		return nil, err
	}
	view := checkInCodeView{
		RegistrationID: scanned.Registration.ID, ActivityID: scanned.Activity.ID, ActivityTitle: scanned.Activity.Title,
		Name: scanned.Name, Photo: dataURI(scanned.Portrait),
	}
	if done := scanned.Registration.CheckIn; done != nil {
		view.CheckedInAt, view.CheckedInBy = chinaTime(done.At), done.ByName
	}
	if obstacle, is := errors.AsType[*service.Error](scanned.Obstacle); is {
		view.Obstacle = obstacle.Message
	}
	return view, nil
}

type checkInForm struct {
	Code       string     `json:"code" binding:"max=300"`
	Nonce      string     `json:"nonce" binding:"min=22,max=64"`
	ActivityID string     `json:"activity_id,omitempty" binding:"max=80"`
	ScannedAt  *time.Time `json:"scanned_at,omitempty"`
}

type checkInView struct {
	Result         string `json:"result"`
	RegistrationID string `json:"registration_id"`
	ActivityID     string `json:"activity_id"`
	ActivityTitle  string `json:"activity_title"`
	Name           string `json:"name"`
	Photo          string `json:"photo,omitempty"`
	At             string `json:"at"`
	By             string `json:"by"`
}

// checkIn checks a volunteer in by their code.
func (s *server) checkIn(ctx context.Context, c call, form checkInForm) (any, error) {
	scanned, err := s.Services.Attendances.CheckIn(ctx, c.actor, service.Scan{
		Code: form.Code, Nonce: form.Nonce, ActivityID: form.ActivityID, ScannedAt: form.ScannedAt,
	})
	if err != nil {
		return nil, whoWasRefused(err, scanned)
	}
	done := scanned.Registration.CheckIn
	return checkInView{
		Result: scanned.Result, RegistrationID: scanned.Registration.ID, ActivityID: scanned.Activity.ID,
		ActivityTitle: scanned.Activity.Title, Name: scanned.Name, Photo: dataURI(scanned.Portrait),
		At: chinaTime(done.At), By: done.ByName,
	}, nil
}

// whoWasRefused adds to a refusal whom the code is of, where service told it: the
// organiser has that person before them.
func whoWasRefused(err error, scanned *service.Scanned) error {
	refusal, is := errors.AsType[*service.Error](err)
	if scanned == nil || !is {
		return err
	}
	detail := map[string]any{"name": scanned.Name, "activity_title": scanned.Activity.Title}
	if photo := dataURI(scanned.Portrait); photo != "" {
		detail["photo"] = photo
	}
	maps.Copy(detail, refusal.Detail)
	return refusal.With(detail)
}

type undoForm struct {
	RegistrationID string `json:"registration_id" binding:"max=80"`
	Nonce          string `json:"nonce" binding:"min=22,max=64"`
}

// undoCheckIn annuls a mistaken check-in.
func (s *server) undoCheckIn(ctx context.Context, c call, form undoForm) (any, error) {
	return nil, s.Services.Attendances.Undo(ctx, c.actor, form.RegistrationID, form.Nonce)
}
