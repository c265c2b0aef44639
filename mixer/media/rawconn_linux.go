package media

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// This is the only file that talks to the kernel about packets. The descriptors are non-blocking and unknown to Go's
// poller, because a wake-up for each packet costs more than the packet: the owner asks them at every tick. The calls
// are raw, without telling the scheduler, since none of them can wait.

// The buffers that the kernel keeps for one socket: some 200 ms of packets in, a burst after a stall out.
// (Tuned 2026: the kernel counts about 1.3 KiB for a 20 ms packet of G.711.)
const (
	recvBuffer = 64 << 10
	sendBuffer = 64 << 10
)

// batchSys is what recvmmsg(2) wants to see of a Batch.
type batchSys struct {
	msgs [BatchSize]mmsghdr
	iovs [BatchSize]unix.Iovec
	from [BatchSize]unix.RawSockaddrInet6 // large enough for IPv4 too
	ctrl [BatchSize][ctrlSize]byte
	data [BatchSize][MaxPacket]byte
}

// mmsghdr is struct mmsghdr; Go's padding at its end is C's.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// ctrlSize holds one SCM_TIMESTAMPNS message.
const ctrlSize = 64

func newBatchSys() *batchSys {
	s := &batchSys{}
	for i := range s.msgs {
		s.iovs[i].Base = &s.data[i][0]
		s.iovs[i].SetLen(MaxPacket)
		h := &s.msgs[i].hdr
		h.Name = (*byte)(unsafe.Pointer(&s.from[i]))
		h.Iov = &s.iovs[i]
		h.SetIovlen(1)
		h.Control = &s.ctrl[i][0]
	}
	return s
}

// rawConn is a UDP socket.
type rawConn struct {
	fd    int
	v4    bool
	local netip.AddrPort

	// the address sent to last, as the kernel wants it
	to    netip.AddrPort
	toRaw unix.RawSockaddrInet6
	toLen uintptr
}

// ListenMarked binds a raw UDP socket to addr whose packets carry a DSCP (RFC 2474).
func ListenMarked(addr netip.AddrPort, dscp uint8) (Conn, error) {
	v4 := addr.Addr().Is4()
	family := unix.AF_INET6
	if v4 {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return nil, fmt.Errorf("open UDP socket: %w", err)
	}
	c := &rawConn{fd: fd, v4: v4}
	if err := errors.Join(c.mark(dscp), c.bind(addr)); err != nil {
		return nil, errors.Join(fmt.Errorf("bind UDP socket to %s: %w", addr, err), unix.Close(fd))
	}
	return c, nil
}

func (c *rawConn) bind(addr netip.AddrPort) error {
	for _, o := range []struct{ level, name, value int }{
		{unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1},
		{unix.SOL_SOCKET, unix.SO_RCVBUF, recvBuffer},
		{unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer},
	} {
		if err := unix.SetsockoptInt(c.fd, o.level, o.name, o.value); err != nil {
			return err
		}
	}
	var sa unix.Sockaddr = &unix.SockaddrInet4{Port: int(addr.Port()), Addr: as4(addr.Addr())}
	if !c.v4 {
		sa = &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
	}
	if err := unix.Bind(c.fd, sa); err != nil {
		return err
	}
	got, err := unix.Getsockname(c.fd)
	if err != nil {
		return err
	}
	switch got := got.(type) {
	case *unix.SockaddrInet4:
		c.local = netip.AddrPortFrom(netip.AddrFrom4(got.Addr), uint16(got.Port))
	case *unix.SockaddrInet6:
		c.local = netip.AddrPortFrom(netip.AddrFrom16(got.Addr), uint16(got.Port))
	}
	return nil
}

// mark sets the upper six bits of the traffic class; the lower two are the network's (RFC 3168).
func (c *rawConn) mark(dscp uint8) error {
	if dscp == 0 {
		return nil
	}
	err := unix.SetsockoptInt(c.fd, unix.IPPROTO_IP, unix.IP_TOS, int(dscp)<<2)
	if c.v4 {
		return err
	}
	return errors.Join(err, unix.SetsockoptInt(c.fd, unix.IPPROTO_IPV6, unix.IPV6_TCLASS, int(dscp)<<2))
}

func as4(a netip.Addr) [4]byte {
	if !a.Is4() {
		return [4]byte{}
	}
	return a.As4()
}

func (c *rawConn) LocalAddr() netip.AddrPort { return c.local }

func (c *rawConn) Close() error {
	if c.fd < 0 {
		return nil
	}
	fd := c.fd
	c.fd = -1
	return unix.Close(fd)
}

// Recv drains up to BatchSize packets with one system call.
func (c *rawConn) Recv(b *Batch) (int, error) {
	if c.fd < 0 {
		return 0, ErrClosed
	}
	if b.sys == nil {
		b.sys = newBatchSys()
	}
	s := b.sys
	for i := range s.msgs {
		h := &s.msgs[i].hdr
		h.Namelen = unix.SizeofSockaddrInet6
		h.SetControllen(ctrlSize)
	}
	r, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, uintptr(c.fd), uintptr(unsafe.Pointer(&s.msgs[0])),
		BatchSize, unix.MSG_DONTWAIT, 0, 0)
	runtime.KeepAlive(s)
	switch errno {
	case 0:
	case unix.EAGAIN, unix.EINTR, unix.ECONNREFUSED: // the last: an ICMP error of a packet sent before
		return 0, nil
	default:
		return 0, errno
	}
	n := int(r)
	for i := range n {
		m, p := &s.msgs[i], &b.Packets[i]
		p.Data = s.data[i][:m.len]
		p.Cut = m.hdr.Flags&unix.MSG_TRUNC != 0
		p.From = c.addrPort(&s.from[i])
		p.Arrival = b.arrival(stamp(s.ctrl[i][:m.hdr.Controllen]))
	}
	return n, nil
}

// stamp finds the SCM_TIMESTAMPNS among the control messages, 0: none.
func stamp(ctrl []byte) int64 {
	for len(ctrl) >= unix.SizeofCmsghdr {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&ctrl[0]))
		size := int(h.Len)
		if size < unix.SizeofCmsghdr || size > len(ctrl) {
			return 0
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SO_TIMESTAMPNS &&
			size >= unix.CmsgLen(int(unsafe.Sizeof(unix.Timespec{}))) {
			return (*unix.Timespec)(unsafe.Pointer(&ctrl[unix.CmsgLen(0)])).Nano()
		}
		ctrl = ctrl[min(len(ctrl), unix.CmsgSpace(size-unix.CmsgLen(0))):]
	}
	return 0
}

// addrPort reads a kernel address; the port is in network order.
func (c *rawConn) addrPort(raw *unix.RawSockaddrInet6) netip.AddrPort {
	port := (*[2]byte)(unsafe.Pointer(&raw.Port))
	number := uint16(port[0])<<8 | uint16(port[1])
	if c.v4 {
		return netip.AddrPortFrom(netip.AddrFrom4((*unix.RawSockaddrInet4)(unsafe.Pointer(raw)).Addr), number)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), number)
}

// setTo remembers to as the kernel wants it.
func (c *rawConn) setTo(to netip.AddrPort) {
	c.to, c.toRaw = to, unix.RawSockaddrInet6{}
	port := (*[2]byte)(unsafe.Pointer(&c.toRaw.Port)) // at the same place in both families
	port[0], port[1] = byte(to.Port()>>8), byte(to.Port())
	if c.v4 {
		raw := (*unix.RawSockaddrInet4)(unsafe.Pointer(&c.toRaw))
		raw.Family, raw.Addr = unix.AF_INET, as4(to.Addr().Unmap())
		c.toLen = unix.SizeofSockaddrInet4
		return
	}
	c.toRaw.Family, c.toRaw.Addr = unix.AF_INET6, to.Addr().As16()
	c.toLen = unix.SizeofSockaddrInet6
}

// Send sends one packet.
func (c *rawConn) Send(p []byte, to netip.AddrPort) error {
	if c.fd < 0 {
		return ErrClosed
	}
	if len(p) == 0 {
		return nil
	}
	if c.v4 && !to.Addr().Unmap().Is4() {
		return unix.EAFNOSUPPORT
	}
	if to != c.to {
		c.setTo(to)
	}
	_, _, errno := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(c.fd), uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&c.toRaw)), c.toLen)
	runtime.KeepAlive(p)
	if errno != 0 {
		return errno
	}
	return nil
}
