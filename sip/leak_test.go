package sip_test

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"partyline/sip"
	"partyline/sip/uatest"
)

// TestThousandCallsLeaveNothing counts goroutines and descriptors. It does not run beside other tests, whose sockets
// would be counted too.
func TestThousandCallsLeaveNothing(t *testing.T) {
	const phones, callsEach = 20, 50
	quiet := func(o *sip.Options) { o.Logger = slog.New(slog.DiscardHandler) }
	newRig(t, quiet).stop() // the runtime's poller and the like stay for good
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	r := newRig(t, quiet)

	var wg sync.WaitGroup
	for n := range phones {
		wg.Go(func() {
			phone := uatest.NewPhone(t, r.addr(transports[n%2]))
			defer phone.Close()
			for i := range callsEach {
				oneCall(phone, i)
			}
		})
	}
	wg.Wait()
	await(t, "legs", func() int { return r.ua.Stats().Calls }, 0)
	if s := r.ua.Stats(); s.Invites != phones*callsEach || s.Refused[488] != phones*callsEach/5 || s.Ended[sip.FarEnd] != phones*callsEach*4/5 {
		t.Errorf("not the calls that were made: %+v", s)
	}
	r.stop()
	await(t, "goroutines", runtime.NumGoroutine, goroutines)
	await(t, "open files", func() int { return openFiles(t) }, files)
}

// oneCall is one of several kinds of call.
func oneCall(phone *uatest.Phone, kind int) {
	call := phone.Call(fmt.Sprint(kind))
	switch kind % 5 {
	case 0: // refused
		call.Invite(uatest.Offer(4000, "18"))
		call.Refused(488)
		return
	case 1: // the ACK under the INVITE's own branch: wrong, and seen in the wild
		call.Invite(uatest.Offer(4000, "0 101"))
		call.AckRefusal(call.Answered())
	case 2: // late offer
		call.Invite("")
		call.Answered()
		call.Ack(uatest.Offer(4000, "0 101"))
	default: // with a change
		call.Dial(uatest.Offer(4000, "0 101"))
		call.Change("INVITE", uatest.Offer(4000, "8 101", "sendonly"))
	}
	call.Bye()
}

// await waits for a number to come down.
func await(t *testing.T, what string, now func() int, want int) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for got := now(); got > want; got = now() {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d %s, want %d\n%s", got, what, want, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

// openFiles counts this process's descriptors, where the system shows them.
func openFiles(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("descriptors are not counted: %v", err)
		return 0
	}
	return len(entries)
}
