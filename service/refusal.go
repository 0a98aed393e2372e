package service

import (
	"errors"
	"time"
)

// Kind is the sort of a refusal; handler turns it into an HTTP status.
type Kind string

// The kinds of refusal.
const (
	Invalid         Kind = "invalid"         // the request is wrong; Fields tells where
	Unauthenticated Kind = "unauthenticated" // log in first
	Forbidden       Kind = "forbidden"       // visible, but not entitled
	NotFound        Kind = "not_found"       // not there, or not visible to this actor
	Conflict        Kind = "conflict"        // the state of things forbids it
	RateLimited     Kind = "rate_limited"    // too often
	Unavailable     Kind = "unavailable"     // something that we need does not answer; try again
	Internal        Kind = "internal"        // our fault
)

// Error is a refusal with two faces: Reason is stable and for programs, Message
// is Chinese and for people.
type Error struct {
	Kind    Kind
	Reason  string // noun.what, stable
	Message string
	Fields  []FieldError
	Retry   time.Duration  // RateLimited and Unavailable: when to try again
	Detail  map[string]any // facts that a client may show beside the message, by JSON names
	cause   error
}

// FieldError says what is wrong with one field of the request.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Reason + ": " + e.cause.Error()
	}
	return e.Reason
}

func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare refusals by reason, so that a refusal that carries
// details still is the variable beside its noun.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Reason == e.Reason
}

// With returns the refusal with facts for the client to show.
func (e *Error) With(detail map[string]any) *Error {
	c := *e
	c.Detail = detail
	return &c
}

// Because returns the refusal with its cause, for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// After returns the refusal with the time to wait before trying again.
func (e *Error) After(wait time.Duration) *Error {
	c := *e
	c.Retry = wait
	return &c
}

func (e *Error) say(message string) *Error {
	c := *e
	c.Message = message
	return &c
}

func refuse(kind Kind, reason, message string) *Error {
	return &Error{Kind: kind, Reason: reason, Message: message}
}

// Refusals that belong to no one noun.
var (
	ErrInvalid     = refuse(Invalid, "invalid", "请检查填写的内容")
	ErrForbidden   = refuse(Forbidden, "forbidden", "您没有权限进行此操作")
	ErrNotFound    = refuse(NotFound, "not_found", "内容不存在或已被移除")
	ErrChanged     = refuse(Conflict, "changed", "内容已被他人更新，请刷新后再试")
	ErrRateLimited = refuse(RateLimited, "rate_limited", "操作太频繁，请稍后再试")
	ErrUnavailable = refuse(Unavailable, "unavailable", "系统繁忙，请稍后再试")
)

// fieldErrors gathers what is wrong field by field.
type fieldErrors []FieldError

func (f *fieldErrors) add(field, message string) {
	*f = append(*f, FieldError{Field: field, Message: message})
}

func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	e := ErrInvalid.say(f[0].Message)
	e.Fields = f
	return e
}

// isRefusal tells whether the error is this refusal.
func isRefusal(err error, refusal *Error) bool { return errors.Is(err, refusal) }

// asRefusal finds the refusal in an error.
func asRefusal(err error, refusal **Error) bool { return errors.As(err, refusal) }
