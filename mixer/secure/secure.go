// Package secure is the SRTP of one leg (RFC 3711, RFC 7714): a [Receiver] that lets through only what the far end has
// authenticated, and a [Sender]. Both belong to one goroutine at a time, and allocate nothing for packets that are in order.
package secure

import (
	"fmt"

	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v5/replaydetector"

	"partyline/mixer/media"
)

// window is how many packets may come late and still be told from copies: 2.5 s of audio.
const window = 128

// Overhead is the most bytes that a packet of ours grows by: a tag of GCM, and SRTCP's index.
const Overhead = 16 + 4

var profiles = map[media.Suite]srtp.ProtectionProfile{
	media.AES128SHA80: srtp.ProtectionProfileAes128CmHmacSha1_80,
	media.AES128SHA32: srtp.ProtectionProfileAes128CmHmacSha1_32,
	media.GCM128:      srtp.ProtectionProfileAeadAes128Gcm,
	media.GCM256:      srtp.ProtectionProfileAeadAes256Gcm,
}

func newContext(suite media.Suite, key media.Key, options ...srtp.ContextOption) (*srtp.Context, error) {
	profile, ok := profiles[suite]
	size, salt := suite.Sizes()
	if !ok || len(key) != size+salt {
		return nil, fmt.Errorf("secure: no key of suite %d", suite)
	}
	c, err := srtp.CreateContext(key[:size], key[size:], profile, options...)
	if err != nil {
		return nil, fmt.Errorf("secure: %w", err)
	}
	return c, nil
}

// Pair is both directions of a leg. A nil one is plain RTP.
type Pair struct {
	Receiver *Receiver
	Sender   *Sender
}

// New makes both directions of a new agreement. It is called off the mixer's loop, for it allocates. After an error both are
// there all the same, and let nothing through: what was to be secured never goes in the clear.
func New(c *media.Crypto) (Pair, error) {
	if c.Suite == media.NoSuite {
		return Pair{}, nil
	}
	p := Pair{Receiver: &Receiver{}, Sender: &Sender{}}
	var err error
	if p.Sender.context, err = newContext(c.Suite, c.Send); err != nil {
		return p, err
	}
	for _, context := range []**srtp.Context{&p.Receiver.fresh, &p.Receiver.carried, &p.Receiver.wrapped} {
		if *context, err = p.Receiver.newContext(c); err != nil {
			*p.Receiver, *p.Sender = Receiver{}, Sender{}
			return p, err
		}
	}
	p.Receiver.tries = append(p.Receiver.space[:0], p.Receiver.fresh)
	return p, nil
}

// newContext makes one way to read what comes.
func (r *Receiver) newContext(c *media.Crypto) (*srtp.Context, error) {
	const lastIndex, lastReport = 1<<48 - 1, 1<<31 - 1 // RFC 3711 §9.2
	options := []srtp.ContextOption{
		srtp.SRTPReplayDetectorFactory(func() replaydetector.ReplayDetector { return newDetector(lastIndex, &r.refused) }),
		srtp.SRTCPReplayDetectorFactory(func() replaydetector.ReplayDetector { return newDetector(lastReport, &r.refused) }),
	}
	if len(c.MKI) > 0 {
		options = append(options, srtp.MasterKeyIndicator(c.MKI))
	}
	return newContext(c.Suite, c.Recv, options...)
}
