package guard

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// memConn is one end of a pipe with a peer address.
type memConn struct {
	net.Conn
	peer netip.AddrPort
}

func (c memConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.peer) }

// pipe returns a guarded connection from peer and the peer's end.
func pipe(t *testing.T, g *Guard, peer netip.AddrPort) (guarded, far net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	guarded = g.accept(memConn{near, peer}, nil)
	if guarded == nil {
		_ = near.Close()
		_ = far.Close()
	}
	return guarded, far
}

func TestConnTimeouts(t *testing.T) {
	t.Parallel()
	whole := options("a", stranger)
	for _, c := range []struct {
		name  string
		send  string
		drip  time.Duration // between bytes of send; 0: at once
		after time.Duration
		why   string
	}{
		{"silent from the start", "", 0, 30 * time.Second, "connection_timeout"},
		{"half a message", whole[:50], 0, 30 * time.Second, "connection_timeout"},
		{"a byte a second", whole, time.Second, 30 * time.Second, "connection_timeout"},
		{"idle after a message", whole, 0, time.Hour, "connection_timeout"},
		{"half a second message", whole + whole[:20], 0, 30 * time.Second, "connection_timeout"},
		{"no SIP", "GET / HTTP/1.1\r\n", 0, 0, "connection_broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := New(Options{Trust: func(netip.Addr) bool { return true }})
				guarded, far := pipe(t, g, stranger)
				var writing sync.WaitGroup
				defer writing.Wait()
				writing.Go(func() {
					step := len(c.send)
					if c.drip > 0 {
						step = 1
					}
					for rest := c.send; len(rest) > 0; rest = rest[step:] {
						if _, err := far.Write([]byte(rest[:step])); err != nil {
							return
						}
						time.Sleep(c.drip)
					}
				})
				start := time.Now()
				if _, err := io.Copy(io.Discard, guarded); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took != c.after {
					t.Errorf("closed after %s", took)
				}
				if counts(g, c.why) != 1 || g.Stats().Connections != 0 {
					t.Errorf("%v", g.Stats())
				}
				if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Errorf("far end not closed: %v", err)
				}
			})
		})
	}
}

// TestConnWriteTimeout: a peer that does not read does not hold the stack.
func TestConnWriteTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		guarded, _ := pipe(t, g, stranger)
		start := time.Now()
		if _, err := guarded.Write([]byte(options("a", stranger))); err == nil {
			t.Error("written to nobody")
		}
		if took := time.Since(start); took != 10*time.Second || g.Stats().Connections != 0 {
			t.Errorf("%s, %v", took, g.Stats())
		}
	})
}

func TestConnKeepAlive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		guarded, far := pipe(t, g, stranger)
		go func() { _, _ = io.Copy(io.Discard, guarded) }() // ends with the pipe
		for _, part := range []string{"\r\n\r\n", "\r\n", "\r", "\n"} {
			if _, err := far.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
			if part == "\r\n\r\n" || part == "\n" {
				pong := make([]byte, 2)
				if _, err := io.ReadFull(far, pong); err != nil || string(pong) != "\r\n" {
					t.Fatalf("%q %v", pong, err)
				}
			}
		}
		_ = far.Close()
		synctest.Wait()
		if got := counts(g, "keep_alive"); got != 2 {
			t.Errorf("%d keep-alives", got)
		}
	})
}

// TestConnCaps: connections are bounded per source, by ban and overall, and
// strangers do not keep trusted sources out.
func TestConnCaps(t *testing.T) {
	t.Parallel()
	g := New(Options{Limits: Limits{Conns: 50, ConnsPerSource: 20}})
	open := func(peer string, n int) (got int) {
		for range n {
			if guarded, _ := pipe(t, g, netip.MustParseAddrPort(peer)); guarded != nil {
				got++
				t.Cleanup(func() { _ = guarded.Close() })
			}
		}
		return got
	}
	for _, c := range []struct {
		peer string
		want int
	}{
		{"192.0.2.1:1", 20}, {"192.0.2.2:1", 20}, {"[2001:db8::1]:1", 10}, {"192.0.2.3:1", 0},
		{"127.0.0.1:1", 50}, {"[::1]:1", 0},
	} {
		if got := open(c.peer, 60); got != c.want {
			t.Errorf("%s: %d open", c.peer, got)
		}
	}
	if got := g.Stats().Connections; got != 100 {
		t.Errorf("%d counted", got)
	}
	for range 17 {
		feed(g, stranger, options("x", stranger))
	}
	if guarded, _ := pipe(t, g, stranger); guarded != nil || counts(g, "connection_banned") != 1 {
		t.Error("a banned source connected")
	}
}

// TestConnBan: over its rate a source loses its connection.
func TestConnBan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		guarded, far := pipe(t, g, stranger)
		go func() { // ends when the guard closes the pipe
			for {
				if _, err := far.Write([]byte(options("x", stranger))); err != nil {
					return
				}
			}
		}()
		r := bufio.NewReader(guarded)
		var got int
		for {
			if _, err := readMessage(r); err != nil {
				break
			}
			got++
		}
		if got != 16 || counts(g, "connection_banned") != 1 || g.Stats().Connections != 0 {
			t.Errorf("%d messages, %v", got, g.Stats())
		}
	})
}

// failing fails as a listener or socket does that lacks something for a while.
type failing struct {
	net.Listener
	left int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.left--; f.left >= 0 {
		return nil, errors.New("too many open files")
	}
	return nil, net.ErrClosed
}

func TestAcceptOutlivesErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		if _, err := g.Listener(&failing{left: 20}).Accept(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if got := counts(g, "accept_error"); got != 20 {
			t.Errorf("%d errors", got)
		}
		if _, err := g.Listener(&failing{left: 1000}).Accept(); errors.Is(err, net.ErrClosed) {
			t.Error("never gave up")
		}
	})
}

// TestStreamOverSockets runs requests in odd segments over TCP to a stack.
func TestStreamOverSockets(t *testing.T) {
	t.Parallel()
	s := newStreamServer(t, Options{})
	c := s.dial(t)
	text := "\r\n\r\n" + options("one", stranger) + invite("two", stranger) + strings.ReplaceAll(options("three", stranger), "OPTIONS", "PUBLISH")
	go func() { // ends with the text or the connection
		for _, b := range []byte(text) {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
		}
	}()
	r := bufio.NewReader(c)
	pong := make([]byte, 2)
	if _, err := io.ReadFull(r, pong); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for len(got) < 3 {
		m, err := readMessage(r)
		if err != nil {
			t.Fatal(err)
		}
		got[header(m, "Call-ID")[0]] = status(m)
	}
	if got["one"] != 200 || got["two"] != 200 || got["three"] != 405 {
		t.Error(got)
	}
}
