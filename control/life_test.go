package control_test

import (
	"time"

	"partyline/control"
)

// lifeCommand is about the meeting as a whole, or nil.
func lifeCommand(w *walk) control.Command {
	switch w.rnd.IntN(10) {
	case 0:
		return control.LockMeeting{Locked: w.chance(40)}
	case 1, 2:
		if w.chance(30) {
			return control.AdmitParticipants{All: true}
		}
		return control.AdmitParticipants{Participants: w.people()}
	case 3:
		return scheduleCommand(w)
	case 4:
		code := func() control.NewCode {
			return control.NewCode{Set: w.chance(50), Code: pick(w, []string{"123456", "654321", "222222222", ""}, "12x")}
		}
		return control.ChangeMeeting{AccessCode: code(), SpeakerCode: code()}
	case 5:
		if w.chance(20) {
			return control.EndMeeting{}
		}
		return control.OpenMeeting{}
	case 6:
		return control.RemoveParticipant{Participant: w.person(), Waiting: true}
	}
	return nil
}

func scheduleCommand(w *walk) control.Command {
	at := func() *time.Time {
		switch w.rnd.IntN(4) {
		case 0:
			return nil
		case 1:
			return new(time.Time{})
		}
		return new(w.now.Add(time.Duration(w.rnd.IntN(900)-100) * time.Second))
	}
	return control.ChangeMeeting{StartsAt: at(), EndsAt: at()}
}

// openCommand holds a meeting again.
func openCommand(w *walk) control.Command {
	c := control.OpenMeeting{}
	if w.chance(30) {
		c.Schedule.StartsAt = w.now.Add(time.Duration(w.rnd.IntN(300)) * time.Second)
	}
	if w.chance(30) {
		c.Schedule.EndsAt = w.now.Add(time.Duration(w.rnd.IntN(900)) * time.Second)
	}
	return c
}
