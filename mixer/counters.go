package mixer

import "sync/atomic"

// counter names one of the counts of a leg. Every reason for which something is refused or dropped has one.
type counter uint8

const (
	packetsIn counter = iota
	bytesIn
	packetsOut
	bytesOut
	rtcpIn
	rtcpOut

	dropWrongSource  // not from the locked or a possible source
	dropForged       // SRTP that is not authentic
	dropReplayed     // a copy of an SRTP packet
	dropInvalid      // not RTP
	dropCut          // longer than a packet may be
	dropWrongPayload // a payload type that was not agreed on
	dropSize         // no audio of a length that a phone sends
	dropLate         // after its time to be played
	dropDuplicate
	dropOverflow // more than the jitter buffer holds
	dropHeld     // while held or not meant to send
	dropRecv     // the receive call failed
	dropSend     // the kernel took no packet
	dropKey      // the ring of events was full of keys
	dropEvent    // the ring of events was full

	dropReport       // not valid RTCP
	dropReportSource // RTCP that is not from where the leg's media comes from
	dropReportSSRC   // RTCP of another stream than the one that the leg receives

	poorLegs // the leg became poor

	lost // never arrived
	concealed
	ssrcChanges
	rounds // receive calls given up at the bound of one tick

	numCounters
)

// dropNames are the reasons of drops as they are shown.
var dropNames = map[counter]string{
	dropWrongSource: "wrong_source", dropForged: "srtp_auth", dropReplayed: "srtp_replay", dropInvalid: "invalid", dropCut: "too_long", dropWrongPayload: "wrong_payload",
	dropSize: "wrong_size", dropLate: "late", dropDuplicate: "duplicate", dropOverflow: "overflow", dropHeld: "held",
	dropRecv: "receive_error", dropSend: "send_error", dropKey: "key_overflow", dropEvent: "event_overflow",
	dropReport: "rtcp_invalid", dropReportSource: "rtcp_wrong_source", dropReportSSRC: "rtcp_wrong_ssrc",
}

// counts is kept by one goroutine and read by others: it is counted in plain memory and shown now and then.
type counts struct {
	now   [numCounters]uint64 // owned by the shard
	shown [numCounters]atomic.Uint64
}

// show publishes the counts and adds what is new to the totals.
func (c *counts) show(totals *totals) {
	for i := range c.now {
		if n, old := c.now[i], c.shown[i].Load(); n != old {
			c.shown[i].Store(n)
			totals[i].Add(n - old)
		}
	}
}

// totals are the sums over all legs of one shard, past ones too.
type totals [numCounters]atomic.Uint64
