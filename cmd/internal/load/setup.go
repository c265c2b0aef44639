package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// plan says who speaks with which tone.
type plan struct {
	phone.Tones
	amplitude float64
	talkers   []int // the callers that talk, by number of their tone
}

// loudest is the greatest amplitude of a tone: the chirps that measure the delay must stand out.
const loudest = 1500

// keep is how much of what was heard is kept: the delay is worked out within a second of a chirp.
const keep = 4 * time.Second

func newRun(ctx context.Context, o Options, out io.Writer) (*run, error) {
	r := &run{o: o, out: out}
	r.callers = make([]*caller, o.Calls)
	inRoom := make([]int, o.Rooms)
	for i := range r.callers {
		c := &caller{room: i % o.Rooms, tone: -1}
		if inRoom[c.room] < o.Talkers {
			c.tone = len(r.plan.talkers)
			r.plan.talkers = append(r.plan.talkers, i)
		}
		inRoom[c.room]++
		r.callers[i] = c
	}
	var err error
	if r.plan.Tones, err = phone.Plan(max(1, len(r.plan.talkers))); err != nil {
		return nil, fmt.Errorf("%d rooms with %d talkers each: %w", o.Rooms, o.Talkers, err)
	}
	r.plan.Window = max(r.plan.Window, 400*time.Millisecond)
	r.plan.amplitude = min(loudest, phone.Loudness(o.Talkers))
	local, err := localAddress(o.Target)
	if err != nil {
		return nil, err
	}
	if r.set, err = phone.NewSet(phone.SetOptions{Local: local, UserAgent: "partyline-load", Logger: r.logger()}); err != nil {
		return nil, err
	}
	if o.API == "" {
		return r, nil
	}
	if r.meeting, err = newMeeting(ctx, o); err != nil {
		return nil, errors.Join(err, r.set.Close())
	}
	return r, nil
}

// localAddress is the address of this machine that the target is reached from.
func localAddress(target string) (netip.Addr, error) {
	host := strings.TrimPrefix(strings.ReplaceAll(target, "%d", "0"), "sip:")
	host, _, _ = strings.Cut(host, ";")
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(strings.Trim(host, "[]"), "5060")
	}
	return phone.LocalFor(host)
}

// meeting is the meeting that was made for the run.
type meeting struct {
	api   *bridgeapi.Client
	id    string
	code  string
	rooms []bridgeapi.Room
}

func newMeeting(ctx context.Context, o Options) (*meeting, error) {
	m := &meeting{api: bridgeapi.New(o.API, o.Key)}
	n := bridgeapi.NewMeeting{Title: "Load test", Options: map[string]any{"announce_arrivals": "off"}}
	for i := range o.Rooms {
		n.Rooms = append(n.Rooms, bridgeapi.NewRoom{Name: "Load " + strconv.Itoa(i+1)})
	}
	made, err := m.api.CreateMeeting(ctx, n)
	if err != nil {
		return nil, err
	}
	m.id, m.code = made.ID, made.AccessCode
	m.rooms, err = m.api.Rooms(ctx, m.id)
	if err != nil || len(m.rooms) != o.Rooms {
		return nil, errors.Join(err, fmt.Errorf("%d rooms were made, %d are there", o.Rooms, len(m.rooms)), m.api.DeleteMeeting(ctx, m.id))
	}
	return m, nil
}

// uri is where a caller of a room calls.
func (r *run) uri(c *caller) string {
	if r.meeting == nil {
		return strings.ReplaceAll(r.o.Target, "%d", strconv.Itoa(c.room+1))
	}
	host := strings.TrimPrefix(r.o.Target, "sip:")
	if _, after, ok := strings.Cut(host, "@"); ok {
		host = after
	}
	return "sip:" + r.meeting.code + "@" + host
}

// dialers is how many calls may be waiting for their answer at once.
const dialers = 32

// place makes all calls at the given rate and puts the callers into their rooms.
func (r *run) place(ctx context.Context) error {
	r.say("calling %s: %d callers, %d rooms, %d talkers each", r.o.Target, r.o.Calls, r.o.Rooms, r.o.Talkers)
	var answered phone.Histogram
	var mu sync.Mutex
	var failed error
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(dialers, r.o.Calls) {
		wait.Go(func() { // waited for below
			for i := range next {
				took, err := r.dial(ctx, i)
				mu.Lock()
				answered.Add(took)
				if err != nil {
					r.report.Failed++
					failed = errors.Join(failed, err)
				}
				mu.Unlock()
			}
		})
	}
	r.feed(ctx, next)
	wait.Wait()
	r.report.Setup = summary(&answered)
	if r.report.Failed > 0 {
		return fmt.Errorf("%d of %d %w: %w", r.report.Failed, r.o.Calls, ErrCalls, first(failed))
	}
	if r.meeting == nil {
		return ctx.Err()
	}
	return errors.Join(ctx.Err(), r.openRooms(ctx))
}

// first is the first of joined errors.
func first(err error) error {
	for {
		joined, ok := err.(interface{ Unwrap() []error }) //nolint:errorlint // taken apart on purpose
		if !ok || len(joined.Unwrap()) == 0 {
			return err
		}
		err = joined.Unwrap()[0]
	}
}

// feed hands out the numbers of the callers at the rate of the run.
func (r *run) feed(ctx context.Context, next chan<- int) {
	defer close(next)
	pace := time.NewTicker(time.Duration(float64(time.Second) / r.o.Rate))
	defer pace.Stop()
	for i := range r.callers {
		select {
		case next <- i:
		case <-ctx.Done():
			return
		}
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
	}
}

// answerTimeout is how long a call may take to be answered.
const answerTimeout = 30 * time.Second

func (r *run) dial(ctx context.Context, i int) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, answerTimeout)
	defer stop()
	c := r.callers[i]
	began := time.Now()
	call, err := r.set.Dial(ctx, r.uri(c), phone.Options{
		From: fmt.Sprintf("+4930%06d", i), Name: fmt.Sprintf("Load %d", i+1),
		Codecs: r.o.codecs(), Network: r.o.Network, Record: keep,
	})
	took := time.Since(began)
	if err != nil {
		return took, err
	}
	c.call = call
	if r.o.Digits != "" {
		err = call.SendDigits(ctx, r.o.Digits)
	}
	return took, err
}

// openRooms waits until the meeting knows everybody, assigns all and opens the breakouts.
func (r *run) openRooms(ctx context.Context) error {
	people, err := r.everybody(ctx)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	errs := make(chan error, dialers)
	jobs := make(chan *caller)
	for range dialers / 4 {
		wait.Go(func() { // waited for below
			var all error
			for c := range jobs {
				all = errors.Join(all, r.meeting.api.Assign(ctx, r.meeting.id, people[c.call.ID()].ID, r.meeting.rooms[c.room].ID))
			}
			errs <- all
		})
	}
	for _, c := range r.callers {
		jobs <- c
	}
	close(jobs)
	wait.Wait()
	close(errs)
	for e := range errs {
		err = errors.Join(err, e)
	}
	if err != nil {
		return fmt.Errorf("assign the callers: %w", err)
	}
	r.say("opening the breakouts")
	return r.meeting.api.StartBreakouts(ctx, r.meeting.id)
}

// joinTimeout is how long it may take until the meeting knows all callers.
const joinTimeout = 30 * time.Second

func (r *run) everybody(ctx context.Context) (people map[string]bridgeapi.Participant, err error) {
	ctx, stop := context.WithTimeout(ctx, joinTimeout)
	defer stop()
	err = phone.Await(ctx, func() error {
		if people, err = r.meeting.api.ByCallID(ctx, r.meeting.id); err != nil {
			return err
		}
		for i, c := range r.callers {
			if p, ok := people[c.call.ID()]; !ok || p.Location.Place != "room" {
				return fmt.Errorf("caller %d of %d is not in the main room", i+1, len(r.callers))
			}
		}
		return nil
	})
	return people, err
}

// hangUpRate spreads the goodbyes as the calls were.
func (r *run) hangUp(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, answerTimeout)
	defer stop()
	for _, c := range r.callers {
		if c.call.Err() != nil {
			r.report.Dropped++
		}
	}
	return r.set.HangupAll(ctx)
}

// close takes everything down, whatever state the run is in.
func (r *run) close(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, answerTimeout)
	defer stop()
	err := r.set.HangupAll(ctx)
	if r.meeting != nil {
		err = errors.Join(err, r.meeting.api.DeleteMeeting(ctx, r.meeting.id))
		r.meeting.api.Close()
	}
	return errors.Join(err, r.set.Close())
}
