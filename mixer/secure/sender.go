package secure

import (
	"errors"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"partyline/mixer/media"
)

// errClosed is that of a sender without a usable key.
var errClosed = errors.New("secure: no key")

// Sender encrypts what is sent.
type Sender struct {
	context *srtp.Context // nil: nothing is sent
	header  rtp.Header
	control rtcp.Header
	out     [media.MaxPacket]byte
}

// Resume goes on where another process has stopped: roc belongs to the next sequence number.
func (s *Sender) Resume(ssrc, roc, index uint32) {
	if s.context != nil {
		s.context.SetROC(ssrc, roc)
		s.context.SetIndex(ssrc, index)
	}
}

// Counts are those of the last packets; began: there were any.
func (s *Sender) Counts(ssrc uint32) (roc, index uint32, began bool) {
	if s.context == nil {
		return 0, 0, false
	}
	roc, began = s.context.ROC(ssrc)
	index, _ = s.context.Index(ssrc)
	return roc, index, began
}

// Seal encrypts an RTP packet. The result is valid until the next call.
func (s *Sender) Seal(p []byte) ([]byte, error) {
	if s.context == nil || len(p)+Overhead > len(s.out) {
		return nil, errClosed
	}
	return s.context.EncryptRTP(s.out[:0], p, &s.header)
}

// SealReport does the same with RTCP.
func (s *Sender) SealReport(p []byte) ([]byte, error) {
	if s.context == nil || len(p)+Overhead > len(s.out) {
		return nil, errClosed
	}
	return s.context.EncryptRTCP(s.out[:0], p, &s.control)
}
