package webhook

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"partyline/control"
)

// ID names an endpoint ("whk_…").
type ID string

// Limits of an endpoint.
const (
	MaxURL         = 2000
	MaxDescription = 200
	MaxFilters     = 100 // meetings, and types, that an endpoint may name
)

// Endpoint is somewhere events are sent to, and how far that has come.
type Endpoint struct {
	ID        ID        `json:"id"`
	Spec      Spec      `json:"spec"`
	Secrets   []Secret  `json:"secrets"` // the newest first; two while one takes over from the other
	CreatedAt time.Time `json:"created_at"`
	Progress  Progress  `json:"-"`
}

// Spec is what an admin can set of an endpoint.
type Spec struct {
	URL         string              `json:"url"`
	Description string              `json:"description,omitempty"`
	Meetings    []control.MeetingID `json:"meetings,omitempty"` // empty: all
	Types       []string            `json:"types,omitempty"`    // of events; empty: all
}

// State says in a word how an endpoint does.
type State string

// The states of an endpoint.
const (
	Active   State = "active"
	Retrying State = "retrying" // the last attempt failed, the next one comes; or meetings are held back
	Parked   State = "parked"   // given up until it is resumed
)

// Progress is how far the deliveries to an endpoint have come.
type Progress struct {
	Position uint64 `json:"-"` // in the log: all up to it is delivered, or was not wanted

	LastStatus  int       `json:"last_status,omitempty"` // 0: there was no answer
	LastError   string    `json:"last_error,omitempty"`
	DeliveredAt time.Time `json:"delivered_at,omitzero"` // when something was delivered last

	// Of the event after Position, which could not be delivered yet.
	Attempts     int       `json:"attempts,omitempty"`
	FailingSince time.Time `json:"failing_since,omitzero"`
	NextAttempt  time.Time `json:"next_attempt,omitzero"`
	ParkedAt     time.Time `json:"parked_at,omitzero"`

	// Held are the meetings whose events are not delivered up to Position. A list is never changed, only replaced.
	Held []Held `json:"held,omitempty"`
}

// State says how the endpoint does.
func (p Progress) State() State {
	switch {
	case !p.ParkedAt.IsZero():
		return Parked
	case p.Attempts > 0 || len(p.Held) > 0:
		return Retrying
	default:
		return Active
	}
}

// wants says whether an event is to be sent there.
func (s *Spec) wants(r control.Record) bool {
	return s.wantsMeeting(r.Meeting) && (len(s.Types) == 0 || slices.Contains(s.Types, r.Type))
}

func (s *Spec) wantsMeeting(m control.MeetingID) bool {
	return len(s.Meetings) == 0 || slices.Contains(s.Meetings, m)
}

// clone shares nothing with e.
func (e Endpoint) clone() Endpoint {
	e.Spec.Meetings, e.Spec.Types, e.Secrets = slices.Clone(e.Spec.Meetings), slices.Clone(e.Spec.Types), slices.Clone(e.Secrets)
	return e
}

// check refuses what could never work, and what the guard will refuse for sure. Where a name leads is looked at when it
// is dialled, not here: it may lead elsewhere by then.
func (s *Spec) check(g Guard) error {
	if utf8.RuneCountInString(s.Description) > MaxDescription {
		return control.Invalid("description", "", "is longer than %d characters", MaxDescription)
	}
	if strings.ContainsFunc(s.Description, unicode.IsControl) { // PostgreSQL has no zero byte in a text
		return control.Invalid("description", "write it on one line", "must not contain control characters")
	}
	if len(s.Meetings) > MaxFilters {
		return control.Invalid("meetings", "make an endpoint for all meetings instead", "names more than %d", MaxFilters)
	}
	if len(s.Types) > MaxFilters {
		return control.Invalid("types", "leave it out for all", "names more than %d", MaxFilters)
	}
	known := control.EventTypes()
	for i, t := range s.Types {
		if known[t] == nil {
			return control.Invalid(fmt.Sprintf("types[%d]", i), "the types are those of AnyEvent in /openapi.json", "there is no such event")
		}
	}
	return checkURL(s.URL, g)
}

func checkURL(text string, g Guard) error {
	bad := func(hint, format string, args ...any) error { return control.Invalid("url", hint, format, args...) }
	if len(text) > MaxURL {
		return bad("", "is longer than %d characters", MaxURL)
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return bad("e.g. https://example.com/hooks", "is not a URL")
	}
	switch {
	case u.User != nil:
		return bad("tell the receiver by the signature", "has a user name in it")
	case u.Port() != "" && !isPort(u.Port()):
		return bad("ports are 1 to 65535", "has no port that exists")
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return bad("", "has a fragment in it")
	case u.Scheme != "https" && u.Scheme != "http":
		return bad("e.g. https://example.com/hooks", "is neither https nor http")
	case u.Scheme == "http" && !g.opened():
		return bad("use https, or allow networks of your own by webhooks.allow_private or webhooks.allow_networks", "would carry people's names in the clear")
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		if err := g.Check(addr); err != nil {
			return bad("allow it by webhooks.allow_private or webhooks.allow_networks", "%s", err)
		}
	}
	if (strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost")) && !g.opened() {
		return bad("allow it by webhooks.allow_private or webhooks.allow_networks", "leads to this machine")
	}
	return nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}
