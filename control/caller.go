package control

import "net/netip"

// Call is what is known of a caller before he is answered.
type Call struct {
	Leg      LegID
	From     string // user part of From: the caller's number, unverified
	FromName string // display name of From
	To       string // user part of the request URI
	Source   netip.AddrPort
	Trunk    string // whose certificate the caller has shown; empty: none
	Trusted  bool   // from loopback or a trusted trunk
	CallID   string
	Out      CallID // set if we have called: From is who was called then, and To who calls
}

// Line is what a caller's conversation needs of his leg. It is safe for use from any goroutine and never blocks.
type Line interface {
	Post(f func())        // runs f on the leg's goroutine
	HangUp(reason string) // ends the call with BYE; the reason goes into its Reason header and the log
}

// Callee is the conversation with somebody whom we call. Gone follows Answered only.
type Callee interface {
	Caller
	Ringing()                             // his telephone rings
	Unanswered(o CallOutcome, why string) // the call has come to nothing; nothing follows
	HungUp()                              // he has hung up; Gone follows
}

// Caller is the conversation with one caller. All its methods run on the leg's goroutine and never block.
type Caller interface {
	Answered()          // the call is up and its media runs
	Held(held bool)     // the far end holds or resumes
	Gone(reason string) // the call has ended, for whatever reason; nothing follows
	Listener
}

// Listener is told what comes from a caller's media.
type Listener interface {
	Digit(d byte)                    // one key: '0' to '9', '*', '#', 'A' to 'D'
	Played(id uint64)                // a play ended, was stopped or was replaced
	Recorded(id uint64, samples int) // a recording of what the caller says ended; so much of it is there
	Unheard()                        // he has been talking for about a second and is muted
}
