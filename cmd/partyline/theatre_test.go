package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"partyline/cmd/internal/phone"
	"partyline/cmd/internal/phone/ear"
	"partyline/config"
	"partyline/control/attendant"
	"partyline/control/attendant/voice"
)

// theatre is where stories are played: a bridge that says all it has to say, and an ear that knows every prompt.
type theatre struct {
	bridge  *bridge
	library *voice.Library
	ear     *ear.Ear

	mu    sync.Mutex
	calls map[string]chan *phone.Incoming // that come to telephones, by number; guarded by mu
}

func newTheatre(t *testing.T) *theatre {
	t.Helper()
	set := newSet(t)
	b := newBridge(t, bridgeOptions{talkative: true, set: set, change: func(cfg *config.Config) { theatreConfig(cfg, set) }})
	th := &theatre{bridge: b, calls: make(map[string]chan *phone.Incoming), library: b.app.media.sounds.library}
	var known []ear.Prompt
	for name, pcm := range th.library.Recordings(voice.English) {
		known = append(known, ear.Prompt{Name: string(name), PCM: pcm})
	}
	slices.SortFunc(known, func(a, b ear.Prompt) int { return strings.Compare(a.Name, b.Name) })
	th.ear = ear.New(known)
	set.OnCall(func(in *phone.Incoming) { th.line(in.Number) <- in })
	return th
}

// theatreConfig is what the bridge of the stories needs beyond the default: a trunk, behind which are the telephones, keys by
// which a speaker calls somebody, and no engine that would speak the names of rooms, since machines have different ones.
func theatreConfig(cfg *config.Config, telephones *phone.Set) {
	cfg.Speech.Engine = "off"
	cfg.SIP.Trunks = []config.Trunk{{
		Name: "carrier", Addresses: []config.Prefix{{Prefix: netip.MustParsePrefix("127.0.0.1/32")}},
		Outbound: config.Outbound{Host: telephones.Addr().String(), CallerID: "+4930500"},
	}}
	cfg.DialOut.Allow = []string{"+4930555"}
	cfg.Keys.Speaker = config.KeyCommands{{Keys: "*7", Action: string(attendant.ActCall)}}
}

// line is where calls to a number come.
func (th *theatre) line(number string) chan *phone.Incoming {
	th.mu.Lock()
	defer th.mu.Unlock()
	if th.calls[number] == nil {
		th.calls[number] = make(chan *phone.Incoming, 1)
	}
	return th.calls[number]
}

// pieces are the recordings that a phrase is put together from, by the ear alone, as they are to be recognised on the line.
func (th *theatre) pieces(phrase string) ([]string, error) {
	parts, err := th.library.Parts(voice.English, attendant.Phrase(phrase))
	if err != nil {
		return nil, err
	}
	heard, unknown := th.ear.Listen(slices.Concat(recordings(parts)...))
	var names []string
	for _, h := range heard {
		names = append(names, h.Name)
	}
	if len(names) == 0 || unknown > breath {
		return nil, fmt.Errorf("phrase %q is %q and %d samples of something else", phrase, names, unknown)
	}
	return names, nil
}

// breath is how much of what is heard may belong to no prompt: faint beginnings and ends.
const breath = phone.Rate / 4

// How much must follow a prompt in a recording until it is known that it is not the beginning of another one.
const earshot = 3 * phone.Rate / 5

// said waits until somebody, or who acted last, has been told a phrase; cut says that it need only have begun, for what
// comes next cuts it off.
func (s *stage) said(name, phrase string, cut bool) {
	s.t.Helper()
	a := s.last
	if name != "" {
		a = s.who(name)
	}
	pieces, err := s.th.pieces(phrase)
	s.check(err)
	if cut {
		if h := s.hear(a, 0); h.Name != pieces[0] {
			s.fail("%s is told %s, want %s", a.name, h.Name, pieces[0])
		}
		a.cut = pieces
		return
	}
	for len(pieces) > 0 {
		h := s.hear(a, earshot)
		if missed := slices.Index(pieces, h.Name); missed > 0 && s.th.bridge.strain().since(s.before) {
			pieces = pieces[missed:] // a machine that is too busy to play all of a phrase is not what stories are about
		}
		a.at += int64(h.To)
		switch {
		case h.Name != pieces[0]:
			s.fail("%s is told %s, want %s", a.name, h.Name, strings.Join(pieces, ", "))
		case !h.Whole:
			s.fail("%s is told %s, but not to its end", a.name, h.Name)
		}
		pieces = pieces[1:]
	}
}

// hear waits for the next prompt that somebody is told, until so much has come after it that it is known for sure.
func (s *stage) hear(a *actor, after int64) (h ear.Heard) {
	s.t.Helper()
	listened := int64(0)
	err := phone.Await(soon(s.t), func() error {
		over := a.call.Err() != nil
		pos := a.call.Recorder().Pos()
		if pos < listened+phone.Rate/2 && !over {
			return errors.New("there is little more to listen to") // which takes its time
		}
		listened = pos
		heard, unknown := s.th.ear.Listen(a.call.Recorder().Range(a.at, pos))
		for len(heard) > 0 && len(a.cut) > 0 && a.at+int64(heard[0].To)+earshot <= pos {
			if heard[0].Name != a.cut[0] {
				a.cut = nil
				break
			}
			a.cut = a.cut[1:]
			a.at += int64(heard[0].To)
			heard, unknown = s.th.ear.Listen(a.call.Recorder().Range(a.at, pos))
		}
		switch {
		case len(heard) == 0 && unknown > 2*breath && !a.music:
			s.fail("%s hears %.1f s of something unknown", a.name, float64(unknown)/phone.Rate)
		case len(heard) == 0 && over:
			s.fail("%s is told nothing more: %v", a.name, a.call.Err())
		case len(heard) == 0:
			return errors.New("nothing is said")
		case len(a.cut) > 0, a.at+int64(heard[0].To)+after > pos && !over:
			return errors.New("it is still being said")
		}
		h = heard[0]
		return nil
	})
	if err != nil {
		s.fail("%s: %v", a.name, err)
	}
	return h
}
