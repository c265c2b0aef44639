package phone_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/cmd/internal/phone"
	"partyline/cmd/internal/phone/phonetest"
	"partyline/mixer/media"
)

// patience is how long a test waits for a state on a busy machine.
const patience = 20 * time.Second

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	t.Cleanup(stop)
	return ctx
}

func newSet(t *testing.T) *phone.Set {
	t.Helper()
	s, err := phone.NewSet(phone.SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func dial(t *testing.T, s *phone.Set, target string, o phone.Options) *phone.Call {
	t.Helper()
	c, err := s.Dial(within(t), target, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// voices are n telephones with a tone each, in the rooms that room names.
func voices(t *testing.T, s *phone.Set, addr string, room []int, o phone.Options) *phone.Matrix {
	t.Helper()
	tones, err := phone.Plan(len(room))
	if err != nil {
		t.Fatal(err)
	}
	m := &phone.Matrix{Window: tones.Window}
	for i, r := range room {
		v := phone.Voice{Hz: tones.Hz[i], Amplitude: phone.Loudness(len(room))}
		o.Source = phone.Tone(v.Hz, v.Amplitude)
		v.Call = dial(t, s, fmt.Sprintf("sip:%d@%s", r, addr), o)
		m.Voices = append(m.Voices, v)
	}
	return m
}

func TestWhoHearsWhom(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]phone.Options{
		"udp":             {},
		"tcp":             {Network: "tcp"},
		"late offer":      {LateOffer: true},
		"a-law":           {Codecs: []media.Codec{media.PCMA}},
		"ptime 60":        {Ptime: 60 * time.Millisecond},
		"ptime 10, a-law": {Ptime: 10 * time.Millisecond, Codecs: []media.Codec{media.PCMA, media.PCMU}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conf := phonetest.New(t, phonetest.Options{})
			set := newSet(t)
			room := []int{1, 1, 1, 2, 2, 3}
			m := voices(t, set, conf.Addr(), room, o)
			if err := m.Wait(within(t), phone.SameRoom(room)); err != nil {
				t.Fatal(err)
			}
			conf.Leg(m.Voices[0].Call.ID()).Move("2")
			room[0] = 2
			if err := m.Wait(within(t), phone.SameRoom(room)); err != nil {
				t.Fatal(err)
			}
			if err := set.HangupAll(within(t)); err != nil {
				t.Fatal(err)
			}
			awaitEmpty(t, conf)
		})
	}
}

// awaitEmpty waits until the conference has forgotten all calls, which it does just after it has answered the BYE.
func awaitEmpty(t *testing.T, conf *phonetest.Conference) {
	t.Helper()
	err := phone.Await(within(t), func() error {
		if n := len(conf.Legs()); n > 0 {
			return fmt.Errorf("%d calls are left", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWrongMatrixIsNoticed(t *testing.T) {
	t.Parallel()
	var deaf, leak string
	conf := phonetest.New(t, phonetest.Options{Hears: func(l, o *phonetest.Leg) bool {
		switch {
		case l.CallID() == deaf:
			return false
		case l.CallID() == leak:
			return true
		}
		return l.Room() == o.Room()
	}})
	m := voices(t, newSet(t), conf.Addr(), []int{1, 1, 2, 2}, phone.Options{})
	want := phone.SameRoom([]int{1, 1, 2, 2})
	if err := m.Wait(within(t), want); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	err := m.Wait(ctx, phone.SameRoom([]int{1, 2, 2, 1}))
	if err == nil || !strings.Contains(err.Error(), "#0 hears #1") || !strings.Contains(err.Error(), "#0 does not hear #3") {
		t.Errorf("the error does not name the faults: %v", err)
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	conf := phonetest.New(t, phonetest.Options{})
	c := dial(t, newSet(t), "sip:1@"+conf.Addr(), phone.Options{})
	if err := c.SendDigits(within(t), "1"); err != nil {
		t.Fatal(err)
	}
	if err := c.SendDigits(within(t), "1223*#d"); err != nil {
		t.Fatal(err)
	}
	if got := conf.Leg(c.ID()).Digits(); got != "11223*#D" {
		t.Errorf("digits %q", got)
	}
	if err := c.SendDigits(within(t), "x"); err == nil {
		t.Error("x was keyed in")
	}
	mute := dial(t, newSet(t), "sip:1@"+conf.Addr(), phone.Options{NoEvents: true})
	if err := mute.SendDigits(within(t), "1"); err == nil {
		t.Error("a digit was sent without telephone-event")
	}
}

func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	conf := phonetest.New(t, phonetest.Options{})
	room := []int{1, 1, 1}
	m := voices(t, newSet(t), conf.Addr(), room, phone.Options{})
	for _, d := range []media.Direction{media.SendOnly, media.Inactive} {
		if err := m.Wait(within(t), phone.SameRoom(room)); err != nil {
			t.Fatal(err)
		}
		if err := m.Voices[0].Call.Hold(within(t), d); err != nil {
			t.Fatal(err)
		}
		others := phone.Matrix{Voices: m.Voices[1:], Window: m.Window}
		if err := others.Wait(within(t), phone.SameRoom(room[1:])); err != nil {
			t.Fatal(err)
		}
		if err := m.Voices[0].Call.Resume(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Wait(within(t), phone.SameRoom(room)); err != nil {
		t.Fatal(err)
	}
}

func TestFarEndActs(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			conf := phonetest.New(t, phonetest.Options{})
			room := []int{1, 1}
			m := voices(t, newSet(t), conf.Addr(), room, phone.Options{Network: network})
			leg := conf.Leg(m.Voices[0].Call.ID())
			for _, r := range []struct {
				method    sip.RequestMethod
				direction string
			}{{sip.OPTIONS, ""}, {sip.INVITE, "sendonly"}, {sip.INVITE, ""}, {sip.UPDATE, "sendrecv"}, {sip.INFO, ""}} {
				res, err := leg.Request(within(t), r.method, r.direction)
				if err != nil || !res.IsSuccess() {
					t.Fatalf("%s %s: %v %v", r.method, r.direction, res, err)
				}
			}
			if err := m.Wait(within(t), phone.SameRoom(room)); err != nil {
				t.Fatal(err)
			}
			if err := leg.Bye(within(t), `SIP;cause=200;text="enough"`); err != nil {
				t.Fatal(err)
			}
			call := m.Voices[0].Call
			<-call.Done()
			end := new(phone.End)
			if !errors.As(call.Err(), &end) || !end.Remote || !strings.Contains(end.Reason, "enough") {
				t.Errorf("ended by %v", call.Err())
			}
		})
	}
}

func TestRefusedAndCancelled(t *testing.T) {
	t.Parallel()
	conf := phonetest.New(t, phonetest.Options{
		Refuse: func(user string) int {
			if user == "busy" {
				return sip.StatusBusyHere
			}
			return 0
		},
		Ring: func(user string) bool { return user == "ring" },
	})
	set := newSet(t)
	_, err := set.Dial(within(t), "sip:busy@"+conf.Addr(), phone.Options{})
	var status *phone.StatusError
	if !errors.As(err, &status) || status.Code != sip.StatusBusyHere {
		t.Errorf("busy: %v", err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if _, err := set.Dial(ctx, "sip:ring@"+conf.Addr(), phone.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ring: %v", err)
	}
	for _, bad := range []struct {
		target string
		o      phone.Options
	}{{"sip:", phone.Options{}}, {"sip:1@" + conf.Addr(), phone.Options{Ptime: 15 * time.Millisecond}}, {"sip:1@" + conf.Addr(), phone.Options{Network: "pigeon"}}} {
		if _, err := set.Dial(within(t), bad.target, bad.o); err == nil {
			t.Errorf("%+v was dialled", bad)
		}
	}
	if n := len(set.Calls()); n != 0 {
		t.Errorf("%d calls are left", n)
	}
}

func TestContinuityAndPace(t *testing.T) {
	t.Parallel()
	conf := phonetest.New(t, phonetest.Options{})
	room := []int{1, 1}
	m := voices(t, newSet(t), conf.Addr(), room, phone.Options{})
	if err := m.Wait(within(t), phone.SameRoom(room)); err != nil {
		t.Fatal(err)
	}
	if err := m.Hold(within(t), phone.SameRoom(room), time.Second); err != nil {
		t.Fatal(err)
	}
	for _, v := range m.Voices {
		r := v.Call.Recorder()
		if err := r.Continuity(); err != nil {
			t.Error(err)
		}
		log := r.Log()
		if len(log) < 50 {
			t.Errorf("only %d packets were heard", len(log))
		}
		if _, ok := r.Heard(r.Pos() - 1); !ok {
			t.Error("the last sample has no time")
		}
	}
}

func TestNothingIsLeft(t *testing.T) {
	conf := phonetest.New(t, phonetest.Options{})
	before := runtime.NumGoroutine()
	set, err := phone.NewSet(phone.SetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		dial(t, set, "sip:1@"+conf.Addr(), phone.Options{})
	}
	if err := set.HangupAll(within(t)); err != nil {
		t.Fatal(err)
	}
	if err := set.Close(); err != nil {
		t.Fatal(err)
	}
	err = phone.Await(within(t), func() error {
		if n := runtime.NumGoroutine(); n > before+2 {
			return fmt.Errorf("%d goroutines, %d before", n, before)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
