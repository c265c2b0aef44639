// Package load calls any SIP conference with callers that are told apart by a
// tone each, and reports who hears whom, how late, and at what cost.
//
// Beside the goroutines of package phone it runs, during the measurement, one
// that works out the delays and one that checks listeners one after the other.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"partyline/cmd/internal/phone"
	"partyline/mixer/media"
)

// Options say what to call and how.
type Options struct {
	Target   string        // required: SIP URI; "%d" in it becomes the room's number, for conferences without an API
	API      string        // base URL of Partyline's HTTP API; empty: no rooms are made, callers stay where Target puts them
	Key      string        // API key; required with API
	Calls    int           // how many callers; 0: 30
	Rooms    int           // how many rooms; 0: 1 per 10 callers
	Talkers  int           // talkers a room; 0: 3
	Duration time.Duration // how long is measured; 0: 10 s
	Rate     float64       // new calls a second; 0: 50
	PID      int           // process id of the server, for its CPU and memory; 0: not measured
	JSON     bool          // the report as JSON instead of text
	Digits   string        // keyed in after the answer; empty: none (Partyline takes the code from the URI on loopback)
	Codec    string        // "pcmu" or "pcma"; empty: pcmu
	Network  string        // "udp" or "tcp"; empty: udp
	NoFloor  bool          // leave out the measurement of the kernel's floor
	Logger   *slog.Logger  // nil: nothing is logged
}

// ErrWrong is returned when somebody heard what he should not, or did not hear what he should.
var ErrWrong = errors.New("load: not everybody heard whom they should")

// ErrCalls is returned when calls were refused or ended before their time.
var ErrCalls = errors.New("load: calls failed")

func (o *Options) validate() error {
	o.Calls = orDefault(o.Calls, 30)
	o.Rooms = orDefault(o.Rooms, (o.Calls+9)/10)
	o.Talkers = orDefault(o.Talkers, 3)
	o.Duration = orDefault(o.Duration, 10*time.Second)
	o.Rate = orDefault(o.Rate, 50)
	o.Codec = orDefault(o.Codec, "pcmu")
	switch {
	case o.Target == "":
		return errors.New("a target is needed")
	case o.API != "" && o.Key == "":
		return errors.New("an API key is needed with the API's address")
	case o.API != "" && strings.Contains(o.Target, "%d"):
		return errors.New("with the API's address the target names no room")
	case o.Calls < 1 || o.Calls > 10_000:
		return fmt.Errorf("%d calls are not 1 to 10000", o.Calls)
	case o.Rooms < 1 || o.Rooms > o.Calls:
		return fmt.Errorf("%d rooms are not 1 to the number of calls", o.Rooms)
	case o.API == "" && o.Rooms > 1 && !strings.Contains(o.Target, "%d"):
		return fmt.Errorf("%d rooms need an API's address, or %%d in the target", o.Rooms)
	case o.Rate < 0 || o.Duration < 0 || o.Talkers < 0:
		return errors.New("rate, duration and talkers cannot be negative")
	case o.Codec != "pcmu" && o.Codec != "pcma":
		return fmt.Errorf("codec %q is not pcmu or pcma", o.Codec)
	}
	return nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (o *Options) codecs() []media.Codec {
	if o.Codec == "pcma" {
		return []media.Codec{media.PCMA}
	}
	return []media.Codec{media.PCMU}
}

// Run places the calls, measures and writes the report to out. The error is
// [ErrWrong] or [ErrCalls] if the run went through but what it found was not right.
func Run(ctx context.Context, o Options, out io.Writer) (report Report, err error) {
	if err := o.validate(); err != nil {
		return Report{}, fmt.Errorf("load: %w", err)
	}
	r, err := newRun(ctx, o, out)
	if err != nil {
		return Report{}, fmt.Errorf("load: %w", err)
	}
	defer func() { err = errors.Join(err, r.close(context.WithoutCancel(ctx))) }()
	if err := r.measureAll(ctx); err != nil {
		return r.report, fmt.Errorf("load: %w", err)
	}
	if err := r.report.write(out, o.JSON); err != nil {
		return r.report, fmt.Errorf("load: %w", err)
	}
	return r.report, r.report.verdict()
}

// measureAll goes through a run from the first call to the last figure.
func (r *run) measureAll(ctx context.Context) error {
	idle := r.server()
	if err := r.place(ctx); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	if err := r.measure(ctx, idle); err != nil {
		return err
	}
	if err := r.hangUp(ctx); err != nil {
		return err
	}
	return r.floor(ctx)
}

// run is one run of the load test.
type run struct {
	o       Options
	out     io.Writer
	set     *phone.Set
	meeting *meeting // nil without the API
	plan    plan
	callers []*caller
	report  Report
}

// caller is one telephone of the run.
type caller struct {
	call *phone.Call
	room int
	tone int // number of its tone; -1: it only listens
}

// say tells what is going on, unless the output is to be read by a program.
func (r *run) say(format string, args ...any) {
	if r.o.JSON {
		return
	}
	if _, err := fmt.Fprintf(r.out, format+"\n", args...); err != nil {
		r.logger().Warn("progress not written", "err", err)
	}
}

func (r *run) logger() *slog.Logger {
	if r.o.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return r.o.Logger
}
