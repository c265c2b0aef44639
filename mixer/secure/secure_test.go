package secure_test

import (
	"bytes"
	"fmt"
	"testing"

	"partyline/mixer/media"
	"partyline/mixer/secure"
)

var suites = []media.Suite{media.AES128SHA80, media.AES128SHA32, media.GCM128, media.GCM256}

func key(s media.Suite, fill byte) media.Key {
	size, salt := s.Sizes()
	return bytes.Repeat([]byte{fill}, size+salt)
}

// both are the two ends of a leg.
func both(t testing.TB, s media.Suite, a, b byte) (ours, theirs secure.Pair) {
	t.Helper()
	ours, err := secure.New(&media.Crypto{Suite: s, Send: key(s, a), Recv: key(s, b)})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err = secure.New(&media.Crypto{Suite: s, Send: key(s, b), Recv: key(s, a)})
	if err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func packet(ssrc uint32, seq uint16) []byte {
	p := make([]byte, media.HeaderSize+160)
	media.Header{Seq: seq, TSRTP: uint32(seq) * 160, SSRC: ssrc}.Put(p)
	for i := range p[media.HeaderSize:] {
		p[media.HeaderSize+i] = byte(seq)
	}
	return p
}

func sealed(t testing.TB, s *secure.Sender, p []byte) []byte {
	t.Helper()
	out, err := s.Seal(p)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(out)
}

func expect(t testing.TB, r *secure.Receiver, p []byte, plain []byte, want secure.Verdict) {
	t.Helper()
	got, v := r.Open(bytes.Clone(p))
	if v != want || v == secure.Genuine && !bytes.Equal(got, plain) {
		t.Fatalf("seq %x: verdict %d, want %d", p[2:4], v, want)
	}
}

func eachSuite(t *testing.T, f func(t *testing.T, s media.Suite)) {
	for _, s := range suites {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			f(t, s)
		})
	}
}

// TestWrap sends more packets than there are sequence numbers, with some lost, late and copied, and changes the SSRC.
func TestWrap(t *testing.T) {
	t.Parallel()
	eachSuite(t, func(t *testing.T, s media.Suite) {
		ours, theirs := both(t, s, 1, 2)
		var late []byte
		var latePlain []byte
		for n := range 1<<16 + 3000 {
			p := packet(7, uint16(n+30000))
			enc := sealed(t, theirs.Sender, p)
			switch {
			case n%1000 == 10:
				late, latePlain = enc, p
				continue
			case n%1000 == 50:
				expect(t, ours.Receiver, late, latePlain, secure.Genuine)
				expect(t, ours.Receiver, late, nil, secure.Replayed)
			case n%7 == 3:
				continue
			}
			expect(t, ours.Receiver, enc, p, secure.Genuine)
			if n%1000 == 999 {
				expect(t, ours.Receiver, enc, nil, secure.Replayed)
			}
		}
		if roc := ours.Receiver.ROC(); roc != 1 {
			t.Errorf("ROC %d", roc)
		}
		p := packet(8, 5)
		expect(t, ours.Receiver, sealed(t, theirs.Sender, p), p, secure.Genuine)
	})
}

// TestForged: no bit may be changed, nothing in the clear is taken, and what was refused does not harm what follows.
func TestForged(t *testing.T) {
	t.Parallel()
	eachSuite(t, func(t *testing.T, s media.Suite) {
		ours, theirs := both(t, s, 1, 2)
		_, stranger := both(t, s, 3, 4)
		first := packet(7, 0)
		expect(t, ours.Receiver, sealed(t, theirs.Sender, first), first, secure.Genuine)
		p := packet(7, 1)
		enc := sealed(t, theirs.Sender, p)
		for i := range enc {
			bad := bytes.Clone(enc)
			bad[i] ^= 0x10
			expect(t, ours.Receiver, bad, nil, secure.Forged)
		}
		for n := range len(enc) {
			expect(t, ours.Receiver, enc[:n], nil, secure.Forged)
		}
		expect(t, ours.Receiver, p, nil, secure.Forged)
		expect(t, ours.Receiver, sealed(t, stranger.Sender, p), nil, secure.Forged)
		expect(t, ours.Receiver, sealed(t, ours.Sender, p), nil, secure.Forged) // our own, reflected
		expect(t, ours.Receiver, enc, p, secure.Genuine)
	})
}

// TestFollow: after a new key, packets under the old one are read until one under the new one has come; also where the far end
// goes on counting its wraps, and where it does not.
func TestFollow(t *testing.T) {
	t.Parallel()
	eachSuite(t, func(t *testing.T, s media.Suite) {
		for _, counts := range []bool{true, false} {
			ours, theirs := both(t, s, 1, 2)
			theirs.Sender.Resume(7, 0, 0)
			for n := range 5 { // over a wrap
				p := packet(7, uint16(65533+n))
				expect(t, ours.Receiver, sealed(t, theirs.Sender, p), p, secure.Genuine)
			}
			next, theirNext := both(t, s, 1, 5)
			next.Receiver.Follow(ours.Receiver)
			p := packet(7, 2)
			expect(t, next.Receiver, sealed(t, theirs.Sender, p), p, secure.Genuine)
			if counts {
				theirNext.Sender.Resume(7, 1, 0)
			}
			p = packet(7, 3)
			expect(t, next.Receiver, sealed(t, theirNext.Sender, p), p, secure.Genuine)
			p = packet(7, 4)
			expect(t, next.Receiver, sealed(t, theirs.Sender, p), nil, secure.Forged)
			expect(t, next.Receiver, sealed(t, theirNext.Sender, p), p, secure.Genuine)
		}
	})
}

// TestResume: another process reads on, whether the far end has wrapped meanwhile or not, but nothing from before.
func TestResume(t *testing.T) {
	t.Parallel()
	eachSuite(t, func(t *testing.T, s media.Suite) {
		for _, gap := range []uint16{1, 100} {
			ours, theirs := both(t, s, 1, 2)
			theirs.Sender.Resume(7, 3, 0)
			old := sealed(t, theirs.Sender, packet(7, 65499))
			ours.Receiver.Resume(7, 65500, 3)
			expect(t, ours.Receiver, old, nil, secure.Replayed)
			for n := range uint16(50) {
				p := packet(7, 65500+gap+n)
				expect(t, ours.Receiver, sealed(t, theirs.Sender, p), p, secure.Genuine)
			}
		}
	})
}

// TestReports: RTCP is authenticated, and its copies are refused.
func TestReports(t *testing.T) {
	t.Parallel()
	eachSuite(t, func(t *testing.T, s media.Suite) {
		ours, theirs := both(t, s, 1, 2)
		r := media.Report{SSRC: 7, Sent: true}
		plain := r.Append(nil, "name")
		enc, err := theirs.Sender.SealReport(plain)
		if err != nil {
			t.Fatal(err)
		}
		enc = bytes.Clone(enc)
		if got, v := ours.Receiver.OpenReport(bytes.Clone(enc)); v != secure.Genuine || !bytes.Equal(got, plain) {
			t.Errorf("verdict %d, % x", v, got)
		}
		if _, v := ours.Receiver.OpenReport(bytes.Clone(enc)); v != secure.Replayed {
			t.Errorf("a copy: verdict %d", v)
		}
		enc[9] ^= 1
		for _, bad := range [][]byte{enc, plain, enc[:8], nil} {
			if _, v := ours.Receiver.OpenReport(bytes.Clone(bad)); v == secure.Genuine {
				t.Errorf("% x is taken", bad)
			}
		}
	})
}

// TestMKI: the number of a key stands in its packets.
func TestMKI(t *testing.T) {
	t.Parallel()
	s := media.AES128SHA80
	with, err := secure.New(&media.Crypto{Suite: s, Send: key(s, 1), Recv: key(s, 2), MKI: []byte{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	_, theirs := both(t, s, 1, 2)
	p := packet(7, 1)
	enc := sealed(t, theirs.Sender, p)
	tagged := append(bytes.Clone(enc[:len(enc)-10]), 0, 1)
	expect(t, with.Receiver, append(tagged, enc[len(enc)-10:]...), p, secure.Genuine)
	expect(t, with.Receiver, sealed(t, theirs.Sender, packet(7, 2)), nil, secure.Forged)
}

// TestWithoutKey: a wrong key makes no pair that lets something through.
func TestWithoutKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]media.Crypto{
		"short":   {Suite: media.GCM128, Send: make(media.Key, 27), Recv: make(media.Key, 28)},
		"none":    {Suite: media.GCM128, Send: make(media.Key, 28)},
		"unknown": {Suite: 99, Send: make(media.Key, 28), Recv: make(media.Key, 28)},
	} {
		pair, err := secure.New(&c)
		if err == nil || pair.Sender == nil || pair.Receiver == nil {
			t.Fatalf("%s: %+v, %v", name, pair, err)
		}
		pair.Receiver.Follow(pair.Receiver)
		pair.Receiver.Resume(1, 1, 1)
		if _, err := pair.Sender.Seal(packet(1, 1)); err == nil {
			t.Errorf("%s: sent in the clear", name)
		}
		if _, v := pair.Receiver.Open(packet(1, 1)); v == secure.Genuine {
			t.Errorf("%s: taken in the clear", name)
		}
	}
}

// TestStreams: who has the key cannot fill the memory with SSRCs.
func TestStreams(t *testing.T) {
	t.Parallel()
	ours, theirs := both(t, media.GCM128, 1, 2)
	taken := 0
	for n := range uint32(1000) {
		if _, v := ours.Receiver.Open(sealed(t, theirs.Sender, packet(n, 1))); v == secure.Genuine {
			taken++
		}
	}
	if taken != 256 {
		t.Errorf("%d streams", taken)
	}
	p := packet(3, 2)
	expect(t, ours.Receiver, sealed(t, theirs.Sender, p), p, secure.Genuine)
}

// TestAllocations: none for a packet in either direction.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, s := range suites {
		ours, theirs := both(t, s, 1, 2)
		p := packet(7, 0)
		seq := uint16(0)
		report := (&media.Report{SSRC: 7}).Append(nil, "name")
		n := testing.AllocsPerRun(500, func() {
			seq++
			media.Header{Seq: seq, SSRC: 7}.Put(p)
			enc, err := theirs.Sender.Seal(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, v := ours.Receiver.Open(enc); v != secure.Genuine {
				t.Fatalf("verdict %d", v)
			}
			enc, err = theirs.Sender.SealReport(report)
			if err != nil {
				t.Fatal(err)
			}
			if _, v := ours.Receiver.OpenReport(enc); v != secure.Genuine {
				t.Fatalf("verdict %d of a report", v)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", s, n)
		}
	}
}

func BenchmarkPacket(b *testing.B) {
	for _, s := range suites {
		for _, way := range []string{"seal", "seal+open"} {
			b.Run(fmt.Sprintf("suite=%s/way=%s", s, way), func(b *testing.B) {
				ours, theirs := both(b, s, 1, 2)
				p := packet(7, 0)
				seq := uint16(0)
				b.ReportAllocs()
				for b.Loop() {
					seq++
					media.Header{Seq: seq, SSRC: 7}.Put(p)
					enc, err := theirs.Sender.Seal(p)
					if err != nil {
						b.Fatal(err)
					}
					if way == "seal" {
						continue
					}
					if _, v := ours.Receiver.Open(enc); v != secure.Genuine {
						b.Fatalf("verdict %d", v)
					}
				}
			})
		}
	}
}
