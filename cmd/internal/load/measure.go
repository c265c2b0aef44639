package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"partyline/cmd/internal/phone"
)

// settleTimeout is how long it may take until everybody hears whom he should.
const settleTimeout = 20 * time.Second

// notHeard is the level below which a tone counts as absent. A leaking one would
// be at 0 dB; chirps reach -22 dB.
const (
	heard    = -6.0
	notHeard = -15.0
)

// settle lets the talkers talk and waits until everybody hears whom he should.
// What is not right then is not an error of the run: it will be in the report.
func (r *run) settle(ctx context.Context) error {
	for tone, i := range r.plan.talkers {
		r.callers[i].call.Say(r.voice(tone))
	}
	ctx, stop := context.WithTimeout(ctx, settleTimeout)
	defer stop()
	began := time.Now()
	for _, c := range r.callers {
		err := phone.Await(ctx, func() error { return r.ready(c) })
		if errors.Is(err, context.DeadlineExceeded) {
			r.say("not everybody hears whom he should after %v: %v", settleTimeout, err)
			return nil
		}
		if err != nil {
			return err
		}
	}
	r.say("everybody hears whom he should after %v", time.Since(began).Round(time.Millisecond))
	return nil
}

func (r *run) voice(tone int) phone.Source { return phone.Tone(r.plan.Hz[tone], r.plan.amplitude) }

// chirpInterval spaces the chirps of a room so that there are at most 50 a
// second of all rooms: their delays are worked out beside the measurement.
func (r *run) chirpInterval() time.Duration {
	return max(500*time.Millisecond, time.Duration(r.o.Rooms)*20*time.Millisecond)
}

func (r *run) ready(c *caller) error {
	missing, leaked, ok := r.listen(c)
	switch {
	case !ok:
		return errors.New("a caller has heard nothing yet")
	case missing+leaked > 0:
		return fmt.Errorf("a caller in room %d misses %d tones and hears %d of others", c.room+1, missing, leaked)
	}
	return nil
}

// listen compares what a caller has just heard with what he should hear.
func (r *run) listen(c *caller) (missing, leaked int, ok bool) {
	sound := c.call.Recorder().Last(r.plan.Window)
	if sound == nil {
		return 0, 0, false
	}
	spectrum := phone.Analyse(sound)
	reference := phone.AmplitudeDBFS(r.plan.amplitude)
	for tone, i := range r.plan.talkers {
		level := spectrum.ToneDBFS(r.plan.Hz[tone]) - reference
		should := r.callers[i].room == c.room && r.callers[i] != c
		switch {
		case should && level < heard:
			missing++
		case !should && level > notHeard:
			leaked++
		}
	}
	return missing, leaked, true
}

// measure lets the callers talk for the duration of the run.
func (r *run) measure(ctx context.Context, idle usage) error {
	r.say("measuring for %v", r.o.Duration)
	delays := newDelays(r)
	delays.start()
	before, cpu := r.reception(), r.server()
	ourCPU := ownCPU()
	began := time.Now()

	done, stop := context.WithTimeout(ctx, r.o.Duration)
	defer stop()
	var wait sync.WaitGroup
	wait.Go(func() { delays.run(done) }) // both end with done
	wait.Go(func() { r.checkAll(done) })
	<-done.Done()
	took := time.Since(began)
	cpuAfter, ourAfter := r.server(), ownCPU()
	after := r.reception()
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	delays.stop()
	r.report.Calls, r.report.Rooms, r.report.Talkers, r.report.Checked = r.o.Calls, r.o.Rooms, r.o.Talkers, len(r.callers)
	r.report.Seconds = round(took.Seconds())
	r.report.Delay, r.report.Chirps, r.report.ChirpsLost = summary(&delays.found), delays.found.Count(), delays.lost
	r.report.reception(before, after)
	r.report.cost(idle, cpu, cpuAfter, ourAfter-ourCPU, took)
	pace := r.set.Stats()
	r.report.OwnLateness = summary(&pace.Late)
	return nil
}

// looks is how often a listener is looked at before what is wrong there counts:
// a packet that came late may tear a tone apart, and is counted elsewhere.
const looks = 3

// checkAll compares what everybody hears with what he should hear, once during
// the run, and those again of whom something was wrong.
func (r *run) checkAll(ctx context.Context) {
	suspects := r.callers
	every := r.o.Duration * 8 / 10 / time.Duration(len(r.callers))
	for look := range looks {
		suspects = r.checkSome(ctx, suspects, every)
		if look == 0 {
			r.report.Disturbed = len(suspects)
		}
		if len(suspects) == 0 {
			return
		}
		every = max(every, r.plan.Window/time.Duration(len(suspects))) // the next look is at other sound
	}
	for _, c := range suspects {
		missing, leaked, ok := r.listen(c)
		if !ok {
			missing = len(r.plan.talkers)
		}
		r.report.Missing += missing
		r.report.Leaked += leaked
	}
}

// checkSome looks at the listeners one after the other and returns those of whom something is wrong.
func (r *run) checkSome(ctx context.Context, listeners []*caller, every time.Duration) (wrong []*caller) {
	pace := time.NewTicker(max(time.Millisecond, every))
	defer pace.Stop()
	for _, c := range listeners {
		select {
		case <-pace.C:
		case <-ctx.Done(): // the time is over: the rest at once, but not the same sound again
			if len(listeners) < len(r.callers) {
				<-pace.C
			}
		}
		if r.ready(c) != nil {
			wrong = append(wrong, c)
		}
	}
	return wrong
}

// reception is what the callers have received so far, all together.
type reception struct {
	packets, lost, reordered, duplicates, breaks, strangers uint64
	deviation                                               phone.Histogram
}

func (r *run) reception() reception {
	var sum reception
	for _, c := range r.callers {
		s := c.call.Recorder().Stats()
		d := c.call.Recorder().Deviation()
		sum.packets += s.Packets
		sum.lost += s.Lost
		sum.reordered += s.Reordered
		sum.duplicates += s.Duplicates
		sum.breaks += s.SSRCChanges + s.Jumps
		sum.strangers += s.Strangers
		sum.deviation.Merge(&d)
	}
	return sum
}
