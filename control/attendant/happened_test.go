package attendant

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
)

// stateOf is a meeting in which a caller and a friend are in the first room, another caller is in the lobby, and a speaker
// called Hope is in the main room. All are on telephones.
func stateOf() *control.State {
	s := control.NewState()
	at := dawn
	apply := func(events ...control.Event) {
		for _, e := range events {
			control.Apply(s, e, at)
			at = at.Add(time.Second)
		}
	}
	options := control.DefaultOptions()
	options.Lobby = true
	join := func(n, name string, role control.Role, place control.Location) control.Event {
		return control.ParticipantJoined{
			Participant: control.ParticipantID("par_" + n), New: true, Name: name, Role: role,
			Leg: &control.Leg{ID: control.LegID("leg_" + n), Kind: control.PhoneLeg}, Location: place,
		}
	}
	first := control.Location{Place: control.InRoom, Room: "room_1"}
	apply(
		control.MeetingCreated{ID: "mtg_1", Options: options},
		control.RoomsCreated{Rooms: []control.Room{{ID: "room_1", Name: "Red", Number: 1}, {ID: "room_2", Name: "Room 2", Number: 2}}},
		control.BreakoutsStarted{},
		join("me", "Ann", control.Audience, first), join("friend", "Ben", control.Audience, first),
		join("before", "Bob", control.Audience, control.Location{Place: control.Lobby}),
		join("waits", "Cid", control.Audience, control.Location{Place: control.Lobby}),
		join("hope", "Hope", control.Speaker, control.Location{Place: control.InRoom, Room: control.MainRoom}),
	)
	return s
}

// Whose telephone the test listens to.
const (
	me    = "me"
	waits = "waits"
	hope  = "hope"
)

// TestEveryEventIsDecided: of every event that a meeting can have, it is decided whether a caller hears anything of it. An
// event that is not in this table fails the test: add it, with what is told, or with nothing and the reason.
func TestEveryEventIsDecided(t *testing.T) {
	t.Parallel()
	at := func(room control.RoomID) control.Location {
		return control.Location{Place: control.InRoom, Room: room}
	}
	move := func(who control.ParticipantID, from, to control.Location) []control.Relocation {
		return []control.Relocation{{Participant: who, From: from, To: to}}
	}
	options := control.DefaultOptions()
	german := options
	german.Language = "de"
	moveMe := move("par_me", at("room_1"), at("room_2"))
	type told struct {
		who   string
		event control.Event
		tells string // "": nothing
		why   string // nothing is told
	}
	table := []told{
		{me, control.MeetingCreated{ID: "mtg_1", Options: options}, "", "nobody is there yet"},
		{me, control.MeetingChanged{Title: "New", Options: options}, "", "a title, or options whose effects are events of their own"},
		{me, control.MeetingChanged{Options: german}, "Speaks{Language:de}", ""},
		{me, control.MeetingLocked{Locked: true}, "DoorLocked{Locked:true}", ""},
		{waits, control.MeetingLocked{Locked: true}, "", "he hears it as the reason why he waits"},
		{me, control.MeetingStarted{}, "", "he is in"},
		{me, control.MeetingEnding{EndsAt: dawn.Add(time.Hour)}, "Ending{In:59m50s}", ""},
		{waits, control.MeetingEnding{EndsAt: dawn.Add(time.Hour)}, "Ending{In:59m50s}", ""},
		{me, control.MeetingEnded{}, "Over{}", ""},
		{me, control.MeetingDeleted{}, "", "it has ended before"},
		{me, control.MeetingErased{}, "", "it has ended before"},
		{me, control.MeetingReopened{}, "", "nobody has stayed"},
		{waits, control.ParticipantsAdmitted{Reason: control.ReasonAdmitted, Moves: move("par_waits", control.Location{Place: control.Lobby}, at("main"))}, "Moved{Room:0 Reason:admitted}", ""},
		{waits, control.ParticipantsAdmitted{Reason: control.ReasonAdmitted, Moves: move("par_before", control.Location{Place: control.Lobby}, at("main"))}, "Ahead{N:0}", ""},
		{me, control.RoomsCreated{Rooms: []control.Room{{ID: "room_3", Number: 3, Name: "Room 3"}}}, "", "he hears of it when he asks for the rooms"},
		{me, control.RoomChanged{Room: control.Room{ID: "room_1", Number: 1, Name: "Blue"}}, "RoomRenamed{Room:1 Name:Blue}", ""},
		{me, control.RoomChanged{Room: control.Room{ID: "room_1", Number: 1, Name: "Red", Locked: true}}, "RoomLocked{Locked:true}", ""},
		{hope, control.RoomChanged{Room: control.Room{ID: "room_1", Number: 1, Name: "Red", Locked: true}}, "", "he is elsewhere"},
		{me, control.RoomDeleted{Room: "room_1", Moves: move("par_me", at("room_1"), at("main"))}, "Moved{Room:0 Reason:room_deleted}", ""},
		{me, control.ParticipantsAdded{}, "", "a roster"},
		{me, control.RosterImported{}, "", "a roster; a new role is told by the state"},
		{me, control.ParticipantChanged{Participant: "par_me", Name: "Ann", Role: control.Audience, MutedByAdmin: true}, "Silenced{Muted:true By:{Name:Hope Recording:}}", ""},
		{me, control.ParticipantChanged{Participant: "par_me", Name: "Ann", Role: control.Speaker}, "RoleChanged{Role:speaker}", ""},
		{me, control.ParticipantRemoved{Participant: "par_me"}, "Removed{}", ""},
		{me, control.ParticipantRemoved{Participant: "par_friend"}, "Alone{}", ""},
		{me, control.ParticipantErased{Participant: "par_me"}, "Removed{}", ""},
		{me, control.ParticipantErased{Participant: "par_friend"}, "Alone{}", ""},
		{me, control.ParticipantJoined{Participant: "par_new", New: true, Location: at("room_1")}, "", "the room hears a tone, or his name"},
		{me, control.LegLeft{Participant: "par_friend", Leg: "leg_friend", Absent: true, Location: at("room_1")}, "Alone{}", ""},
		{me, control.LegLeft{Participant: "par_hope", Leg: "leg_hope", Absent: true, Location: at("main")}, "", "he was elsewhere"},
		{waits, control.LegLeft{Participant: "par_before", Leg: "leg_before", Absent: true, Location: control.Location{Place: control.Lobby}}, "Ahead{N:0}", ""},
		{me, control.LegHeld{Participant: "par_friend", Leg: "leg_friend", Held: true}, "", "he hears that nobody talks"},
		{me, control.WebLeft{Participant: "par_friend", Location: at("room_1")}, "", "he is there still, by telephone"},
		{me, control.WebSynced{}, "", "what it changes of him is told by the state"},
		{me, control.ParticipantsMerged{Participant: "par_me", Other: "par_friend", From: at("room_1"), To: at("room_1")}, "Merged{Participant:par_me}; Alone{}", ""},
		{me, control.ParticipantSplit{Participant: "par_me", New: control.AddedParticipant{ID: "par_web", Location: at("room_1")}}, "Split{Participant:par_me}", ""},
		{me, control.ParticipantsMoved{Moves: moveMe, Reason: control.ReasonAdmin}, "Moved{Room:2 Reason:admin}", ""},
		{me, control.ParticipantsMoved{Moves: moveMe, Reason: control.ReasonAdmin, ListenOnly: true}, "Moved{Room:2 Reason:admin ListenOnly:true Muted:true}", ""},
		{me, control.ParticipantsMoved{Moves: move("par_me", at("room_1"), at("room_1")), ListenOnly: true}, "Listens{Only:true}", ""},
		{me, control.ParticipantsMoved{Moves: move("par_friend", at("room_1"), at("room_2"))}, "Alone{}", ""},
		{me, control.AssignmentsChanged{Assignments: []control.Assignment{{Participant: "par_me", Room: "room_2"}}}, "", "what it moves him by is told"},
		{me, control.ParticipantMuted{Participant: "par_me", Muted: true}, "SelfMuted{Muted:true}", ""},
		{me, control.ParticipantMuted{Participant: "par_friend", Muted: true}, "", "another"},
		{me, control.AllMuted{Muted: true}, "Silenced{Muted:true By:{Name:Hope Recording:}}", ""},
		{hope, control.AllMuted{Muted: true}, "", "speakers are not muted by it"},
		{me, control.HandRaised{Participant: "par_me", Up: true}, "HandSet{Up:true}", ""},
		{hope, control.HandRaised{Participant: "par_me", Up: true}, "", "he is in another room"},
		{me, control.FloorGiven{Participant: "par_me"}, "Floor{}", ""},
		{me, control.CallDialled{}, "", "it is the page's, until the person is there"},
		{me, control.CallRang{}, "", "it is the page's, until the person is there"},
		{me, control.CallAnswered{}, "", "it is the page's, until the person is there"},
		{me, control.CallConfirmed{}, "", "the room hears a tone, or his name"},
		{me, control.CallFinished{}, "", "it is the page's"},
		{me, control.PhoneCodeIssued{}, "", "it is shown on his page"},
		{me, control.RecordedNameDeleted{Participant: "par_me"}, "", "nothing changes for him until he calls again"},
		{me, control.BreakoutsStarted{Moves: moveMe}, "Moved{Room:2 Reason:start}", ""},
		{hope, control.BreakoutsStarted{}, "Opened{}", ""},
		{me, control.BreakoutsAreClosing{ClosesAt: dawn.Add(20 * time.Second)}, "Closing{In:10s}", ""},
		{me, control.BreakoutsStopped{Moves: move("par_me", at("room_1"), at("main"))}, "Moved{Room:0 Reason:stop}", ""},
		{hope, control.BreakoutsStopped{}, "Closed{}", ""},
		{me, control.BreakoutsReset{Moves: move("par_me", at("room_1"), at("main"))}, "Moved{Room:0 Reason:reset}", ""},
		{me, control.BreakoutsExtended{EndsAt: dawn.Add(70 * time.Second)}, "Extended{In:1m0s}", ""},
		{me, control.BreakoutsWarned{LeftS: 60, EndsAt: dawn.Add(70 * time.Second)}, "Warned{Left:60}", ""},
		{hope, control.BreakoutsWarned{LeftS: 60, EndsAt: dawn.Add(70 * time.Second)}, "", "he is in no breakout room"},
		{me, control.BreakoutsShuffled{Moves: moveMe}, "Moved{Room:2 Reason:shuffle}", ""},
		{me, control.CommandUndone{Moves: moveMe}, "Moved{Room:2 Reason:undo}", ""},
		{hope, control.HelpAsked{Request: "help_1", Room: "room_1", Participant: "par_me"}, "HelpWanted{Room:1 Name:Red Who:{Name:Ann Recording:}}", ""},
		{me, control.HelpAsked{Request: "help_1", Room: "room_1", Participant: "par_friend"}, "", "it is for speakers; he hears it when he asks where he is"},
		{me, control.HelpEnded{Request: "help_1", Room: "room_1", Participant: "par_me", Outcome: "accepted", ListenOnly: true}, "HelpEnded{Outcome:accepted Listens:true}", ""},
		{hope, control.HelpEnded{Request: "help_1", Room: "room_1", Participant: "par_me", Outcome: "withdrawn"}, "HelpOver{Room:1}", ""},
		{me, control.TokenIssued{}, "", "of pages"},
		{me, control.TokensRevoked{}, "", "of pages"},
		{me, control.AudioAdded{}, "", "it is heard when it is played"},
		{me, control.BroadcastSent{}, "", "it is heard"},
		{me, control.BroadcastStarted{}, "", "it is heard"},
		{me, control.BroadcastEnded{}, "", "it is heard"},
		{me, control.BroadcastDelivered{}, "", "it is heard"},
	}
	decided := map[string]bool{}
	for _, c := range table {
		typ := c.event.Type()
		decided[typ] = true
		if (c.tells == "") == (c.why == "") {
			t.Errorf("%s: it is either told or there is a reason why not", typ)
		}
		s := stateOf()
		var got []string
		f := newFollower(s, control.LegID("leg_"+c.who), func(in Input) { got = append(got, shown(in)) })
		now := dawn.Add(10 * time.Second)
		control.Apply(s, c.event, now)
		f.event(c.event, "par_hope", now, s)
		if said := strings.Join(got, "; "); said != c.tells {
			t.Errorf("%s, heard by %s:\n got %s\nwant %s", typ, c.who, said, c.tells)
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(control.EventTypes())) {
		if !decided[typ] {
			t.Errorf("%s: it is not decided whether a caller hears of it", typ)
		}
	}
}

// shown writes an input with those of its fields that are not empty.
func shown(in Input) string {
	var fields []string
	text := strings.TrimPrefix(fmt.Sprintf("%+v", in), "{")
	for field := range strings.FieldsSeq(strings.TrimSuffix(text, "}")) {
		name, value, _ := strings.Cut(field, ":")
		if value == "" || value == "false" || value == "0" && name != "Room" && name != "N" {
			continue
		}
		fields = append(fields, field)
	}
	return fmt.Sprintf("%s{%s}", strings.TrimPrefix(fmt.Sprintf("%T", in), "attendant."), strings.Join(fields, " "))
}

// TestWhatHappensIsSaid: in few words.
func TestWhatHappensIsSaid(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]line{
		"muted by somebody":      {{Silenced{Muted: true, By: Person{Name: "Hope"}}, "say muted_by Hope"}},
		"unmuted by somebody":    {{Silenced{By: Person{Name: "Hope"}}, "say unmuted_by Hope"}},
		"the meeting is locked":  {{DoorLocked{Locked: true}, "say meeting_locked"}, {"played", ""}, {DoorLocked{}, "say meeting_is_open"}},
		"the room is locked":     {{RoomLocked{Locked: true}, "say room_is_locked"}, {"played", ""}, {RoomLocked{}, "say room_is_open"}},
		"the room is renamed":    {{RoomRenamed{Room: 7, Name: "Blue"}, "say room_renamed 7 Blue"}},
		"locked and opened soon": {{Silenced{Muted: true}, "say muted_by_speaker"}, {DoorLocked{Locked: true}, ""}, {DoorLocked{}, ""}, {"played", "say meeting_is_open"}, {"played", ""}},
		"alone":                  {{Alone{}, "say only_one"}, {"played", ""}},
		"alone, again and again": {{Alone{}, "say only_one"}, {"wait 10s", ""}, {"played", ""}, {Alone{}, ""}, {"wait 30s", ""}, {Alone{}, "say only_one"}},
		"alone, and taken away":  {{Silenced{Muted: true}, "say muted_by_speaker"}, {Alone{}, ""}, {Moved{Reason: control.ReasonStop}, ""}, {"played", "say back_in_main_room"}, {"played", ""}},
		"muted on the page":      {{SelfMuted{Muted: true}, "say muted"}, {"played", ""}, {SelfMuted{}, "say unmuted"}},
		"muted by his own key":   {{"keys *6", "look"}, {"seen", "do mute"}, {SelfMuted{Muted: true}, ""}, {"done", "say muted"}, {"played", ""}},
		"the answer comes first": {{"keys *6", "look"}, {"seen", "do mute"}, {"done", "say muted"}, {SelfMuted{Muted: true}, ""}, {"played", ""}},
		"a move to a named room": {{Moved{Room: 2, Name: "Blue", Reason: control.ReasonStart}, "say now_in_breakout_room 2 Blue"}},
		"the meeting ends soon":  {{"keys *2", "look"}, {Seen{Tag: 1, View: with(listener(), func(v *View) { v.OverAt = dawn.Add(10 * time.Minute) })}, "say in_room 7 others 4 meeting_ends_in 600"}},
		"or not so soon":         {{"keys *2", "look"}, {Seen{Tag: 1, View: with(listener(), func(v *View) { v.OverAt = dawn.Add(10 * time.Hour) })}, "say in_room 7 others 4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, listener()), lines)
		})
	}
}

// TestAloneInABreakout: when the last of the others goes, once, whatever way they go.
func TestAloneInABreakout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		ann, ben, cid := b.dial("leg_1", "123456789"), b.dial("leg_2", "123456789"), b.dial("leg_3", "123456789")
		everybody := []control.ParticipantID{b.person(ann).ID, b.person(ben).ID, b.person(cid).ID}
		b.do(control.Assign{Participants: everybody, Room: "room_1"})
		b.do(control.StartBreakouts{Distribution: "plan"})
		for _, p := range []*phone{ann, ben, cid} {
			p.mu.Lock()
			p.heard = nil
			p.mu.Unlock()
		}
		b.do(control.Move{Participants: everybody[1:], Room: "room_2"}) // both at once
		ann.hears("only_one")
		ben.hears("moved_to_room 2 Blue")
		b.do(control.Move{Participants: everybody[1:2], Room: "room_1"})
		ann.hears()
		cid.hears("moved_to_room 2 Blue", "only_one")
		b.do(control.Move{Participants: everybody[1:2], Room: "main"})
		ann.hears() // she has just been told
		time.Sleep(time.Minute)
		synctest.Wait()
		b.do(control.Move{Participants: everybody[1:2], Room: "room_1"})
		ben.mu.Lock()
		ben.heard = nil
		ben.mu.Unlock()
		ben.goes()
		b.settle()
		ann.hears("only_one")
		b.do(control.StopBreakouts{})
		ann.hears("back_in_main_room")
		cid.hears("back_in_main_room")
		b.stop()
	})
}
