package phone

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Socket is a non-blocking UDP socket that Go's poller never sees: the pacer
// drains it when it is the phone's turn, and the kernel says when each packet came.
type Socket struct {
	fd   int
	addr netip.AddrPort
	sa   unix.Sockaddr
}

// batchSize is how many packets one system call fetches; a phone gets one or two a turn.
const batchSize = 8

// maxDatagram is more than any RTP packet of G.711 needs; longer ones are cut.
const maxDatagram = 1500

// OpenSocket binds to an even port of local, as RFC 3550 §11 asks for RTP.
func OpenSocket(local netip.Addr) (*Socket, error) {
	var last error
	for range 32 {
		s, err := bindSocket(local)
		if err != nil {
			return nil, err
		}
		if s.addr.Port()%2 == 0 {
			return s, nil
		}
		last = errors.New("only odd ports were given out")
		if err := s.Close(); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("bind RTP socket: %w", last)
}

func bindSocket(local netip.Addr) (*Socket, error) {
	family := unix.AF_INET
	if local.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open RTP socket: %w", err)
	}
	s := &Socket{fd: fd}
	if err := s.setUp(local); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Socket) setUp(local netip.Addr) error {
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		return fmt.Errorf("ask for arrival times: %w", err)
	}
	if err := unix.Bind(s.fd, sockaddr(netip.AddrPortFrom(local, 0))); err != nil {
		return fmt.Errorf("bind RTP socket to %v: %w", local, err)
	}
	name, err := unix.Getsockname(s.fd)
	if err != nil {
		return fmt.Errorf("read RTP port: %w", err)
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		s.addr = netip.AddrPortFrom(local, uint16(name.Port))
	case *unix.SockaddrInet6:
		s.addr = netip.AddrPortFrom(local, uint16(name.Port))
	}
	s.sa = sockaddr(s.addr)
	return nil
}

// Close gives the port back.
func (s *Socket) Close() error { return unix.Close(s.fd) }

// Addr is where the socket receives.
func (s *Socket) Addr() netip.AddrPort { return s.addr }

// Sockaddr is Addr as Send takes it.
func (s *Socket) Sockaddr() unix.Sockaddr { return s.sa }

// sockaddr is addr as the kernel takes it.
func sockaddr(addr netip.AddrPort) unix.Sockaddr {
	if ip := addr.Addr().Unmap(); ip.Is4() {
		return &unix.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}
	}
	return &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
}

// Send sends p without waiting.
func (s *Socket) Send(p []byte, to unix.Sockaddr) error { return unix.Sendto(s.fd, p, 0, to) }

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	n   uint32
	_   [4]byte
}

// Batch is the memory that recvmmsg fills. One batch serves all sockets of a pacer.
type Batch struct {
	msgs     [batchSize]mmsghdr
	iovs     [batchSize]unix.Iovec
	names    [batchSize]unix.RawSockaddrInet6
	controls [batchSize][64]byte
	data     [batchSize][maxDatagram]byte
}

// NewBatch makes a batch.
func NewBatch() *Batch {
	b := new(Batch)
	for i := range b.msgs {
		b.iovs[i].Base = &b.data[i][0]
		b.iovs[i].SetLen(maxDatagram)
		b.msgs[i].hdr.Iov = &b.iovs[i]
		b.msgs[i].hdr.SetIovlen(1)
		b.msgs[i].hdr.Name = (*byte)(unsafe.Pointer(&b.names[i]))
		b.msgs[i].hdr.Control = &b.controls[i][0]
	}
	return b
}

// Recv fetches what has come, at most batchSize packets, without waiting.
func (s *Socket) Recv(b *Batch) int {
	for i := range b.msgs {
		b.msgs[i].hdr.Namelen = uint32(unsafe.Sizeof(b.names[i]))
		b.msgs[i].hdr.SetControllen(len(b.controls[i]))
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(s.fd), uintptr(unsafe.Pointer(&b.msgs[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0 // nothing there, or a late ICMP error of a port that has closed
	}
	return int(n)
}

func (b *Batch) payload(i int) []byte { return b.data[i][:min(int(b.msgs[i].n), maxDatagram)] }

// source is where packet i came from.
func (b *Batch) source(i int) netip.AddrPort {
	name := &b.names[i]
	port := (*[2]byte)(unsafe.Pointer(&name.Port))
	p := binary.BigEndian.Uint16(port[:])
	if name.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(name))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), p)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(name.Addr).Unmap(), p)
}

// stamp is when the kernel got packet i, in nanoseconds of the wall clock; 0: not said.
func (b *Batch) stamp(i int) int64 {
	hdrLen := unix.CmsgLen(0)
	c := b.controls[i][:b.msgs[i].hdr.Controllen]
	if len(c) < unix.CmsgLen(int(unsafe.Sizeof(unix.Timespec{}))) {
		return 0
	}
	h := (*unix.Cmsghdr)(unsafe.Pointer(&c[0]))
	if h.Level != unix.SOL_SOCKET || h.Type != unix.SO_TIMESTAMPNS {
		return 0
	}
	ts := (*unix.Timespec)(unsafe.Pointer(&c[hdrLen]))
	return ts.Nano()
}

// LocalFor is the address of this machine that packets to target, host:port, come from.
func LocalFor(target string) (netip.Addr, error) {
	c, err := net.Dial("udp", target)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find a way to %s: %w", target, err)
	}
	defer c.Close()
	addr, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok {
		return netip.Addr{}, fmt.Errorf("find a way to %s: no UDP address", target)
	}
	return addr.AddrPort().Addr().Unmap(), nil
}
