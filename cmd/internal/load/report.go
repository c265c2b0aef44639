package load

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strings"
	"time"

	"partyline/cmd/internal/phone"
)

var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// Quantiles of a duration, in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50_ms"`
	P95 float64 `json:"p95_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
}

// Report is what a run found out.
type Report struct {
	Calls   int     `json:"calls"`
	Rooms   int     `json:"rooms"`
	Talkers int     `json:"talkers"`
	Seconds float64 `json:"seconds"`

	Failed  int       `json:"failed"`  // calls that were not answered
	Dropped int       `json:"dropped"` // calls that ended before their time
	Setup   Quantiles `json:"setup"`   // from INVITE to ACK

	Checked   int `json:"checked"`   // listeners whose ears were compared with what they should hear
	Disturbed int `json:"disturbed"` // of them those where something was wrong at first
	Missing   int `json:"missing"`   // talkers that a listener should have heard and did not
	Leaked    int `json:"leaked"`    // talkers that a listener heard and should not have

	Chirps     uint64    `json:"chirps"` // how many delays were measured
	ChirpsLost int       `json:"chirps_lost"`
	Delay      Quantiles `json:"delay"` // RTP to the server until RTP from the server

	Packets    uint64    `json:"packets"` // received by the callers
	Lost       uint64    `json:"lost"`
	LossPct    float64   `json:"loss_percent"`
	Reordered  uint64    `json:"reordered"`
	Duplicates uint64    `json:"duplicates"`
	Breaks     uint64    `json:"breaks"` // changes of SSRC, jumps of the timestamp
	Strangers  uint64    `json:"strangers"`
	Deviation  Quantiles `json:"interarrival_deviation"`

	ServerCPU   float64 `json:"server_us_per_leg_second,omitempty"`
	ServerCores float64 `json:"server_cores,omitempty"`
	ServerRSS   float64 `json:"server_kib_per_leg,omitempty"`
	ServerError string  `json:"server_error,omitempty"`
	FloorCPU    float64 `json:"floor_us_per_leg_second,omitempty"` // the kernel's, in the same run
	Ratio       float64 `json:"server_to_floor,omitempty"`

	OwnCPU      float64   `json:"own_us_per_leg_second"` // of the callers
	OwnLateness Quantiles `json:"own_lateness"`          // of the callers' packets
}

func round(v float64) float64 { return math.Round(v*100) / 100 }

func milliseconds(d time.Duration) float64 { return round(float64(d) / float64(time.Millisecond)) }

func summary(h *phone.Histogram) Quantiles {
	return Quantiles{milliseconds(h.Quantile(0.5)), milliseconds(h.Quantile(0.95)), milliseconds(h.Quantile(0.99)), milliseconds(h.Max())}
}

// reception is what arrived between two moments.
func (p *Report) reception(before, after reception) {
	p.Packets = after.packets - before.packets
	p.Lost = after.lost - min(before.lost, after.lost)
	if all := p.Packets + p.Lost; all > 0 {
		p.LossPct = round(100 * float64(p.Lost) / float64(all))
	}
	p.Reordered = after.reordered - before.reordered
	p.Duplicates = after.duplicates - before.duplicates
	p.Breaks = after.breaks - before.breaks
	p.Strangers = after.strangers - before.strangers
	after.deviation.Subtract(&before.deviation)
	p.Deviation = summary(&after.deviation)
}

// cost is what was used between two moments; idle is the server before the first call.
func (p *Report) cost(idle, before, after usage, own, took time.Duration) {
	legs := float64(p.Calls)
	p.OwnCPU = perLegSecond(own, legs, took)
	if after.rss == 0 {
		return
	}
	used := after.cpu - before.cpu
	p.ServerCPU = perLegSecond(used, legs, took)
	p.ServerCores = round(used.Seconds() / took.Seconds())
	p.ServerRSS = round(float64(after.rss-idle.rss) / 1024 / legs)
}

func perLegSecond(cpu time.Duration, legs float64, took time.Duration) float64 {
	return round(float64(cpu.Microseconds()) / legs / took.Seconds())
}

func (p *Report) floor(cost time.Duration) {
	p.FloorCPU = round(float64(cost) / float64(time.Microsecond))
	if p.FloorCPU > 0 {
		p.Ratio = round(p.ServerCPU / p.FloorCPU)
	}
}

// verdict is an error if what was found was not right.
func (p *Report) verdict() error {
	var err error
	if p.Dropped > 0 {
		err = fmt.Errorf("%w: %d ended before their time", ErrCalls, p.Dropped)
	}
	if p.Missing+p.Leaked > 0 {
		err = errors.Join(err, fmt.Errorf("%w: %d not heard, %d heard that should not be", ErrWrong, p.Missing, p.Leaked))
	}
	return err
}

func (p *Report) write(out io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(p)
	}
	_, err := io.WriteString(out, p.String())
	return err
}

// busyMS is the lateness of the callers' own packets from which their figures say more about the machine than about the server.
const busyMS = 10

// String is the report for people.
func (p *Report) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-22s "+format+"\n", append([]any{name}, args...)...)
	}
	quantiles := func(q Quantiles) string {
		return fmt.Sprintf("p50 %.2f  p95 %.2f  p99 %.2f  max %.2f ms", q.P50, q.P95, q.P99, q.Max)
	}
	b.WriteByte('\n')
	line("callers", "%d in %d rooms, %d talk in each, measured for %.1f s", p.Calls, p.Rooms, p.Talkers, p.Seconds)
	line("who hears whom", "%d listeners checked: %d voices missing, %d heard that should not be (%d disturbed for a moment)",
		p.Checked, p.Missing, p.Leaked, p.Disturbed)
	line("delay RTP to RTP", "%s (%d chirps, %d not found)", quantiles(p.Delay), p.Chirps, p.ChirpsLost)
	line("loss", "%d of %d packets (%.2f %%), %d out of order, %d twice, %d breaks, %d of strangers",
		p.Lost, p.Packets+p.Lost, p.LossPct, p.Reordered, p.Duplicates, p.Breaks, p.Strangers)
	line("interarrival deviation", "%s", quantiles(p.Deviation))
	line("call set-up", "%s, %d ended before their time", quantiles(p.Setup), p.Dropped)
	if p.ServerError != "" {
		line("server", "%s", p.ServerError)
	}
	if p.ServerCPU > 0 {
		line("server CPU", "%.1f µs per leg and second, %.2f cores", p.ServerCPU, p.ServerCores)
		line("server memory", "%.1f KiB per leg", p.ServerRSS)
	}
	if p.FloorCPU > 0 {
		line("kernel's floor", "%.1f µs per leg and second: bare receive and send", p.FloorCPU)
	}
	if p.Ratio > 0 {
		line("server to floor", "%.2f", p.Ratio)
	}
	line("the callers' own", "%.1f µs CPU per leg and second; packets late by %s", p.OwnCPU, quantiles(p.OwnLateness))
	if p.OwnLateness.P99 > busyMS {
		b.WriteString("The callers themselves were held up: this machine was too busy for exact delays and deviations.\n")
	}
	return b.String()
}
