package phone

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/mixer/media"
)

// End says how a call ended.
type End struct {
	Remote bool   // the far end hung up
	Reason string // the Reason header of its BYE, or what went wrong here
}

// Error makes an End an error.
func (e *End) Error() string {
	who := "this side ended the call"
	if e.Remote {
		who = "the far end hung up"
	}
	if e.Reason == "" {
		return who
	}
	return who + ": " + e.Reason
}

// Call is one call of a telephone, answered by the far end.
type Call struct {
	// immutable
	set     *Set
	dialog  *dialog
	stream  *stream
	options Options
	done    chan struct{}
	session uint64 // o= of the SDP

	offers  sync.Mutex // held during an offer/answer of ours
	answers sync.Mutex // held while an offer of the far end is answered

	mu       sync.Mutex
	version  uint64          // of our last SDP
	key      string          // of SRTP, that this side sends with
	wants    media.Direction // what this side would do if the far end agreed
	ended    *End
	offering bool // a re-INVITE of ours is under way
	offered  bool // a re-INVITE without SDP was answered with an offer; its ACK brings the answer
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.dialog.callID }

// Recorder is what the telephone hears.
func (c *Call) Recorder() *Recorder { return c.stream.rec }

// Local is the telephone's RTP address.
func (c *Call) Local() netip.AddrPort { return c.stream.sock.addr }

// Remote is where the telephone sends its RTP.
func (c *Call) Remote() netip.AddrPort {
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	return c.stream.remote
}

// Codec is what was agreed on.
func (c *Call) Codec() media.Codec {
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	return c.stream.codec
}

// Sent is how many RTP packets have left, and how many the kernel refused.
func (c *Call) Sent() (packets, failed uint64) {
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	return c.stream.sent, c.stream.sendErrs
}

// Say makes src what the telephone says from the next packet on; nil is silence.
func (c *Call) Say(src Source) { c.stream.setSource(src) }

// Mute stops the packets of the telephone, or lets them go on, as a line that is cut.
func (c *Call) Mute(stop bool) { c.stream.setPaused(stop) }

// Done is closed when the call has ended.
func (c *Call) Done() <-chan struct{} { return c.done }

// Err is how the call ended, an [*End]; nil while it is up.
func (c *Call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		return nil
	}
	return c.ended
}

// Hold stops hearing the far end: with music a telephone would say sendonly,
// quiet ones say inactive.
func (c *Call) Hold(ctx context.Context, d media.Direction) error {
	if d != media.SendOnly && d != media.Inactive {
		return fmt.Errorf("hold: direction %d is neither sendonly nor inactive", d)
	}
	return c.reinvite(ctx, d)
}

// Resume ends a hold.
func (c *Call) Resume(ctx context.Context) error { return c.reinvite(ctx, media.SendRecv) }

// reinvite offers another direction.
func (c *Call) reinvite(ctx context.Context, d media.Direction) error {
	c.offers.Lock()
	defer c.offers.Unlock()
	c.mu.Lock()
	before := c.wants
	c.wants, c.offering = d, true
	c.mu.Unlock()
	err := c.offer(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offering = false
	if err != nil {
		c.wants = before
		return fmt.Errorf("re-INVITE: %w", err)
	}
	return nil
}

func (c *Call) offer(ctx context.Context) error {
	req := c.dialog.request(sip.INVITE)
	c.setSDP(req, c.describe())
	res, tx, err := c.transact(ctx, req)
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return refused(res)
	}
	c.dialog.retarget(res.Contact())
	return c.acknowledge(tx, req, res, false)
}

// Hangup ends the call with BYE. A call that has already ended is no error.
func (c *Call) Hangup(ctx context.Context) error {
	if !c.end(End{}) {
		return nil
	}
	return c.bye(ctx)
}

// Vanish ends the call as a telephone does whose battery is empty: without a word.
func (c *Call) Vanish() { c.end(End{Reason: "vanished"}) }

func (c *Call) bye(ctx context.Context) error {
	res, err := c.do(ctx, c.dialog.request(sip.BYE))
	if err != nil {
		return err
	}
	if !res.IsSuccess() && res.StatusCode != sip.StatusCallTransactionDoesNotExists {
		return fmt.Errorf("send BYE: %w", refused(res))
	}
	return nil
}

// end stops the media and says whether the call was up.
func (c *Call) end(how End) bool {
	c.mu.Lock()
	if c.ended != nil {
		c.mu.Unlock()
		return false
	}
	c.ended = &how
	c.mu.Unlock()
	c.set.pacer.remove(c.stream)
	if err := c.stream.close(); err != nil {
		c.set.logger.Warn("rtp socket not closed", "err", err)
	}
	c.set.drop(c)
	close(c.done)
	return true
}

// HangupAll ends all calls of the set, some at a time.
func (s *Set) HangupAll(ctx context.Context) error {
	const atOnce = 32
	calls := make(chan *Call)
	errs := make(chan error, atOnce)
	var wait sync.WaitGroup
	for range atOnce {
		wait.Go(func() { // waited for below
			var all error
			for c := range calls {
				all = errors.Join(all, c.Hangup(ctx))
			}
			errs <- all
		})
	}
	for _, c := range s.Calls() {
		calls <- c
	}
	close(calls)
	wait.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return all
}

// describe is what this side offers now.
func (c *Call) describe() description {
	d := description{addr: c.stream.sock.addr, codecs: c.options.Codecs, ptime: c.options.Ptime}
	if !c.options.NoEvents {
		d.event = payloadEvent
	}
	c.mu.Lock()
	d.direction = c.wants
	c.mu.Unlock()
	c.secure(&d)
	return d
}

// errNoCodec is an offer of which this telephone has no codec.
var errNoCodec = errors.New("no codec in common")

// answer is what this side says to the far end's offer: of its codecs the first
// that this telephone has (RFC 3264 §6.1). What was offered is cut down to it.
func (c *Call) answer(theirs *description) (description, error) {
	mine := c.describe()
	mine.direction = meet(mine.direction, mirrored(theirs.direction))
	mine.event = theirs.event
	if len(mine.crypto) > 0 {
		mine.proto = theirs.proto
		at := slices.IndexFunc(theirs.crypto, func(l cryptoLine) bool { return l.suite == mine.crypto[0].suite })
		if at < 0 {
			return mine, errNoKey
		}
		mine.crypto[0].tag = theirs.crypto[at].tag
	}
	if c.options.NoEvents {
		mine.event = 0
	}
	for _, have := range theirs.codecs {
		if slices.Contains(c.options.Codecs, have) {
			mine.codecs = []media.Codec{have}
			theirs.codecs = mine.codecs
			c.stream.setEventRecv(mine.event)
			return mine, nil
		}
	}
	return mine, errNoCodec
}

// meet is what both a and b allow.
func meet(a, b media.Direction) media.Direction {
	sends := a != media.RecvOnly && a != media.Inactive && b != media.RecvOnly && b != media.Inactive
	hears := a != media.SendOnly && a != media.Inactive && b != media.SendOnly && b != media.Inactive
	switch {
	case sends && hears:
		return media.SendRecv
	case sends:
		return media.SendOnly
	case hears:
		return media.RecvOnly
	}
	return media.Inactive
}

// use makes the far end's description what the media follow.
func (c *Call) use(theirs description, mine media.Direction) error {
	if c.options.NoEvents {
		theirs.event = 0
	}
	if c.options.Relay != nil {
		theirs.addr = c.options.Relay(theirs.addr)
	}
	if err := c.protect(theirs); err != nil {
		return err
	}
	c.stream.setRemote(theirs, mine)
	return nil
}

// setSDP puts a description of ours into a message.
func (c *Call) setSDP(m interface {
	AppendHeader(sip.Header)
	SetBody([]byte)
}, d description) {
	c.mu.Lock()
	c.version++
	body := formatSDP(d, c.session, c.version)
	c.mu.Unlock()
	kind := sip.ContentTypeHeader("application/sdp")
	m.AppendHeader(&kind)
	m.SetBody(body)
}

// Await waits until what cond looks at is so. It looks every packet time and
// gives up, with the last error of cond, when ctx ends.
func Await(ctx context.Context, cond func() error) error {
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		err := cond()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		case <-t.C:
		}
	}
}
