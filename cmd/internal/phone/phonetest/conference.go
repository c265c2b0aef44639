// Package phonetest is a small SIP conference to test telephones against: it
// answers every call, puts it into the room that the user part of the request
// URI names, and mixes. It is slow, simple, and shares no code with the real one
// but the codec tables.
package phonetest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Options of a conference.
type Options struct {
	Refuse func(user string) int // status to refuse a call with; nil or 0: it is answered
	Ring   func(user string) bool
	Hears  func(listener, talker *Leg) bool // who is mixed for whom; nil: those of one room

	Forward bool // do not mix: a packet goes on at once to the others of the room
}

// Conference is a running conference. Its methods are safe for concurrent use.
type Conference struct {
	t       testing.TB
	options Options
	ua      *sipgo.UserAgent
	client  *sipgo.Client
	server  *sipgo.Server
	dialogs *sipgo.DialogServerCache
	addr    string
	wait    sync.WaitGroup
	stop    context.CancelFunc

	mu     sync.Mutex
	legs   map[string]*Leg // by Call-ID
	played []int16         // what everybody still has to hear
	closed bool            // the test may be over: nothing can be told it
}

// New starts a conference that ends with the test.
func New(t testing.TB, o Options) *Conference {
	t.Helper()
	udp, tcp, err := listenBoth()
	check(t, err)
	c := &Conference{t: t, options: o, addr: udp.LocalAddr().String(), legs: make(map[string]*Leg)}
	quiet := slog.New(slog.DiscardHandler)
	c.ua, err = sipgo.NewUA(sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)))
	check(t, err)
	c.client, err = sipgo.NewClient(c.ua, sipgo.WithClientAddr(c.addr), sipgo.WithClientConnectionAddr(c.addr), sipgo.WithClientLogger(quiet))
	check(t, err)
	c.server, err = sipgo.NewServer(c.ua, sipgo.WithServerLogger(quiet))
	check(t, err)
	addr, ok := udp.LocalAddr().(*net.UDPAddr)
	if !ok {
		t.Fatal("no UDP address")
	}
	contact := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "conference", Host: "127.0.0.1", Port: addr.Port}}
	c.dialogs = sipgo.NewDialogServerCache(c.client, contact)
	c.handle()
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	known := &knownConn{PacketConn: udp, reading: make(chan struct{})}
	c.wait.Go(func() { c.served(c.server.ServeUDP(known)) })
	c.wait.Go(func() { c.served(c.server.ServeTCP(tcp)) })
	c.wait.Go(func() { c.mix(ctx) })
	t.Cleanup(func() { c.close(udp, tcp) })
	<-known.reading
	return c
}

// listenBoth opens UDP and TCP on one port.
func listenBoth() (*net.UDPConn, net.Listener, error) {
	var last error
	for range 16 {
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return nil, nil, err
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp, nil
		}
		last = errors.Join(err, udp.Close())
	}
	return nil, nil, last
}

// knownConn tells when sipgo knows a socket and can send from it.
type knownConn struct {
	net.PacketConn
	once    sync.Once
	reading chan struct{}
}

// ReadFrom reads, and tells so the first time.
func (k *knownConn) ReadFrom(p []byte) (int, net.Addr, error) {
	k.once.Do(func() { close(k.reading) })
	return k.PacketConn.ReadFrom(p)
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("conference: %v", err)
	}
}

// logf tells the test what could not be sent, as long as it runs: sipgo does not say when its transactions have ended.
func (c *Conference) logf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.t.Logf(format, args...)
	}
}

func (c *Conference) served(err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.t.Errorf("conference: %v", err)
	}
}

func (c *Conference) close(udp net.PacketConn, tcp net.Listener) {
	c.stop()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	for _, l := range c.Legs() {
		l.close()
	}
	err := errors.Join(c.ua.Close(), tcp.Close())
	if closed := udp.Close(); closed != nil && !errors.Is(closed, net.ErrClosed) {
		err = errors.Join(err, closed)
	}
	c.wait.Wait()
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.t.Errorf("conference: %v", err)
	}
}

// Addr is host:port of its SIP listeners.
func (c *Conference) Addr() string { return c.addr }

// Legs are the calls that are up.
func (c *Conference) Legs() []*Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	legs := make([]*Leg, 0, len(c.legs))
	for _, l := range c.legs {
		legs = append(legs, l)
	}
	return legs
}

// Leg is the call with that Call-ID, or nil.
func (c *Conference) Leg(callID string) *Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.legs[callID]
}

// frame is 20 ms.
const frame = 20 * time.Millisecond

// mix gives everybody the sum of the others of his room, every 20 ms.
func (c *Conference) mix(ctx context.Context) {
	start, timer := time.Now(), time.NewTimer(frame)
	defer timer.Stop()
	for n := 1; ; n++ {
		timer.Reset(time.Until(start.Add(time.Duration(n) * frame)))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			c.tick()
		}
	}
}

func (c *Conference) tick() {
	legs := c.Legs()
	for _, l := range legs {
		l.take()
	}
	if c.options.Forward {
		return
	}
	played := c.next()
	for _, l := range legs {
		sum := played
		for _, o := range legs {
			if o == l || !c.hears(l, o) {
				continue
			}
			for i, v := range o.now {
				sum[i] += int32(v)
			}
		}
		l.send(&sum)
	}
}

// Play lets everybody hear pcm, whatever his room.
func (c *Conference) Play(pcm []int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.played = append([]int16(nil), pcm...)
}

// next is the next frame of what is played.
func (c *Conference) next() (frame [160]int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(frame), len(c.played))
	for i, v := range c.played[:n] {
		frame[i] = int32(v)
	}
	c.played = c.played[n:]
	return frame
}

// forward passes a packet on to the others of the room.
func (c *Conference) forward(from *Leg, p []byte) {
	for _, l := range c.Legs() {
		if l != from && c.hears(l, from) {
			l.pass(p)
		}
	}
}

func (c *Conference) hears(l, o *Leg) bool {
	if c.options.Hears != nil {
		return c.options.Hears(l, o)
	}
	return l.Room() == o.Room()
}
