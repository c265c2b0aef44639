package access

import (
	"fmt"
	"slices"
	"strings"
)

// Scope is one thing that an API key may do.
type Scope string

// The scopes. None includes another, but for Admin, which is all of them.
const (
	MeetingsRead  Scope = "meetings:read"  // see meetings, rooms, participants, attendance
	MeetingsWrite Scope = "meetings:write" // make and change them, drive the breakouts, broadcast
	EventsRead    Scope = "events:read"    // follow the event streams
	Webhooks      Scope = "webhooks"       // have events sent to URLs
	Calls         Scope = "calls"          // see and end the bridge's media connections, call out
	Tokens        Scope = "tokens"         // make and revoke meeting tokens
	Admin         Scope = "admin"          // everything, also what is added later
)

// Scopes returns all there are.
func Scopes() []Scope {
	return []Scope{MeetingsRead, MeetingsWrite, EventsRead, Webhooks, Calls, Tokens, Admin}
}

// ParseScope reads a scope.
func ParseScope(text string) (Scope, error) {
	if s := Scope(text); slices.Contains(Scopes(), s) {
		return s, nil
	}
	return "", fmt.Errorf("%.40q is no scope; there are %s", text, List(Scopes()))
}

// List writes scopes for people.
func List(scopes []Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

// Allow says whether somebody with these scopes may do what needs one.
func Allow(scopes []Scope, need Scope) bool {
	return slices.Contains(scopes, need) || slices.Contains(scopes, Admin)
}
