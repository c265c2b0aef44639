// Package dtmf takes and makes the keys of telephones as RTP events (RFC 4733). A [Receiver] belongs to one stream and
// to one goroutine; it allocates nothing.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|     event     |E|R| volume    |          duration             |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
package dtmf

import (
	"encoding/binary"
	"strings"
)

// digits are the keys by event code (RFC 4733 §3.2).
const digits = "0123456789*#ABCD"

const (
	payloadLen = 4
	endBit     = 0x80
	volumeMask = 0x3F
)

// event is one payload, as far as it matters.
type event struct {
	code     byte
	end      bool
	duration uint16
}

// parse reads the first event of a payload; ok is false for what is no key.
func parse(payload []byte) (e event, ok bool) {
	if len(payload) < payloadLen || int(payload[0]) >= len(digits) {
		return event{}, false
	}
	return event{
		code:     payload[0],
		end:      payload[1]&endBit != 0,
		duration: binary.BigEndian.Uint16(payload[2:]),
	}, true
}

// AppendEvent appends one payload. The volume is in -dBm0, from 0 to 63; the duration counts from the event's
// timestamp. Nothing is appended for what is no key.
func AppendEvent(dst []byte, digit byte, end bool, volume uint8, duration uint16) []byte {
	code := strings.IndexByte(digits, digit)
	if code < 0 {
		return dst
	}
	flags := min(volume, volumeMask)
	if end {
		flags |= endBit
	}
	dst = append(dst, byte(code), flags)
	return binary.BigEndian.AppendUint16(dst, duration)
}
