package api

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

const ladderExample = `Call-ID a84b4c76e66710@192.0.2.7, ended
leg leg_abcdefghijklmnop, ended by far_end at 2026-11-25T09:30:12.120Z
  rtp: 500 in, 502 out, 0 lost, 0 late, 0 made up, 0 from elsewhere

09:30:00.000  192.0.2.7:5060 udp       ---->  INVITE sip:300@192.0.2.1 SIP/2.0
09:30:00.002  192.0.2.7:5060 udp       <----  SIP/2.0 200 OK
09:30:00.031  192.0.2.7:5060 udp       ---->  ACK sip:192.0.2.1:5060 SIP/2.0
`

// wantsText says that a client asks for plain text and would not rather have JSON.
func wantsText(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		kind, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "text/plain":
			return true
		case "application/json":
			return false
		}
	}
	return false
}

// ladder is a trace for people: who sent what when, and then the messages whole.
func ladder(t Trace) string {
	var b strings.Builder
	state := "ended"
	if t.Running {
		state = "running"
	} else if len(t.Legs) == 0 {
		state = "refused"
	}
	fmt.Fprintf(&b, "Call-ID %s, %s\n", oneLine(t.CallID), state)
	for _, l := range t.Legs {
		writeLeg(&b, l)
	}
	b.WriteString("\n")
	for i, m := range t.Messages {
		if i == keptFirst && t.Dropped > 0 {
			fmt.Fprintf(&b, "              … %d messages left out …\n", t.Dropped)
		}
		way := "---->"
		if m.Out {
			way = "<----"
		}
		first, _, _ := strings.Cut(m.Text, "\r\n")
		fmt.Fprintf(&b, "%s  %-24s  %s  %s\n", m.At.UTC().Format("15:04:05.000"), m.remote()+" "+m.Network, way, oneLine(first))
	}
	for _, m := range t.Messages {
		writeMessage(&b, m)
	}
	return b.String()
}

// keptFirst is how many messages stay whatever comes after them.
const keptFirst = 6

func writeLeg(b *strings.Builder, l TraceLeg) {
	fmt.Fprintf(b, "leg %s", l.ID)
	if !l.Ended.IsZero() {
		fmt.Fprintf(b, ", ended by %s at %s", l.Reason, l.Ended.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	c := l.RTP
	fmt.Fprintf(b, "\n  rtp: %d in, %d out, %d lost, %d late, %d made up, %d from elsewhere\n", c.PacketsIn, c.PacketsOut, c.Lost, c.Late, c.Concealed, c.WrongSource)
}

func writeMessage(b *strings.Builder, m TraceMessage) {
	from, to := m.remote(), "the bridge"
	if m.Out {
		from, to = to, from
	}
	fmt.Fprintf(b, "\n== %s  %s -> %s (%s)\n", m.At.UTC().Format(time.RFC3339Nano), from, to, m.Network)
	for line := range strings.SplitSeq(strings.TrimRight(m.Text, "\r\n"), "\n") {
		b.WriteString("  " + oneLine(strings.TrimRight(line, "\r")) + "\n")
	}
	if m.Cut > 0 {
		fmt.Fprintf(b, "  … %d bytes left out\n", m.Cut)
	}
}

// oneLine keeps what strangers send from moving the cursor of whoever reads it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) && r != '\t' {
			return '\ufffd'
		}
		return r
	}, s)
}
