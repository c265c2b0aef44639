package phone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/mixer/media"
)

// Options of one call.
type Options struct {
	From      string            // user part of From and Contact; empty: "phone"
	Name      string            // display name of From
	Network   string            // "udp", "tcp" or "tls"; empty: udp
	Codecs    []media.Codec     // in order of preference; nil: PCMU, PCMA
	Ptime     time.Duration     // 10 to 60 ms in steps of 10; 0: 20 ms
	LateOffer bool              // INVITE without SDP: the far end offers, the ACK answers
	NoEvents  bool              // offer no telephone-event
	NoEnds    bool              // leave the end packets of telephone-events out
	Source    Source            // what is said; nil: silence
	SRTP      SRTP              // how media is encrypted
	Record    time.Duration     // how much of what was heard is kept; 0: 3 s
	Headers   map[string]string // further headers of the INVITE

	// Relay says where RTP goes, and comes from, instead of the far end's address; nil: it is the far end's. For
	// tests with a bad network in between.
	Relay func(far netip.AddrPort) netip.AddrPort
}

func (o *Options) validate() error {
	if o.Ptime%(10*time.Millisecond) != 0 || o.Ptime < 0 || o.Ptime > 60*time.Millisecond {
		return fmt.Errorf("ptime %v is not 10 to 60 ms in steps of 10", o.Ptime)
	}
	if o.From == "" {
		o.From = "phone"
	}
	if len(o.Codecs) == 0 {
		o.Codecs = []media.Codec{media.PCMU, media.PCMA}
	}
	if o.Ptime == 0 {
		o.Ptime = 20 * time.Millisecond
	}
	if o.Record == 0 {
		o.Record = 3 * time.Second
	}
	return nil
}

// StatusError is a refusal: a final answer other than 2xx.
type StatusError struct {
	Code   int
	Phrase string
	Reason string // the Reason header (RFC 3326), if there was one
}

// Error says the status.
func (e *StatusError) Error() string {
	if e.Reason != "" {
		return fmt.Sprintf("refused with %d %s (%s)", e.Code, e.Phrase, e.Reason)
	}
	return fmt.Sprintf("refused with %d %s", e.Code, e.Phrase)
}

func refused(res *sip.Response) error {
	e := &StatusError{Code: res.StatusCode, Phrase: res.Reason}
	if h := res.GetHeader("Reason"); h != nil {
		e.Reason = h.Value()
	}
	return e
}

// Dial calls target, a SIP URI, and returns when the call is answered and
// acknowledged. If ctx ends before that, the call is cancelled.
func (s *Set) Dial(ctx context.Context, target string, o Options) (*Call, error) {
	c, err := s.newCall(target, o)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", target, err)
	}
	if err := c.invite(ctx, o); err != nil {
		c.end(End{Reason: err.Error()})
		return nil, fmt.Errorf("call %s: %w", target, err)
	}
	s.pacer.add(c.stream)
	return c, nil
}

func (s *Set) newCall(target string, o Options) (*Call, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	network, err := listenNetwork(o.Network)
	if err != nil {
		return nil, err
	}
	var uri sip.Uri
	if !strings.HasPrefix(target, "sip:") {
		target = "sip:" + target
	}
	if err := sip.ParseUri(target, &uri); err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	sock, err := OpenSocket(s.local)
	if err != nil {
		return nil, err
	}
	d := newDialog(uri, o.From, s.contact(o.From, network), network, s.userAgent)
	d.from.DisplayName = o.Name
	c := &Call{set: s, dialog: d, options: o, done: make(chan struct{}), session: uint64(rand.Uint32()), wants: media.SendRecv}
	c.stream = newStream(sock, o)
	if err := s.put(c); err != nil {
		return nil, errors.Join(err, sock.Close())
	}
	return c, nil
}

func newStream(sock *Socket, o Options) *stream {
	return &stream{
		sock: sock, rec: newRecorder(o.Record), noEnds: o.NoEnds, ptime: o.Ptime, source: o.Source, direction: media.Inactive, marker: true, eventRecv: payloadEvent,
		ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), tsRTP: rand.Uint32(),
	}
}

// invite makes the first INVITE and sees it through.
func (c *Call) invite(ctx context.Context, o Options) error {
	req := c.dialog.firstInvite()
	for name, value := range o.Headers {
		req.AppendHeader(sip.NewHeader(name, value))
	}
	if !o.LateOffer {
		c.setSDP(req, c.describe())
	}
	res, tx, err := c.transact(ctx, req)
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return refused(res)
	}
	if err := c.dialog.established(res); err != nil {
		return err
	}
	if err := c.acknowledge(tx, req, res, o.LateOffer); err != nil {
		return errors.Join(err, c.bye(context.WithoutCancel(ctx)))
	}
	return nil
}

// acknowledge sends the ACK of a 2xx, with the answer where the 2xx had the
// offer, and sends it again whenever the 2xx is repeated (RFC 3261 §13.2.2.4).
func (c *Call) acknowledge(tx *inviteTx, req *sip.Request, res *sip.Response, late bool) error {
	ack := c.dialog.ack(req.CSeq().SeqNo)
	theirs, err := parseSDP(res.Body())
	mine := description{direction: mirrored(theirs.direction)}
	if err == nil && late {
		if mine, err = c.answer(&theirs); err == nil {
			c.setSDP(ack, mine)
		}
	} else if err == nil && !slices.Contains(c.options.Codecs, theirs.codecs[0]) {
		err = errNoCodec
	}
	if err == nil {
		err = c.use(theirs, mine.direction)
	}
	return errors.Join(err, tx.acknowledge(ack))
}

// firstInvite is the request that begins the dialog.
func (d *dialog) firstInvite() *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buildLocked(sip.INVITE, d.cseq)
}

// mirrored is what this side does if the far end does d (RFC 3264 §6.1).
func mirrored(d media.Direction) media.Direction {
	switch d {
	case media.SendOnly:
		return media.RecvOnly
	case media.RecvOnly:
		return media.SendOnly
	default:
		return d
	}
}
