package control_test

import (
	"errors"
	"testing"
	"time"

	"partyline/control"
)

func TestSchedule(t *testing.T) {
	t.Parallel()
	const hour = time.Hour
	tests := []struct {
		name         string
		starts, ends time.Duration // from now; 0: none
		field        string
	}{
		{"none", 0, 0, ""},
		{"to come", hour, 2 * hour, ""},
		{"begun a while ago", -hour, hour, ""},
		{"begun too long ago", -25 * hour, hour, "starts_at"},
		{"too far ahead", control.MaxAhead + hour, 0, "starts_at"},
		{"ends too far ahead", 0, control.MaxAhead + hour, "ends_at"},
		{"ends in the past", 0, -time.Second, "ends_at"},
		{"ends when it begins", hour, hour, "ends_at"},
		{"ends before it begins", 2 * hour, hour, "ends_at"},
	}
	for _, tt := range tests {
		now := time.Unix(1_700_000_000, 0).UTC()
		at := func(d time.Duration) time.Time {
			if d == 0 {
				return time.Time{}
			}
			return now.Add(d)
		}
		create := control.CreateMeeting{ID: "mtg_a", Title: "A", AccessCode: "123456", Options: control.DefaultOptions(), StartsAt: at(tt.starts), EndsAt: at(tt.ends)}
		_, _, err := control.Decide(control.NewState(), create, control.Meta{}, now)
		sc := newScene(t, 0, nil)
		_, _, changed := sc.try(control.ChangeMeeting{StartsAt: &create.StartsAt, EndsAt: &create.EndsAt})
		for _, err := range []error{err, changed} {
			e, _ := errors.AsType[*control.Error](err)
			if tt.field == "" && err != nil || tt.field != "" && (e == nil || e.Field != tt.field || e.Code != control.CodeInvalid) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
}

func TestReschedule(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	in := func(d time.Duration) *time.Time { return new(sc.now.Add(d)) }
	p := sc.call("1")
	sc.refused(control.ChangeMeeting{StartsAt: in(time.Hour)}, control.CodeWrongState) // he is in
	sc.do(control.ChangeMeeting{EndsAt: in(time.Hour)})
	sc.wantEvents(control.ChangeMeeting{EndsAt: in(time.Hour)}, "")
	sc.refused(control.ChangeMeeting{StartsAt: in(2 * time.Hour)}, control.CodeInvalid) // after its end
	sc.do(control.LegGone{Leg: "leg_1"})
	sc.do(control.ChangeMeeting{StartsAt: in(time.Hour), EndsAt: in(2 * time.Hour)})
	sc.do(control.Join{Participant: "par_2", Leg: "leg_2", Kind: control.PhoneLeg, Number: "2"})
	sc.wantAt("par_2", "lobby")
	sc.do(control.ChangeMeeting{StartsAt: in(30 * time.Minute)}) // sooner, while people wait
	if due := sc.s.NextDue(); !due.Equal(*in(30 * time.Minute)) {
		t.Errorf("due at %v", due)
	}
	sc.do(control.ChangeMeeting{StartsAt: in(-time.Minute)}) // now
	sc.wantEvents(control.Due{}, "meeting.started participants.admitted")
	if sc.at(p) != control.RoomID(control.Absent) || sc.s.NotStarted() {
		t.Error("it has not begun as planned")
	}
}

// TestScheduledEnd: warnings, the way back from the breakouts, the end; and what of it is left when it comes late.
func TestScheduledEnd(t *testing.T) {
	t.Parallel()
	type step struct {
		before time.Duration // the end
		events string
	}
	tests := []struct {
		name  string
		run   func(sc *scene)
		steps []step
	}{
		{"without breakouts", func(*scene) {}, []step{
			{6 * time.Minute, ""}, {5 * time.Minute, "meeting.ending"}, {5 * time.Minute, ""}, {time.Minute, "meeting.ending"}, {time.Second, ""}, {0, "meeting.ended"}}},
		{"with breakouts", func(sc *scene) { sc.do(control.StartBreakouts{Seed: 1}) }, []step{
			{5 * time.Minute, "meeting.ending"}, {71 * time.Second, ""}, {70 * time.Second, "breakouts.closing"},
			{time.Minute, "breakouts.stopped"}, {time.Minute, "meeting.ending"}, {0, "meeting.ended"}}},
		{"with breakouts that would close too late", func(sc *scene) {
			sc.do(control.StartBreakouts{Seed: 1})
			sc.do(control.StopBreakouts{Countdown: time.Hour})
		}, []step{{5 * time.Minute, "meeting.ending"}, {70 * time.Second, "breakouts.closing"}, {time.Minute, "breakouts.stopped"}}},
		{"with breakouts that close by themselves", func(sc *scene) { sc.do(control.StartBreakouts{Seed: 1, Duration: 5 * time.Minute}) }, []step{
			{5*time.Minute + 10*time.Second, "breakouts.closing"}, {5 * time.Minute, "breakouts.stopped"}, {5 * time.Minute, "meeting.ending"}, {70 * time.Second, ""}}},
		{"the bridge was down until the last minutes", func(*scene) {}, []step{{3 * time.Minute, "meeting.ending"}, {3 * time.Minute, ""}, {time.Minute, "meeting.ending"}}},
		{"the bridge was down until the last seconds", func(sc *scene) { sc.do(control.StartBreakouts{Seed: 1}) }, []step{
			{5 * time.Second, "meeting.ending"}, {5 * time.Second, "breakouts.stopped"}, {5 * time.Second, ""}, {0, "meeting.ended"}}},
		{"the bridge was down at the end", func(sc *scene) { sc.do(control.StartBreakouts{Seed: 1}) }, []step{{-time.Hour, "breakouts.stopped meeting.ended"}}},
		{"breakouts in the last minute", func(sc *scene) {
			sc.now = sc.s.OverAt.Add(-30 * time.Second)
			sc.do(control.StartBreakouts{Seed: 1})
		}, []step{{30 * time.Second, "meeting.ending"}, {20 * time.Second, ""}, {0, "breakouts.stopped meeting.ended"}}},
		{"it is put off", func(sc *scene) {
			sc.now = sc.s.OverAt.Add(-5 * time.Minute)
			sc.wantEvents(control.Due{}, "meeting.ending")
			sc.do(control.ChangeMeeting{EndsAt: new(sc.s.OverAt.Add(time.Hour))})
		}, []step{{6 * time.Minute, ""}, {5 * time.Minute, "meeting.ending"}}},
		{"it never ends after all", func(sc *scene) { sc.do(control.ChangeMeeting{EndsAt: new(time.Time{})}) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, func(o *control.Options) { o.WarningsS = nil })
			sc.call("1")
			sc.do(control.ChangeMeeting{EndsAt: new(sc.now.Add(10 * time.Minute))})
			tt.run(sc)
			end := sc.s.OverAt
			for _, s := range tt.steps {
				sc.now = end.Add(-s.before)
				sc.wantEvents(control.Due{}, s.events)
			}
			if none := end.IsZero() || sc.s.Phase == control.Ended; none != sc.s.NextDue().IsZero() {
				t.Errorf("it is %s, due at %v", sc.s.Phase, sc.s.NextDue())
			}
		})
	}
}

// TestOverIsNeverDue: the owner of a meeting that is over, by whichever way, is not woken again and again by what was planned.
func TestOverIsNeverDue(t *testing.T) {
	t.Parallel()
	for _, way := range [][]control.Command{{control.EndMeeting{}}, {control.DeleteMeeting{}}, {control.EndMeeting{}, control.DeleteMeeting{}}, {control.Due{}}} {
		sc := newScene(t, 2, nil)
		sc.call("1")
		sc.do(control.ChangeMeeting{EndsAt: new(sc.now.Add(time.Minute))})
		if sc.s.NextDue().IsZero() {
			t.Error("nothing is due of a meeting that has an end")
		}
		if _, due := way[0].(control.Due); due {
			sc.now = sc.s.OverAt
		}
		for _, c := range way {
			sc.do(c)
		}
		if due := sc.s.NextDue(); sc.s.Phase == control.Open || !due.IsZero() {
			t.Errorf("%T: %s, and something is due at %v", way[0], sc.s.Phase, due)
		}
	}
}
