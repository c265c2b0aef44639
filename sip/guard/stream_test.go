package guard

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
)

// streamServer is a guard before a stack on a TCP socket of loopback.
type streamServer struct {
	server
	srv      *sipgo.Server
	listener net.Listener
}

func newStreamServer(t testing.TB, o Options) *streamServer {
	t.Helper()
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &streamServer{server: server{guard: New(o), stack: ua}, srv: srv, listener: l}
	s.handle(srv)
	var running sync.WaitGroup
	running.Go(func() { _ = srv.ServeTCP(s.guard.Listener(l)) })
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
		_ = ua.Close()
	})
	return s
}

func (s *streamServer) dial(t testing.TB) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// converse writes data and an OPTIONS after it, and returns the replies to
// data: all until the connection ends, or until the OPTIONS is answered and as
// many as are wanted have come. The stack may answer out of order.
func converse(t testing.TB, c net.Conn, data []byte, wanted int) (replies [][]byte) {
	t.Helper()
	// The stack knows a transaction by its branch, on whatever connection.
	last := fmt.Sprint("last-", c.LocalAddr().(*net.TCPAddr).Port)
	if _, err := c.Write(append(data, options(last, stranger)...)); err != nil {
		t.Fatal(err)
	}
	for r, done := bufio.NewReader(c), false; !done || len(replies) < wanted; {
		reply, err := readMessage(r)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("no more after %q", replies)
		}
		if err != nil {
			return replies
		}
		if id := header(reply, "Call-ID"); len(id) == 1 && id[0] == last {
			done = true
		} else {
			replies = append(replies, reply)
		}
	}
	return replies
}

// readMessage reads one message without a body.
func readMessage(r *bufio.Reader) (all []byte, err error) {
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return all, err
		}
		if all = append(all, line...); string(line) == "\r\n" {
			return all, nil
		}
	}
}
