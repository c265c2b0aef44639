package attendant

import "partyline/control"

// takes is what a session knows of the recordings of its caller.
type takes struct {
	last  uint64 // drawn so far
	on    uint64 // that is under way; 0: none
	keyed bool   // a key has ended it
}

// Recorded implements [control.Caller]. What was discarded is not waited for any more.
func (s *session) Recorded(id uint64, samples int) {
	if id != s.takes.on {
		return
	}
	s.takes.on = 0
	length := s.attendant.options.Recorder.Trim(s.call.Leg, samples, s.takes.keyed)
	s.step(Recorded{Length: length, Cut: !s.takes.keyed})
}

// performTake does what the machine wants done about recordings.
func (s *session) performTake(out Output) {
	r, leg := s.attendant.options.Recorder, s.call.Leg
	switch out := out.(type) {
	case Record:
		s.takes.last++
		s.takes.on, s.takes.keyed = s.takes.last, false
		if r == nil || !r.Record(leg, s.takes.on, out.Limit) {
			s.takes.on = 0
			s.log.Warn("no memory for a recording")
			s.post(Recorded{Failed: true})
		}
	case StopRecord:
		s.takes.keyed = true
		r.StopRecord(leg)
	case Replay:
		s.plays++
		s.play = s.plays
		r.Replay(leg, s.play)
	case Keep:
		if out.Name {
			s.keepName(out)
			return
		}
		s.keep(out)
	case Discard:
		s.takes.on = 0
		if r != nil {
			r.Discard(leg)
		}
	}
}

// keep stores a take and lets the meeting know.
func (s *session) keep(k Keep) {
	meeting, meta, by := s.meeting, s.meta(), s.participant
	if meeting == nil {
		s.post(Kept{Tag: k.Tag, Code: control.CodeWrongState})
		return
	}
	id := control.NewID[control.AudioID]("aud_")
	s.attendant.options.Recorder.Store(s.call.Leg, meeting.ID(), id, func(a control.Audio, err error) {
		if err != nil {
			s.post(Kept{Tag: k.Tag, Code: s.code(err)})
			return
		}
		a.By = by
		meeting.Submit(control.AddAudio{Audio: a}, meta, func(_ any, err error) {
			s.post(Kept{Tag: k.Tag, Audio: id, Code: s.code(err)})
		})
	})
}
