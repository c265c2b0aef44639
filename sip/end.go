package sip

import (
	"fmt"
	"strings"
)

// End is why a leg ended. It is the cause of the leg's context (see context.Cause) and feeds the Reason header of its
// BYE, the log line and [control.Caller].Gone alike.
type End struct {
	Kind EndKind
	Text string // in a few lower-case words
}

// EndKind sorts ends by who or what brought them about.
type EndKind string

// The kinds.
const (
	FarEnd     EndKind = "far_end"    // the caller hung up
	Cancelled  EndKind = "cancelled"  // the caller hung up before the answer
	HungUp     EndKind = "bridge"     // the bridge hung up: Line.HangUp
	NoAck      EndKind = "no_ack"     // no ACK for 64*T1
	NoAnswer   EndKind = "no_answer"  // the ACK brought no answer to our offer, or one that does not do
	Unanswered EndKind = "unanswered" // a call of ours that nobody has answered
	Silence    EndKind = "silence"    // no media, and the probe was not answered
	Expired    EndKind = "expired"    // nobody has refreshed the session (RFC 4028)
	Failed     EndKind = "failed"     // the answer could not be sent, the media could not be had
	Shutdown   EndKind = "shutdown"   // the bridge drains
	Closed     EndKind = "closed"     // the bridge is down: no BYE
	Suspended  EndKind = "suspended"  // another process takes the call up: no BYE
)

// The ends that carry no more than their kind.
var (
	endFarEnd    = &End{FarEnd, "the caller hung up"}
	endCancelled = &End{Cancelled, "the caller hung up before the answer"}
	endNoAck     = &End{NoAck, "the caller never acknowledged the answer"}
	endNoPrack   = &End{NoAck, "the caller never acknowledged that it rings"}
	endNoAnswer  = &End{NoAnswer, "no usable answer to our offer"}
	endTooLong   = &End{HungUp, "the longest time of a call is over"}
	endSilence   = &End{Silence, "no media and no reply from the caller"}
	endExpired   = &End{Expired, "the session has expired"}
	endNoRefresh = &End{Expired, "no reply to the refresh of the session"}
	endShutdown  = &End{Shutdown, "the bridge shuts down"}
	endClosed    = &End{Closed, "the bridge is down"}
	endSuspended = &End{Suspended, "taken up elsewhere"}
)

// Error makes an End the cause of a context.
func (e *End) Error() string {
	return e.Text
}

// bye says whether the far end is to be told, and reason what.
func (e *End) bye() bool {
	switch e.Kind {
	case HungUp, NoAck, NoAnswer, Silence, Expired, Shutdown:
		return true
	case FarEnd, Cancelled, Unanswered, Failed, Closed, Suspended:
	}
	return false
}

// reason is the value of the Reason header of our BYE (RFC 3326).
func (e *End) reason() string {
	switch e.Kind {
	case NoAck, Silence, Expired:
		return reasonHeader("SIP", 408, e.Text)
	case NoAnswer:
		return reasonHeader("SIP", 488, e.Text)
	case HungUp, Shutdown, FarEnd, Cancelled, Unanswered, Failed, Closed, Suspended:
	}
	return reasonHeader("Q.850", 16, e.Text) // normal call clearing
}

// reasonHeader writes a Reason value; text may come from anywhere.
func reasonHeader(protocol string, cause int, text string) string {
	return fmt.Sprintf("%s;cause=%d;text=%q", protocol, cause, plainText(text, maxReasonText))
}

// maxReasonText keeps a Reason header, and with it a BYE, small.
const maxReasonText = 120

// plainText reduces s to printable ASCII without quotes and backslashes, at most limit bytes long, so that it can
// stand in a quoted string of any protocol.
func plainText(s string, limit int) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '"', r == '\\':
			return '\''
		case r < ' ', r > '~':
			return ' '
		}
		return r
	}, s)
	return clean[:min(len(clean), limit)]
}
