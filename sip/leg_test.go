package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"

	"partyline/mixer/media"
	"partyline/sip/sdp"
)

// bench is a leg in a bubble, with everything it is connected to recorded.
type bench struct {
	leg   *leg
	first *incoming
	state State
	start time.Time

	mu    sync.Mutex
	log   []string                               // what happened, with the time since the start
	reply func(*sipmsg.Request) *sipmsg.Response // to our requests; nil: none comes

	notify chan struct{}
	events []media.Event
	spec   media.Spec // the last one; read it in a bubble that waits
}

const testOffer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"

func newBench(t *testing.T) *bench {
	b := &bench{start: time.Now(), notify: make(chan struct{}, 1)}
	b.reply = func(*sipmsg.Request) *sipmsg.Response { return sipmsg.NewResponse(200, "OK") }
	o := &Options{T1: defaultT1, T2: defaultT2, Probe: defaultProbe, ProbeWait: defaultProbeWait, Farewell: defaultFarewell}
	u := &UA{opt: *o, log: slog.New(slog.NewTextHandler(t.Output(), nil)), ctx: t.Context()}
	addr := netip.MustParseAddrPort("127.0.0.1:5060")
	b.state = State{
		Leg:   "leg_test",
		Since: b.start,
		Dialog: Dialog{
			CallID: "c", LocalTag: "l", RemoteTag: "r", LocalURI: "sip:300@127.0.0.1", RemoteURI: "sip:caller@127.0.0.1",
			RemoteSeq: 1, Target: "sip:caller@127.0.0.1:5070", Contact: "<sip:127.0.0.1:5060>",
		},
		Flow: Flow{Network: "udp", Local: addr, SentBy: addr, Source: addr},
		SDP:  sdp.Session{ID: 1},
	}
	l := u.newLeg(b.state)
	l.out, l.caller, l.media, l.forget = b, b, b, func() { b.note("forgotten") }
	b.first = b.request(sipmsg.INVITE, 1, testOffer)
	b.leg, l.invite = l, b.first
	return b
}

func (b *bench) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.log = append(b.log, time.Since(b.start).String()+" "+fmt.Sprintf(format, args...))
}

func (b *bench) request(method sipmsg.RequestMethod, seq uint32, body string) *incoming {
	req := sipmsg.NewRequest(method, sipmsg.Uri{Scheme: "sip", Host: "127.0.0.1"})
	for _, h := range []sipmsg.Header{
		sipmsg.NewHeader("From", "<sip:caller@127.0.0.1>;tag=r"), sipmsg.NewHeader("To", "<sip:300@127.0.0.1>;tag=l"),
		&sipmsg.CSeqHeader{SeqNo: seq, MethodName: method}, sipmsg.NewHeader("Content-Type", mimeSDP),
	} {
		req.AppendHeader(h)
	}
	req.SetBody([]byte(body))
	return &incoming{req: req, tx: b, came: time.Now(), answered: make(chan struct{})}
}

// Respond makes bench a transaction.
func (b *bench) Respond(res *sipmsg.Response) error {
	b.note("%d", res.StatusCode)
	return nil
}

// The rest makes it a sender, a conversation and the media.
func (b *bench) send(ctx context.Context, req *sipmsg.Request, _ Flow) (*sipmsg.Response, error) {
	b.note("%s %d", req.Method, req.CSeq().SeqNo)
	b.mu.Lock()
	reply := b.reply
	b.mu.Unlock()
	if res := reply(req); res != nil {
		return res, nil
	}
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func (b *bench) invite(ctx context.Context, req *sipmsg.Request, f Flow, _ func()) (*sipmsg.Response, error) {
	return b.send(ctx, req, f)
}

func (b *bench) write(_ context.Context, req *sipmsg.Request, _ Flow) error {
	b.note("%s %d", req.Method, req.CSeq().SeqNo)
	return nil
}

func (b *bench) Answered()                 { b.note("answered") }
func (b *bench) Digit(d byte)              { b.note("digit %c", d) }
func (b *bench) Played(id uint64)          { b.note("played %d", id) }
func (b *bench) Unheard()                  { b.note("unheard") }
func (b *bench) Recorded(uint64, int)      {}
func (b *bench) Held(held bool)            { b.note("held %t", held) }
func (b *bench) Gone(reason string)        { b.note("gone: %s", reason) }
func (b *bench) LocalAddr() netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:20000") }
func (b *bench) Start(s media.Spec)        { b.note("start"); b.spec = s }
func (b *bench) Update(s media.Spec)       { b.note("update"); b.spec = s }
func (b *bench) Close()                    { b.note("closed") }
func (b *bench) Notify() <-chan struct{}   { return b.notify }
func (b *bench) Detach(context.Context) (media.State, error) {
	return media.State{}, errors.New("no media")
}

func (b *bench) Drain(buf []media.Event) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := copy(buf, b.events)
	b.events = b.events[n:]
	return n
}

func (b *bench) report(events ...media.Event) {
	b.mu.Lock()
	b.events = append(b.events, events...)
	b.mu.Unlock()
	b.notify <- struct{}{}
}

func (b *bench) run() { go b.leg.Run(b.leg.life, b.state) }

func (b *bench) ack(seq uint32, body string) {
	_ = b.leg.inbox.put(item{ack: b.request(sipmsg.ACK, seq, body).req}) // there is room in these tests
}

func (b *bench) post(in *incoming) {
	_ = b.leg.inbox.put(item{in: in}) // there is room in these tests
}

func (b *bench) diff(t *testing.T, want ...string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := cmp.Diff(want, b.log); d != "" {
		t.Errorf("what happened (-want +got):\n%s", d)
	}
}

// TestNoAck: RFC 3261 §13.3.1.4. The 2xx is repeated at T1, then twice as long each time up to T2; at 64*T1 the call
// ends, and the far end is told.
func TestNoAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		<-b.leg.done
		b.diff(t,
			"0s 200",
			"500ms 200", "1.5s 200", "3.5s 200", "7.5s 200", "11.5s 200", "15.5s 200", "19.5s 200", "23.5s 200", "27.5s 200", "31.5s 200",
			"32s closed", "32s gone: the caller never acknowledged the answer", "32s BYE 1", "32s forgotten",
		)
		<-b.first.answered // its handler does not hang
	})
}

func TestAckEndsTheRepetition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		time.Sleep(2 * time.Second)
		b.ack(7, "") // of something else
		synctest.Wait()
		b.ack(1, "")
		time.Sleep(time.Minute)
		b.ack(1, "") // again, because the 2xx was
		b.leg.HangUp("over")
		<-b.leg.done
		b.diff(t, "0s 200", "500ms 200", "1.5s 200", "2s start", "2s answered",
			"1m2s closed", "1m2s gone: over", "1m2s BYE 1", "1m2s forgotten")
	})
}

// TestNoMediaBeforeTheAck: an INVITE may bear a forged address, whose owner would get the audio. What an UPDATE changes
// meanwhile counts once the ACK has come.
func TestNoMediaBeforeTheAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		b.post(b.request(sipmsg.UPDATE, 2, testOffer+"a=recvonly\r\n"))
		time.Sleep(100 * time.Millisecond)
		b.ack(1, "")
		synctest.Wait()
		if b.spec.Direction != media.SendOnly {
			t.Errorf("direction %v", b.spec.Direction)
		}
		b.leg.end(endFarEnd)
		<-b.leg.done
		b.diff(t, "0s 200", "0s 200", "100ms start", "100ms answered", "100ms closed", "100ms gone: the caller hung up", "100ms forgotten")
	})
}

// TestAbandonedCallIsLogged: a call that ends before its leg runs has lasted as long as it has.
func TestAbandonedCallIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		var text strings.Builder
		b.leg.log = slog.New(slog.NewTextHandler(&text, nil))
		time.Sleep(70 * time.Millisecond)
		if err := b.leg.abandon(endCancelled); err != nil {
			t.Error(err)
		}
		if !strings.Contains(text.String(), "duration=70ms") {
			t.Error(text.String())
		}
		b.diff(t, "70ms closed", "70ms gone: the caller hung up before the answer", "70ms forgotten")
	})
}

// TestSuspendTakesTheAckAlong: an ACK is sent once, and a request that nobody answers is sent again.
func TestSuspendTakesTheAckAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		synctest.Wait()
		b.leg.end(endSuspended)
		time.Sleep(20 * time.Millisecond)
		update := b.request(sipmsg.UPDATE, 2, testOffer)
		b.post(update)
		b.ack(1, "")
		<-b.leg.done
		<-update.answered // its handler does not hang
		if !b.leg.final.Dialog.Confirmed {
			t.Error("the ACK was lost")
		}
		b.diff(t, "0s 200", "20ms start", "20ms answered", "20ms forgotten")
	})
}

// TestHeldByeIsAnswered: a BYE that waits for the ACK before it is answered at once when the call ends for another
// reason, and makes ours needless.
func TestHeldByeIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		synctest.Wait()
		b.post(b.request(sipmsg.BYE, 2, ""))
		time.Sleep(10 * time.Millisecond)
		b.leg.HangUp("over")
		<-b.leg.done
		b.diff(t, "0s 200", "10ms closed", "10ms gone: over", "10ms 200", "10ms forgotten")
	})
}

// TestNoAckOfReInvite: the same for a change, in a call that is up.
func TestNoAckOfReInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		b.ack(1, "")
		synctest.Wait()
		b.post(b.request(sipmsg.INVITE, 2, testOffer))
		<-b.leg.done
		if got := b.log[len(b.log)-4:]; !slices.Equal(got, []string{"32s closed", "32s gone: the caller never acknowledged the answer", "32s BYE 1", "32s forgotten"}) {
			t.Errorf("the end: %q", got)
		}
	})
}

func TestHangUpWithoutAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		time.Sleep(30 * time.Second)
		b.leg.HangUp("over")
		<-b.leg.done
		if got := b.log[len(b.log)-5:]; !slices.Equal(got, []string{"30s closed", "30s gone: over", "31.5s 200", "32s BYE 1", "32s forgotten"}) {
			t.Errorf("the end: %q", got)
		}
	})
}

// TestVanishedFarEnd: silence, a probe without an answer, BYE without an answer.
func TestVanishedFarEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.reply = func(*sipmsg.Request) *sipmsg.Response { return nil }
		b.run()
		b.ack(1, "")
		b.report(media.Event{Kind: media.Silent})
		<-b.leg.done
		b.diff(t, "0s 200", "0s start", "0s answered", "0s OPTIONS 1",
			"10s closed", "10s gone: no media and no reply from the caller", "10s BYE 2", "42s forgotten")
	})
}

// TestSilentButThere: as long as the probes are answered, the call stands.
func TestSilentButThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		b.ack(1, "")
		b.report(media.Event{Kind: media.Silent})
		time.Sleep(45 * time.Second)
		b.report(media.Event{Kind: media.Heard})
		time.Sleep(10 * time.Minute)
		b.leg.end(endFarEnd)
		<-b.leg.done
		b.diff(t, "0s 200", "0s start", "0s answered", "0s OPTIONS 1", "20s OPTIONS 2", "40s OPTIONS 3",
			"10m45s closed", "10m45s gone: the caller hung up", "10m45s forgotten")
	})
}

func TestHeldFarEndIsProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		b.ack(1, "")
		synctest.Wait()
		b.post(b.request(sipmsg.UPDATE, 2, testOffer+"a=sendonly\r\n"))
		time.Sleep(61 * time.Second)
		b.leg.end(endClosed)
		<-b.leg.done
		b.diff(t, "0s 200", "0s start", "0s answered", "0s 200", "0s update", "0s held true", "20s OPTIONS 1", "40s OPTIONS 2", "1m0s OPTIONS 3",
			"1m1s closed", "1m1s gone: the bridge is down", "1m1s forgotten")
	})
}

// TestOvertaking: sipgo runs each message on a goroutine of its own, so what is sent in order may come in any.
func TestOvertaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		b.post(b.request(sipmsg.BYE, 4, ""))
		time.Sleep(10 * time.Millisecond)
		b.post(b.request(sipmsg.UPDATE, 3, testOffer))
		b.ack(1, "") // before the change that is missing: that is not kept waiting for it
		b.post(b.request(sipmsg.UPDATE, 2, testOffer+"a=sendonly\r\n"))
		<-b.leg.done
		b.diff(t, "0s 200", "10ms start", "10ms answered", "10ms 200", "10ms update", "10ms held true", "10ms 200", "10ms update", "10ms held false",
			"10ms 200", "10ms closed", "10ms gone: the caller hung up", "10ms forgotten")
	})
}

// TestChangeBeforeTheAck: a re-INVITE waits a moment for the ACK that it may have overtaken, and gets 491 if none comes.
func TestChangeBeforeTheAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.run()
		b.post(b.request(sipmsg.INVITE, 2, testOffer))
		time.Sleep(10 * time.Millisecond)
		b.ack(1, "")
		synctest.Wait()
		b.post(b.request(sipmsg.INVITE, 3, testOffer))
		time.Sleep(100 * time.Millisecond)
		b.ack(2, "")
		b.leg.end(endFarEnd)
		<-b.leg.done
		b.diff(t, "0s 200", "10ms start", "10ms answered", "10ms 200", "10ms update", "60ms 491",
			"110ms closed", "110ms gone: the caller hung up", "110ms forgotten")
	})
}

func TestInboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t) // its leg does not run
		for i := range maxWaiting {
			if err := b.leg.inbox.put(item{in: b.request(sipmsg.OPTIONS, uint32(i+2), "")}); err != nil {
				t.Fatalf("request %d: %v", i, err)
			}
		}
		// Not 481: the far end would take the call for ended.
		if err := b.leg.inbox.put(item{in: b.request(sipmsg.OPTIONS, 100, "")}); err == nil || refuse(err).status != 500 || !refuse(err).retry {
			t.Errorf("one too many: %v", err)
		}
		if err := b.leg.inbox.put(item{run: func() {}}); err != nil {
			t.Errorf("a post of our own: %v", err)
		}
		b.leg.inbox.close()
		if err := b.leg.inbox.put(item{in: b.request(sipmsg.OPTIONS, 101, "")}); err == nil || refuse(err).status != 481 {
			t.Errorf("after the end: %v", err)
		}
	})
}

func TestSequencer(t *testing.T) {
	t.Parallel()
	type arrival struct {
		ms  int
		seq uint32
	}
	cases := map[string]struct {
		arrive []arrival
		want   []string // "<ms> <CSeq>"
	}{
		"in order":            {[]arrival{{0, 2}, {0, 3}, {0, 4}}, []string{"0 2", "0 3", "0 4"}},
		"overtaken":           {[]arrival{{0, 4}, {5, 3}, {10, 2}}, []string{"10 2", "10 3", "10 4"}},
		"a legal gap":         {[]arrival{{0, 5}}, []string{"50 5"}},
		"two gaps":            {[]arrival{{0, 9}, {0, 5}}, []string{"50 5", "50 9"}},
		"too late":            {[]arrival{{0, 5}, {60, 3}}, []string{"50 5", "60 3 refused"}},
		"twice":               {[]arrival{{0, 2}, {5, 2}, {9, 5}, {10, 5}}, []string{"0 2", "5 2 refused", "10 5 refused", "59 5"}},
		"before the first":    {[]arrival{{0, 1}}, []string{"0 1 refused"}},
		"the greatest number": {[]arrival{{0, 1<<32 - 1}}, []string{"50 4294967295"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			s, start := sequencer{last: 1}, time.Now()
			for ms := range 200 {
				now := start.Add(time.Duration(ms) * time.Millisecond)
				add := func(a arrival) {
					in := &incoming{req: sipmsg.NewRequest(sipmsg.OPTIONS, sipmsg.Uri{}), came: now}
					in.req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: a.seq})
					if !s.add(in) {
						got = append(got, fmt.Sprintf("%d %d refused", ms, a.seq))
					}
				}
				drain := func() {
					for in, _ := s.next(now, never); in != nil; in, _ = s.next(now, never) {
						got = append(got, fmt.Sprintf("%d %d", ms, seqOf(in.req)))
					}
				}
				for _, a := range c.arrive {
					if a.ms == ms {
						add(a)
					}
				}
				drain()
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func never(*incoming) bool { return false }
