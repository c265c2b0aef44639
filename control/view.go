package control

import (
	"fmt"
	"slices"
	"strings"
)

// People returns who is in a room now, in order of the roster.
func (s *State) People(room RoomID) []*Participant {
	var in []*Participant
	for _, id := range s.Order {
		if p := s.Participants[id]; p.Location.Place == InRoom && p.Location.Room == room {
			in = append(in, p)
		}
	}
	return in
}

// ByLeg returns whose leg it is, or nil.
func (s *State) ByLeg(leg LegID) *Participant { return s.Participants[s.Legs[leg]] }

// RoomNumber returns the keypad number of a room: 0 for the main room, [NoRoom] for none.
func (s *State) RoomNumber(id RoomID) int {
	if id == MainRoom {
		return 0
	}
	if r := s.Rooms[id]; r != nil {
		return r.Number
	}
	return NoRoom
}

// RoomByNumber returns the room with a keypad number; ok is false if there is none.
func (s *State) RoomByNumber(n int) (id RoomID, ok bool) {
	if n == 0 {
		return MainRoom, true
	}
	for _, r := range s.Rooms {
		if r.Number == n {
			return r.ID, true
		}
	}
	return "", false
}

// HasRoom says whether the room exists; the main room always does.
func (s *State) HasRoom(id RoomID) bool { return s.RoomNumber(id) != NoRoom }

// HelpOf returns the open help request of a room, or nil.
func (s *State) HelpOf(room RoomID) *HelpRequest {
	for _, h := range s.Help {
		if h.Room == room {
			return h
		}
	}
	return nil
}

// Silenced says whether nobody hears the participant: he or an admin muted him, or he only listens in.
func (p *Participant) Silenced() bool { return p.Muted || p.MutedByAdmin || p.ListenOnly }

// OnPhone says whether he takes part by telephone alone. Who is on the web or has a browser's microphone too is not
// bound to what callers may do: his telephone goes where he goes.
func (p *Participant) OnPhone() bool {
	return !p.Web && len(p.Legs) > 0 && !slices.ContainsFunc(p.Legs, func(l Leg) bool { return l.Kind != PhoneLeg })
}

// What stands for the digits that are not shown, and for a name that is not known.
const (
	mask     = "•••"
	nameless = "Caller"
)

// MaskNumber is how a caller's number is shown to others: the last three digits stay, and the country of a long
// international number. What is no telephone number (the user part of alice@example.com) is shown as it is.
func MaskNumber(number string) string {
	if !isTelephone(number) {
		return number
	}
	digits := []rune(number)
	tail := digits[len(digits)-min(3, max(0, len(digits)-4)):]
	head := ""
	if digits[0] == '+' && len(digits) > 7 {
		head = string(digits[:3])
	}
	return head + mask + string(tail)
}

// MaskAddress is MaskNumber for what was called: of a SIP address the user part is masked.
func MaskAddress(to string) string {
	rest, ok := strings.CutPrefix(to, "sip:")
	if user, host, at := strings.Cut(rest, "@"); ok && at {
		return "sip:" + MaskNumber(user) + "@" + host
	}
	return MaskNumber(to)
}

// isTelephone says whether a number, or a name from the signalling, is a telephone number however it is written.
func isTelephone(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789+*#-./() \u00a0") == ""
}

// withheld are the user parts and display names of callers who do not say who they are (RFC 3323 §4.1.1.3 and what
// gateways make of it).
var withheld = []string{"anonymous", "unknown", "unavailable", "restricted", "private", "withheld"}

func isWithheld(s string) bool { return slices.Contains(withheld, foldName(s)) }

// callerName is what a newcomer is called: the name that his telephone gives, else its number, masked.
func callerName(name, number string) string {
	for _, s := range []string{name, number} {
		if s != "" && !isWithheld(s) {
			if runes := []rune(MaskNumber(s)); len(runes) <= MaxNameRunes {
				return string(runes)
			}
		}
	}
	return nameless
}

// newcomerName is callerName, but that those of whom nothing is known can be told apart: "Caller 1", "Caller 2".
func (s *State) newcomerName(name, number string) string {
	if name = callerName(name, number); name != nameless {
		return name
	}
	taken := make(map[string]bool)
	for _, p := range s.Participants {
		if isNameless(p.Name) {
			taken[p.Name] = true
		}
	}
	for n := 1; ; n++ {
		if name = fmt.Sprintf("%s %d", nameless, n); !taken[name] {
			return name
		}
	}
}

// withheld says whether nothing is known of a caller, so that his name only tells him from others.
func (p *Participant) withheld() bool { return p.Number == "" && isNameless(p.Name) }

// isNameless says whether a name only stands for one.
func isNameless(name string) bool {
	rest, ok := strings.CutPrefix(name, nameless)
	return ok && strings.Trim(rest, " 0123456789") == ""
}

func in(room RoomID) Location { return Location{Place: InRoom, Room: room} }
