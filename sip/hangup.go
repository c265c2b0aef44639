package sip

import "partyline/control"

// HangUp ends a call with BYE and says whether there was one. The reason goes into the Reason header and the log.
func (u *UA) HangUp(id control.LegID, reason string) bool {
	l := u.legs.byID(id)
	if l == nil {
		return false
	}
	l.HangUp(reason)
	return true
}
