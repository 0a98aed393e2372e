package wxconfig

import (
	"errors"

	"kezhi/service"
)

// Everything that Kezhi knows about WeChat's error codes stands in this file. The
// codes come from the platform's documents and from what others met; none was
// provoked on the live platform. Keep it the only place.

// isTokenStale tells that the access token of a call is not valid (any more): one
// with a fresh token may succeed. It is not for errors of the token's own call,
// where 40001 is a wrong secret.
func isTokenStale(err error) bool {
	var refusal *APIError
	if !errors.As(err, &refusal) {
		return false
	}
	switch refusal.Code {
	case 40001, 40014, 42001:
		return true
	}
	return false
}

func isTokenCall(path string) bool {
	return path == "/cgi-bin/stable_token" || path == "/cgi-bin/token"
}

// isCodeSpent tells that a login's one-time code is used, expired or junk.
func isCodeSpent(err error) bool {
	var refusal *APIError
	if !errors.As(err, &refusal) {
		return false
	}
	switch refusal.Code {
	case 40029, // invalid code
		40163, // used before
		42003, // expired
		41008: // missing
		return true
	}
	return false
}

// isNobody tells that an openid is none of this account's.
func isNobody(err error) bool {
	var refusal *APIError
	return errors.As(err, &refusal) && (refusal.Code == 40003 || refusal.Code == 46004)
}

// isNoMenu tells that the account has no menu.
func isNoMenu(err error) bool {
	var refusal *APIError
	return errors.As(err, &refusal) && refusal.Code == 46003
}

// sendClasses says what a refusal of a template message means. A code that is not
// here is taken as a fault of ours, so that someone looks at it.
var sendClasses = map[int]service.SendClass{
	// Again, later. The token's codes come here when a fresh token did not help.
	-1:    service.SendRetry, // system busy
	45011: service.SendRetry, // called too often
	40001: service.SendRetry,
	40014: service.SendRetry,
	42001: service.SendRetry,

	45009: service.SendTomorrow, // the day's quota of the call
	45065: service.SendRetry,    // the same client_msg_id is being worked on

	43004: service.SendNotFollowing,

	43019: service.SendPerson, // has blocked the account
	40003: service.SendPerson, // wrong openid
	43101: service.SendPerson, // refused the subscription

	47001: service.SendBug, // not JSON
	47003: service.SendBug, // a value does not fit its field: data.thing1.value
	40036: service.SendBug, // template id malformed
	41001: service.SendBug, // no access token
	43002: service.SendBug, // not POST
	40241: service.SendBug, // the same content within 60 s
	40249: service.SendBug, // the content is blocked

	40037: service.SendConfiguration, // the account has no such template: the mapping is wrong
	48001: service.SendConfiguration, // the account may not
	48004: service.SendConfiguration, // the call was banned
	50002: service.SendConfiguration, // the account is restricted
	40013: service.SendConfiguration, // wrong AppID
	40125: service.SendConfiguration, // wrong secret
	40164: service.SendConfiguration, // our address is not on the account's list
	61004: service.SendConfiguration, // likewise
}

// classify turns any failure on the way of a message into what happens next.
func classify(err error) *service.SendError {
	if done, ok := errors.AsType[*service.SendError](err); ok {
		return done
	}
	if refusal, ok := errors.AsType[*APIError](err); ok {
		class, known := sendClasses[refusal.Code]
		switch {
		case isTokenCall(refusal.Path) && refusal.Code == 40001:
			class = service.SendConfiguration // wrong secret
		case !known && isTokenCall(refusal.Path):
			class = service.SendConfiguration
		case !known:
			class = service.SendBug
		}
		return &service.SendError{Class: class, Code: refusal.Code, Text: refusal.Path + " " + refusal.Text}
	}
	var wire *WireError
	if errors.As(err, &wire) && wire.Reached && !isTokenCall(wire.Path) {
		return &service.SendError{Class: service.SendUnknown, Text: wire.Error()}
	}
	// Whatever else went wrong, the message itself never left.
	return &service.SendError{Class: service.SendRetry, Text: redact(err.Error())}
}
