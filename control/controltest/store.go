package controltest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"partyline/control"
)

// Store is a log in memory. It passes the tests of package storetest, and can be made to fail.
// It is safe for concurrent use.
type Store struct {
	mu        sync.Mutex
	fail      error
	held      bool // what comes after shown is held back
	shown     uint64
	told      int // readers that were told of it
	appends   []*control.Append
	records   []control.Record // of all meetings, in order of their Pos
	meetings  map[control.MeetingID]control.MeetingInfo
	outcomes  map[control.CommandID]control.Outcome
	snapshots map[control.MeetingID]control.Snapshot
	audio     map[control.AudioID]recording
	numbers   map[string]control.Number
	pos       uint64 // of the newest record ever
	forgotten uint64
}

type recording struct {
	meeting control.MeetingID
	data    []byte
}

var _ control.Store = (*Store)(nil)

// NewStore makes an empty log.
func NewStore() *Store {
	return &Store{
		meetings: map[control.MeetingID]control.MeetingInfo{}, outcomes: map[control.CommandID]control.Outcome{},
		snapshots: map[control.MeetingID]control.Snapshot{}, audio: map[control.AudioID]recording{}, numbers: map[string]control.Number{},
	}
}

// Fail has every append answer err from now on; nil ends that.
func (s *Store) Fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

// Appends returns the appends that were written, in order.
func (s *Store) Appends() []*control.Append {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.appends)
}

// Append implements control.Log.
func (s *Store) Append(_ context.Context, a *control.Append) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if s.last(a.Meeting) != a.After {
		return control.ErrConflict
	}
	if o := a.Outcome; o != nil && o.Key != "" {
		if _, ok := s.byKey(o.Key); ok {
			return control.ErrOutcomeExists
		}
	}
	was := s.records
	for i := range a.Records {
		s.pos++
		a.Records[i].Pos = s.pos
		s.records = append(s.records, a.Records[i])
	}
	if a.Info != nil {
		s.meetings[a.Meeting] = *a.Info
		if a.Info.Phase == control.Deleted {
			s.unbind(a.Meeting)
		}
	}
	if a.Outcome != nil {
		s.outcomes[a.Outcome.Command] = *a.Outcome
	}
	for _, id := range a.Drop {
		delete(s.audio, id)
	}
	s.appends = append(s.appends, a)
	if a.Erase != nil {
		if err := s.erase(a.Meeting, *a.Erase); err != nil {
			s.records = was
			return err
		}
	}
	return nil
}

// erase rewrites what is stored of a meeting; s.mu is held.
func (s *Store) erase(meeting control.MeetingID, e control.Erasure) (err error) {
	eraser, records := e.Begin(), slices.Clone(s.records)
	for i := range records {
		if r := &records[i]; r.Meeting == meeting {
			if _, err = eraser.Record(r); err != nil {
				return err
			}
		}
	}
	s.records = records
	for id, o := range s.outcomes {
		if o.Meeting != meeting {
			continue
		}
		if o.Result, err = eraser.Answer(o.Result); err != nil {
			return err
		}
		if o.Answer, err = eraser.Answer(o.Answer); err != nil {
			return err
		}
		s.outcomes[id] = o
	}
	s.snapshots[meeting] = control.Snapshot{Meeting: meeting, Seq: s.last(meeting)}
	if e.Everything() {
		s.deleteAudio(meeting)
	}
	return nil
}

func (s *Store) deleteAudio(meeting control.MeetingID) {
	maps.DeleteFunc(s.audio, func(_ control.AudioID, r recording) bool { return r.meeting == meeting })
}

// Over implements control.Log.
func (s *Store) Over(_ context.Context, since time.Time, limit int) ([]control.MeetingID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := map[control.MeetingID]time.Time{}
	for _, r := range s.records {
		last[r.Meeting] = r.At
	}
	var list []control.MeetingID
	for id, at := range last {
		if phase := s.meetings[id].Phase; (phase == control.Ended || phase == control.Deleted) && at.Before(since) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	if limit > 0 && len(list) > limit {
		list = list[:limit]
	}
	return list, nil
}

// Forget implements control.Log.
func (s *Store) Forget(_ context.Context, meeting control.MeetingID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	s.records = slices.DeleteFunc(s.records, func(r control.Record) bool {
		if r.Meeting == meeting {
			s.forgotten = max(s.forgotten, r.Pos)
		}
		return r.Meeting == meeting
	})
	maps.DeleteFunc(s.outcomes, func(_ control.CommandID, o control.Outcome) bool { return o.Meeting == meeting })
	delete(s.meetings, meeting)
	s.unbind(meeting)
	delete(s.snapshots, meeting)
	s.deleteAudio(meeting)
	return nil
}

// Forgotten returns the highest Pos of a record that is no longer kept.
func (s *Store) Forgotten(context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forgotten, nil
}

func (s *Store) last(meeting control.MeetingID) uint64 {
	for _, r := range slices.Backward(s.records) {
		if r.Meeting == meeting {
			return r.Seq
		}
	}
	return 0
}

func (s *Store) byKey(key string) (control.Outcome, bool) {
	for _, o := range s.outcomes {
		if key != "" && o.Key == key && time.Since(o.At) < control.OutcomeTTL {
			return o, true
		}
	}
	return control.Outcome{}, false
}

// Read implements control.Log.
func (s *Store) Read(_ context.Context, meeting control.MeetingID, after uint64, limit int) ([]control.Record, error) {
	return s.filter(limit, func(r control.Record) bool { return r.Meeting == meeting && r.Seq > after }), nil
}

// ReadAll returns the records of all meetings whose Pos is above after.
func (s *Store) ReadAll(_ context.Context, after uint64, limit int) ([]control.Record, error) {
	return s.filter(limit, func(r control.Record) bool { return r.Pos > after && r.Pos <= s.end() }), nil
}

// Hold has ReadAll return nothing that is appended from now on, as a store does while an older transaction is under way;
// false ends that.
func (s *Store) Hold(hold bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held, s.shown, s.told = hold, s.pos, 0
}

// HoldsBack says whether more is kept after a Pos than ReadAll may have returned: a reader who asks when the hold has just
// ended has not read it either.
func (s *Store) HoldsBack(after uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.records); n == 0 || after >= s.records[n-1].Pos {
		return false
	}
	if s.held {
		s.told++
	}
	return true
}

// Told counts how often a reader was told that something is held back.
func (s *Store) Told() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

// end is the Pos of the newest record that ReadAll returns; s.mu is held.
func (s *Store) end() uint64 {
	if s.held {
		return s.shown
	}
	return s.pos
}

// LastPos returns the Pos of the newest record.
func (s *Store) LastPos(context.Context) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(), nil
}

func (s *Store) filter(limit int, want func(control.Record) bool) []control.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []control.Record
	for _, r := range s.records {
		if want(r) && (limit <= 0 || len(list) < limit) {
			list = append(list, r)
		}
	}
	return list
}

// Meetings implements control.Log.
func (s *Store) Meetings(_ context.Context, q control.MeetingQuery) ([]control.MeetingInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []control.MeetingInfo
	for _, m := range s.meetings {
		if m.ID > q.After && (m.Phase == q.Phase || q.Phase == "" && m.Phase != control.Deleted) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b control.MeetingInfo) int { return cmp.Compare(a.ID, b.ID) })
	if q.Limit > 0 && len(list) > q.Limit {
		list = list[:q.Limit]
	}
	return list, nil
}

// Outcome implements control.Log.
func (s *Store) Outcome(_ context.Context, key string) (control.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.byKey(key); ok {
		return o, nil
	}
	return control.Outcome{}, control.ErrNoOutcome
}

// CommandOutcome returns what is kept of a command.
func (s *Store) CommandOutcome(_ context.Context, meeting control.MeetingID, id control.CommandID) (control.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.outcomes[id]; ok && o.Meeting == meeting {
		return o, nil
	}
	return control.Outcome{}, control.ErrNoOutcome
}

// SaveSnapshot implements control.Snapshots.
func (s *Store) SaveSnapshot(_ context.Context, snap control.Snapshot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshots[snap.Meeting].Seq <= snap.Seq {
		s.snapshots[snap.Meeting] = snap
	}
	return nil
}

// Numbers implements control.NumberStore.
func (s *Store) Numbers(context.Context) ([]control.Number, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.numbers), func(a, b control.Number) int { return cmp.Compare(a.Number, b.Number) }), nil
}

// PutNumber implements control.NumberStore.
func (s *Store) PutNumber(_ context.Context, n control.Number) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if m, ok := s.meetings[n.Meeting]; !ok || m.Phase == control.Deleted {
		return &control.Error{Code: control.CodeNotFound, Field: "meeting", Message: "no such meeting"}
	}
	s.numbers[n.Number] = n
	return nil
}

// DeleteNumber implements control.NumberStore.
func (s *Store) DeleteNumber(_ context.Context, number string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	delete(s.numbers, number)
	return nil
}

// unbind takes the numbers from a meeting; s.mu is held.
func (s *Store) unbind(meeting control.MeetingID) {
	maps.DeleteFunc(s.numbers, func(_ string, n control.Number) bool { return n.Meeting == meeting })
}

// LoadSnapshot implements control.Snapshots.
func (s *Store) LoadSnapshot(_ context.Context, meeting control.MeetingID) (control.Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if snap, ok := s.snapshots[meeting]; ok {
		return snap, nil
	}
	return control.Snapshot{}, control.ErrNoSnapshot
}

// PutAudio keeps a recording.
func (s *Store) PutAudio(_ context.Context, meeting control.MeetingID, id control.AudioID, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind := 0
	for other, r := range s.audio {
		if r.meeting == meeting && other.IsName() == id.IsName() {
			kind++
		}
	}
	if kind >= control.MaxAudio && !id.IsName() {
		return control.Errorf(control.CodeLimit, "a meeting keeps at most %d recordings", control.MaxAudio)
	}
	s.audio[id] = recording{meeting: meeting, data: slices.Clone(data)}
	return nil
}

// Audio returns a recording.
func (s *Store) Audio(_ context.Context, _ control.MeetingID, id control.AudioID) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.audio[id]; ok {
		return slices.Clone(r.data), nil
	}
	return nil, control.Errorf(control.CodeNotFound, "no such recording")
}
