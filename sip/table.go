package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"

	"partyline/control"
)

// dialogID names a dialog (RFC 3261 §12).
type dialogID struct {
	callID, localTag, remoteTag string
}

// requestID names an initial request however often a fork has copied it (RFC 3261 §8.2.2.2).
type requestID struct {
	callID, remoteTag string
	seq               uint32
}

// table holds the legs. Its methods are safe for concurrent use.
type table struct {
	limit int
	empty chan struct{} // closed when the table is closed and the last leg has gone

	mu      sync.Mutex
	closed  bool
	dialogs map[dialogID]*leg
	invites map[requestID]*leg
	ids     map[control.LegID]*leg
	peers   map[netip.Addr]int // whom we call or have called, while the call lasts
}

func newTable(limit int) *table {
	return &table{
		limit:   limit,
		empty:   make(chan struct{}),
		dialogs: make(map[dialogID]*leg),
		invites: make(map[requestID]*leg),
		ids:     make(map[control.LegID]*leg),
		peers:   make(map[netip.Addr]int),
	}
}

// add takes a leg in, or says why not.
func (t *table) add(l *leg) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return overloaded.because("the bridge shuts down")
	case t.invites[l.request] != nil:
		return merged.because("this call has already come in on another way")
	case t.ids[l.id] != nil || t.dialogs[l.dialog] != nil:
		return internal.because("this leg runs already")
	case len(t.ids) >= t.limit:
		return overloaded.because("all %d lines are taken", t.limit)
	}
	t.dialogs[l.dialog], t.invites[l.request], t.ids[l.id] = l, l, l
	return nil
}

func (t *table) remove(l *leg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.dialogs, l.dialog)
	delete(t.invites, l.request)
	delete(t.ids, l.id)
	if t.peers[l.peer]--; t.peers[l.peer] <= 0 {
		delete(t.peers, l.peer)
	}
	t.checkEmptyLocked()
}

// confirm names the dialog of a call that we have made by the tag of whoever has answered.
func (t *table) confirm(l *leg, remoteTag string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.dialogs, l.dialog)
	l.dialog.remoteTag = remoteTag
	t.dialogs[l.dialog] = l
}

// meet notes whom a leg calls, until it is removed.
func (t *table) meet(l *leg, peer netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.peer = peer
	t.peers[peer]++
}

// knows says whether we have a call of our own with an address.
func (t *table) knows(peer netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.peers[peer.Unmap()] > 0
}

// close lets no more legs in and returns those there are.
func (t *table) close() []*leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.closed = true
		t.checkEmptyLocked()
	}
	return t.allLocked()
}

func (t *table) checkEmptyLocked() {
	if !t.closed || len(t.ids) > 0 {
		return
	}
	select {
	case <-t.empty:
	default:
		close(t.empty)
	}
}

func (t *table) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// byDialog returns nil if there is no such dialog.
func (t *table) byDialog(id dialogID) *leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.dialogs[id]; l != nil || id.remoteTag == "" {
		return l
	}
	id.remoteTag = "" // of a call that we make until somebody has answered
	return t.dialogs[id]
}

// byID returns nil if there is no such leg.
func (t *table) byID(id control.LegID) *leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ids[id]
}

func (t *table) allLocked() []*leg {
	legs := make([]*leg, 0, len(t.ids))
	for _, l := range t.ids {
		legs = append(legs, l)
	}
	return legs
}

// infos lists what is known of the legs, oldest first.
func (t *table) infos() []LegInfo {
	t.mu.Lock()
	legs := t.allLocked()
	t.mu.Unlock()
	infos := make([]LegInfo, 0, len(legs))
	for _, l := range legs {
		if info := l.info.Load(); info != nil {
			infos = append(infos, *info)
		}
	}
	slices.SortFunc(infos, func(a, b LegInfo) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.ID, b.ID))
	})
	return infos
}

func (t *table) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.ids)
}
