package control_test

import (
	"testing"
	"time"

	"partyline/control"
)

// passes lets the clock go on, and returns what happens by itself, as the owner would have it.
func (sc *scene) passes(d time.Duration) (happened []control.Event) {
	sc.t.Helper()
	end := sc.now.Add(d)
	for due := sc.s.NextDue(); !due.IsZero() && !due.After(end); due = sc.s.NextDue() {
		if due.After(sc.now) {
			sc.now = due
		}
		events, _ := sc.do(control.Due{})
		if happened = append(happened, events...); len(events) == 0 {
			sc.t.Fatalf("something is due at %v, and nothing happens", due)
		}
	}
	sc.now = end
	return happened
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	type step struct {
		after time.Duration
		do    control.Command
		want  string // what has happened by itself meanwhile
	}
	start := func(d time.Duration) step { return step{do: control.StartBreakouts{Duration: d}} }
	options := func(list ...int) step {
		o := control.DefaultOptions()
		o.WarningsS = list
		return step{do: control.ChangeMeeting{Options: &o}}
	}
	const s = time.Second
	for name, steps := range map[string][]step{
		"each once, then the countdown": {start(100 * s), {39 * s, nil, ""}, {s, nil, "breakouts.warned"}, {49 * s, nil, ""},
			{s, nil, "breakouts.warned breakouts.closing"}, {10 * s, nil, "breakouts.stopped"}},
		"none that was due before the start": {start(60 * s), {49 * s, nil, ""}, {s, nil, "breakouts.warned breakouts.closing"}},
		"none without an end":                {start(0), {time.Hour, nil, ""}},
		"a long countdown":                   {start(0), {s, control.StopBreakouts{Countdown: 90 * s}, ""}, {30 * s, nil, "breakouts.warned"}, {50 * s, nil, "breakouts.warned"}, {10 * s, nil, "breakouts.stopped"}},
		"an extension has them given again":  {start(61 * s), {2 * s, control.ExtendBreakouts{Duration: 60 * s}, "breakouts.warned"}, {60 * s, nil, "breakouts.warned"}},
		"new ones while it is open":          {start(100 * s), {50 * s, options(70, 40, 30).do, "breakouts.warned"}, {10 * s, nil, "breakouts.warned"}, {10 * s, nil, "breakouts.warned"}, {20 * s, nil, "breakouts.closing"}},
		"none wanted":                        {options(), start(100 * s), {89 * s, nil, ""}, {s, nil, "breakouts.closing"}},
		"an extended countdown":              {start(20 * s), {15 * s, control.ExtendBreakouts{Duration: 100 * s}, "breakouts.warned breakouts.closing"}, {45 * s, nil, "breakouts.warned"}, {49 * s, nil, ""}, {s, nil, "breakouts.warned breakouts.closing"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 1, nil)
			sc.call("1")
			for i, st := range steps {
				if got := types(sc.passes(st.after)); got != st.want {
					t.Errorf("step %d: %q has happened, want %q", i, got, st.want)
				}
				if st.do != nil {
					sc.do(st.do)
				}
			}
		})
	}
}

// TestWarningsAreNotGivenLate: those that the bridge was down for are overtaken, and said to be.
func TestWarningsAreNotGivenLate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		away time.Duration
		left int // in the event; 0: none
		late bool
	}{{30 * time.Second, 0, false}, {40*time.Second + time.Millisecond, 60, false}, {43 * time.Second, 60, true}, {90 * time.Second, 10, false}, {95 * time.Second, 10, true}} {
		sc := newScene(t, 1, nil)
		sc.do(control.StartBreakouts{Duration: 100 * time.Second})
		sc.now = sc.now.Add(tt.away)
		events, _ := sc.do(control.Due{})
		if tt.left == 0 {
			if len(events) > 0 {
				t.Errorf("after %v: %q", tt.away, types(events))
			}
			continue
		}
		if w, ok := events[0].(control.BreakoutsWarned); !ok || w.LeftS != tt.left || w.Missed != tt.late {
			t.Errorf("after %v: %+v, want %d s, missed %v", tt.away, events[0], tt.left, tt.late)
		}
	}
	sc := newScene(t, 1, nil)
	sc.do(control.StartBreakouts{Duration: 100 * time.Second})
	sc.now = sc.now.Add(time.Hour)
	sc.wantEvents(control.Due{}, "breakouts.stopped")
}

func TestExtend(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	sc.refused(control.ExtendBreakouts{Duration: time.Minute}, control.CodeWrongState)
	sc.do(control.StartBreakouts{})
	sc.refused(control.ExtendBreakouts{Duration: time.Minute}, control.CodeWrongState)
	sc.do(control.StopBreakouts{Countdown: 20 * time.Second})
	ends := sc.s.ClosesAt.Add(time.Minute)
	sc.wantEvents(control.ExtendBreakouts{Duration: time.Minute}, "breakouts.extended")
	if sc.s.Breakouts != control.BreakoutsOpen || !sc.s.EndsAt.Equal(ends) || !sc.s.ClosesAt.IsZero() {
		t.Errorf("breakouts are %s, end at %v, close at %v", sc.s.Breakouts, sc.s.EndsAt, sc.s.ClosesAt)
	}
	for _, d := range []time.Duration{0, -time.Second, control.MaxDuration, control.MaxDuration + time.Second} {
		sc.refused(control.ExtendBreakouts{Duration: d}, control.CodeInvalid)
	}
}

func TestReturning(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		meanwhile control.Command
		at        control.RoomID // "room_2" is where late joiners go
		kept      string
	}{
		"to the same room":  {nil, "room_1", ""},
		"a locked one":      {control.ChangeRoom{Room: "room_1", Locked: new(true)}, "room_1", ""},
		"a full one":        {control.ChangeRoom{Room: "room_1", Capacity: new(1)}, control.MainRoom, control.OutcomeRoomFull},
		"one that is gone":  {control.DeleteRoom{Room: "room_1"}, "room_2", control.OutcomeRoomGone},
		"after a reset":     {control.ResetBreakouts{}, "room_1", ""},
		"no longer allowed": {control.ChangeMeeting{Options: &control.Options{Breakouts: true}}, control.MainRoom, control.OutcomeNoPhone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, nil)
			caller, stays := sc.call("1"), sc.web("w", control.Audience)
			sc.do(control.Assign{Participants: ids(caller, stays), Room: "room_1"})
			sc.do(control.StartBreakouts{})
			sc.do(control.LegGone{Leg: "leg_1"})
			if tt.meanwhile != nil {
				sc.do(tt.meanwhile)
			}
			_, value := sc.do(control.Join{Participant: "par_new", Leg: "leg_2", Kind: control.PhoneLeg, Number: "1"})
			if got := value.(control.Joined).Participant; got != caller {
				t.Fatalf("he came back as %s", got)
			}
			sc.wantAt(caller, tt.at)
			if got := sc.s.Participants[caller].KeptOut; got != tt.kept {
				t.Errorf("kept out: %q, want %q", got, tt.kept)
			}
		})
	}
}

func TestListenOnly(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	host, caller := sc.web("host", control.Speaker), sc.call("1")
	sc.do(control.StartBreakouts{Distribution: control.ByManual})
	listens := func(want bool) {
		t.Helper()
		if p := sc.s.Participants[host]; p.ListenOnly != want || p.Silenced() != want {
			t.Errorf("listens %v, silenced %v, want %v", p.ListenOnly, p.Silenced(), want)
		}
	}
	sc.do(control.ChangeRoom{Room: "room_1", Capacity: new(1)})
	sc.do(control.Move{Participants: ids(host), Room: "room_1", ListenOnly: true})
	listens(true)
	sc.do(control.Move{Participants: ids(caller), Room: "room_1"}) // who listens takes no place
	sc.wantEvents(control.Move{Participants: ids(host), Room: "room_1", ListenOnly: true}, "")
	sc.wantEvents(control.Move{Participants: ids(host), Room: "room_1"}, "participants.moved")
	listens(false)
	sc.do(control.Move{Participants: ids(host), Room: "room_2", ListenOnly: true, Self: true})
	listens(true)
	sc.do(control.StopBreakouts{})
	listens(false)
	sc.refused(control.Move{Participants: ids(caller), Room: control.MainRoom, ListenOnly: true, Self: true}, control.CodeNotAllowed)
}

func TestRoomNamesThatLookAlike(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	for i, name := range []string{"Grün", "Straße", "Blue", "会議室", "پارسی"} {
		sc.do(control.CreateRooms{Rooms: []control.NewRoom{{ID: control.RoomID(rune('a' + i)), Name: name}}})
	}
	for _, name := range []string{"GRU\u0308N", " STRASSE ", "bl\u200bue", "\ufeffBlue", "B\u00adlue", "会議室 ", "MAIN"} {
		sc.refused(control.CreateRooms{Rooms: []control.NewRoom{{ID: "x", Name: name}}}, control.CodeNameTaken)
	}
	sc.refused(control.CreateRooms{Rooms: []control.NewRoom{{ID: "x", Name: "\u200b\u200d"}}}, control.CodeInvalid)
}
