package control_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/controltest"
)

// caller is a bridge that may call, whose clock the test sets.
type caller struct {
	*bridge
	dialer *controltest.Dialer
	now    atomic.Int64
}

var wide = control.CallLimits{Parallel: 1000, MeetingParallel: 1000, PerMinute: 1000, PerHour: 1000, PerDay: 1000, MeetingPerDay: 1000, MinutesPerDay: 1000}

func newCaller(t *testing.T, store *controltest.Store, limits control.CallLimits, change ...func(*control.RegistryOptions)) *caller {
	t.Helper()
	c := &caller{dialer: &controltest.Dialer{}}
	c.now.Store(time.Now().Unix())
	c.bridge = newBridge(t, store, func(o *control.RegistryOptions) {
		o.Dialer, o.CallLimits = c.dialer, limits
		o.Now = func() time.Time { return time.Unix(c.now.Load(), 0) }
		for _, f := range change {
			f(o)
		}
	})
	t.Cleanup(c.stop)
	return c
}

func (c *caller) later(d time.Duration) { c.now.Add(int64(d / time.Second)) }

// tryCall calls a number that is called nowhere else.
func (c *caller) tryCall(m *control.Meeting, n int) (control.CallID, error) {
	r, err := m.Do(c.t.Context(), control.CallOut{To: fmt.Sprintf("+49 30%05d", n)}, control.Meta{Actor: "test"})
	id, _ := r.Value.(control.CallID)
	return id, err
}

func (c *caller) call(m *control.Meeting, n int) control.CallID {
	c.t.Helper()
	id, err := c.tryCall(m, n)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func codeOf(err error) control.Code {
	if e, ok := errors.AsType[*control.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestCallIsDialed(t *testing.T) {
	t.Parallel()
	c := newCaller(t, controltest.NewStore(), wide)
	m := c.create(0)
	id := c.call(m, 1)
	dialed := c.dialer.Dialed()
	if len(dialed) != 1 || dialed[0].ID != id || dialed[0].Number != "+493000001" || dialed[0].Leg == "" {
		t.Fatalf("%+v", dialed)
	}
	do(t, m, control.CancelCall{ID: id})
	do(t, m, control.CancelCall{ID: id})
	if diff := cmp.Diff([]control.LegID{dialed[0].Leg}, c.dialer.HungUp()); diff != "" {
		t.Errorf("hung up (-want +got):\n%s", diff)
	}
	do(t, m, control.CallOver{ID: id, Outcome: control.CallFailed})
	if s := c.reg.Stats(); s.CallsOut != 0 || s.CallsEnded[control.CallCancelled] != 1 {
		t.Errorf("%+v", s)
	}
}

func TestNobodyIsCalledWithoutADialer(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	t.Cleanup(b.stop)
	m := b.create(0)
	refused(t, m, control.CallOut{To: "+4930123417"}, control.CodeNotAllowed)
	if s := b.reg.Stats(); s.CallsDenied["off"] != 1 {
		t.Errorf("%+v", s)
	}
}

// TestRefusedCallsCostNothing: what is not made takes no place, whoever refuses it.
func TestRefusedCallsCostNothing(t *testing.T) {
	t.Parallel()
	limits := wide
	limits.Parallel, limits.PerDay = 1, 2
	c := newCaller(t, controltest.NewStore(), limits)
	m := c.create(0)
	refused(t, m, control.CallOut{To: "+331234567"}, control.CodeNotAllowed)
	refused(t, m, control.CallOut{To: "+4930123417", Room: "room_none"}, control.CodeNotFound)
	c.store.Fail(errors.New("down"))
	refused(t, m, control.CallOut{To: "+4930123417"}, control.CodeStore)
	c.store.Fail(nil)
	id := c.call(m, 1)
	if _, err := c.tryCall(m, 2); codeOf(err) != control.CodeLimit {
		t.Errorf("the second at a time: %v", err)
	}
	do(t, m, control.CallOver{ID: id, Outcome: control.CallBusy})
	do(t, m, control.CallOver{ID: c.call(m, 2), Outcome: control.CallBusy})
	if _, err := c.tryCall(m, 3); codeOf(err) != control.CodeRateLimited {
		t.Errorf("the third of the day: %v", err)
	}
	if s := c.reg.Stats(); s.CallsDenied["destination"] != 1 || s.CallsDenied["parallel"] != 1 || s.CallsDenied["per_day"] != 1 || len(c.dialer.Dialed()) != 2 {
		t.Errorf("%+v, dialed %+v", s, c.dialer.Dialed())
	}
}

// TestIdempotentCall: the retry of a request makes no second call, and takes no second place.
func TestIdempotentCall(t *testing.T) {
	t.Parallel()
	limits := wide
	limits.Parallel = 1
	c := newCaller(t, controltest.NewStore(), limits)
	m := c.create(0)
	var first control.Result
	for i := range 3 {
		r, err := m.Do(t.Context(), control.CallOut{To: "+4930123417"}, control.Meta{Actor: "test", Key: "k", Hash: "h"})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = r
		} else if r.Value != first.Value || !r.Replayed {
			t.Errorf("%+v, then %+v", first, r)
		}
	}
	if n := len(c.dialer.Dialed()); n != 1 {
		t.Errorf("%d calls", n)
	}
}

// TestCallLimits: each at its bound, and free again when its time is over.
func TestCallLimits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		set  func(*control.CallLimits)
		code control.Code
		open bool          // the calls go on
		wait time.Duration // until one more is taken
		each bool          // it is a meeting's own limit
	}{
		"parallel":         {func(l *control.CallLimits) { l.Parallel = 3 }, control.CodeLimit, true, 0, false},
		"meeting_parallel": {func(l *control.CallLimits) { l.MeetingParallel = 3 }, control.CodeLimit, true, 0, true},
		"per_minute":       {func(l *control.CallLimits) { l.PerMinute = 3 }, control.CodeRateLimited, false, time.Minute, false},
		"per_hour":         {func(l *control.CallLimits) { l.PerHour = 3 }, control.CodeRateLimited, false, time.Hour, false},
		"per_day":          {func(l *control.CallLimits) { l.PerDay = 3 }, control.CodeRateLimited, false, 24 * time.Hour, false},
		"meeting_per_day":  {func(l *control.CallLimits) { l.MeetingPerDay = 3 }, control.CodeRateLimited, false, 24 * time.Hour, true},
		"minutes_per_day":  {func(l *control.CallLimits) { l.MinutesPerDay = 6 }, control.CodeRateLimited, false, 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := wide
			tt.set(&limits)
			c := newCaller(t, controltest.NewStore(), limits)
			m, other := c.create(0), c.create(0)
			var ids []control.CallID
			for i := range 3 {
				id := c.call(m, i)
				ids = append(ids, id)
				if tt.open {
					continue
				}
				if name == "minutes_per_day" {
					do(t, m, control.CallTaken{ID: id})
					c.later(2 * time.Minute)
				}
				do(t, m, control.CallOver{ID: id, Outcome: control.CallBusy})
			}
			if _, err := c.tryCall(m, 9); codeOf(err) != tt.code {
				t.Errorf("one more: %v", err)
			}
			if c.reg.Stats().CallsDenied[name] != 1 {
				t.Errorf("%+v", c.reg.Stats())
			}
			if _, err := c.tryCall(other, 10); (err == nil) != tt.each {
				t.Errorf("of another meeting: %v", err)
			}
			if tt.open {
				do(t, m, control.CallOver{ID: ids[1], Outcome: control.CallBusy})
			}
			if tt.wait > 0 {
				c.later(tt.wait - 2*time.Second)
				if _, err := c.tryCall(m, 11); codeOf(err) != tt.code && name != "minutes_per_day" {
					t.Errorf("too soon: %v", err)
				}
				c.later(3 * time.Second)
			}
			c.call(m, 12)
		})
	}
}

// TestLimitsAreExact: 200 requests at a time, over ten meetings.
func TestLimitsAreExact(t *testing.T) {
	t.Parallel()
	limits := wide
	limits.Parallel, limits.MeetingParallel = 37, 5
	c := newCaller(t, controltest.NewStore(), limits)
	var meetings []*control.Meeting
	for range 10 {
		meetings = append(meetings, c.create(0))
	}
	for round := range 3 {
		made := make([][]control.CallID, len(meetings))
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				id, err := c.tryCall(meetings[i%10], 1000*round+i)
				if err != nil && codeOf(err) != control.CodeLimit {
					t.Errorf("%v", err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					made[i%10] = append(made[i%10], id)
				}
			})
		}
		wg.Wait()
		total := 0
		for i, ids := range made {
			if total += len(ids); len(ids) > 5 {
				t.Errorf("meeting %d has %d calls", i, len(ids))
			}
		}
		if total != 37 || len(c.dialer.Dialed()) != 37*(round+1) {
			t.Errorf("%d calls, %d dialed", total, len(c.dialer.Dialed()))
		}
		for i, ids := range made {
			for _, id := range ids {
				wg.Go(func() { do(t, meetings[i], control.CallOver{ID: id, Outcome: control.CallBusy}) })
			}
		}
		wg.Wait()
	}
}

// TestRestartEndsCalls: what did not outlive it has failed; attempts still count.
func TestRestartEndsCalls(t *testing.T) {
	t.Parallel()
	store, limits := controltest.NewStore(), wide
	limits.PerHour = 4
	c := newCaller(t, store, limits)
	m := c.create(0)
	ringing, lost, kept := c.call(m, 1), c.call(m, 2), c.call(m, 3)
	do(t, m, control.CallTaken{ID: lost})
	do(t, m, control.CallTaken{ID: kept})
	legs := map[control.CallID]control.LegID{}
	for _, d := range c.dialer.Dialed() {
		legs[d.ID] = d.Leg
	}
	do(t, m, control.Join{Leg: legs[kept], Kind: control.PhoneLeg, Call: kept})
	c.stop()

	again := newCaller(t, store, limits, func(o *control.RegistryOptions) {
		o.KeepLeg = func(_ control.MeetingID, leg control.LegID) bool { return leg == legs[kept] }
	})
	m, err := again.reg.Meeting(m.ID())
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[control.CallID]control.CallOutcome{ringing: control.CallFailed, lost: control.CallFailed, kept: ""} {
		got := read(t, m, func(s *control.State) control.OutgoingCall { return *s.CallOf(id) })
		if got.Outcome != want || (want != "") != (got.Reason == "the bridge was restarted") {
			t.Errorf("%+v, want %q", got, want)
		}
	}
	if s := again.reg.Stats(); s.CallsOut != 1 {
		t.Errorf("%+v", s)
	}
	again.call(m, 4)
	if _, err := again.tryCall(m, 5); codeOf(err) != control.CodeRateLimited {
		t.Errorf("the fifth of the hour: %v", err)
	}
	do(t, m, control.LegGone{Leg: legs[kept], Reason: "bye"})
	if got := read(t, m, func(s *control.State) control.OutgoingCall { return *s.CallOf(kept) }); got.Outcome != control.CallCompleted || again.reg.Stats().CallsOut != 1 {
		t.Errorf("%+v", got)
	}
}
