// Package trace keeps the last SIP messages of each call, for whoever asks afterwards why a call went as it did.
//
// What is kept is bounded in all: when it is too much, calls that were refused go first, then those that have ended, the
// longest quiet first, then running ones. Passwords' digests, keys of SRTP and keys that somebody pressed are blanked before
// anything is kept. There are no goroutines; all methods are safe for concurrent use.
package trace

import (
	"container/list"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of one call, and of the calls that never were one. The first messages say who called and what was agreed on: they
// stay. Tuned: November 2026.
const (
	maxMessages = 100
	maxBytes    = 32 << 10
	maxMessage  = 4 << 10
	firstKept   = 6
	maxRefused  = 200
	perMessage  = 96  // bytes besides its text
	perCall     = 320 // bytes besides its messages
)

// Message is one SIP message as it went over the network, but for what is blanked.
type Message struct {
	At      time.Time
	Out     bool   // we have sent it
	Network string // "udp", "tcp" or "tls"
	Remote  netip.AddrPort
	Text    string
	Cut     int // bytes left out at its end
}

// Leg is one leg of a call; a call has more than one only if the bridge has called itself.
type Leg struct {
	ID     string
	Ended  time.Time // zero: it runs
	Reason string    // of its end
	RTP    Counts
}

// Counts are those of a leg's RTP.
type Counts struct {
	PacketsIn, PacketsOut, ReportsIn, ReportsOut uint64
	Lost, Late, Duplicates, Concealed            uint64
	WrongSource, WrongPayload, Invalid           uint64
	SSRCChanges                                  uint64
	RoundTrip                                    time.Duration
}

// Call is what is kept under one Call-ID.
type Call struct {
	CallID   string
	Legs     []Leg // none: the call was refused
	Running  bool
	Messages []Message
	Dropped  int // messages left out after the first ones
}

// Store keeps calls.
type Store struct {
	limit int

	mu    sync.Mutex
	bytes int
	calls map[string]*call
	legs  map[string]*call
	lists [kinds]list.List // of *call, the longest quiet first
}

// kind says how soon a call is forgotten.
type kind int

const (
	refused kind = iota
	ended
	running
	kinds
)

type call struct {
	Call
	kind  kind
	at    *list.Element
	bytes int
	live  int // legs that run
}

// New makes a store of so many bytes; 0 keeps nothing, nor does a nil store.
func New(limit int) *Store {
	return &Store{limit: limit, calls: make(map[string]*call), legs: make(map[string]*call)}
}

// Add keeps a message. Only one that begins a call makes a place for it; others are kept if there is one.
func (s *Store) Add(callID string, begins bool, m Message, raw []byte) {
	if s == nil || s.limit <= 0 {
		return
	}
	s.mu.Lock()
	known := s.calls[callID] != nil
	s.mu.Unlock()
	if !known && !begins {
		return
	}
	text := scrub(raw) // without the lock: it takes the longest
	m.Text = strings.Clone(text[:min(len(text), maxMessage)])
	m.Cut = len(text) - len(m.Text)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[callID]
	if c == nil {
		if !begins {
			return
		}
		c = s.openLocked(strings.Clone(callID))
	}
	s.bytes -= c.bytes
	c.add(m)
	s.bytes += c.bytes
	s.lists[c.kind].MoveToBack(c.at)
	s.shrinkLocked(c)
}

// Begin notes that a leg has the call.
func (s *Store) Begin(callID, leg string) {
	if s == nil || s.limit <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calls[callID]
	if c == nil { // taken up from another process
		c = s.openLocked(callID)
	}
	c.Legs = append(c.Legs, Leg{ID: leg})
	c.live++
	s.legs[leg] = c
	s.moveLocked(c, running)
	s.shrinkLocked(c)
}

// End notes that a leg is over, and what became of it. Only the first time counts.
func (s *Store) End(l Leg) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.legs[l.ID]
	if c == nil {
		return
	}
	at := slices.IndexFunc(c.Legs, func(k Leg) bool { return k.ID == l.ID })
	if !c.Legs[at].Ended.IsZero() {
		return
	}
	c.Legs[at] = l
	if c.live--; c.live <= 0 {
		s.moveLocked(c, ended)
	}
}

// ByCallID returns what is kept of a call.
func (s *Store) ByCallID(id string) (Call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return shownLocked(s.calls[id])
}

// ByLeg returns what is kept of a leg's call.
func (s *Store) ByLeg(leg string) (Call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return shownLocked(s.legs[leg])
}

// Size says how much is kept.
func (s *Store) Size() (calls, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls), s.bytes
}

func shownLocked(c *call) (Call, bool) {
	if c == nil {
		return Call{}, false
	}
	shown := c.Call
	shown.Legs, shown.Messages, shown.Running = slices.Clone(c.Legs), slices.Clone(c.Messages), c.kind == running
	return shown, true
}

func (s *Store) openLocked(id string) *call {
	c := &call{Call: Call{CallID: id}, bytes: perCall + len(id)}
	c.at = s.lists[refused].PushBack(c)
	s.calls[id] = c
	s.bytes += c.bytes
	return c
}

func (s *Store) moveLocked(c *call, to kind) {
	s.lists[c.kind].Remove(c.at)
	c.kind = to
	c.at = s.lists[to].PushBack(c)
}

// shrinkLocked forgets calls until what is kept is within the bounds; not the one that has just had a message.
func (s *Store) shrinkLocked(but *call) {
	for s.lists[refused].Len() > maxRefused {
		s.forgetLocked(s.lists[refused].Front())
	}
	for k := range kinds {
		for at := s.lists[k].Front(); at != nil && s.bytes > s.limit; {
			next := at.Next()
			if at.Value != but {
				s.forgetLocked(at)
			}
			at = next
		}
	}
}

func (s *Store) forgetLocked(at *list.Element) {
	c, _ := at.Value.(*call)
	s.lists[c.kind].Remove(at)
	delete(s.calls, c.CallID)
	for _, leg := range c.Legs {
		delete(s.legs, leg.ID)
	}
	s.bytes -= c.bytes
}

// add puts a message at the end, and leaves the oldest out that may be if there are too many.
func (c *call) add(m Message) {
	c.Messages = append(c.Messages, m)
	c.bytes += perMessage + len(m.Text)
	for len(c.Messages) > firstKept && (len(c.Messages) > maxMessages || c.bytes > maxBytes) {
		c.bytes -= perMessage + len(c.Messages[firstKept].Text)
		c.Messages = slices.Delete(c.Messages, firstKept, firstKept+1)
		c.Dropped++
	}
}
