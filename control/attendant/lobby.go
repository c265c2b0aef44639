package attendant

import (
	"time"

	"partyline/control"
)

// aheadAgain is how soon a caller in the lobby may be told again how many are before him.
const aheadAgain = 15 * time.Second

// waiting says whether the caller is in the lobby: no room hears him, and he hears the attendant and the music alone.
func (m *Machine) waiting() bool { return m.room == control.NoRoom }

// oneByOne says whether people are let in from the lobby, so that it is of interest how many are before one.
func oneByOne(s *control.State) bool { return s.Locked || s.Options.Lobby }

func (v *View) seeLobby(s *control.State, p *control.Participant) {
	if p.Location.Place == control.Lobby {
		v.Ahead = ahead(s, p)
	}
}

// ahead is how many wait who came before.
func ahead(s *control.State, me *control.Participant) (n int) {
	for _, p := range s.Participants {
		if p.Location.Place == control.Lobby && before(p, me) {
			n++
		}
	}
	return n
}

// before says whether somebody came to the lobby before another.
func before(p, me *control.Participant) bool {
	return p != nil && p != me && (p.JoinedAt.Before(me.JoinedAt) || p.JoinedAt.Equal(me.JoinedAt) && p.ID < me.ID)
}

// queue tells a caller in the lobby when fewer are before him. Whoever goes is looked at alone, so that a full lobby that
// empties costs little; all people are looked at where it is not known who has gone.
func (f *follower) queue(ev control.Event, s *control.State, p *control.Participant) {
	was := f.ahead
	switch {
	case p.Location.Place != control.Lobby || !oneByOne(s):
		f.ahead = -1
	case was < 0: // from now on it is of interest
		f.ahead = ahead(s, p)
	default:
		f.ahead -= gone(ev, s, p)
	}
	switch ev.(type) {
	case control.ParticipantRemoved, control.ParticipantErased, control.ParticipantsMerged, control.WebSynced:
		if f.ahead >= 0 {
			f.ahead = ahead(s, p)
		}
	}
	if f.ahead >= 0 && was >= 0 && f.ahead != was {
		f.tell(Ahead{N: f.ahead})
	}
}

// gone is how many of those before a caller have left the lobby with an event.
func gone(ev control.Event, s *control.State, me *control.Participant) (n int) {
	left := func(who control.ParticipantID, from control.Location) {
		if from.Place == control.Lobby && before(s.Participants[who], me) {
			n++
		}
	}
	switch ev := ev.(type) {
	case control.LegLeft:
		if ev.Absent {
			left(ev.Participant, ev.Location)
		}
	case control.WebLeft:
		if ev.Absent {
			left(ev.Participant, ev.Location)
		}
	case control.ParticipantsAdmitted:
		for _, m := range ev.Moves {
			left(m.Participant, m.From)
		}
	}
	return n
}

// whyWaiting says what the caller waits for, and how many do so before him.
func whyWaiting(v View) []Phrase {
	var phrases []Phrase
	switch {
	case v.NotStarted:
		phrases = append(phrases, "not_started")
	case v.Locked:
		phrases = append(phrases, "meeting_locked")
	}
	if v.NotStarted && !v.Locked && !v.Lobby {
		return append(phrases, "wait_for_start")
	}
	return append(phrases, "in_lobby", Phrase("lobby_ahead").N(v.Ahead))
}

// stillWaiting tells the caller again, so that he knows that the line is not dead.
func (m *Machine) stillWaiting(v View) {
	if m.waiting() {
		m.told = m.now
		m.sayOf(breakouts, whyWaiting(v)...)
	}
}

// nextInLobby has the caller told how many are before him, at once or as soon as it is not too often.
func (m *Machine) nextInLobby() {
	if _, free := m.mode.(*commands); free && m.waiting() {
		m.news = true
		m.until = time.Time{}
	}
}

// patience is until when a caller in the lobby is left to the music.
func (m *Machine) patience() time.Time {
	if next := m.told.Add(aheadAgain); m.news && next.After(m.now) {
		return next
	} else if m.news {
		return m.now
	}
	return m.now.Add(lobbyPatience)
}

// advance says how many are before the caller, and nothing else, when that has changed; else why he waits.
func (m *Machine) advance(v View) {
	news := m.news
	m.news = false
	switch {
	case !m.waiting():
	case news:
		m.told = m.now
		m.sayOf(breakouts, Phrase("lobby_ahead").N(v.Ahead))
	default:
		m.stillWaiting(v)
	}
}

// letIn tells a caller who comes in from the lobby where he is now, and what those hear first who need not wait.
func (m *Machine) letIn(in Moved) {
	phrases := []Phrase{"let_in"}
	if in.Reason == control.ReasonStarted {
		phrases[0] = "meeting_started"
	}
	phrases = append(phrases, isIn(in.Room, in.Name))
	if in.Muted {
		phrases = append(phrases, "muted")
	}
	m.announce(breakouts, append(phrases, m.press(ActHelp, "", "for_help")...)...)
}
