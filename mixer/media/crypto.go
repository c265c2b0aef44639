package media

import (
	"bytes"
	"fmt"
	"log/slog"
)

// Suite is how SRTP encrypts and authenticates (RFC 4568 §6.2, RFC 7714 §14.2).
type Suite uint8

// The suites; the zero value is plain RTP.
const (
	NoSuite Suite = iota
	AES128SHA80
	AES128SHA32
	GCM128
	GCM256
)

// String is the suite's name in SDP; empty: none.
func (s Suite) String() string {
	switch s {
	case AES128SHA80:
		return "AES_CM_128_HMAC_SHA1_80"
	case AES128SHA32:
		return "AES_CM_128_HMAC_SHA1_32"
	case GCM128:
		return "AEAD_AES_128_GCM"
	case GCM256:
		return "AEAD_AES_256_GCM"
	default:
		return ""
	}
}

// Sizes are the lengths of the suite's master key and master salt.
func (s Suite) Sizes() (key, salt int) {
	switch s {
	case AES128SHA80, AES128SHA32:
		return 16, 14
	case GCM128:
		return 16, 12
	case GCM256:
		return 32, 12
	default:
		return 0, 0
	}
}

// Key is a secret: a master key and its salt, or what keys are made of. It goes through JSON, for who takes a call up needs
// it, but is never printed.
type Key []byte

// String does not tell.
func (Key) String() string { return "[secret]" }

// Format does not tell, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) } // a State's Write does not fail

// LogValue does not tell.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Crypto is how a leg's media is secured, in both directions. The zero value is plain RTP.
type Crypto struct {
	Suite Suite  `json:"suite,omitempty"`
	Send  Key    `json:"send,omitempty"`
	Recv  Key    `json:"recv,omitempty"`
	MKI   []byte `json:"mki,omitempty"` // that the far end puts into its packets; empty: none
}

// IsZero says that it is plain RTP.
func (c Crypto) IsZero() bool { return c.Suite == NoSuite }

// SameRecv says whether packets of the far end are read as before.
func (c *Crypto) SameRecv(o *Crypto) bool {
	return c.Suite == o.Suite && bytes.Equal(c.Recv, o.Recv) && bytes.Equal(c.MKI, o.MKI)
}

// SameSend says whether our packets are written as before.
func (c *Crypto) SameSend(o *Crypto) bool { return c.Suite == o.Suite && bytes.Equal(c.Send, o.Send) }

// Rollover is what SRTP counts beside what is in the packets (RFC 3711 §3.2.1).
type Rollover struct {
	Send  uint32 `json:"send,omitempty"`  // of our next sequence number
	Recv  uint32 `json:"recv,omitempty"`  // of the far end's last one
	Index uint32 `json:"index,omitempty"` // of our last SRTCP packet
}
