package attendant

import (
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
)

// TestLobby: callers who wait hear why, what they may do, and what becomes of it.
func TestLobby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.do(control.ChangeMeeting{StartsAt: new(time.Now().Add(time.Hour))})
		early := b.dial("leg_1", "123456789")
		early.hears("not_started wait_for_start")
		time.Sleep(lobbyPatience)
		synctest.Wait()
		early.hears("not_started wait_for_start") // the line is not dead
		early.keys("*6")
		early.hears("not_while_waiting")
		early.keys("**")
		early.hears("not_started wait_for_start to_change_volume *1 to_attach 7")
		early.keys("*2")
		early.hears("not_started wait_for_start")
		host := b.dial("leg_h", "987654321")
		host.hears("in_main_room others 1 " + star2)
		early.hears("meeting_started in_main_room " + star2)

		options := control.DefaultOptions()
		options.Lobby, options.MutedOnEntry = true, true
		b.do(control.ChangeMeeting{Options: &options})
		late, later := b.dial("leg_2", "123456789"), b.dial("leg_3", "123456789")
		late.hears("in_lobby lobby_ahead 0")
		later.hears("in_lobby lobby_ahead 1")
		b.do(control.AdmitParticipants{Participants: []control.ParticipantID{b.person(late).ID}})
		late.hears("let_in in_main_room muted " + star2)
		role := control.Speaker
		b.do(control.ChangeParticipant{Participant: b.person(later).ID, Role: &role})
		later.hears("now_speaker", "let_in in_main_room muted "+star2)
		early.hears() // is in, and not told
		b.stop()
	})
}

// TestScheduledEnd: everybody is told how long the meeting lasts, and is back from the breakouts before it ends.
func TestScheduledEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p, waits := b.dial("leg_1", "123456789"), (*phone)(nil)
		p.hears("in_main_room others 0 " + star2)
		b.do(control.LockMeeting{Locked: true})
		waits = b.dial("leg_2", "123456789")
		waits.hears("meeting_locked in_lobby lobby_ahead 0")
		b.do(control.StartBreakouts{Seed: 1})
		p.hears("meeting_locked", "now_in_breakout_room 1 Red")
		end := time.Now().Add(10 * time.Minute)
		b.do(control.ChangeMeeting{EndsAt: &end})
		until := func(left time.Duration) {
			time.Sleep(time.Until(end.Add(-left)) + 4*time.Second)
			synctest.Wait()
		}
		until(5 * time.Minute)
		p.hears("meeting_ends_in 300")
		until(70 * time.Second)
		p.hears("closing closing_in 10")
		until(time.Minute)
		p.hears("back_in_main_room", "meeting_ends_in 60")
		until(0)
		p.hears("meeting_ended goodbye")
		p.goes()
		waits.goes()
		if p.hungUp != "meeting has ended" || waits.hungUp != p.hungUp {
			t.Errorf("hung up: %q, %q", p.hungUp, waits.hungUp)
		}
		b.stop()
	})
}

// TestLobbyIsAQueue: who waits hears how many are before him, when that changes and now and then, but not all the time.
func TestLobbyIsAQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		options := control.DefaultOptions()
		options.Lobby = true
		b.do(control.ChangeMeeting{Options: &options})
		var phones []*phone
		for _, leg := range []control.LegID{"leg_1", "leg_2", "leg_3", "leg_4", "leg_5"} {
			phones = append(phones, b.dial(leg, "123456789"))
		}
		for i, p := range phones {
			p.hears("in_lobby lobby_ahead " + string(rune('0'+i)))
		}
		wait := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		admit := func(p *phone) {
			b.do(control.AdmitParticipants{Participants: []control.ParticipantID{b.person(p).ID}})
		}
		wait(aheadAgain)
		admit(phones[0])
		phones[0].hears("let_in in_main_room " + star2)
		for i, p := range phones[1:] {
			p.hears("lobby_ahead " + string(rune('0'+i)))
		}
		phones[2].goes() // who was before the last two
		wait(time.Second)
		admit(phones[1])
		phones[3].hears() // it is a short time ago that he was told
		wait(aheadAgain)
		phones[3].hears("lobby_ahead 0") // all of it at once
		phones[4].hears("lobby_ahead 1")
		wait(lobbyPatience)
		phones[3].hears("in_lobby lobby_ahead 0")
		phones[4].keys("*2")
		phones[4].hears("in_lobby lobby_ahead 1", "in_lobby lobby_ahead 1")
		b.do(control.RemoveParticipant{Participant: b.person(phones[3]).ID, Waiting: true})
		phones[3].hears("not_let_in goodbye")
		wait(aheadAgain)
		phones[4].hears("lobby_ahead 0")
		late := b.dial("leg_6", "123456789")
		late.hears("in_lobby lobby_ahead 1")
		phones[4].hears() // those who come later are no news
		b.stop()
	})
}

// TestWaitingForTheStart: all come in at once, so nobody is told who is before him.
func TestWaitingForTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.do(control.ChangeMeeting{StartsAt: new(time.Now().Add(time.Hour))})
		first, second := b.dial("leg_1", "123456789"), b.dial("leg_2", "123456789")
		first.hears("not_started wait_for_start")
		second.hears("not_started wait_for_start")
		first.goes()
		time.Sleep(aheadAgain)
		synctest.Wait()
		second.hears()
		b.stop()
	})
}
