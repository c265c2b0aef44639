package controltest

import (
	"slices"
	"strings"
	"sync"

	"partyline/control"
)

// Dialer is a control.Dialer that records. It is safe for concurrent use.
type Dialer struct {
	mu     sync.Mutex
	dialed []control.OutgoingCall
	hungUp []control.LegID
}

var _ control.Dialer = (*Dialer)(nil)

// Allowed takes what begins with +49 or sip:.
func (d *Dialer) Allowed(to string) (string, error) {
	if !strings.HasPrefix(to, "+49") && !strings.HasPrefix(to, "sip:") {
		return "", &control.Error{Code: control.CodeNotAllowed, Field: "to", Message: "this number may not be called", Hint: "ask the operator"}
	}
	return strings.ReplaceAll(to, " ", ""), nil
}

// Dial records.
func (d *Dialer) Dial(_ control.MeetingID, c control.OutgoingCall) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dialed = append(d.dialed, c)
}

// HangUp records.
func (d *Dialer) HangUp(leg control.LegID, _ string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hungUp = append(d.hungUp, leg)
}

// Dialed returns the calls that were made, in order.
func (d *Dialer) Dialed() []control.OutgoingCall {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.dialed)
}

// HungUp returns the legs of the calls that were to be ended, in order.
func (d *Dialer) HungUp() []control.LegID {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.hungUp)
}
