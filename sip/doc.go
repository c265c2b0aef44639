// Package sip is the signalling side of the bridge: a user agent server (RFC 3261) on sipgo that answers calls,
// keeps their dialogs and speaks offer/answer, PCMU, PCMA and telephone-event.
//
// It owns the sockets (through the guard), the dialogs and one goroutine per call: leg.Run, started by the INVITE
// handler or from stored state after a restart, one select until the call ends. sipgo runs every message on a
// goroutine of its own; those handlers only post to the leg's inbox, which puts requests into the order of their
// CSeq, and wait for the leg's answer. Requests of our own (BYE, the OPTIONS probe, refreshes of the session) run on a goroutine each, which
// the leg waits for.
//
// Calls of our own ([UA.Dial]) are legs too: until they are answered the leg's goroutine waits for the responses to its INVITE,
// with the offer in it. Only the trunk that a password is for ever gets what was made of it.
//
// An INVITE that requires 100rel is answered when the PRACK of its 180 has come.
//
// A call's media starts with the ACK and not before: until then the caller may be anybody whose address was forged.
//
// [UA] and [control.Line] are safe for concurrent use; [control.Caller] is called on its leg's goroutine only.
package sip
