package attendant

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/attendant/voice"
)

// line is one line of a play: what happens, and what the attendant does.
//
// What happens is an [Input], or in words: "keys 12#" (100 ms apart), "wait 3s" (deadlines that pass are told),
// "played", [found], "seen" (the stage's view), "done" or "done code", "entered", "refused code", "dialled code".
type line struct {
	when any
	then string
}

// found is "seen" with what else the machine asked for.
type found struct{ what any }

// dawn is when every play begins.
var dawn = time.Unix(1_800_000_000, 0)

// stage runs a play.
type stage struct {
	t       *testing.T
	machine *Machine
	now     time.Time
	view    View
	tag     Tag
}

func newStage(t *testing.T, view View) *stage {
	return &stage{t: t, machine: NewMachine(DefaultKeymap(), "en", "de"), now: dawn, view: view}
}

// inMeeting is a stage on which the caller has just heard where he is.
func inMeeting(t *testing.T, view View) *stage {
	s := newStage(t, view)
	s.step(Resumed{View: view})
	return s
}

func play(t *testing.T, s *stage, lines []line) {
	t.Helper()
	for i, l := range lines {
		if got := s.act(l.when); got != l.then {
			t.Fatalf("line %d, %v:\n got %s\nwant %s", i+1, l.when, got, l.then)
		}
	}
}

func (s *stage) act(when any) string {
	switch when := when.(type) {
	case found:
		return strings.Join(s.step(Seen{Tag: s.tag, View: s.view, Found: when.what}), "; ")
	case Input:
		return strings.Join(s.step(when), "; ")
	case string:
		verb, object, _ := strings.Cut(when, " ")
		return strings.Join(s.verb(verb, object), "; ")
	}
	s.t.Fatalf("nobody can play %v", when)
	return ""
}

func (s *stage) verb(verb, object string) []string {
	switch verb {
	case "dialled":
		return s.step(Answered{Code: object})
	case "keys":
		var out []string
		for _, key := range object {
			out = append(out, s.wait(100*time.Millisecond)...)
			out = append(out, s.step(Key{Digit: byte(key)})...)
		}
		return out
	case "wait":
		d, err := time.ParseDuration(object)
		if err != nil {
			s.t.Fatal(err)
		}
		return s.wait(d)
	case "played":
		return s.step(Played{})
	case "seen":
		return s.step(Seen{Tag: s.tag, View: s.view})
	case "entered":
		return s.step(Entered{Tag: s.tag, View: s.view})
	case "pin":
		return s.step(Found{Tag: s.tag, PIN: true, Required: object == "required", Names: object == "names", Name: object == "names"})
	case "name":
		return s.step(Found{Tag: s.tag, Name: true, Names: true, Code: object})
	case "checked":
		return s.step(Checked{Tag: s.tag, Name: object == "name"})
	case "stored":
		return s.step(Kept{Tag: s.tag, Audio: "nam_1", Code: control.Code(object)})
	case "refused":
		return s.step(Refused{Tag: s.tag, Code: control.Code(object)})
	case "done":
		return s.step(Done{Tag: s.tag, Code: control.Code(object)})
	}
	s.t.Fatalf("nobody can play %q", verb)
	return nil
}

func (s *stage) wait(d time.Duration) (out []string) {
	until := s.now.Add(d)
	for range 100 {
		at := s.machine.Deadline()
		if at.IsZero() || at.After(until) {
			s.now = until
			return out
		}
		if at.After(s.now) {
			s.now = at
		}
		out = append(out, s.step(Tick{})...)
	}
	s.t.Fatal("the machine's deadline does not move on")
	return nil
}

func (s *stage) step(in Input) (out []string) {
	for _, o := range s.machine.Step(in, s.now) {
		switch o := o.(type) {
		case Say:
			sayable(s.t, o.Phrases)
			out = append(out, "say"+words(o.Phrases)+spokenIn(o.Language))
		case Repeat:
			out = append(out, "repeat "+o.Sound.Prompt+o.Sound.Text+string(o.Sound.Audio))
		case Hush:
			out = append(out, "hush")
		case Enter:
			s.tag = o.Tag
			out = append(out, "enter "+o.Code)
		case Join:
			s.tag = o.Tag
			out = append(out, strings.Join(strings.Fields("join "+o.Code+map[bool]string{true: " named"}[o.Named]), " "))
		case Check:
			s.tag = o.Tag
			out = append(out, "check "+o.Code)
		case Look:
			s.tag = o.Tag
			out = append(out, "look")
		case Confirm:
			s.tag = o.Tag
			out = append(out, "confirm")
		case Settle:
			out = append(out, "settle "+string(o.Outcome))
		case Do:
			s.tag = o.Tag
			how := ""
			if o.Command != nil {
				if c, ok := o.Command("par_me").(control.AcceptHelp); ok && c.ListenOnly {
					how = " listening"
				}
			}
			out = append(out, strings.TrimSpace(fmt.Sprintf("do %s %s%s%s", o.Deed, o.Room, o.Request, how)))
		case HangUp:
			out = append(out, "hang up: "+o.Reason)
		case Record:
			out = append(out, "record "+o.Limit.String())
		case StopRecord:
			out = append(out, "stop recording")
		case Replay:
			out = append(out, "replay")
		case Keep:
			s.tag = o.Tag
			out = append(out, "keep"+map[bool]string{true: " name"}[o.Name])
		case Discard:
			out = append(out, "discard")
		}
	}
	return out
}

// words writes phrases as their names and what fills the gaps: "time_left 90" is of 90 s.
func words(phrases []Phrase) string {
	var b strings.Builder
	for _, p := range phrases {
		b.WriteByte(' ')
		id, fill, _ := strings.Cut(string(p), "?")
		b.WriteString(id)
		for gap := range strings.SplitSeq(fill, "&") {
			if _, value, filled := strings.Cut(gap, "="); filled {
				b.WriteString(" " + unescape(value))
			}
		}
	}
	return b.String()
}

func unescape(value string) string {
	s, err := url.QueryUnescape(value)
	if err != nil {
		return value
	}
	return s
}

// spokenIn marks what is said in another language than English.
func spokenIn(language string) string {
	if language == "" || language == "en" {
		return ""
	}
	return " (" + language + ")"
}

// library is opened once for all plays.
var library = sync.OnceValues(func() (*voice.Library, error) { return voice.Open("", nil) })

// sayable fails the test if a phrase is not in the catalogue, or something that it says has not been filled in.
// Those that a test invents have a space.
func sayable(t *testing.T, phrases []Phrase) {
	t.Helper()
	l, err := library()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range phrases {
		if invented := strings.Contains(string(p), " "); !invented && !l.Has(p) {
			t.Errorf("%s cannot be said", p)
		}
	}
}
