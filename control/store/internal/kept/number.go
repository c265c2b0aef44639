package kept

import "partyline/control"

// NoMeeting says that the meeting that a number is to be bound to was deleted.
func NoMeeting() error {
	return &control.Error{Code: control.CodeNotFound, Field: "meeting", Message: "no such meeting"}
}
