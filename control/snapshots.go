package control

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
)

// snapshotter makes snapshots on a goroutine of its own. It rebuilds the meeting from the log as a start does, so
// that no owner ever waits for it.
type snapshotter struct {
	store  Store
	logger *slog.Logger
	asked  chan MeetingID // full: the snapshot is asked for again after the next append
}

func newSnapshotter(store Store, logger *slog.Logger) snapshotter {
	return snapshotter{store: store, logger: logger, asked: make(chan MeetingID, 64)}
}

// ask has a snapshot made, and says whether it will be.
func (s *snapshotter) ask(id MeetingID) bool {
	select {
	case s.asked <- id:
		return true
	default:
		return false
	}
}

func (s *snapshotter) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case id := <-s.asked:
			if err := s.take(ctx, id); err != nil && ctx.Err() == nil {
				s.logger.Error("make a snapshot", "meeting", id, "err", err)
			}
		}
	}
}

func (s *snapshotter) take(ctx context.Context, id MeetingID) error {
	state, err := load(ctx, s.store, id)
	if err != nil {
		return err
	}
	data, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("marshal the state: %w", err)
	}
	return s.store.SaveSnapshot(ctx, Snapshot{Meeting: id, Seq: state.Seq, Version: SnapshotVersion, Data: data})
}
