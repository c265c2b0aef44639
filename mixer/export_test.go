package mixer

import "time"

// Stall holds every shard up for d at its next phase.
func (e *Engine) Stall(d time.Duration) {
	for _, s := range e.shards {
		s.inbox.post(func() { time.Sleep(d) })
	}
}

// ShardOf is the number of the shard of a meeting, and its phase.
func (m *Meeting) ShardOf() (number, phase int) { return m.shard.number, m.phase }
