package guard

import (
	"strconv"
	"sync/atomic"
)

// event is something that is counted.
type event uint8

const (
	evPassedRequest event = iota
	evPassedResponse
	evKeepAlive
	evNotSIP
	evUnanswerable
	evBadResponse
	evUnaskedResponse
	evAckOfRefusal
	evStranger
	evBanned
	evBan
	evBanRate
	evBanScanner
	evBanOffences
	evFloodInvite
	evFlood
	evSuppressed
	evReplyTooLong
	evReplyRepeated
	evReplyTrimmed
	evReplyMalformed
	evReadError
	evWriteError
	evAcceptError
	evConn
	evConnRefused
	evConnBanned
	evConnTimeout
	evConnBroken
	evConnHandshake
	events
)

var eventNames = [events]string{
	evPassedRequest:   "passed_request",
	evPassedResponse:  "passed_response",
	evKeepAlive:       "keep_alive",
	evNotSIP:          "not_sip",
	evUnanswerable:    "unanswerable",
	evBadResponse:     "bad_response",
	evUnaskedResponse: "unasked_response",
	evAckOfRefusal:    "ack_of_refusal",
	evStranger:        "stranger",
	evBanned:          "banned",
	evBan:             "ban",
	evBanRate:         "ban_rate",
	evBanScanner:      "ban_scanner",
	evBanOffences:     "ban_offences",
	evFloodInvite:     "flood_invite",
	evFlood:           "flood",
	evSuppressed:      "reply_suppressed",
	evReplyTooLong:    "reply_too_long",
	evReplyRepeated:   "reply_repeated",
	evReplyTrimmed:    "reply_trimmed",
	evReplyMalformed:  "reply_malformed",
	evReadError:       "read_error",
	evWriteError:      "write_error",
	evAcceptError:     "accept_error",
	evConn:            "connection",
	evConnRefused:     "connection_refused",
	evConnBanned:      "connection_banned",
	evConnTimeout:     "connection_timeout",
	evConnBroken:      "connection_broken",
	evConnHandshake:   "connection_handshake",
}

// refusals are the statuses that the guard answers with.
var refusals = [...]int{400, 405, 406, 413, 414, 415, 416, 420, 501, 503, 505, 513}

// counters count events and refusals by status.
type counters struct {
	events   [events]atomic.Uint64
	statuses [len(refusals)]atomic.Uint64
}

func (c *counters) count(e event) { c.events[e].Add(1) }

func (c *counters) refused(status int) {
	for i, s := range refusals {
		if s == status {
			c.statuses[i].Add(1)
		}
	}
}

func (c *counters) snapshot() map[string]uint64 {
	m := make(map[string]uint64, int(events)+len(refusals))
	for e := range events {
		m[eventNames[e]] = c.events[e].Load()
	}
	for i, s := range refusals {
		m["refused_"+strconv.Itoa(s)] = c.statuses[i].Load()
	}
	return m
}
