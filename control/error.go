package control

import "fmt"

// Code is the stable, machine-readable reason of an [Error]. The API shows it as `code`.
type Code string

// The codes. control/api/problem.go maps them to HTTP, sip/status.go to SIP; nothing else does.
const (
	CodeInvalid      Code = "invalid"             // a field is out of range or malformed
	CodeNotFound     Code = "not_found"           // no such meeting, room, participant, …
	CodeWrongState   Code = "wrong_state"         // e.g. stop while the breakouts are idle
	CodeNameTaken    Code = "name_taken"          // two rooms of one name
	CodeCodeTaken    Code = "code_taken"          // an access code that another meeting uses
	CodeLimit        Code = "limit_reached"       // the 301st room, the last leg of a meeting
	CodeLocked       Code = "locked"              // the meeting or the room is locked
	CodeRoomFull     Code = "room_full"           // the room's capacity is used up
	CodeOnAir        Code = "on_air"              // somebody is speaking to all rooms
	CodeNotAllowed   Code = "not_allowed"         // the role or an option forbids it
	CodeUnauthorized Code = "unauthorized"        // no or a wrong credential
	CodeForbidden    Code = "forbidden"           // the credential does not reach that far
	CodePrecondition Code = "precondition_failed" // If-Match did not match
	CodeIdempotency  Code = "idempotency_mismatch"
	CodeRateLimited  Code = "rate_limited"
	CodeTooLarge     Code = "too_large"
	CodeStore        Code = "store_unavailable"
	CodeOverloaded   Code = "overloaded"
	CodeShutdown     Code = "shutting_down"
)

// Error is the only kind of error that users see.
type Error struct {
	Code    Code
	Message string // what is wrong, in one lower-case sentence
	Field   string // the JSON field at fault, if one is
	Hint    string // what to do about it, if that is not plain
	Faults  Faults // line by line, if a file is at fault
}

func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("%s: %s", e.Field, e.Message)
	}
	return e.Message
}

// Errorf makes an [Error].
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid makes a [CodeInvalid] error about one field.
func Invalid(field, hint, format string, args ...any) *Error {
	return &Error{Code: CodeInvalid, Field: field, Hint: hint, Message: fmt.Sprintf(format, args...)}
}
