package attendant

import (
	"fmt"
	"testing"
	"time"

	"partyline/control"
)

// TestRecording goes through the state that records a caller, for a purpose that only tells what it heard.
func TestRecording(t *testing.T) {
	t.Parallel()
	begin := []line{{"played", "record 1m0s"}}
	short := recording{limit: 5 * time.Second}
	for name, c := range map[string]struct {
		r     recording
		lines []line
	}{
		"pound ends it": {recording{}, append(begin,
			line{"wait 5s", ""}, line{"keys #", "stop recording"}, line{Recorded{Length: 4 * time.Second}, "say done 4s"})},
		"the limit cuts it, after a warning": {recording{}, append(begin,
			line{"wait 49s", ""}, line{"wait 2s", "say time_is_short"}, line{"played", ""}, line{"wait 9s", ""},
			line{Recorded{Length: time.Minute, Cut: true}, "say done 1m0s cut"})},
		"it is cut while he is warned": {recording{}, append(begin,
			line{"wait 51s", "say time_is_short"}, line{Recorded{Length: time.Minute, Cut: true}, "say done 1m0s cut"})},
		"a short one is cut without": {short, []line{{"played", "record 5s"}, {"wait 7s", ""},
			{Recorded{Length: 5 * time.Second, Cut: true}, "say done 5s cut"}}},
		"nothing was said":   {recording{}, append(begin, line{"keys #", "stop recording"}, line{Recorded{}, "say done 0s"})},
		"there is no memory": {recording{}, append(begin, line{Recorded{Failed: true}, "say done 0s failed"})},
		"star pound gives it up": {recording{}, append(begin,
			line{"wait 5s", ""}, line{"keys *#", "discard; say given up"}, line{Recorded{Length: 1}, ""})},
		"too late for star pound": {recording{}, append(begin,
			line{"keys *", ""}, line{"wait 4s", ""}, line{"keys #", "stop recording"})},
		"star pound after pound": {recording{}, append(begin,
			line{"keys #*#", "stop recording; discard; say given up"})},
		"star pound before the tone": {recording{}, []line{{"keys *#", "say speak_now; discard; say given up"}}},
		"other keys do nothing":      {recording{}, append(begin, line{"keys 12*60##", "stop recording"})},
		"keys skip what is told, not the tone": {recording{}, []line{
			{"keys 1", "say speak_now"}, {"keys #", "say speak_now"}, {"played", "record 1m0s"}, {"keys #", "stop recording"}}},
		"what is overdue has failed": {recording{}, append(begin,
			line{"keys #", "stop recording"}, line{"wait 4s", "discard; say done 0s failed"}, line{Recorded{Length: 1}, ""})},
		"news wait": {recording{}, append(begin, line{Silenced{Muted: true}, ""}, line{"wait 3s", ""},
			line{"keys #", "stop recording"}, line{Recorded{Length: 1}, "say done 1ns"}, line{"played", "say muted_by_speaker"})},
		"the meeting ends": {recording{}, append(begin,
			line{Over{}, "say meeting_ended goodbye"}, line{Recorded{Length: 1}, ""}, line{"played", "hang up: meeting has ended"})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inMeeting(t, listener())
			r := c.r
			if r.limit == 0 {
				r.limit = time.Minute
			}
			r.done = func(m *Machine, in Recorded) {
				told := Phrase(fmt.Sprint("done ", in.Length))
				if in.Cut {
					told += " cut"
				}
				if in.Failed {
					told += " failed"
				}
				m.leave(told)
			}
			r.cancel = func(m *Machine) { m.leave("given up") }
			s.machine.out = nil
			s.machine.now = s.now
			s.machine.record(&r, "please_speak")
			play(t, s, c.lines)
		})
	}
}

// TestTake is what can be done with a recording that has ended: hear it, and keep it.
func TestTake(t *testing.T) {
	t.Parallel()
	s := inMeeting(t, listener())
	s.machine.now = s.now
	tell := func(m *Machine, in Recorded) {
		m.become(&commands{})
		m.replay(in.Length)
		m.keep(func(audio control.AudioID, code control.Code) { m.leave(Phrase(fmt.Sprintf("kept %s%s", audio, code))) })
	}
	for _, c := range []struct{ when, then any }{
		{Kept{Tag: 1, Audio: "aud_1"}, "say kept aud_1"},
		{Kept{Tag: 2, Code: control.CodeLimit}, "say kept limit_reached"},
		{"wait 16s", "say kept overloaded"},
	} {
		s.machine.record(&recording{limit: 5 * time.Second, done: tell})
		play(t, s, []line{
			{"played", "record 5s"}, {Recorded{Length: 20 * time.Second}, "replay; keep"},
			{c.when, c.then.(string)},
		})
	}
}
