package attendant

import (
	"time"

	"partyline/control"
)

// Recorder keeps what a caller says, one take a leg, in memory until it is stored. Its methods never block.
type Recorder interface {
	// Record begins a take in place of the last one. It ends by itself after the limit. Until then no room hears the caller.
	// [control.Caller.Recorded] is called with the id once it has ended. False: there is no memory for it now.
	Record(leg control.LegID, id uint64, limit time.Duration) bool
	// StopRecord ends the take.
	StopRecord(leg control.LegID)
	Takes
}

// Takes is what can be done with a take that has ended.
type Takes interface {
	// Trim takes away what is not to be heard: the silence before and after what was said and, if a key ended it, the click
	// of that. It says how much is left; 0: nothing was said.
	Trim(leg control.LegID, samples int, keyed bool) time.Duration
	// Replay plays the take to the caller alone, like [Voice.Say].
	Replay(leg control.LegID, play uint64)
	// Store keeps the take as a recording of the meeting, and calls done from any goroutine.
	Store(leg control.LegID, meeting control.MeetingID, id control.AudioID, done func(control.Audio, error))
	// Discard forgets the take, and ends it if it has not ended. So does the end of the leg.
	Discard(leg control.LegID)
}

// What the machine wants done about what the caller says. The samples never come here.
type (
	// Record has what the caller says recorded, from now on and for the limit at most; no room hears it meanwhile.
	// [Recorded] follows once, unless [Discard] comes first.
	Record struct{ Limit time.Duration }
	// StopRecord ends the recording, by a key.
	StopRecord struct{}
	// Replay plays the recording to the caller, in place of what is being said. [Played] follows.
	Replay struct{}
	// Keep stores the recording as one of the meeting: [Kept] follows. It can be replayed still.
	Keep struct {
		Tag  Tag
		Name bool // it is the name of the caller, who is not in the meeting yet: [Join] says it there
	}
	// Discard forgets the recording.
	Discard struct{}
)

func (Record) output()     {}
func (StopRecord) output() {}
func (Replay) output()     {}
func (Keep) output()       {}
func (Discard) output()    {}

// What comes of it.
type (
	// Recorded says that the recording has ended.
	Recorded struct {
		Length time.Duration // of what was said, without the silence around it; 0: nothing was
		Cut    bool          // by the limit
		Failed bool          // there is none
	}
	// Kept answers [Keep]; Code is empty if it was stored.
	Kept struct {
		Tag   Tag
		Audio control.AudioID
		Code  control.Code
	}
)

func (Recorded) input() {}
func (Kept) input()     {}

// recordee is a mode in which the caller is recorded.
type recordee interface {
	recorded(m *Machine, in Recorded)
}

// recorded tells the mode that waits for it.
func (m *Machine) recorded(in Recorded) {
	if l, ok := m.mode.(recordee); ok {
		l.recorded(m, in)
	}
}

// replay plays what was recorded back to the caller.
func (m *Machine) replay(length time.Duration) {
	m.speak(Replay{}, length)
}

// keep stores the recording; then hears its id, or why there is none.
func (m *Machine) keep(then func(audio control.AudioID, code control.Code)) {
	tag := m.ask(keepLimit, func(in Input) {
		switch in := in.(type) {
		case Kept:
			then(in.Audio, in.Code)
		default:
			then("", control.CodeOverloaded)
		}
	})
	m.out = append(m.out, Keep{Tag: tag})
}
