//go:build !linux

package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"
)

// Elsewhere than on Linux a goroutine per socket reads ahead. That is for trying things out: it costs many times as
// much, and packets are stamped only here.

// readAhead is how many packets wait at most; the newest are dropped.
const readAhead = 64

// batchSys is not needed here.
type batchSys struct{}

type netConn struct {
	udp    *net.UDPConn
	local  netip.AddrPort
	queue  chan netPacket
	closed atomic.Bool
}

type netPacket struct {
	data  []byte
	from  netip.AddrPort
	stamp int64
}

// ListenMarked is Listen: packets go unmarked here.
func ListenMarked(addr netip.AddrPort, _ uint8) (Conn, error) {
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, fmt.Errorf("bind UDP socket to %s: %w", addr, err)
	}
	local, err := netip.ParseAddrPort(udp.LocalAddr().String())
	if err != nil {
		return nil, errors.Join(err, udp.Close())
	}
	c := &netConn{udp: udp, local: local, queue: make(chan netPacket, readAhead)}
	go c.read() // ends with Close
	return c, nil
}

func (c *netConn) read() {
	buf := make([]byte, MaxPacket+1)
	for !c.closed.Load() {
		n, from, err := c.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			continue
		}
		p := netPacket{
			data: slices.Clone(buf[:n]), stamp: time.Now().UnixNano(),
			from: netip.AddrPortFrom(from.Addr().Unmap(), from.Port()),
		}
		select {
		case c.queue <- p:
		default:
		}
	}
}

// Recv implements Conn.
func (c *netConn) Recv(b *Batch) (int, error) {
	if c.closed.Load() {
		return 0, ErrClosed
	}
	for n := range BatchSize {
		select {
		case p := <-c.queue:
			b.Packets[n] = Packet{
				Data: p.data[:min(len(p.data), MaxPacket)], From: p.from, Arrival: b.arrival(p.stamp),
				Cut: len(p.data) > MaxPacket,
			}
		default:
			return n, nil
		}
	}
	return BatchSize, nil
}

// Send implements Conn.
func (c *netConn) Send(p []byte, to netip.AddrPort) error {
	if c.closed.Load() {
		return ErrClosed
	}
	if len(p) == 0 {
		return nil
	}
	_, err := c.udp.WriteToUDPAddrPort(p, to)
	return err
}

// LocalAddr implements Conn.
func (c *netConn) LocalAddr() netip.AddrPort { return c.local }

// Close implements Conn.
func (c *netConn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.udp.Close()
}
