package media

import (
	"encoding/binary"
	"time"
)

// RTCP packet types (RFC 3550 §12.1).
const (
	rtcpSR   = 200
	rtcpRR   = 201
	rtcpSDES = 202
	rtcpBYE  = 203
)

// Reception is one report block: how the sender of the report receives SSRC (RFC 3550 §6.4.1).
type Reception struct {
	SSRC         uint32
	FractionLost uint8  // of 256, since the report before
	Lost         int32  // since the beginning
	Highest      uint32 // sequence number, with its cycles
	Jitter       uint32 // in time stamp units
	LSR          uint32 // middle of the NTP time of the last sender report
	DLSR         uint32 // how long ago that came, in 1/65536 s
}

// Report is a sender or receiver report.
type Report struct {
	SSRC     uint32
	Sent     bool   // a sender report; else the next four say nothing
	NTP      uint64 // when it was made
	TSRTP    uint32 // the same moment
	Packets  uint32
	Bytes    uint32
	About    Reception
	HasAbout bool // About is filled
}

// NTP is a moment as RTCP writes it: seconds since 1900 in 32.32 bits.
func NTP(t time.Time) uint64 {
	const since1900 = 2_208_988_800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// Middle is the part of an NTP time that LSR holds.
func Middle(ntp uint64) uint32 { return uint32(ntp >> 16) }

// AppendBye appends the end of ssrc's stream to a compound packet (RFC 3550 §6.6).
func AppendBye(dst []byte, ssrc uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, 2<<6|1, rtcpBYE, 0, 1), ssrc)
}

// Append appends the report and a CNAME as one compound packet (RFC 3550 §6.1).
func (r *Report) Append(dst []byte, cname string) []byte {
	be := binary.BigEndian
	kind, words := byte(rtcpRR), 1
	if r.Sent {
		kind, words = rtcpSR, 6
	}
	blocks := byte(0)
	if r.HasAbout {
		blocks, words = 1, words+6
	}
	dst = append(dst, 2<<6|blocks, kind, 0, byte(words))
	dst = be.AppendUint32(dst, r.SSRC)
	if r.Sent {
		dst = be.AppendUint64(dst, r.NTP)
		dst = be.AppendUint32(dst, r.TSRTP)
		dst = be.AppendUint32(dst, r.Packets)
		dst = be.AppendUint32(dst, r.Bytes)
	}
	if r.HasAbout {
		a := &r.About
		dst = be.AppendUint32(dst, a.SSRC)
		dst = be.AppendUint32(dst, uint32(a.FractionLost)<<24|uint32(a.Lost)&0xff_ffff)
		dst = be.AppendUint32(dst, a.Highest)
		dst = be.AppendUint32(dst, a.Jitter)
		dst = be.AppendUint32(dst, a.LSR)
		dst = be.AppendUint32(dst, a.DLSR)
	}
	size := (4 + 2 + len(cname) + 1 + 3) &^ 3 // SSRC, item, its end, to the next word
	dst = append(dst, 2<<6|1, rtcpSDES, 0, byte(size/4))
	dst = be.AppendUint32(dst, r.SSRC)
	dst = append(dst, 1, byte(len(cname)))
	dst = append(dst, cname...)
	for n := 4 + 2 + len(cname); n < size; n++ {
		dst = append(dst, 0)
	}
	return dst
}
