package mixer

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"partyline/mixer/media"
)

const (
	// numPhases is into how many phases a tick is divided: a meeting belongs to one, so that the legs' packets do not
	// all leave at once. (Tuned 2026: more wake-ups cost more than they smooth.)
	numPhases   = 4
	phaseLength = Ptime / numPhases
	// maxBehind is how far a shard may be behind its schedule and still do every tick.
	maxBehind = 5 * Ptime
	// showEvery is how often counts are published, in ticks.
	showEvery = 10
)

// shard is one loop. It alone touches the sockets, buffers and bridges of its meetings.
type shard struct {
	// immutable
	engine  *Engine
	number  int
	timeout time.Duration

	inbox  mailbox[func()]
	place  [numPhases]load
	totals totals
	ticks  tickStats
	judged judged

	badStamps, clockSteps atomic.Uint64

	// owned by the goroutine of run
	clock  *media.Clock
	now    media.Instant // of this phase
	batch  media.Batch
	frames [][]int16 // decoded, by place in the room that is being served
	pcm    [frameSamples]int16
	solo   [numPhases]*Meeting
	phases [numPhases][]*Meeting // with solo
}

// load is how much is on one phase, as the other goroutines see it: what is on its way counts.
type load struct{ legs, meetings atomic.Int64 }

// weight compares phases: a meeting without legs stands for some to come.
func (l *load) weight() int64 { return l.legs.Load() + 8*l.meetings.Load() }

func (s *shard) weight() int64 {
	var w int64
	for i := range s.place {
		w += s.place[i].weight()
	}
	return w
}

func newShard(e *Engine, number int) *shard {
	s := &shard{engine: e, number: number, timeout: e.opts.RTPTimeout, clock: media.NewClock(e.start)}
	s.judged.init()
	for p := range s.solo {
		m := newMeeting(s, p)
		m.solo = true
		s.solo[p] = m
		s.phases[p] = []*Meeting{m}
	}
	return s
}

// run serves the phases on an absolute schedule until ctx ends. Step n is due at start + n × 5 ms and belongs to
// phase n mod 4 of tick n / 4; all shards share start.
func (s *shard) run(ctx context.Context) {
	timer := time.NewTimer(Ptime)
	defer timer.Stop()
	for step := int64(time.Since(s.engine.start)/phaseLength) + 1; ; step++ {
		early := step
		if s.idle() {
			step |= numPhases - 1 // one wake-up a tick is enough to serve all phases
		}
		timer.Reset(time.Until(s.engine.start.Add(time.Duration(step) * phaseLength))) // never drifts; catches up
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := s.clock.Now()
		for ; early < step; early++ {
			s.serve(early)
		}
		step = s.step(step, now)
		s.ticks.add(int(step%numPhases), time.Since(now.Wall))
	}
}

// idle says that there are no legs, and none on their way.
func (s *shard) idle() bool {
	for i := range s.place {
		if s.place[i].legs.Load() != 0 {
			return false
		}
	}
	return true
}

// step serves one phase and returns its number. Too far behind, it leaves steps out.
func (s *shard) step(step int64, now media.Instant) int64 {
	s.now, s.batch.Now = now, now
	if behind := time.Duration(now.Mono) - time.Duration(step)*phaseLength; behind > maxBehind {
		skip := int64(behind / phaseLength)
		s.ticks.skipped.Add(uint64(skip))
		step += skip
	} else if behind > phaseLength {
		s.ticks.late.Add(1)
	}
	for _, do := range s.inbox.take() {
		do()
	}
	s.serve(step)
	return step
}

// serve runs the meetings of the step's phase.
func (s *shard) serve(step int64) {
	phase, tick := int(step%numPhases), step/numPhases
	for _, m := range s.phases[phase] {
		m.frame(step*int64(phaseLength), tick)
		if tick%showEvery == 0 {
			m.show()
		}
	}
	if phase == numPhases-1 {
		s.badStamps.Store(s.batch.BadStamps)
		s.clockSteps.Store(s.clock.Steps)
	}
}

// show publishes the counts of the meeting's legs.
func (m *Meeting) show() {
	for _, l := range m.order {
		l.counts.now[lost] = l.in.buf.Stats().Lost
		l.counts.show(&m.shard.totals)
		l.lastIn.Store(l.in.lastIn)
	}
}

// frame is where the i-th leg of a room decodes to.
func (s *shard) frame(i int) []int16 {
	for i >= len(s.frames) {
		s.frames = append(s.frames, make([]int16, frameSamples))
	}
	return s.frames[i]
}

func (s *shard) add(m *Meeting) { s.phases[m.phase] = append(s.phases[m.phase], m) }

func (s *shard) drop(m *Meeting) {
	s.phases[m.phase] = slices.DeleteFunc(s.phases[m.phase], func(other *Meeting) bool { return other == m })
}

// end answers what still waits for a frame that will not come. Only when run has returned.
func (s *shard) end() {
	for _, do := range s.inbox.take() {
		do()
	}
	for _, meetings := range s.phases {
		for _, m := range meetings {
			m.endAnnouncement(false)
			m.refusePlays()
		}
	}
}
