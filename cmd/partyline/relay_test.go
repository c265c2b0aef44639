package main

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// badNetwork says what a relay does to the packets of each way.
type badNetwork struct {
	seed   uint64
	loss   float64
	twice  float64               // so many come twice
	jitter time.Duration         // up to so much later, each packet by itself: they overtake one another
	up     func(n int, p []byte) // changes the n-th packet on its way to the bridge; nil: nothing
}

// relay carries the RTP of one telephone over a bad network.
type relay struct {
	t         *testing.T
	bad       badNetwork
	near, far *net.UDPConn // towards the telephone, towards the bridge
	readers   sync.WaitGroup
	late      sync.WaitGroup // packets on their way

	mu     sync.Mutex
	phone  netip.AddrPort           // guarded by mu
	bridge netip.AddrPort           // guarded by mu
	ways   map[*net.UDPConn]*oneWay // by where its packets come from; guarded by mu
}

// oneWay is one of the two directions; the same packets fare the same in every run.
type oneWay struct {
	random  *rand.Rand
	packets int
}

func newRelay(t *testing.T, bad badNetwork) *relay {
	t.Helper()
	r := &relay{t: t, bad: bad}
	var err error
	local := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	r.near, err = net.ListenUDP("udp", local)
	must(t, err)
	r.far, err = net.ListenUDP("udp", local)
	must(t, err)
	r.ways = map[*net.UDPConn]*oneWay{
		r.near: {random: rand.New(rand.NewPCG(bad.seed, 0))}, r.far: {random: rand.New(rand.NewPCG(bad.seed, 1))},
	}
	t.Cleanup(r.close)
	return r
}

// to is the telephone's [phone.Options.Relay].
func (r *relay) to(bridge netip.AddrPort) netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.bridge.IsValid() {
		r.readers.Go(func() { r.carry(r.near, r.far) }) // close waits for both
		r.readers.Go(func() { r.carry(r.far, r.near) })
	}
	r.bridge = bridge
	return netip.MustParseAddrPort(r.near.LocalAddr().String())
}

func (r *relay) close() {
	if err := errors.Join(r.near.Close(), r.far.Close()); err != nil {
		r.t.Errorf("relay: %v", err)
	}
	r.readers.Wait()
	r.late.Wait()
}

// carry takes packets from one side to the other until the relay is closed.
func (r *relay) carry(from, to *net.UDPConn) {
	buf := make([]byte, 2048)
	for {
		n, source, err := from.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error: the other end has gone
		}
		p := append([]byte(nil), buf[:n]...)
		target, delay, copies := r.fate(from, source, p)
		if copies == 0 {
			continue
		}
		if copies > 1 {
			_, _ = to.WriteToUDPAddrPort(p, target) // a packet that cannot be sent is lost
		}
		if delay == 0 {
			_, _ = to.WriteToUDPAddrPort(p, target) // a packet that cannot be sent is lost
			continue
		}
		r.late.Add(1)
		time.AfterFunc(delay, func() {
			defer r.late.Done()
			_, _ = to.WriteToUDPAddrPort(p, target) // ditto
		})
	}
}

// fate decides what becomes of a packet.
func (r *relay) fate(from *net.UDPConn, source netip.AddrPort, p []byte) (target netip.AddrPort, delay time.Duration, copies int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	way := r.ways[from]
	target = r.phone
	if from == r.near {
		r.phone, target = source, r.bridge
		if r.bad.up != nil {
			r.bad.up(way.packets, p)
		}
	}
	way.packets++
	lost, late := way.random.Float64() < r.bad.loss, way.random.Float64()
	twice := r.bad.twice > 0 && way.random.Float64() < r.bad.twice
	delay = time.Duration(late * float64(r.bad.jitter))
	switch {
	case lost || !target.IsValid():
		return target, delay, 0
	case twice:
		return target, delay, 2
	}
	return target, delay, 1
}

// wrapSoon changes the numbers of a stream so that its sequence number wraps after 100 packets, and its time stamp after
// 80; the second half of it has another SSRC and begins anew.
func wrapSoon(half int) func(n int, p []byte) {
	var seq uint16
	var ts uint32
	return func(n int, p []byte) {
		if n == 0 {
			seq = 65535 - 100 - binary.BigEndian.Uint16(p[2:])
			ts = -binary.BigEndian.Uint32(p[4:]) - 80*160
		}
		if n >= half {
			binary.BigEndian.PutUint32(p[8:], binary.BigEndian.Uint32(p[8:])+1)
			binary.BigEndian.PutUint16(p[2:], binary.BigEndian.Uint16(p[2:])+seq+12345)
			binary.BigEndian.PutUint32(p[4:], binary.BigEndian.Uint32(p[4:])+ts+1<<30)
			return
		}
		binary.BigEndian.PutUint16(p[2:], binary.BigEndian.Uint16(p[2:])+seq)
		binary.BigEndian.PutUint32(p[4:], binary.BigEndian.Uint32(p[4:])+ts)
	}
}
