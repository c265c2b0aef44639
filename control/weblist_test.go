package control_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"partyline/control"
)

// list is a list of the web: "u1", or "u1 Name", or "u1 Name mail", each.
func (sc *scene) list(asOf uint64, lines ...string) control.SyncWeb {
	c := control.SyncWeb{AsOf: asOf}
	for i, line := range lines {
		words := append(strings.Fields(line), "", "")
		c.People = append(c.People, control.WebPerson{
			ID: control.ParticipantID(fmt.Sprintf("par_%d_%d", sc.s.Seq, i)), ExternalID: words[0], Name: words[1], Email: words[2],
		})
	}
	return c
}

// web lists who is on the web, by name.
func webOf(s *control.State) string {
	var names []string
	for _, id := range s.Order {
		if p := s.Participants[id]; p.Web {
			names = append(names, p.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func outcomesOf(value any) string {
	var list []string
	for _, o := range value.(control.Outcomes) {
		list = append(list, o.Outcome)
	}
	return strings.Join(list, " ")
}

func TestTheWholeWebList(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	step := func(c control.SyncWeb, events, outcomes, web string) {
		t.Helper()
		e, value := sc.do(c)
		if types(e) != events || outcomesOf(value) != outcomes || webOf(sc.s) != web {
			t.Errorf("%q, %q, on the web %q; want %q, %q, %q", types(e), outcomesOf(value), webOf(sc.s), events, outcomes, web)
		}
	}
	const added, synced = "participants.added", "participants.synced"
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_cleo", Name: "Cleo", Email: "cleo@example.org"}})
	step(sc.list(2, "u1 Ada", "u2 Bob"), added+" "+synced, "added added", "Ada Bob")
	step(sc.list(2, "u1 Ada", "u2 Bob"), "", "unchanged unchanged", "Ada Bob")
	step(sc.list(5, "u2 Bob", "u1 Ada"), synced, "unchanged unchanged", "Ada Bob") // what it is as of is remembered
	step(sc.list(5, "u1 Ada", "u3 Cleo Cleo@example.org"), synced, "unchanged joined left", "Ada Cleo")
	if p := sc.s.Participants["par_cleo"]; p.ExternalID != "u3" || p.Email != "Cleo@example.org" {
		t.Errorf("found by email: %+v", p)
	}
	step(sc.list(5, "u1 Eve", "u3"), synced, "edited unchanged", "Cleo Eve")
	sc.refused(sc.list(4, "u1"), control.CodeWrongState)
	step(sc.list(5, "u1", "u2", "u3"), synced, "unchanged joined unchanged", "Bob Cleo Eve")
	step(sc.list(5), synced, "left left left", "")
}

// TestTheListKnowsNothingNewer: what was reported of one person after the list was made stands.
func TestTheListKnowsNothingNewer(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.do(sc.list(0, "u1 Ada", "u2 Bob"))
	ada := sc.s.Order[0]
	seen := sc.s.Seq
	sc.do(control.SetPresence{Participant: ada})
	late := sc.web("late", control.Audience)
	_, value := sc.do(sc.list(seen, "u1", "u2"))
	if got := outcomesOf(value); got != "newer unchanged newer" || sc.s.Participants[ada].Web || !sc.s.Participants[late].Web {
		t.Errorf("%q, on the web %q", got, webOf(sc.s))
	}
	_, value = sc.do(sc.list(sc.s.Seq, "u1", "u2"))
	if got := outcomesOf(value); got != "joined unchanged left" {
		t.Errorf("%q, on the web %q", got, webOf(sc.s))
	}
}

func TestTheListLeavesTelephonesAlone(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, func(o *control.Options) { o.PhoneBreakouts, o.LateJoiners = false, "main" })
	sc.do(sc.list(0, "u1 Ada"))
	ada, phone := sc.s.Order[0], sc.call("1")
	sc.do(control.MergeParticipants{Participant: phone, Other: ada}) // known by the other's external id
	sc.do(control.StartBreakouts{})
	sc.wantAt(phone, "room_1")
	sc.do(control.AskHelp{ID: "help_1", Participant: phone})
	sc.wantEvents(sc.list(sc.s.Seq), "participants.synced participants.moved help.ended")
	sc.wantAt(phone, control.MainRoom)
	sc.wantEvents(sc.list(sc.s.Seq, "u1 Ada"), "participants.synced")
	if p := sc.s.Participants[phone]; !p.Web || len(p.Legs) != 1 || len(sc.s.Order) != 1 {
		t.Errorf("%+v", p)
	}
}

// TestLateListsFillTheRooms: many who come at once are spread.
func TestLateListsFillTheRooms(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 4, nil)
	sc.do(control.StartBreakouts{Distribution: "manual"})
	var lines []string
	for i := range 10 {
		lines = append(lines, fmt.Sprintf("u%d N%d", i, i))
	}
	sc.do(sc.list(0, lines...))
	for _, room := range sc.s.RoomOrder {
		if n := len(sc.s.People(room)); n < 2 || n > 3 {
			t.Errorf("%d people in %s", n, room)
		}
	}
	sc.do(control.LockMeeting{Locked: true})
	sc.do(sc.list(sc.s.Seq))
	_, value := sc.do(sc.list(sc.s.Seq, "u1", "u99 New"))
	if got := outcomesOf(value); got != "joined waiting" || sc.at(sc.s.Order[len(sc.s.Order)-1]) != "lobby" {
		t.Errorf("locked: %q, on the web %q", got, webOf(sc.s))
	}
}

func TestBadLists(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.do(sc.list(0, "u1 Ada ada@example.org", "u2 Bob bob@example.org"))
	for name, tt := range map[string]struct {
		c     control.SyncWeb
		field string
	}{
		"from the future":      {sc.list(99), "as_of"},
		"nobody's id":          {control.SyncWeb{People: []control.WebPerson{{Name: "x"}}}, "participants[0].external_id"},
		"twice":                {sc.list(0, "u1", "u1"), "participants[1].external_id"},
		"new without a name":   {sc.list(0, "u1", "u9"), "participants[1].name"},
		"an email of another":  {sc.list(0, "u9 Eve ADA@example.org"), "participants[0].email"},
		"an email taken over":  {sc.list(0, "u1 Ada bob@example.org"), "participants[0].email"},
		"no email":             {sc.list(0, "u1 Ada ada"), "participants[0].email"},
		"one email for two":    {sc.list(0, "u8 Eve eve@example.org", "u9 Ivy eve@example.org"), "participants[1].email"},
		"no role":              {control.SyncWeb{People: []control.WebPerson{{ExternalID: "u1", Role: "king"}}}, "participants[0].role"},
		"an id of ill repute":  {control.SyncWeb{People: []control.WebPerson{{ExternalID: "a\x00"}}}, "participants[0].external_id"},
		"a name out of bounds": {sc.list(0, "u1 "+strings.Repeat("x", 65)), "participants[0].name"},
	} {
		seq := sc.s.Seq
		_, _, err := sc.try(tt.c)
		if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeInvalid || e.Field != tt.field || sc.s.Seq != seq {
			t.Errorf("%s: %v, want an error of %s", name, err, tt.field)
		}
	}
}
