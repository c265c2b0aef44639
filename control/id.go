package control

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// The opaque identifiers of the API, each with a prefix that says what it names.
type (
	// MeetingID names a meeting ("mtg_…").
	MeetingID string
	// RoomID names a room of one meeting ("room_…", or [MainRoom]).
	RoomID string
	// ParticipantID names a person in one meeting ("par_…").
	ParticipantID string
	// LegID names one media connection of this bridge ("leg_…").
	LegID string
	// HelpID names a help request ("help_…").
	HelpID string
	// BroadcastID names a broadcast ("bct_…").
	BroadcastID string
	// AudioID names an uploaded recording ("aud_…").
	AudioID string
	// CommandID names one command and its outcomes ("cmd_…").
	CommandID string
)

// MainRoom is the id of every meeting's main room.
const MainRoom RoomID = "main"

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID draws a random identifier with the given prefix: 80 bits, so that ids can be neither guessed nor repeated.
func NewID[T ~string](prefix string) T {
	var b [10]byte
	rand.Read(b[:])
	var s strings.Builder
	s.WriteString(prefix)
	s.WriteString(idEncoding.EncodeToString(b[:]))
	return T(s.String())
}
