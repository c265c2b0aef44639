package main

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/sip"
)

// TestThousandCallsLeaveNothing makes 1,000 calls, a few at a time, in all the ways in which calls end. Then the running
// bridge has as many goroutines, descriptors and RTP ports as before.
func TestThousandCallsLeaveNothing(t *testing.T) {
	calls := 1000
	if raceEnabled {
		calls = 200
	}
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{change: manyCalls})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	const before = 24
	eachOf(t, before, func(i int) error { return b.oneCall(m, i) }) // whatever is made once is there now
	b.idle()
	goroutines, files := runtime.NumGoroutine(), len(openFiles(t))

	eachOf(t, calls, func(i int) error { return b.oneCall(m, i) })
	b.idle()
	await(t, "as before", func() error {
		if n := runtime.NumGoroutine(); n > goroutines {
			return fmt.Errorf("%d goroutines, %d before", n, goroutines)
		}
		if n := len(openFiles(t)); n > files {
			return fmt.Errorf("%d descriptors, %d before", n, files)
		}
		return nil
	})
	ended := b.app.ua.Stats().Ended
	if n := ended[sip.FarEnd] + ended[sip.HungUp]; n != uint64(before+calls) || len(ended) != 2 {
		t.Errorf("%d calls, which ended so: %v", before+calls, ended)
	}
}

// oneCall makes a call of one of several kinds.
func (b *bridge) oneCall(m bridgeapi.Meeting, kind int) error {
	user, network := m.AccessCode, "udp"
	if kind%3 == 0 {
		user = "attendant"
	}
	call, err := b.tryDial(user, phone.Options{From: fmt.Sprintf("+4940%05d", kind), Network: network, LateOffer: kind%4 == 0})
	if err != nil {
		return err
	}
	switch kind % 5 {
	case 0:
		err = call.SendDigits(b.t.Context(), "1#")
	case 1:
		return b.hangUp(call)
	case 2:
		err = phone.Await(b.t.Context(), func() error {
			if call.Recorder().Stats().Packets == 0 {
				return errors.New("nothing was heard")
			}
			return nil
		})
	}
	return errors.Join(err, call.Hangup(b.t.Context()))
}

// hangUp lets the bridge end a call.
func (b *bridge) hangUp(call *phone.Call) error {
	return phone.Await(b.t.Context(), func() error {
		for _, leg := range b.app.ua.Legs() {
			if leg.CallID == call.ID() {
				b.app.hangUp(leg.ID)
			}
		}
		if call.Err() == nil {
			return errors.New("the call is up")
		}
		return nil
	})
}

// idle waits until no call is left.
func (b *bridge) idle() {
	b.t.Helper()
	await(b.t, "no calls", func() error {
		b.api.Close() // connections of the API's client are no calls
		if s, c := b.app.ua.Stats(), b.app.engine.Counters(); s.Calls+c.PortsUsed > 0 {
			return fmt.Errorf("%d calls, %d pairs of ports", s.Calls, c.PortsUsed)
		}
		return nil
	})
}
