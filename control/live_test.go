package control_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

// TestLiveIsJudged: who may speak to all rooms, and how long.
func TestLiveIsJudged(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	host := sc.joinAs("leg_host", control.Speaker)
	p := sc.joinAs("leg_p", control.Audience)
	web := sc.web("web", control.Speaker)
	live := func(by control.ParticipantID, leg control.LegID) control.GoLive {
		return control.GoLive{ID: "bct_1", By: by, Leg: leg}
	}
	for name, c := range map[string]struct {
		live control.GoLive
		code control.Code
	}{
		"no id":               {control.GoLive{By: host, Leg: "leg_host"}, control.CodeInvalid},
		"nobody":              {live("par_x", "leg_host"), control.CodeNotFound},
		"no leg":              {live(host, ""), control.CodeInvalid},
		"another's leg":       {live(host, "leg_p"), control.CodeInvalid},
		"nobody's leg":        {live(host, "leg_x"), control.CodeInvalid},
		"without a leg":       {live(web, "leg_host"), control.CodeInvalid},
		"one of the audience": {live(p, "leg_p"), control.CodeNotAllowed},
		"too long":            {control.GoLive{ID: "bct_1", By: host, Leg: "leg_host", Limit: control.MaxLive + 1}, control.CodeInvalid},
		"less than nothing":   {control.GoLive{ID: "bct_1", By: host, Leg: "leg_host", Limit: -1}, control.CodeInvalid},
	} {
		if _, _, err := control.Decide(sc.s, c.live, control.Meta{}, sc.now); err == nil {
			t.Errorf("%s may", name)
		}
		sc.refused(c.live, c.code)
	}
	sc.refused(control.EndLive{Leg: "leg_host"}, control.CodeWrongState)
	events, _ := sc.do(control.GoLive{ID: "bct_1", By: host, Leg: "leg_host", Limit: 90 * time.Second})
	want := control.BroadcastSent{ID: "bct_1", By: host, Leg: "leg_host", LimitS: 90, Priority: "urgent", Rooms: 1}
	if d := cmp.Diff(want, events[0]); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	everyone := sc.s.Options
	everyone.EveryoneBroadcasts = true
	sc.do(control.ChangeMeeting{Options: &everyone})
	second := control.GoLive{ID: "bct_2", By: p, Leg: "leg_p"}
	sc.refused(second, control.CodeOnAir)
	sc.refused(control.EndLive{Leg: "leg_p"}, control.CodeWrongState)
	sc.wantEvents(control.EndLive{Leg: "leg_host"}, "broadcast.ended") // it had not begun
	sc.do(second)
	sc.do(control.BroadcastBegan{ID: "bct_2"})
	sc.refused(control.GoLive{ID: "bct_3", By: host, Leg: "leg_host"}, control.CodeOnAir)
	sc.wantEvents(control.EndLive{Leg: "leg_p"}, "") // the mixer is told
	sc.do(control.BroadcastOver{ID: "bct_2", Interrupted: true})
	muted := true
	sc.do(control.MuteAll{Muted: muted})
	sc.refused(control.GoLive{ID: "bct_3", By: p, Leg: "leg_p"}, control.CodeNotAllowed)
	sc.do(control.AddAudio{Audio: control.Audio{ID: "aud_1", DurationMS: 10, Bytes: 80, By: p}})
	sc.refused(control.SendBroadcast{ID: "bct_3", By: p, Audio: "aud_1"}, control.CodeNotAllowed)
	sc.do(control.SendBroadcast{ID: "bct_3", By: p, Text: "not his voice"})
}

// joinAs lets somebody call, by a leg.
func (sc *scene) joinAs(leg control.LegID, role control.Role) control.ParticipantID {
	sc.t.Helper()
	_, v := sc.do(control.Join{Participant: control.ParticipantID("par_" + leg), Leg: leg, Kind: control.PhoneLeg, Role: role})
	return v.(control.Joined).Participant
}

// TestLiveEnds: how, and what is said of it.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	late := []control.Delivery{{Room: control.MainRoom, Listeners: 1, Tick: 9}}
	for name, c := range map[string]struct {
		before  control.Command // while it goes on
		over    control.BroadcastOver
		outcome string
		reason  string
	}{
		"he has come to an end": {nil, control.BroadcastOver{Interrupted: true}, "played", ""},
		"the time is up":        {nil, control.BroadcastOver{Whole: true}, "played", control.ReasonTimeLimit},
		"he hangs up":           {control.LegGone{Leg: "leg_host", Reason: "bye"}, control.BroadcastOver{}, "played", "the call of who spoke has ended"},
		"he is no speaker now": {control.ChangeParticipant{Participant: "par_leg_host", Role: new(control.Audience)},
			control.BroadcastOver{Interrupted: true}, "played", "who spoke may no longer speak to all rooms"},
		"the mixer is first to know": {nil, control.BroadcastOver{}, "played", "the call of who spoke has ended"},
		"a restart":                  {control.LoseBroadcasts{Reason: "the bridge was restarted"}, control.BroadcastOver{}, "failed", "the bridge was restarted"},
		"an admin ends it":           {control.CancelBroadcast{ID: "bct_1"}, control.BroadcastOver{Interrupted: true}, "cancelled", ""},
		"the meeting ends":           {control.EndMeeting{}, control.BroadcastOver{Interrupted: true}, "cancelled", "the meeting has ended"},
	} {
		sc := newScene(t, 1, nil)
		host := sc.joinAs("leg_host", control.Speaker)
		sc.call("1")
		sc.do(control.GoLive{ID: "bct_1", By: host, Leg: "leg_host"})
		sc.do(control.BroadcastBegan{ID: "bct_1"})
		if c.before != nil {
			sc.do(c.before)
		}
		c.over.ID, c.over.Deliveries = "bct_1", late
		sc.do(c.over)
		b := sc.s.Broadcasts["bct_1"]
		if b.State != c.outcome || b.Failed != c.reason {
			t.Errorf("%s: %s because %q", name, b.State, b.Failed)
		}
		if c.before == nil && len(b.Deliveries) != 1 {
			t.Errorf("%s: receipts %+v", name, b.Deliveries)
		}
		if by, leg := sc.s.OnAir(); by != "" || leg != "" || sc.s.LastHeard(host) != nil {
			t.Errorf("%s: %s is on the air still", name, by)
		}
	}
}

// TestLiveGoesFirst: it interrupts a normal broadcast, waits for an urgent one, and all others wait for it; whatever takes its
// voice away ends it.
func TestLiveGoesFirst(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		live := func(id control.BroadcastID) control.GoLive {
			return control.GoLive{ID: id, By: "par_host", Leg: "leg_host"}
		}
		do(a.t, a.m, control.Join{Participant: "par_host", Leg: "leg_host", Kind: control.PhoneLeg, Role: control.Speaker})
		a.mixer.Plays()
		a.send("1", "")
		do(a.t, a.m, live("bct_2"))
		a.want("a normal one gives way", "queued playing", "bct_1", "bct_2")
		a.send("3", control.PriorityUrgent)
		a.want("an urgent one waits", "queued playing queued")
		do(a.t, a.m, control.EndLive{Leg: "leg_host"})
		a.want("he has come to an end", "queued played playing", "bct_3")
		do(a.t, a.m, live("bct_4"))
		a.want("it waits for an urgent one", "queued played playing queued")
		do(a.t, a.m, control.EndLive{Leg: "leg_host"})
		a.want("which he does not wait for", "queued played playing cancelled")
		do(a.t, a.m, live("bct_5"))
		a.mixer.Finish("bct_3")
		a.want("his turn", "queued played played cancelled playing", "bct_5")
		refused(a.t, a.m, control.GoLive{ID: "bct_6", By: "par_host", Leg: "leg_host"}, control.CodeOnAir)
		do(a.t, a.m, control.LegGone{Leg: "leg_host", Reason: "bye"})
		a.want("he hangs up", "playing played played cancelled played", "bct_1")
		if d := cmp.Diff([]control.BroadcastID{"bct_1", "bct_2", "bct_5"}, a.mixer.Stopped(), cmpopts.EquateEmpty()); d != "" {
			a.t.Errorf("stopped: -want +got:\n%s", d)
		}
		refused(a.t, a.m, control.EndLive{Leg: "leg_host"}, control.CodeWrongState)
	})
}

// TestLiveWithoutAVoice that waited for its turn fails, and the next one is played.
func TestLiveWithoutAVoice(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		do(a.t, a.m, control.Join{Participant: "par_host", Leg: "leg_host", Kind: control.PhoneLeg, Role: control.Speaker})
		a.mixer.Plays()
		a.send("1", control.PriorityUrgent)
		do(a.t, a.m, control.GoLive{ID: "bct_2", By: "par_host", Leg: "leg_host"})
		a.send("3", "")
		do(a.t, a.m, control.LegGone{Leg: "leg_host", Reason: "bye"})
		a.mixer.Finish("bct_1")
		a.want("he has gone", "played failed playing", "bct_1", "bct_3")
	})
}

// TestStoreDownDuringLive: it can be ended all the same, and is logged when the store is back.
func TestStoreDownDuringLive(t *testing.T) {
	t.Parallel()
	onAir(t, func(a *airScene) {
		do(a.t, a.m, control.Join{Participant: "par_host", Leg: "leg_host", Kind: control.PhoneLeg, Role: control.Speaker})
		a.mixer.Plays()
		do(a.t, a.m, control.GoLive{ID: "bct_1", By: "par_host", Leg: "leg_host"})
		a.want("live", "playing", "bct_1")
		a.store.Fail(errors.New("full"))
		do(a.t, a.m, control.EndLive{Leg: "leg_host"})
		a.want("it has ended", "played")
		a.store.Fail(nil)
		time.Sleep(time.Minute)
	})
}

// TestLiveFailsWithTheProcess and is not begun again.
func TestLiveFailsWithTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := controltest.NewStore()
		b := newBridge(t, log, nil)
		b.mixer.Hold = true
		m := b.create(0)
		do(t, m, control.Join{Participant: "par_host", Leg: "leg_host", Kind: control.PhoneLeg, Role: control.Speaker})
		do(t, m, control.GoLive{ID: "bct_1", By: "par_host", Leg: "leg_host"})
		synctest.Wait()
		b.stop()
		b = newBridge(t, log, nil)
		defer b.stop()
		m, err := b.reg.Meeting(m.ID())
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, m, func(s *control.State) string {
			return s.Broadcasts["bct_1"].State + ": " + s.Broadcasts["bct_1"].Failed
		})
		if got != "failed: the bridge was restarted" || len(b.mixer.Plays()) > 0 {
			t.Errorf("it is %s", got)
		}
	})
}

// TestErasedVoice: what somebody has said for all rooms is deleted with him, also if he was removed or merged before.
func TestErasedVoice(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	m := b.create(1)
	for _, n := range []string{"1", "2", "3"} {
		do(t, m, control.Join{Participant: control.ParticipantID("par_" + n), Leg: control.LegID("leg_" + n), Kind: control.PhoneLeg, Role: control.Speaker})
		do(t, m, control.AddAudio{Audio: control.Audio{ID: control.AudioID("aud_" + n), DurationMS: 1000, Bytes: 8044, By: control.ParticipantID("par_" + n)}})
	}
	do(t, m, control.AddAudio{Audio: control.Audio{ID: "aud_uploaded", DurationMS: 1000, Bytes: 8044}})
	do(t, m, control.MergeParticipants{Participant: "par_2", Other: "par_1"})
	do(t, m, control.RemoveParticipant{Participant: "par_3"})
	do(t, m, control.EraseParticipant{Participant: "par_2"})
	do(t, m, control.EraseParticipant{Participant: "par_3", Gone: true})
	var dropped []control.AudioID
	for _, a := range b.store.Appends() {
		dropped = append(dropped, a.Drop...)
	}
	left := read(t, m, func(s *control.State) int { return len(s.Audio) })
	if d := cmp.Diff([]control.AudioID{"aud_1", "aud_2", "aud_3"}, dropped); d != "" || left != 1 {
		t.Errorf("%d are left, deleted: -want +got:\n%s", left, d)
	}
	refused(t, m, control.SendBroadcast{Audio: "aud_1"}, control.CodeNotFound)
	b.stop()
}
