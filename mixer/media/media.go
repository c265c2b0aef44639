// Package media is the network side of a leg: the sockets, what a leg's offer/answer agreed on, and what must be
// kept so that another process can take the leg up. It knows no SIP, SDP, meetings or people.
package media

import (
	"net/netip"
	"time"
)

// Direction is what this side does, after the answer (RFC 3264 §6.1).
type Direction uint8

// The directions.
const (
	SendRecv Direction = iota
	SendOnly
	RecvOnly
	Inactive
)

// Codec is an audio codec.
type Codec uint8

// The codecs. Their static payload types are those of RFC 3551 §6.
const (
	PCMU Codec = iota
	PCMA
)

// NoisePayload is the static payload type of comfort noise (RFC 3389 §4).
const NoisePayload = 13

// Format is a codec under the payload type that the offer/answer gave it.
type Format struct {
	Codec       Codec `json:"codec"`
	PayloadType uint8 `json:"payload_type"`
}

// Spec is what a leg's offer/answer agreed on.
type Spec struct {
	Remote     netip.AddrPort `json:"remote"`     // where the far end wants its RTP; invalid or port 0: nowhere
	Signalling netip.Addr     `json:"signalling"` // where the signalling comes from: the second address media may come from
	Send       Format         `json:"send"`
	Recv       []Format       `json:"recv"`       // every format that may arrive
	EventSend  uint8          `json:"event_send"` // payload type of telephone-event to the far end, 0: none
	EventRecv  uint8          `json:"event_recv"` // payload type of telephone-event from the far end, 0: none
	PtimeMS    int            `json:"ptime_ms"`   // of what we send: 10, 20, 30, 40 or 60; 0: 20
	Direction  Direction      `json:"direction"`
	RTCPPort   uint16         `json:"rtcp_port,omitempty"` // of the far end (RFC 3605); 0: one above that of its RTP
	Noise      bool           `json:"noise,omitempty"`     // comfort noise may come, under its static payload type
	Mux        bool           `json:"rtcp_mux,omitempty"`  // RTCP goes over the ports of RTP (RFC 5761)
	Crypto     Crypto         `json:"crypto,omitzero"`     // how both directions are secured; zero: plain RTP
}

// State is all that another process needs to take a leg's media up. It is plain data.
type State struct {
	Spec      Spec           `json:"spec"`
	Local     netip.AddrPort `json:"local"` // our RTP address; RTCP is one port above
	Peer      netip.AddrPort `json:"peer"`  // the locked source of the far end; invalid: not locked yet
	SSRC      uint32         `json:"ssrc"`
	Seq       uint16         `json:"seq"` // of the next packet
	TSRTP     uint32         `json:"ts_rtp"`
	PeerSSRC  uint32         `json:"peer_ssrc"`
	PeerSeq   uint16         `json:"peer_seq"`
	PeerTSRTP uint32         `json:"peer_ts_rtp"`
	Rollover  Rollover       `json:"rollover,omitzero"` // of SRTP
	CNAME     string         `json:"cname,omitempty"`   // the name of our stream in RTCP
	Taken     time.Time      `json:"taken"`             // when TSRTP was the time stamp of the next packet; a resumed leg's goes on from there
}

// EventKind says what a leg reports.
type EventKind uint8

// The events of a leg. They may not be lost: a ring per leg holds them until the leg's goroutine drains it.
const (
	Digit     EventKind = iota // a key was pressed (RFC 4733)
	PlayDone                   // the play with this id ended, was stopped or was replaced
	Silent                     // no RTP for the RTP timeout
	Heard                      // RTP again after Silent
	Unheard                    // somebody has been talking for about a second who is muted
	ToneDigit                  // a key was heard in the audio
	Recorded                   // the recording with this id has ended
	KeyHeld                    // the key that was reported last is still down after 300 ms
	KeyUp                      // and is let go
	Poor                       // the call has sounded badly for 10 s
	Fair                       // and no longer has for as long
)

// Event is one report of a leg.
type Event struct {
	Kind    EventKind
	Digit   byte   // '0'-'9', '*', '#', 'A'-'D'
	Play    uint64 // which play, or recording, ended
	Samples int    // that were recorded
	R       int    // the rating of the worse direction, of Poor and Fair: 0 to 100, below 60 poor
	Tick    int64  // the mixer's tick
}

// String is the codec's encoding name (RFC 3551 §6).
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	default:
		return "unknown"
	}
}
