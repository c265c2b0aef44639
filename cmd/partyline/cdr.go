package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"partyline/config"
	"partyline/control"
	"partyline/control/api"
	"partyline/sip"
)

// cdr writes call detail records. Safe for concurrent use.
type cdr struct {
	// immutable
	cfg     config.CDR
	trunkOf func(sip.Record) string
	meeting func(control.LegID) control.MeetingID
	log     *slog.Logger

	written, failed atomic.Uint64

	mu sync.Mutex // one line after the other
}

// callRecord is a line.
type callRecord struct {
	Leg       control.LegID     `json:"leg"`
	CallID    string            `json:"call_id"`
	Direction string            `json:"direction"`
	From      string            `json:"from"` // the far end's number: whom we called, if outbound
	To        string            `json:"to"`
	Remote    string            `json:"remote"`
	Transport string            `json:"transport"`
	Trunk     string            `json:"trunk,omitempty"`
	Meeting   control.MeetingID `json:"meeting,omitempty"`
	Started   time.Time         `json:"started"`
	Answered  time.Time         `json:"answered,omitzero"`
	Ended     time.Time         `json:"ended"`
	Seconds   float64           `json:"seconds"` // since the answer
	Codec     string            `json:"codec,omitempty"`
	Reason    string            `json:"reason"`
	Text      string            `json:"text"`
	RTP       api.RTPCounts     `json:"rtp"`
}

func (c *cdr) record(r sip.Record) callRecord {
	v := callRecord{
		Leg: r.Leg, CallID: r.CallID, Direction: "inbound", From: c.number(r.From), To: c.number(r.To), Remote: r.Source.String(), Transport: r.Network,
		Trunk: c.trunkOf(r), Meeting: c.meeting(r.Leg), Started: r.Since.UTC(), Ended: r.Ended.UTC(), Reason: string(r.Kind), Text: r.Text, RTP: rtpCounts(r.RTP),
	}
	if r.Outbound {
		v.Direction = "outbound"
	}
	if !r.Answered.IsZero() {
		v.Answered, v.Seconds, v.Codec = r.Answered.UTC(), r.Ended.Sub(r.Answered).Round(time.Millisecond).Seconds(), r.Codec.String()
	}
	return v
}

func (c *cdr) number(n string) string {
	if c.cfg.Numbers == "full" {
		return n
	}
	return control.MaskNumber(n)
}

// write puts a call that has ended at the end of the file. The file is opened for each line, so that it can be moved away, and
// a line is one write: none is ever half there behind another.
func (c *cdr) write(r sip.Record) {
	v := c.record(r)
	if c.cfg.File == "" {
		return
	}
	line, err := json.Marshal(v)
	if err == nil {
		err = c.add(append(line, '\n'))
	}
	if err != nil {
		c.failed.Add(1)
		c.log.Error("call record not written", "leg", r.Leg, "err", err)
		return
	}
	c.written.Add(1)
}

func (c *cdr) add(line []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := os.OpenFile(c.cfg.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Close())
}

// openCDR makes the writer, and finds out whether the file can be written.
func (a *App) openCDR() error {
	a.cdr = &cdr{
		cfg: a.cfg.CDR, meeting: a.media.lastMeeting, log: a.log.With("component", "cdr"),
		trunkOf: func(r sip.Record) string {
			if r.Outbound {
				return r.Trunk
			}
			return a.cfg.SIP.TrunkOf(r.Source.Addr())
		},
	}
	if a.cfg.CDR.File == "" {
		return nil
	}
	if err := a.cdr.add(nil); err != nil {
		return control.Errorf(control.CodeInvalid, "cdr.file cannot be written: %s", err)
	}
	return nil
}
