package control_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/controltest"
)

// outcomes are those of the ended help requests, by id.
func (sc *scene) outcomes() map[control.HelpID]string {
	got := map[control.HelpID]string{}
	for _, h := range sc.s.HelpLog {
		got[h.ID] = h.Outcome
	}
	return got
}

// helpScene has two callers in a room that may ask again at once, and a speaker on the web in the main room.
func helpScene(t *testing.T, change func(*control.Options)) (sc *scene, a, b, host control.ParticipantID) {
	t.Helper()
	sc = newScene(t, 2, func(o *control.Options) {
		o.HelpRepeatS = 0
		if change != nil {
			change(o)
		}
	})
	a, b, host = sc.call("1"), sc.call("2"), sc.web("host", control.Speaker)
	sc.do(control.Assign{Participants: ids(a, b), Room: "room_1"})
	sc.do(control.StartBreakouts{})
	return sc, a, b, host
}

func TestHelp(t *testing.T) {
	t.Parallel()
	sc, a, b, host := helpScene(t, nil)
	_, id := sc.do(control.AskHelp{ID: "help_1", Participant: a})
	events, same := sc.do(control.AskHelp{ID: "help_2", Participant: b})
	if id != same || len(events) > 0 {
		t.Errorf("a second request of one room: %v, %v, %q", id, same, types(events))
	}
	sc.refused(control.AcceptHelp{Request: "help_1", By: a}, control.CodeNotAllowed)
	sc.refused(control.DeclineHelp{Request: "help_1", By: a}, control.CodeNotAllowed)
	sc.refused(control.AcceptHelp{Request: "help_9", By: host}, control.CodeNotFound)
	sc.now = sc.now.Add(40 * time.Second)
	sc.wantEvents(control.AcceptHelp{Request: "help_1", By: host}, "help.ended participants.moved")
	sc.wantAt(host, "room_1")
	want := []control.EndedHelp{{
		HelpRequest: control.HelpRequest{ID: "help_1", Room: "room_1", Participant: a, At: sc.now.Add(-40 * time.Second), ExpiresAt: sc.now.Add(260 * time.Second)},
		EndedAt:     sc.now, Outcome: control.HelpAccepted, By: host,
	}}
	if d := cmp.Diff(want, sc.s.HelpLog); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	sc.refused(control.AcceptHelp{Request: "help_1"}, control.CodeWrongState)
	sc.refused(control.AskHelp{ID: "help_1", Participant: a}, control.CodeInvalid)
	sc.do(control.AskHelp{ID: "help_3", Participant: a})
	sc.wantEvents(control.DeclineHelp{Request: "help_3"}, "help.ended")
	sc.do(control.AskHelp{ID: "help_4", Participant: a})
	sc.wantEvents(control.WithdrawHelp{Request: "help_4"}, "help.ended")
	sc.wantEvents(control.WithdrawHelp{Request: "help_4"}, "")
	sc.refused(control.WithdrawHelp{Request: "help_3"}, control.CodeWrongState)
	sc.do(control.AskHelp{ID: "help_5", Participant: a})
	sc.wantEvents(control.StopBreakouts{}, "breakouts.stopped help.ended")
	if d := cmp.Diff(map[control.HelpID]string{"help_1": "accepted", "help_3": "declined", "help_4": "withdrawn", "help_5": "ended"}, sc.outcomes()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestAcceptedHelp: who is moved, who only marks it, and whom it is refused.
func TestAcceptedHelp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(sc *scene, host control.ParticipantID)
		by      bool
		stay    bool
		events  string
		code    control.Code
		at      control.RoomID
	}{
		"a web speaker is moved":     {nil, true, false, "help.ended participants.moved", "", "room_1"},
		"he marks it only":           {nil, true, true, "help.ended", "", control.MainRoom},
		"a key without a person":     {nil, false, false, "help.ended", "", control.MainRoom},
		"he is there already":        {func(sc *scene, h control.ParticipantID) { sc.do(control.Move{Participants: ids(h), Room: "room_1"}) }, true, false, "help.ended", "", "room_1"},
		"the breakouts are closing":  {func(sc *scene, _ control.ParticipantID) { sc.do(control.StopBreakouts{Countdown: time.Minute}) }, true, false, "", control.CodeWrongState, control.MainRoom},
		"closing, and he only marks": {func(sc *scene, _ control.ParticipantID) { sc.do(control.StopBreakouts{Countdown: time.Minute}) }, true, true, "help.ended", "", control.MainRoom},
		"he leaves a room that asked": {func(sc *scene, h control.ParticipantID) {
			sc.do(control.Move{Participants: ids(h), Room: "room_2"})
			sc.do(control.AskHelp{ID: "help_h", Participant: h})
		}, true, false, "help.ended participants.moved help.ended", "", "room_1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc, a, _, host := helpScene(t, nil)
			sc.do(control.AskHelp{ID: "help_1", Participant: a})
			if c.prepare != nil {
				c.prepare(sc, host)
			}
			accept := control.AcceptHelp{Request: "help_1", Stay: c.stay}
			if c.by {
				accept.By = host
			}
			if c.code != "" {
				sc.refused(accept, c.code)
			} else {
				sc.wantEvents(accept, c.events)
			}
			sc.wantAt(host, c.at)
		})
	}
	t.Run("he only listens, then is heard", func(t *testing.T) {
		t.Parallel()
		sc, a, b, host := helpScene(t, nil)
		sc.do(control.AskHelp{ID: "help_1", Participant: a})
		sc.refused(control.AcceptHelp{Request: "help_1", ListenOnly: true}, control.CodeInvalid)
		sc.refused(control.AcceptHelp{Request: "help_1", By: host, Stay: true, ListenOnly: true}, control.CodeInvalid)
		sc.wantEvents(control.AcceptHelp{Request: "help_1", By: host, ListenOnly: true}, "help.ended participants.moved")
		sc.wantAt(host, "room_1")
		if log := sc.s.HelpLog[0]; !sc.s.Participants[host].ListenOnly || !log.ListenOnly {
			t.Errorf("the host listens only: %t; the request %+v", sc.s.Participants[host].ListenOnly, log)
		}
		sc.do(control.AskHelp{ID: "help_2", Participant: b})
		sc.wantEvents(control.AcceptHelp{Request: "help_2", By: host, ListenOnly: true}, "help.ended") // he does already
		sc.do(control.AskHelp{ID: "help_3", Participant: a})
		sc.wantEvents(control.AcceptHelp{Request: "help_3", By: host}, "help.ended participants.moved")
		if sc.s.Participants[host].ListenOnly {
			t.Error("he is not heard")
		}
	})
	sc, a, _, _ := helpScene(t, nil)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_away", Name: "Away", Role: control.Speaker}})
	sc.do(control.AskHelp{ID: "help_1", Participant: a})
	sc.refused(control.AcceptHelp{Request: "help_1", By: "par_away", ListenOnly: true}, control.CodeWrongState)
	sc.wantEvents(control.AcceptHelp{Request: "help_1", By: "par_away"}, "help.ended")
}

func TestHelpTimesOut(t *testing.T) {
	t.Parallel()
	sc, a, b, _ := helpScene(t, func(o *control.Options) { o.HelpTimeoutS = 60 })
	sc.do(control.AskHelp{ID: "help_1", Participant: a})
	asked := sc.now
	sc.now = sc.now.Add(10 * time.Second)
	sc.do(control.Move{Participants: ids(b), Room: "room_2"})
	sc.do(control.AskHelp{ID: "help_2", Participant: b})
	if due := sc.s.NextDue(); !due.Equal(asked.Add(time.Minute)) {
		t.Errorf("due at %v", due)
	}
	sc.now = asked.Add(time.Minute - 1)
	sc.wantEvents(control.Due{}, "")
	sc.now = asked.Add(time.Minute)
	sc.wantEvents(control.Due{}, "help.ended")
	if due := sc.s.NextDue(); !due.Equal(asked.Add(70 * time.Second)) {
		t.Errorf("then due at %v", due)
	}
	sc.now = sc.now.Add(time.Hour)
	sc.wantEvents(control.Due{}, "help.ended")
	if d := cmp.Diff(map[control.HelpID]string{"help_1": "timed_out", "help_2": "timed_out"}, sc.outcomes()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	sc.wantEvents(control.AskHelp{ID: "help_3", Participant: a}, "help.asked") // he may ask again at once

	never, p, _, _ := helpScene(t, func(o *control.Options) { o.HelpTimeoutS = 0 })
	never.do(control.AskHelp{ID: "help_1", Participant: p})
	if due := never.s.NextDue(); !due.IsZero() {
		t.Errorf("without a timeout it is due at %v", due)
	}
}

// TestHelpTimesOutAfterARestart: the time goes on while the bridge is away.
func TestHelpTimesOutAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := controltest.NewStore()
		b := newBridge(t, store, nil)
		m := b.create(1)
		do(t, m, control.AddParticipant{New: control.NewParticipant{ID: "par_w", Name: "Web", Web: true}})
		do(t, m, control.AskHelp{ID: "help_1", Participant: "par_w"})
		b.stop()
		time.Sleep(200 * time.Second)
		b = newBridge(t, store, nil)
		defer b.stop()
		m, err := b.reg.Meeting(m.ID())
		if err != nil {
			t.Fatal(err)
		}
		open := func(s *control.State) int { return len(s.Help) }
		time.Sleep(99 * time.Second)
		if read(t, m, open) != 1 {
			t.Error("it has timed out too early")
		}
		time.Sleep(2 * time.Second)
		if read(t, m, open) != 0 {
			t.Error("it has not timed out")
		}
		wantReplayed(t, store, m)
	})
}

// TestHelpRepeatGuard: after a decline neither the room nor the one who asked can ask for a while.
func TestHelpRepeatGuard(t *testing.T) {
	t.Parallel()
	sc, a, b, _ := helpScene(t, func(o *control.Options) { o.HelpRepeatS = 30 })
	sc.do(control.AskHelp{ID: "help_1", Participant: a})
	sc.do(control.DeclineHelp{Request: "help_1"})
	sc.now = sc.now.Add(29 * time.Second)
	sc.refused(control.AskHelp{ID: "help_2", Participant: a}, control.CodeRateLimited)
	sc.refused(control.AskHelp{ID: "help_2", Participant: b}, control.CodeRateLimited)
	sc.do(control.Move{Participants: ids(a, b), Room: "room_2"})
	sc.refused(control.AskHelp{ID: "help_2", Participant: a}, control.CodeRateLimited)
	sc.wantEvents(control.AskHelp{ID: "help_2", Participant: b}, "help.asked")
	sc.do(control.WithdrawHelp{Request: "help_2"})
	sc.now = sc.now.Add(time.Second)
	sc.wantEvents(control.AskHelp{ID: "help_3", Participant: a}, "help.asked")

	always, p, _, _ := helpScene(t, nil)
	for i, id := range []control.HelpID{"help_1", "help_2", "help_3", "help_4", "help_5", "help_6"} {
		always.now = always.now.Add(time.Second)
		always.wantEvents(control.AskHelp{ID: id, Participant: p}, "help.asked")
		always.do(control.WithdrawHelp{Request: id})
		if i == 5 {
			always.refused(control.AskHelp{ID: "help_7", Participant: p}, control.CodeRateLimited)
		}
	}
	always.now = always.now.Add(time.Minute)
	always.wantEvents(control.AskHelp{ID: "help_7", Participant: p}, "help.asked")
}

func TestHelpHistoryIsBounded(t *testing.T) {
	t.Parallel()
	sc, a, _, _ := helpScene(t, nil)
	for range control.MaxHelpLog + 20 {
		sc.now = sc.now.Add(time.Minute)
		id := control.NewID[control.HelpID]("help_")
		sc.do(control.AskHelp{ID: id, Participant: a})
		sc.do(control.WithdrawHelp{Request: id})
	}
	if n := len(sc.s.HelpLog); n != control.MaxHelpLog {
		t.Errorf("%d requests are remembered", n)
	}
}

func TestHelpEndsWhenNobodyIsLeft(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	p := sc.call("1")
	sc.do(control.StartBreakouts{})
	sc.do(control.AskHelp{ID: "help_1", Participant: p})
	sc.wantEvents(control.LegGone{Leg: "leg_1"}, "participant.leg_left help.ended")
}
