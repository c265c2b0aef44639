package sip

import (
	"errors"
	"fmt"

	"partyline/control"
	"partyline/sip/sdp"
)

// refusal is a final response other than 2xx.
type refusal struct {
	status int
	phrase string
	cause  int    // Q.850, for the Reason header (RFC 6432); 0: none
	text   string // what is wrong, for people
	retry  bool   // with Retry-After
	minSE  int    // with Min-SE; 0: without
}

// Error makes a refusal an error.
func (r *refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.status, r.phrase, r.text)
}

// The responses that are told apart; the guard has more of its own. Q.850 causes as in RFC 3398 §8.2.6.1.
var (
	badRequest  = refusal{status: 400, phrase: "Bad Request", cause: 127}
	forbidden   = refusal{status: 403, phrase: "Forbidden", cause: 21}
	notFound    = refusal{status: 404, phrase: "Not Found", cause: 1}
	tooLarge    = refusal{status: 413, phrase: "Request Entity Too Large", cause: 127}
	badType     = refusal{status: 415, phrase: "Unsupported Media Type", cause: 127}
	badScheme   = refusal{status: 416, phrase: "Unsupported URI Scheme", cause: 127}
	unavailable = refusal{status: 480, phrase: "Temporarily Unavailable", cause: 18}
	badPackage  = refusal{status: 469, phrase: "Bad Info Package"}           // RFC 6086 §4.2.2
	tooBrief    = refusal{status: 422, phrase: "Session Interval Too Small"} // RFC 4028 §6
	noDialog    = refusal{status: 481, phrase: "Call/Transaction Does Not Exist"}
	merged      = refusal{status: 482, phrase: "Loop Detected"}
	busy        = refusal{status: 486, phrase: "Busy Here", cause: 17}
	terminated  = refusal{status: 487, phrase: "Request Terminated"}
	notHere     = refusal{status: 488, phrase: "Not Acceptable Here", cause: 88}
	pending     = refusal{status: 491, phrase: "Request Pending"}
	tryLater    = refusal{status: 500, phrase: "Server Internal Error", retry: true} // RFC 3261 §12.2.2, §14.2
	internal    = refusal{status: 500, phrase: "Server Internal Error", cause: 41}
	timedOut    = refusal{status: 504, phrase: "Server Time-out", cause: 102}
	overloaded  = refusal{status: 503, phrase: "Service Unavailable", cause: 42, retry: true}
)

// because is the refusal with a text of its own.
func (r refusal) because(format string, args ...any) *refusal {
	r.text = fmt.Sprintf(format, args...)
	return &r
}

// refuse maps an error to the response that says it. It is the only place where codes of control become SIP.
func refuse(err error) *refusal {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r
	}
	if e, ok := errors.AsType[*control.Error](err); ok {
		r := byCode(e.Code)
		return r.because("%s", e.Error())
	}
	switch {
	case errors.Is(err, sdp.ErrMalformed):
		return badRequest.because("%v", err)
	case errors.Is(err, sdp.ErrNotAcceptable):
		return notHere.because("%v", err)
	}
	return internal.because("the call could not be set up") // what went wrong inside is for the log, not for callers
}

func byCode(c control.Code) refusal {
	switch c {
	case control.CodeInvalid, control.CodePrecondition, control.CodeIdempotency:
		return badRequest
	case control.CodeNotFound:
		return notFound
	case control.CodeWrongState:
		return unavailable
	case control.CodeLimit, control.CodeRoomFull, control.CodeOnAir, control.CodeNameTaken, control.CodeCodeTaken:
		return busy
	case control.CodeLocked, control.CodeNotAllowed, control.CodeUnauthorized, control.CodeForbidden:
		return forbidden
	case control.CodeTooLarge:
		return tooLarge
	case control.CodeRateLimited, control.CodeStore, control.CodeOverloaded, control.CodeShutdown:
		return overloaded
	}
	return internal
}
