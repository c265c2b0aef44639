package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"sync"

	"partyline/control"
	"partyline/control/attendant"
	"partyline/mixer"
	"partyline/mixer/media"
	"partyline/sip"
)

// mediaWire joins control's and sip's ids to the mixer's handles. It is control.Mixer, attendant.Voice and sip.Media.
// Safe for concurrent use.
type mediaWire struct {
	// immutable
	engine *mixer.Engine
	sounds *sounds
	log    *slog.Logger

	fetching sync.WaitGroup // broadcasts whose sound is being fetched; awaited by wait

	mu       sync.Mutex
	legs     map[control.LegID]*mixer.Leg         // guarded by mu
	in       map[control.LegID]control.MeetingID  // which meeting a leg was handed to; guarded by mu
	left     map[control.LegID]control.MeetingID  // the same of legs that are over, until their record is made; guarded by mu
	meetings map[control.MeetingID]*mixer.Meeting // guarded by mu
	onAir    map[control.BroadcastID]*broadcast   // guarded by mu
	repeats  repeats                              // guarded by mu
	takes    takes                                // guarded by mu

	// Until settle: where the calls belong that another process has left and that are not taken up yet.
	awaited map[control.LegID]control.MeetingID      // guarded by mu
	placed  map[control.MeetingID]*control.Placement // guarded by mu
}

func newMediaWire(engine *mixer.Engine, s *sounds, log *slog.Logger) *mediaWire {
	return &mediaWire{
		engine: engine, sounds: s, log: log,
		legs: make(map[control.LegID]*mixer.Leg), in: make(map[control.LegID]control.MeetingID),
		left:     make(map[control.LegID]control.MeetingID),
		meetings: make(map[control.MeetingID]*mixer.Meeting),
		onAir:    make(map[control.BroadcastID]*broadcast), repeats: make(repeats),
		takes:   takes{of: make(map[control.LegID]*take)},
		awaited: make(map[control.LegID]control.MeetingID),
		placed:  make(map[control.MeetingID]*control.Placement),
	}
}

// wait gives up what is being fetched, and returns when nothing is any more.
func (w *mediaWire) wait() {
	w.mu.Lock()
	for _, b := range w.onAir {
		b.cancel()
	}
	for _, r := range w.repeats {
		r.cancel()
	}
	w.mu.Unlock()
	w.fetching.Wait()
}

// phoneLeg is a mixer leg that leaves the table when it ends.
type phoneLeg struct {
	*mixer.Leg
	wire *mediaWire
	id   control.LegID
}

// Close stops the leg and gives its ports back.
func (l phoneLeg) Close() {
	l.wire.leave(l.id)
	l.Leg.Close()
}

// Detach stops the leg and says what another process needs to go on.
func (l phoneLeg) Detach(ctx context.Context) (media.State, error) {
	l.wire.forget(l.id)
	return l.Leg.Detach(ctx)
}

// Open reserves a port pair for a call.
func (w *mediaWire) Open(id control.LegID, local netip.Addr) (sip.MediaLeg, error) {
	leg, err := w.engine.Open(local)
	if err != nil {
		return nil, mediaError(err)
	}
	return w.keep(id, leg), nil
}

// Resume takes up the media of a call that another process has left.
func (w *mediaWire) Resume(id control.LegID, s media.State) (sip.MediaLeg, error) {
	leg, err := w.engine.Resume(s)
	if err != nil {
		return nil, mediaError(err)
	}
	kept := w.keep(id, leg)
	w.mu.Lock()
	meeting, awaited := w.awaited[id]
	placement := w.placed[meeting]
	w.mu.Unlock()
	if awaited {
		w.Adopt(meeting, id)
	}
	if placement != nil {
		w.Place(meeting, placement)
	}
	return kept, nil
}

// awaits says which meeting a call belongs to that has not been taken up.
func (w *mediaWire) awaits(id control.LegID) (meeting control.MeetingID, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	meeting, ok = w.awaited[id]
	return meeting, ok
}

// settle says that all calls that another process has left have been taken up.
func (w *mediaWire) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.awaited, w.placed = nil, nil
}

func mediaError(err error) error {
	if errors.Is(err, mixer.ErrStopped) {
		return control.Errorf(control.CodeShutdown, "the bridge is shutting down")
	}
	return control.Errorf(control.CodeOverloaded, "no media for another call: %s", err)
}

func (w *mediaWire) keep(id control.LegID, leg *mixer.Leg) phoneLeg {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.legs[id] = leg
	return phoneLeg{leg, w, id}
}

// leave forgets a leg that is over, but which meeting it was in.
func (w *mediaWire) leave(id control.LegID) {
	w.mu.Lock()
	if m, ok := w.in[id]; ok {
		w.left[id] = m
	}
	w.mu.Unlock()
	w.forget(id)
}

// lastMeeting says, once, which meeting a leg was in that is over; empty: none.
func (w *mediaWire) lastMeeting(id control.LegID) control.MeetingID {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.left[id]
	delete(w.left, id)
	return m
}

func (w *mediaWire) forget(id control.LegID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.repeats.drop(id)
	delete(w.legs, id)
	delete(w.in, id)
	w.takes.drop(id)
}

// meetingOf says which meeting each leg was handed to.
func (w *mediaWire) meetingOf() map[control.LegID]control.MeetingID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.in)
}

func (w *mediaWire) leg(id control.LegID) *mixer.Leg {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.legs[id]
}

// meeting returns the mixer's side of a meeting, which the first use makes.
func (w *mediaWire) meeting(id control.MeetingID) *mixer.Meeting {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := w.meetings[id]
	if m == nil {
		m = w.engine.NewMeeting()
		w.meetings[id] = m
	}
	return m
}

// existing returns the mixer's side of a meeting, or nil: nobody has come yet, or it has ended.
func (w *mediaWire) existing(id control.MeetingID) *mixer.Meeting {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.meetings[id]
}

// Place publishes the wanted placement of a meeting. Legs that have ended in the meantime are left out.
func (w *mediaWire) Place(id control.MeetingID, p *control.Placement) {
	m := w.meeting(id)
	placement := &mixer.Placement{Gen: p.Gen, Legs: make([]mixer.Place, 0, len(p.Legs))}
	w.mu.Lock()
	defer w.mu.Unlock()
	if old := w.placed[id]; old != nil && old.Gen > p.Gen {
		return // Resume repeats the last placement: the meeting's owner was faster
	}
	if w.placed != nil {
		w.placed[id] = p
	}
	for _, l := range p.Legs {
		if leg := w.legs[l.Leg]; leg != nil {
			placement.Legs = append(placement.Legs, mixer.Place{
				Leg: leg.ID(), Room: mixer.RoomID(l.Room), Muted: l.Muted, GainDB: int8(l.GainDB), ListenDB: int8(l.ListenGainDB), Apart: l.Apart, Music: l.Waits,
			})
		}
	}
	m.Place(placement)
}

// Adopt hands a leg over to the meeting's shard.
func (w *mediaWire) Adopt(id control.MeetingID, leg control.LegID) {
	m := w.meeting(id)
	w.mu.Lock()
	l := w.legs[leg]
	switch {
	case l != nil:
		w.in[leg] = id
	case w.awaited != nil:
		w.awaited[leg] = id
	}
	w.mu.Unlock()
	if l != nil {
		m.Adopt(l)
	}
}

// Release forgets a meeting that has ended.
func (w *mediaWire) Release(id control.MeetingID) {
	w.mu.Lock()
	m := w.meetings[id]
	delete(w.meetings, id)
	w.mu.Unlock()
	if m != nil {
		m.Close()
	}
}

// Say speaks to one leg.
func (w *mediaWire) Say(id control.LegID, play uint64, language string, phrases []attendant.Phrase) {
	leg := w.saying(id)
	if leg == nil {
		return // the call has ended; so has the conversation
	}
	parts, err := w.sounds.library.Parts(language, phrases...)
	if err != nil {
		w.log.Error("phrase cannot be said", "leg", id, "err", err)
	}
	w.mu.Lock()
	meeting := w.in[id]
	w.mu.Unlock()
	leg.Play(play, w.sources(meeting, language, parts), true) // nothing at all is played to its end too: the conversation goes on
}

// Hush stops what is being said to one leg.
func (w *mediaWire) Hush(id control.LegID) {
	if leg := w.saying(id); leg != nil {
		leg.StopPlay()
	}
}

// admission keeps callers out of a bridge that cannot keep up.
type admission struct {
	*attendant.Attendant
	engine *mixer.Engine
}

// Admit begins a conversation with a caller.
func (a admission) Admit(call control.Call, line control.Line) (control.Caller, error) {
	if a.engine.Overloaded() {
		return nil, control.Errorf(control.CodeOverloaded, "the mixer is overloaded")
	}
	return a.Attendant.Admit(call, line)
}
