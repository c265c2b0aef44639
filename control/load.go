package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// SnapshotVersion goes up whenever [State] or [Apply] change so that an older snapshot would be wrong. Those are
// ignored: the log is the truth.
const SnapshotVersion = 3

const readPage = 1000

// load rebuilds a meeting from its log. A state with Seq 0 means that the log knows no such meeting.
func load(ctx context.Context, store Store, id MeetingID) (*State, error) {
	s, err := loadSnapshot(ctx, store, id)
	if err != nil {
		return nil, fmt.Errorf("load meeting %s: %w", id, err)
	}
	for {
		records, err := store.Read(ctx, id, s.Seq, readPage)
		if err != nil {
			return nil, fmt.Errorf("load meeting %s: %w", id, err)
		}
		if err := Replay(s, records); err != nil {
			return nil, fmt.Errorf("load meeting %s: %w", id, err)
		}
		if len(records) < readPage {
			return s, nil
		}
	}
}

// Replay applies records that follow the state.
func Replay(s *State, records []Record) error {
	for _, r := range records {
		if r.Seq != s.Seq+1 {
			return fmt.Errorf("the log has a gap: event %d follows %d", r.Seq, s.Seq)
		}
		e, err := Unmarshal(r)
		if err != nil {
			return err
		}
		Apply(s, e, r.At)
	}
	return nil
}

// loadSnapshot returns the state of the last snapshot that can be used, or a new one.
func loadSnapshot(ctx context.Context, store Store, id MeetingID) (*State, error) {
	snap, err := store.LoadSnapshot(ctx, id)
	switch {
	case errors.Is(err, ErrNoSnapshot):
		return NewState(), nil
	case err != nil:
		return nil, fmt.Errorf("read the snapshot: %w", err)
	case snap.Version != SnapshotVersion || snap.Seq == 0:
		return NewState(), nil
	}
	// A log that was put back from an older backup may end before the snapshot.
	at, err := store.Read(ctx, id, snap.Seq-1, 1)
	if err != nil {
		return nil, err
	}
	s := NewState()
	if len(at) == 0 || at[0].Seq != snap.Seq || json.Unmarshal(snap.Data, s) != nil || s.Seq != snap.Seq {
		return NewState(), nil
	}
	return s, nil
}

// recover makes up for what ended with the process before: the legs that are not kept are gone, and what was
// being broadcast was not heard out. It runs before the owner does.
func (m *Meeting) recover(keep func(MeetingID, LegID) bool) {
	var gone []LegID
	for _, id := range m.state.Order {
		for _, l := range m.state.Participants[id].Legs {
			if keep != nil && keep(m.id, l.ID) {
				m.adopted[l.ID] = true
			} else {
				gone = append(gone, l.ID)
			}
		}
	}
	m.recoverCalls(keep)
	if len(m.state.live()) > 0 {
		m.tell(LoseBroadcasts{Reason: "the bridge was restarted"})
	}
	if len(gone) > 0 {
		m.tell(LegsGone{Legs: gone, Reason: "restart"})
	}
	m.place()
	for leg := range m.adopted {
		m.mixer.Adopt(m.id, leg)
	}
}
