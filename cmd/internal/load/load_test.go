package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/phone"
	"partyline/cmd/internal/phone/phonetest"
)

func TestLoadAgainstAnyConference(t *testing.T) {
	conf := phonetest.New(t, phonetest.Options{})
	var out bytes.Buffer
	report, err := Run(t.Context(), Options{
		Target: "sip:%d@" + conf.Addr(), Calls: 8, Rooms: 2, Talkers: 2, Rate: 100,
		Duration: 2 * time.Second, PID: os.Getpid(), JSON: true, NoFloor: true, Digits: "1",
	}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, report.String())
	}
	if report.Chirps == 0 || report.Delay.P50 <= 0 || report.Delay.P50 > 200 {
		t.Errorf("delay %+v of %d chirps", report.Delay, report.Chirps)
	}
	if report.Packets < 8*50 || report.ServerRSS == 0 || report.Checked != 8 {
		t.Errorf("%+v", report)
	}
	var parsed Report
	if err := json.Unmarshal(out.Bytes(), &parsed); err != nil || parsed != report {
		t.Errorf("the JSON is not the report: %v", err)
	}
	err = phone.Await(t.Context(), func() error { // the conference forgets a call just after it has answered the BYE
		if n := len(conf.Legs()); n > 0 {
			return fmt.Errorf("%d calls are left", n)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDelayIsMeasuredRight calls a conference that adds no delay: what is left
// is the way over the sockets and through this process.
func TestDelayIsMeasuredRight(t *testing.T) {
	conf := phonetest.New(t, phonetest.Options{Forward: true})
	report, err := Run(t.Context(), Options{
		Target: "sip:%d@" + conf.Addr(), Calls: 2, Rooms: 1, Talkers: 1, Rate: 100, Duration: 4 * time.Second, NoFloor: true,
	}, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	if report.Chirps < 4 || report.Delay.P50 > 5 {
		t.Errorf("delay %+v of %d chirps, want nearly none", report.Delay, report.Chirps)
	}
}

func TestLoadFindsWhatIsWrong(t *testing.T) {
	conf := phonetest.New(t, phonetest.Options{Hears: func(*phonetest.Leg, *phonetest.Leg) bool { return true }})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	r, err := newRun(ctx, Options{Target: "sip:%d@" + conf.Addr(), Calls: 4, Rooms: 2, Talkers: 1, Rate: 100, Duration: 500 * time.Millisecond}, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.place(ctx); err != nil {
		t.Fatal(err)
	}
	for tone, i := range r.plan.talkers {
		r.callers[i].call.Say(r.voice(tone))
	}
	// Everybody hears both talkers but himself: each listener has one too many.
	err = phone.Await(ctx, func() error {
		for _, c := range r.callers {
			if _, leaked, ok := r.listen(c); !ok || leaked != 1 {
				return errors.New("no leak yet")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.measure(ctx, usage{}); err != nil {
		t.Fatal(err)
	}
	if err := r.report.verdict(); !errors.Is(err, ErrWrong) || r.report.Leaked != 4 {
		t.Errorf("verdict %v, %d leaked", err, r.report.Leaked)
	}
	if err := r.close(ctx); err != nil {
		t.Error(err)
	}
}

func TestRefusedCalls(t *testing.T) {
	t.Parallel()
	conf := phonetest.New(t, phonetest.Options{Refuse: func(string) int { return 503 }})
	_, err := Run(t.Context(), Options{Target: "sip:1@" + conf.Addr(), Calls: 3, Rooms: 1, Rate: 100}, new(bytes.Buffer))
	var status *phone.StatusError
	if !errors.Is(err, ErrCalls) || !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("error %v", err)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{
		"no target":        {},
		"api without key":  {Target: "sip:a", API: "http://a"},
		"too many calls":   {Target: "sip:a", Calls: 1 << 20, Rooms: 1},
		"empty rooms":      {Target: "sip:%d@a", Calls: 2, Rooms: 3},
		"rooms in one URI": {Target: "sip:a", Calls: 30, Rooms: 3},
		"negative rate":    {Target: "sip:a", Calls: 2, Rooms: 1, Rate: -1},
		"codec":            {Target: "sip:a", Calls: 2, Rooms: 1, Codec: "g729"},
		"too many talkers": {Target: "sip:%d@127.0.0.1", Calls: 9000, Rooms: 900, Talkers: 3},
	} {
		if _, err := Run(t.Context(), o, new(bytes.Buffer)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestFindChirp(t *testing.T) {
	t.Parallel()
	for _, at := range []int{0, 77, 1600} {
		sound := make([]int16, 2400)
		phone.Mix(phone.Tone(700, 1500), phone.Tone(1900, 1500)).Fill(sound)
		for i, v := range chirp {
			sound[at+i] += int16(chirpAmplitude * v)
		}
		if got, strength := find(sound); got != at || strength < 0.9 || strength > 1.1 {
			t.Errorf("found at %d with %.2f, want %d", got, strength, at)
		}
	}
	sound := make([]int16, 2400)
	phone.Mix(phone.Tone(700, 1500), phone.Tone(1900, 1500)).Fill(sound)
	if _, strength := find(sound); strength > enough/2 {
		t.Errorf("a chirp of %.2f was found in tones", strength)
	}
}

func TestProber(t *testing.T) {
	t.Parallel()
	sent := make(chan chirped, 4)
	p := newProber(7, 100*time.Millisecond, 30*time.Millisecond, sent)
	frame := make([]int16, 160)
	for i := range 10 {
		p.Fill(frame)
		p.Sent(time.Duration(i)*time.Second, 160)
	}
	p.off.Store(true)
	p.Fill(frame)
	close(sent)
	want := []time.Duration{time.Second + 10*time.Millisecond, 6*time.Second + 10*time.Millisecond}
	for c := range sent {
		if c.caller != 7 || len(want) == 0 || c.sent != want[0] {
			t.Fatalf("%+v, want %v", c, want)
		}
		want = want[1:]
	}
	if len(want) != 0 {
		t.Errorf("%d chirps are missing", len(want))
	}
}

func TestProcStat(t *testing.T) {
	t.Parallel()
	got, err := parseStat("12 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0\n")
	if err != nil || got != 3*time.Second {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "12 (a) S", "12 (a) S 1 2 3 4 5 6 7 8 9 10 x 50 0 0"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	if _, err := usageOf(1 << 30); err == nil {
		t.Error("a process that is not there was read")
	}
}

func TestFloor(t *testing.T) {
	cost, err := Floor(t.Context(), 20, 300*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if cost < 10*time.Microsecond || cost > 10*time.Millisecond {
		t.Errorf("the floor is %v per leg and second", cost)
	}
}

func TestReportForPeople(t *testing.T) {
	t.Parallel()
	r := Report{Calls: 10, Rooms: 2, ServerCPU: 200, FloorCPU: 150, Ratio: 1.33, ServerError: "gone"}
	for _, want := range []string{"10 in 2 rooms", "200.0 µs", "150.0 µs", "1.33", "gone"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("%q is missing in\n%s", want, r.String())
		}
	}
}
