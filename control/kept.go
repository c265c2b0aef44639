package control

import (
	"context"
	"fmt"
)

// Kept returns a meeting by its id as long as the log has it, a deleted one too: for its attendance, and for erasing.
func (r *Registry) Kept(id MeetingID) (*Meeting, error) {
	return r.bring(id, func(s *State) bool { return s.Seq > 0 })
}

// EraseParticipant takes out of a meeting and its log who somebody was, also of somebody who was removed, and of a
// meeting that was deleted. It does nothing the second time.
func (r *Registry) EraseParticipant(ctx context.Context, id MeetingID, who ParticipantID, meta Meta) (Result, error) {
	m, err := r.Kept(id)
	if err != nil {
		return Result{}, err
	}
	c := EraseParticipant{Participant: who}
	var here bool
	if err := m.Read(ctx, func(s *State) { here = s.guise(who) != nil }); err != nil {
		return Result{}, err
	}
	if !here {
		erased := false
		c.Gone, erased, err = r.mentioned(ctx, id, who)
		switch {
		case err != nil:
			r.o.Logger.Error("look for a participant", "meeting", id, "err", err)
			return Result{}, Errorf(CodeStore, "the log cannot be read at the moment")
		case erased:
			return Result{}, nil
		}
	}
	return m.Do(ctx, c, meta)
}

// mentioned looks for somebody in the log of a meeting whose state knows him no more.
func (r *Registry) mentioned(ctx context.Context, id MeetingID, who ParticipantID) (known, erased bool, err error) {
	for after := uint64(0); ; {
		page, err := r.o.Store.Read(ctx, id, after, readPage)
		if err != nil {
			return false, false, fmt.Errorf("read the log: %w", err)
		}
		if k, last := lastMention(page, who); k {
			known, erased = true, last
		}
		if len(page) < readPage {
			return known, erased, nil
		}
		after = page[len(page)-1].Seq
	}
}
