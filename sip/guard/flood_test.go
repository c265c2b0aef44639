package guard

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// heap is what is in use after collecting.
func heap() int64 {
	var m runtime.MemStats
	for range 2 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func sourceNumber(i int) netip.AddrPort {
	var ip [4]byte
	binary.BigEndian.PutUint32(ip[:], 10<<24+uint32(i))
	return netip.AddrPortFrom(netip.AddrFrom4(ip), uint16(1024+i%60_000))
}

// TestManySources: 200,000 sources, each of whose requests reaches the stack,
// leave nothing behind, neither here nor there. An ACK is used since it is the
// one request of which the stack keeps no transaction.
func TestManySources(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	rates := generous
	rates.Strangers = Rate{1e7, 1e7}
	s := newServer(t, Options{Rates: rates})
	before, after, _ := strings.Cut(strings.ReplaceAll(options("ack", stranger), "OPTIONS", "ACK"), "z9hG4bK")
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			s.send(sourceNumber(i), []byte(before+magic+strconv.Itoa(i)+after))
			<-s.seen
		}
	}
	flood(0, 2_000)
	// The guard's own tables are reserved from the start and count in full.
	empty := heap()
	n := 202_000
	if raceEnabled {
		n = 22_000
	}
	flood(2_000, n)
	if grown := heap() - empty; grown > 1<<20 {
		t.Errorf("%d KiB for %d sources", grown>>10, n)
	}
	if got := counts(s.guard, "passed_request"); got != uint64(n) {
		t.Errorf("%d passed", got)
	}
}

// TestFlood: a flood from 100,000 sources leaves bounded memory, goroutines and
// transactions, and a trusted source is still answered.
func TestFlood(t *testing.T) {
	trunk := netip.MustParseAddrPort("198.51.100.7:5060")
	s := newServer(t, Options{Trust: func(a netip.Addr) bool { return a == trunk.Addr() }})
	s.probe(t, trunk)
	before, routines := heap(), runtime.NumGoroutine()
	methods := []string{"OPTIONS", "REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE"}
	drained := make(chan int)
	stop := make(chan struct{})
	go func() { // ends with stop
		n := 0
		for {
			select {
			case <-s.sock.out:
				n++
			case <-stop:
				drained <- n
				return
			}
		}
	}()
	texts := make([]string, len(methods))
	for i, m := range methods {
		texts[i] = strings.ReplaceAll(invite("FLOOD", stranger), "INVITE", m)
	}
	for i := range 100_000 {
		text := strings.ReplaceAll(texts[i%len(texts)], "FLOOD", fmt.Sprint("f", i))
		s.send(sourceNumber(i), []byte(text))
	}
	close(stop)
	replies := <-drained
	if grown := heap() - before; grown > 24<<20 {
		t.Errorf("%d MiB kept after 100,000 requests", grown>>20)
	}
	// A call or request let through may still be on its way through the stack.
	passed := int(counts(s.guard, "passed_request"))
	if n := runtime.NumGoroutine() - routines; n > passed+10 {
		t.Errorf("%d goroutines more, %d requests passed", n, passed)
	}
	if passed > 20_000 || replies > 20_000 {
		t.Errorf("%d passed, %d replies", passed, replies)
	}
	for len(s.sock.out) > 0 {
		<-s.sock.out
	}
	s.send(trunk, []byte(options("after", trunk)))
	for {
		if d := s.reply(t); strings.Contains(string(d.data), "after") {
			if status(d.data) != 200 {
				t.Errorf("%q", d.data)
			}
			break
		}
	}
	t.Logf("%d passed, %d replies, %v", passed, replies, s.guard.Stats().Counts)
}

// TestGoroutinesEnd: nothing of the guard outlives its sockets.
func TestGoroutinesEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Run("serve", func(t *testing.T) {
		s := newStreamServer(t, Options{})
		for range 50 {
			c := s.dial(t)
			if _, err := c.Write([]byte(options("half", stranger)[:40])); err != nil {
				t.Fatal(err)
			}
		}
	})
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}

// TestNoAllocations: the path of a message costs no memory once warm.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection empties the pools
	g := New(Options{Rates: generous})
	data := []byte(strings.Replace(invite("a", stranger), "Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n", 1))
	refused := []byte(strings.ReplaceAll(string(data), "INVITE", "REGISTER"))
	in := inbound{peer: stranger}
	got := testing.AllocsPerRun(100, func() {
		for _, in.data = range [][]byte{data, refused} {
			if !g.admit(in.peer.Addr(), g.now()) {
				t.Fatal("not admitted")
			}
			g.inspect(&in, g.now())
		}
	})
	if got > 0 {
		t.Errorf("%v allocations for two messages", got)
	}
}

func BenchmarkInspect(b *testing.B) {
	g := New(Options{Rates: generous})
	call := invite("a", stranger)
	for _, c := range []struct{ name, text string }{
		{"result=passed", call},
		{"result=refused", strings.ReplaceAll(call, "INVITE", "REGISTER")},
		{"result=junk", strings.Repeat("junk ", 100)},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := inbound{data: []byte(c.text), peer: stranger}
			b.ReportAllocs()
			for b.Loop() {
				g.admit(in.peer.Addr(), g.now())
				g.inspect(&in, g.now())
			}
		})
	}
	b.Run("result=stack", func(b *testing.B) { // for comparison: the stack's parser alone
		b.ReportAllocs()
		for b.Loop() {
			if _, err := sip.ParseMessage([]byte(call)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
