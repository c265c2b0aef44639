package media

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// MemNet is a network in memory: for tests inside a testing/synctest bubble, where a real socket would not wait
// durably. Its Listen goes into PoolOptions.Listen. Safe for concurrent use; the zero value is ready.
type MemNet struct {
	mu    sync.Mutex
	conns map[netip.AddrPort]*MemConn
}

// memQueue bounds what waits in a MemConn, like a socket buffer.
const memQueue = 64

// MemConn is a [Conn] of a MemNet.
type MemConn struct {
	net   *MemNet
	local netip.AddrPort

	// guarded by net.mu
	queue  []memPacket
	closed bool
	taken  [BatchSize]memPacket // what Batch.Packets of the last Recv point to
}

type memPacket struct {
	data []byte
	from netip.AddrPort
	sent time.Time
}

// Listen binds a MemConn; an address can be bound once.
func (n *MemNet) Listen(addr netip.AddrPort) (Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[addr] != nil {
		return nil, fmt.Errorf("media: %s is in use", addr)
	}
	if n.conns == nil {
		n.conns = make(map[netip.AddrPort]*MemConn)
	}
	c := &MemConn{net: n, local: addr}
	n.conns[addr] = c
	return c, nil
}

// Open says how many addresses are bound.
func (n *MemNet) Open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.conns)
}

// Recv implements Conn.
func (c *MemConn) Recv(b *Batch) (int, error) {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.closed {
		return 0, ErrClosed
	}
	n := copy(c.taken[:], c.queue)
	c.queue = slices.Delete(c.queue, 0, n)
	for i := range n {
		p := &c.taken[i]
		data := p.data[:min(len(p.data), MaxPacket)]
		b.Packets[i] = Packet{
			Data: data, From: p.from, Cut: len(p.data) > MaxPacket,
			Arrival: b.Now.Mono - int64(b.Now.Wall.Sub(p.sent)),
		}
	}
	return n, nil
}

// Send implements Conn: the packet is there at once. A packet to nobody is lost, one to a full queue too.
func (c *MemConn) Send(p []byte, to netip.AddrPort) error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	if d := c.net.conns[to]; d != nil && len(d.queue) < memQueue {
		d.queue = append(d.queue, memPacket{data: slices.Clone(p), from: c.local, sent: time.Now()})
	}
	return nil
}

// LocalAddr implements Conn.
func (c *MemConn) LocalAddr() netip.AddrPort { return c.local }

// Close implements Conn.
func (c *MemConn) Close() error {
	c.net.mu.Lock()
	defer c.net.mu.Unlock()
	if !c.closed {
		c.closed = true
		delete(c.net.conns, c.local)
	}
	return nil
}
