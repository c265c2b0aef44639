package guard

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"partyline/sip/certtest"
)

// client speaks TLS on the far end of a pipe.
func client(far net.Conn, a *certtest.Authority, show ...tls.Certificate) *tls.Conn {
	return tls.Client(far, &tls.Config{RootCAs: a.Pool, ServerName: "bridge.test", Certificates: show})
}

func serverTLS(a *certtest.Authority) *TLS {
	return &TLS{Config: &tls.Config{
		Certificates: []tls.Certificate{a.Pair("bridge.test")}, MinVersion: tls.VersionTLS12,
		ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: a.Pool,
	}}
}

// hello is what a client says first.
func hello(a *certtest.Authority) []byte {
	near, far := net.Pipe()
	defer near.Close()
	go func() { _ = client(far, a).Handshake() }() // ends with the pipe
	buf := make([]byte, 4096)
	n, err := near.Read(buf)
	if err != nil {
		panic(err)
	}
	return buf[:n]
}

// TestTLSTimeouts: a peer that is slow in any way is let go, and one that speaks no TLS at once.
func TestTLSTimeouts(t *testing.T) {
	t.Parallel()
	a := certtest.New(t)
	whole, first := options("a", stranger), hello(a)
	for _, c := range []struct {
		name  string
		raw   string // before any TLS
		shake bool
		send  string // after the handshake
		after time.Duration
		why   string
	}{
		{"silent from the start", "", false, "", 10 * time.Second, "connection_handshake"},
		{"half a hello", string(first[:40]), false, "", 10 * time.Second, "connection_handshake"},
		{"a hello and no more", string(first), false, "", 10 * time.Second, "connection_handshake"},
		{"plain SIP", whole, false, "", 0, "connection_handshake"},
		{"plain HTTP", "GET / HTTP/1.1\r\n\r\n", false, "", 0, "connection_handshake"},
		{"a hello with garbage after it", string(first) + strings.Repeat("x", 100), false, "", 0, "connection_handshake"},
		{"a handshake and no more", "", true, "", 30 * time.Second, "connection_timeout"},
		{"half a message", "", true, whole[:50], 30 * time.Second, "connection_timeout"},
		{"idle after a message", "", true, whole, time.Hour, "connection_timeout"},
		{"no SIP", "", true, "GET / HTTP/1.1\r\n", 0, "connection_broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := New(Options{Trust: func(netip.Addr) bool { return true }})
				near, far := net.Pipe()
				guarded := g.accept(memConn{near, stranger}, serverTLS(a))
				var peer sync.WaitGroup
				defer peer.Wait()
				peer.Go(func() {
					reads := io.Reader(far)
					if c.shake {
						secure := client(far, a)
						if err := secure.Handshake(); err != nil {
							t.Error(err)
						}
						_, _ = secure.Write([]byte(c.send)) // the guard may have hung up
						reads = secure
					} else {
						peer.Go(func() { _, _ = far.Write([]byte(c.raw)) })
					}
					_, _ = io.Copy(io.Discard, reads) // until the guard hangs up
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
			})
		})
	}
}

// TestTLSKeepAlive: a double empty line is answered with one (RFC 5626 §3.5.1).
func TestTLSKeepAlive(t *testing.T) {
	t.Parallel()
	a := certtest.New(t)
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		near, far := net.Pipe()
		guarded := g.accept(memConn{near, stranger}, serverTLS(a))
		go func() { _, _ = io.Copy(io.Discard, guarded) }() // ends with the pipe
		secure := client(far, a)
		if _, err := secure.Write([]byte("\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		pong := make([]byte, 2)
		if _, err := io.ReadFull(secure, pong); err != nil || string(pong) != "\r\n" {
			t.Fatalf("%q %v", pong, err)
		}
		_ = far.Close()
		synctest.Wait()
		if got := counts(g, "keep_alive"); got != 1 {
			t.Errorf("%d keep-alives", got)
		}
	})
}

// TestTLSByCertificate: where trunks are known by their certificates, a closed guard lets strangers show one, and no more.
func TestTLSByCertificate(t *testing.T) {
	t.Parallel()
	a := certtest.New(t)
	for _, c := range []struct {
		name  string
		show  []tls.Certificate
		names bool
		want  string
	}{
		{"a trunk's", []tls.Certificate{a.Pair("sbc.test")}, true, "passed_request"},
		{"another", []tls.Certificate{a.Pair("other.test")}, true, "stranger"},
		{"none", nil, true, "stranger"},
		{"a trunk's, where none is asked for", []tls.Certificate{a.Pair("sbc.test")}, false, "connection_banned"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := New(Options{Closed: true})
				how := serverTLS(a)
				if c.names {
					how.Trunk = func(c *x509.Certificate) string {
						return map[string]string{"sbc.test": "carrier"}[c.DNSNames[0]]
					}
				}
				near, far := net.Pipe()
				guarded := g.accept(memConn{near, stranger}, how)
				if guarded != nil {
					go func() { // ends with the pipe
						secure := client(far, a, c.show...)
						_, _ = secure.Write([]byte(invite("a", stranger)))
						_, _ = io.Copy(io.Discard, secure)
					}()
					_, err := readMessage(bufio.NewReader(guarded))
					if passed := c.want == "passed_request"; passed != (err == nil) {
						t.Error(err)
					}
					_ = guarded.Close()
				}
				_, _ = near.Close(), far.Close()
				if counts(g, c.want) != 1 || g.Stats().Connections != 0 {
					t.Errorf("%v", g.Stats())
				}
			})
		})
	}
}

// TestTLSForNothing: who opens connections and says nothing is banned as one who says too much.
func TestTLSForNothing(t *testing.T) {
	t.Parallel()
	a := certtest.New(t)
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		opened := 0
		for range 40 {
			near, far := net.Pipe()
			guarded := g.accept(memConn{near, stranger}, serverTLS(a))
			if guarded == nil {
				_, _ = near.Close(), far.Close()
				continue
			}
			opened++
			_ = far.Close()
			if _, err := guarded.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		}
		if opened != 17 || counts(g, "ban") != 1 || g.Stats().Connections != 0 {
			t.Errorf("%d opened, %v", opened, g.Stats())
		}
	})
}

// elsewhere is a listener whose first peers come from many addresses, 20 of each.
type elsewhere struct {
	net.Listener
	left atomic.Int64
}

func (e *elsewhere) Accept() (net.Conn, error) {
	c, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if n := e.left.Add(-1); n >= 0 {
		return memConn{c, netip.MustParseAddrPort(fmt.Sprintf("192.0.%d.%d:4000", n/20/250, 1+n/20%250))}, nil
	}
	return c, nil
}

// TestTLSIdleCrowd: 5,000 strangers that connect and say nothing hold a bounded number of places, and a trunk gets in at
// once; when their time is over none is left.
func TestTLSIdleCrowd(t *testing.T) {
	t.Parallel()
	const crowd, places = 5_000, 300
	a := certtest.New(t)
	s := newStreamServer(t, Options{
		Limits: Limits{Conns: places, Handshake: 3 * time.Second},
		Rates:  Rates{Handshakes: Rate{1e6, 1e6}, Source: Rate{1e6, 1e6}},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	strangers := &elsewhere{Listener: l}
	strangers.left.Store(crowd)
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.srv.ServeTLS(s.guard.TLSListener(strangers, *serverTLS(a))) })
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	held, most := []net.Conn{}, 0
	for range crowd {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if held = append(held, c); len(held) > 2*places {
			_ = held[0].Close() // the guard has refused it, or will see that it is gone
			held = held[1:]
		}
		most = max(most, s.guard.Stats().Connections)
	}
	if most > places || counts(s.guard, "connection_refused") == 0 {
		t.Errorf("%d at a time, %v", most, s.guard.Stats())
	}
	trunk, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: a.Pool, ServerName: "bridge.test"})
	if err != nil {
		t.Fatal(err)
	}
	defer trunk.Close()
	if err := trunk.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := trunk.Write([]byte(options("trunk", stranger))); err != nil {
		t.Fatal(err)
	}
	if m, err := readMessage(bufio.NewReader(trunk)); err != nil || status(m) != 200 {
		t.Errorf("the trunk is answered %q, %v", m, err)
	}
	for _, c := range held { // hung up on, or soon to be
		_ = c.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, c); err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		_ = c.Close()
	}
}
