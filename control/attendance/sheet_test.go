package attendance_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/attendance"
)

// hall is a meeting whose log goes into a sheet, and which is watched by itself.
type hall struct {
	t       testing.TB
	state   *control.State
	sheet   *attendance.Sheet
	entries []attendance.Entry
	now     time.Time
	start   time.Time
	watched map[string]time.Duration // how long who was where
}

func newHall(t testing.TB) *hall {
	h := &hall{t: t, state: control.NewState(), watched: map[string]time.Duration{}}
	h.start = time.Unix(1_700_000_000, 0).UTC()
	h.now = h.start
	h.sheet = attendance.New(func(e attendance.Entry) { h.entries = append(h.entries, e) })
	h.do("key:a", control.CreateMeeting{ID: "mtg_a", Title: "Hall", AccessCode: "123456789", Options: control.DefaultOptions(),
		Rooms: []control.NewRoom{{ID: "room_1", Name: "Blue"}, {ID: "room_2", Name: "Red"}}})
	return h
}

// do has a command done, if it is not refused.
func (h *hall) do(actor string, c control.Command) {
	h.t.Helper()
	events, _, err := control.Decide(h.state, c, control.Meta{ID: "cmd_1", Actor: actor}, h.now)
	if err != nil {
		return
	}
	for _, e := range events {
		typ, version, data, err := control.Marshal(e)
		if err != nil {
			h.t.Fatal(err)
		}
		control.Apply(h.state, e, h.now)
		if err := h.sheet.Add(control.Record{Seq: h.state.Seq, At: h.now, Actor: actor, Type: typ, Version: version, Data: data}); err != nil {
			h.t.Fatal(err)
		}
	}
}

// pass lets time go by.
func (h *hall) pass(d time.Duration) {
	h.now = h.now.Add(d)
	for id, p := range h.state.Participants {
		if p.Present() {
			h.watched[fmt.Sprintf("%s at %s %s", id, p.Location.Place, p.Location.Room)] += d
		}
	}
	for id := range h.state.Help {
		h.watched["help "+string(id)] += d
	}
}

// check holds the sheet against what was watched.
func (h *hall) check() error {
	all := append(slices.Clone(h.entries), h.sheet.Open()...)
	sums, last := map[string]time.Duration{}, map[control.ParticipantID]time.Time{}
	slices.SortStableFunc(all, func(a, b attendance.Entry) int { return a.From.Compare(b.From) })
	for _, e := range all {
		if e.Kind == attendance.Help {
			sums["help "+string(e.Request)] += e.Lasted(h.now)
			continue
		}
		sums[fmt.Sprintf("%s at %s %s", e.Participant, e.Place, e.Room)] += e.Lasted(h.now)
		if e.From.Before(last[e.Participant]) {
			return fmt.Errorf("%s is in two places at %s", e.Participant, e.From)
		}
		last[e.Participant] = e.To
		if e.To.IsZero() {
			last[e.Participant] = h.now.Add(time.Hour)
		}
		if e.Name == "" || len(e.Ways) == 0 || e.Came == "" || e.CameBy.Actor == "" || (e.Went == "") != e.To.IsZero() {
			return fmt.Errorf("an entry says too little: %+v", e)
		}
	}
	for who, d := range sums {
		if d == 0 {
			delete(sums, who)
		}
	}
	if d := cmp.Diff(h.watched, sums); d != "" {
		return fmt.Errorf("-watched +sheet:\n%s", d)
	}
	return nil
}

// step does something at random.
func (h *hall) step(rnd *rand.Rand, n int) {
	person := control.ParticipantID(fmt.Sprintf("par_%d", rnd.IntN(12)))
	leg := control.LegID(fmt.Sprintf("leg_%d", rnd.IntN(20)))
	room := []control.RoomID{control.MainRoom, "room_1", "room_2", control.RoomID(fmt.Sprintf("room_n%d", rnd.IntN(max(1, n))))}[rnd.IntN(4)]
	switch rnd.IntN(20) {
	case 16, 17:
		h.do("key:a", control.MergeParticipants{Participant: person, Other: control.ParticipantID(fmt.Sprintf("par_%d", rnd.IntN(12)))})
	case 18:
		h.do("key:a", control.SplitParticipant{Participant: person, ID: control.ParticipantID(fmt.Sprintf("par_s%d", n))})
	case 19:
		if rnd.IntN(3) == 0 {
			h.do("key:a", control.SyncWeb{AsOf: h.state.Seq, People: []control.WebPerson{{ID: control.ParticipantID(fmt.Sprintf("par_w%d", n)), ExternalID: fmt.Sprintf("u%d", rnd.IntN(5)), Name: "Sync"}}})
			return
		}
		h.do("key:a", control.SetPresence{Participant: person, Web: rnd.IntN(2) == 0})
	case 0, 1, 2:
		kind := []control.LegKind{control.PhoneLeg, control.BrowserLeg}[rnd.IntN(2)]
		h.do("system", control.Join{Participant: person, Leg: leg, Kind: kind, Number: fmt.Sprintf("+4930%04d", rnd.IntN(9)), Role: control.Speaker})
	case 3, 4:
		h.do("system", control.LegGone{Leg: leg, Reason: "bye"})
	case 5:
		h.do("key:a", control.AddParticipant{New: control.NewParticipant{ID: person, Name: "Web " + string(person), Web: rnd.IntN(2) == 0}})
	case 6:
		h.do("key:a", control.RemoveParticipant{Participant: person})
	case 7:
		h.do("key:a", control.StartBreakouts{Distribution: control.ByRandom, IncludeSpeakers: true, Seed: rnd.Uint64()})
	case 8:
		h.do("key:a", control.StopBreakouts{})
	case 9:
		h.do("key:a", control.ResetBreakouts{})
	case 10, 11:
		h.do(string(person), control.Move{Participants: []control.ParticipantID{person}, Room: room})
	case 12:
		h.do("key:a", control.DeleteRoom{Room: control.RoomID(fmt.Sprintf("room_n%d", rnd.IntN(max(1, n))))})
	case 13:
		h.do("key:a", control.CreateRooms{Rooms: []control.NewRoom{{ID: control.RoomID(fmt.Sprintf("room_n%d", n))}}})
	case 14:
		h.do(string(person), control.AskHelp{ID: control.HelpID(fmt.Sprintf("help_%d", n)), Participant: person})
	case 15:
		for id := range h.state.Help {
			h.do(string(person), control.AcceptHelp{Request: id, By: person})
			break
		}
	}
}

func walk(t testing.TB, seed uint64, steps int) error {
	h, rnd := newHall(t), rand.New(rand.NewPCG(seed, 7))
	for n := range steps {
		h.step(rnd, n)
		if rnd.IntN(4) > 0 {
			h.pass(time.Duration(1+rnd.IntN(10_000)) * time.Millisecond)
		}
		if err := h.check(); err != nil {
			return fmt.Errorf("step %d: %w", n, err)
		}
	}
	h.do("key:a", control.EndMeeting{})
	h.pass(time.Minute)
	if open := h.sheet.Open(); len(open) > 0 {
		return fmt.Errorf("the meeting has ended and this has not: %+v", open)
	}
	return h.check()
}

// TestWalks: nobody is in two places, and the sheet adds up to what was there, whatever happens.
func TestWalks(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		if err := walk(t, seed, 120); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func FuzzWalk(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(seed, uint8(60))
	}
	f.Fuzz(func(t *testing.T, seed uint64, steps uint8) {
		if err := walk(t, seed, int(steps)); err != nil {
			t.Fatal(err)
		}
	})
}

func TestStory(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	minute := func() { h.pass(time.Minute) }
	h.do("key:a", control.AddParticipant{New: control.NewParticipant{ID: "par_host", Name: "Host", Role: control.Speaker, Web: true}})
	h.do("system", control.Join{Participant: "par_c", Leg: "leg_c", Kind: control.PhoneLeg, Number: "+4930123417", Name: "Ada"})
	minute()
	h.do("key:a", control.AddParticipant{New: control.NewParticipant{ID: "par_absent", Name: "Absent"}})
	h.do("key:a", control.Assign{Participants: []control.ParticipantID{"par_c"}, Room: "room_1"})
	h.do("par_host", control.StartBreakouts{})
	minute()
	h.do("par_c", control.AskHelp{ID: "help_1", Participant: "par_c"})
	minute()
	h.do("par_host", control.AcceptHelp{Request: "help_1", By: "par_host"})
	name := "Navy"
	h.do("key:a", control.ChangeRoom{Room: "room_1", Name: &name})
	h.do("system", control.Join{Participant: "par_c", Leg: "leg_d", Kind: control.BrowserLeg})
	minute()
	h.do("key:a", control.DeleteRoom{Room: "room_1"})
	minute()
	h.do("system", control.LegGone{Leg: "leg_c"})
	h.do("system", control.LegGone{Leg: "leg_d"})
	minute()
	var got []string
	for _, e := range append(slices.Clone(h.entries), h.sheet.Open()...) {
		got = append(got, fmt.Sprintf("%s %s %q %d+%d %s %s/%s %s/%s %s%s", e.Kind, e.Name, e.RoomName, int(e.From.Sub(h.start).Minutes()), int(e.Lasted(h.now).Minutes()),
			strings.Join(e.Ways, "+"), e.Came, e.CameBy.Actor, e.Went, e.WentBy.Name+e.WentBy.Actor, e.Outcome, e.AnsweredBy.Name))
	}
	want := []string{
		`stay Ada "" 0+1 phone joined/system start/Hostpar_host `,
		`help Ada "Blue" 2+1  / / acceptedHost`,
		`stay Host "" 0+3 web joined/key:a help/Hostpar_host `,
		`stay Host "Navy" 3+1 web help/par_host room_deleted/key:a `,
		`stay Ada "Navy" 1+3 phone+browser start/par_host room_deleted/key:a `,
		`stay Ada "" 4+1 phone+browser room_deleted/key:a left/system `,
		`stay Host "" 4+2 web room_deleted/key:a / `,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if n := h.entries[0].Number; n != "+49•••417" {
		t.Errorf("number %q", n)
	}
}

// TestClockThatGoesBack: a stay never ends before it began.
func TestClockThatGoesBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.do("key:a", control.AddParticipant{New: control.NewParticipant{ID: "par_a", Name: "Ada", Web: true}})
	h.now = h.now.Add(-time.Hour)
	h.do("key:a", control.RemoveParticipant{Participant: "par_a"})
	if e := h.entries[0]; e.To.Before(e.From) || e.Lasted(h.now) != 0 {
		t.Errorf("%+v", e)
	}
}

// TestStoredLog: the logs of released versions can be read, and a gap is noticed.
func TestStoredLog(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../testdata/logs/v1.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	sheet := attendance.New(func(attendance.Entry) { n++ })
	var r control.Record
	for lines := json.NewDecoder(f); lines.More(); {
		if err := lines.Decode(&r); err != nil {
			t.Fatal(err)
		}
		if err := sheet.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if n < 10 || len(sheet.Open()) != 0 {
		t.Errorf("%d entries, %d open", n, len(sheet.Open()))
	}
	r.Seq += 2
	if err := sheet.Add(r); err == nil {
		t.Error("a gap was not noticed")
	}
}
