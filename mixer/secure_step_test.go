//go:build !race

// The race detector allocates.

package mixer

import (
	"net/netip"
	"testing"

	"partyline/mixer/media"
	"partyline/mixer/secure"
)

// sealedConn is a far end that encrypts.
type sealedConn struct {
	*lineConn
	sender *secure.Sender
}

// Recv delivers a packet that is encrypted.
func (c *sealedConn) Recv(b *media.Batch) (int, error) {
	n, err := c.lineConn.Recv(b)
	if err != nil {
		return n, err
	}
	b.Packets[0].Data, err = c.sender.Seal(b.Packets[0].Data)
	return n, err
}

// TestEncryptedTickAllocatesNothing: all legs have SRTP; reports are encrypted too.
func TestEncryptedTickAllocatesNothing(t *testing.T) {
	for _, suite := range []media.Suite{media.AES128SHA80, media.GCM256} {
		st := newStepper(t, 3, 10, 3)
		size, salt := suite.Sizes()
		keys := media.Crypto{Suite: suite, Send: make(media.Key, size+salt), Recv: make(media.Key, size+salt)}
		for i, c := range st.conns {
			pair, err := secure.New(&keys)
			if err != nil {
				t.Fatal(err)
			}
			l := st.shard.engine.Leg(LegID(i + 1))
			l.pair.RTP = &sealedConn{c, pair.Sender}
			l.Update(media.Spec{
				Remote: c.from, Signalling: netip.Addr{}, Recv: []media.Format{{Codec: media.PCMU}}, EventRecv: 101, Crypto: keys,
			})
		}
		st.ticks(200)
		before := st.shard.engine.Counters()
		if n := testing.AllocsPerRun(500, st.tick); n != 0 {
			t.Errorf("%s: %v allocations a tick", suite, n)
		}
		c := st.shard.engine.Counters()
		if c.PacketsIn-before.PacketsIn < 30*490 || c.Drops["srtp_auth"] > 0 || c.ReportsOut == 0 {
			t.Errorf("%s: %d packets in, %v, %d reports", suite, c.PacketsIn-before.PacketsIn, c.Drops, c.ReportsOut)
		}
	}
}
