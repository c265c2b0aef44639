package control_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

// walk gives random commands to a meeting and checks, after each, everything that must always hold.
type walk struct {
	rnd    *rand.Rand
	state  *control.State // changed by the events as they were decided
	built  *control.State // rebuilt from the events as they are stored
	now    time.Time
	n      int
	last   []control.Event // of a command of the last few
	lastAt time.Time
	done   map[string]int // how often a command of this type had events
	log    func(control.Record) error
}

func newWalk(seed uint64) *walk {
	return &walk{
		rnd: rand.New(rand.NewPCG(seed, 1)), state: control.NewState(), built: control.NewState(),
		now: time.Unix(1_700_000_000, 0).UTC(), done: map[string]int{},
	}
}

// step has one command decided, applied and stored.
func (w *walk) step(c control.Command) error {
	before, err := json.Marshal(w.state)
	if err != nil {
		return err
	}
	events, _, err := control.Decide(w.state, c, control.Meta{ID: "cmd_x", Actor: "test"}, w.now)
	if after, err := json.Marshal(w.state); err != nil || string(after) != string(before) {
		return fmt.Errorf("%T: Decide changed the state, or it cannot be marshalled: %w", c, err)
	}
	if err != nil {
		if _, ok := errors.AsType[*control.Error](err); !ok || len(events) > 0 {
			return fmt.Errorf("%T: refused with %d events and %T: %w", c, len(events), err, err)
		}
		return nil
	}
	if len(events) > 0 {
		w.done[fmt.Sprintf("%T", c)]++
		switch c.(type) {
		case control.Move, control.Assign, control.StartBreakouts, control.ShuffleBreakouts, control.ApplyPlan, control.ResetBreakouts, control.Undo, control.DeleteRoom:
			w.last, w.lastAt = events, w.now
		}
	} else if due := w.state.NextDue(); c == (control.Due{}) && !due.IsZero() && !due.After(w.now) {
		return fmt.Errorf("due at %v, now is %v, and nothing happens: the owner would ask for ever", due, w.now)
	}
	for _, e := range events {
		control.Apply(w.state, e, w.now)
		typ, version, data, err := control.Marshal(e)
		if err != nil {
			return err
		}
		r := control.Record{Seq: w.built.Seq + 1, At: w.now, Type: typ, Version: version, Data: data}
		if err := control.Replay(w.built, []control.Record{r}); err != nil {
			return err
		}
		if w.log != nil {
			if err := w.log(r); err != nil {
				return err
			}
		}
	}
	if err := controltest.Check(w.state); err != nil {
		return fmt.Errorf("after %T %+v: %w", c, c, err)
	}
	return nil
}

func (w *walk) compare() error {
	if d := cmp.Diff(w.state, w.built, cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("-produced +rebuilt from events:\n%s", d)
	}
	restored, err := restore(w.state)
	if err != nil {
		return err
	}
	if d := cmp.Diff(w.state, restored, cmpopts.EquateEmpty()); d != "" {
		return fmt.Errorf("-produced +restored from a snapshot:\n%s", d)
	}
	return nil
}

// restore makes a copy by way of a snapshot.
func restore(s *control.State) (*control.State, error) {
	snapshot, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	restored := control.NewState()
	return restored, json.Unmarshal(snapshot, restored)
}

func (w *walk) id(prefix string) string {
	w.n++
	return fmt.Sprintf("%s%d", prefix, w.n)
}

func (w *walk) chance(percent int) bool { return w.rnd.IntN(100) < percent }

func pick[T any](w *walk, list []T, other T) T {
	if len(list) == 0 || w.chance(3) {
		return other
	}
	return list[w.rnd.IntN(len(list))]
}

func (w *walk) room() control.RoomID { return pick(w, w.state.RoomOrder, "room_none") }
func (w *walk) person() control.ParticipantID {
	return pick(w, w.state.Order, "par_none")
}

func (w *walk) leg() control.LegID {
	p := w.state.Participants[w.person()]
	if p == nil || len(p.Legs) == 0 {
		return "leg_none"
	}
	return p.Legs[w.rnd.IntN(len(p.Legs))].ID
}

func (w *walk) help() control.HelpID {
	return pick(w, slices.Sorted(maps.Keys(w.state.Help)), "help_none")
}

func (w *walk) people() []control.ParticipantID {
	list := []control.ParticipantID{w.person()}
	for w.chance(30) {
		list = append(list, w.person())
	}
	return list
}

func (w *walk) role() control.Role {
	return pick(w, []control.Role{control.Audience, control.Audience, control.Speaker}, "king")
}

// command makes any command; most are good ones.
func (w *walk) command() control.Command {
	if w.state.Phase == control.Ended && w.chance(50) {
		return openCommand(w)
	}
	makers := []func(*walk) control.Command{
		joinCommand, joinCommand, joinCommand, legCommand, legCommand, roomCommand, roomCommand, personCommand, personCommand,
		moveCommand, moveCommand, moveCommand, breakoutCommand, breakoutCommand, helpCommand, helpCommand, broadcastCommand, calloutCommand, calloutCommand, meetingCommand, meetingCommand, tokenCommand,
	}
	return makers[w.rnd.IntN(len(makers))](w)
}

// tokenCommand makes tokens, some of them by others, and revokes some.
func tokenCommand(w *walk) control.Command {
	some := pick(w, slices.Sorted(maps.Keys(w.state.Tokens)), "tok_none")
	if w.chance(30) {
		c := control.RevokeTokens{Token: some}
		if w.chance(30) {
			c = control.RevokeTokens{Participant: w.person()}
		}
		return c
	}
	c := control.IssueToken{ID: control.TokenID(w.id("tok_")), Role: w.role(), Life: time.Duration(w.rnd.IntN(300)) * time.Second}
	if w.chance(70) {
		c.Participant = w.person()
	}
	if w.chance(30) {
		c.IssuedBy = some
	}
	return c
}

// language is a tag, none, or not one.
func (w *walk) language() string { return []string{"", "de", "pt-BR", "x y"}[w.rnd.IntN(4)] }

func joinCommand(w *walk) control.Command {
	c := control.Join{
		Participant: control.ParticipantID(w.id("par_")), Leg: control.LegID(w.id("leg_")), Kind: control.PhoneLeg,
		Number: fmt.Sprintf("+4930%d", w.rnd.IntN(20)), Role: w.role(),
	}
	if w.chance(10) {
		c.Participant, c.Kind = w.person(), control.BrowserLeg
	}
	if w.chance(30) {
		c.Code, c.Language = w.code(), w.language()
	}
	if w.chance(30) {
		c.Named = &control.Audio{ID: control.AudioID(w.id("nam_")), DurationMS: 900, Bytes: 7244}
	}
	if w.chance(20) {
		c.Number, c.Name = "", "Zoë\x00 "
	}
	return c
}

// named is somebody who has recorded his name.
func (w *walk) named() control.ParticipantID {
	var named []control.ParticipantID
	for _, id := range w.state.Order {
		if w.state.Participants[id].RecordedName != nil {
			named = append(named, id)
		}
	}
	return pick(w, named, "par_none")
}

// code is what somebody keys in to say who he is.
func (w *walk) code() string {
	codes := []string{w.state.SpeakerCode}
	for _, id := range w.state.Order {
		if p := w.state.Participants[id]; p.PIN != "" {
			codes = append(codes, p.PIN)
		}
		if c := w.state.PhoneCode(id, w.now); c.Code != "" {
			codes = append(codes, c.Code)
		}
	}
	return pick(w, codes, "000000")
}

func legCommand(w *walk) control.Command {
	switch w.rnd.IntN(8) {
	case 0:
		return control.LegsGone{Legs: []control.LegID{w.leg(), w.leg(), w.leg()}, Reason: "restart"}
	case 1, 2:
		return control.HoldLeg{Leg: w.leg(), Held: w.chance(50)}
	}
	return control.LegGone{Leg: w.leg(), Reason: "bye"}
}

func roomCommand(w *walk) control.Command {
	switch w.rnd.IntN(5) {
	case 0:
		return control.DeleteRoom{Room: w.room()}
	case 1:
		name, capacity, locked := w.id("Raum ŠÉ "), w.rnd.IntN(4), w.chance(20)
		return control.ChangeRoom{Room: w.room(), Name: &name, Capacity: &capacity, Locked: &locked}
	}
	c := control.CreateRooms{Seed: w.rnd.Uint64(), Distribute: pick(w, []string{"", "random"}, "odd")}
	for range 1 + w.rnd.IntN(4) {
		r := control.NewRoom{ID: control.RoomID(w.id("room_")), Capacity: w.rnd.IntN(6)}
		if w.chance(30) {
			r.Name = fmt.Sprintf("room %d", w.rnd.IntN(30))
		}
		c.Rooms = append(c.Rooms, r)
	}
	if w.chance(2) {
		for range 200 {
			c.Rooms = append(c.Rooms, control.NewRoom{ID: control.RoomID(w.id("room_"))})
		}
	}
	return c
}

func personCommand(w *walk) control.Command {
	if who, up := w.handUp(); up && w.chance(15) {
		return control.GiveFloor{Participant: who, By: pick(w, []control.ParticipantID{"", "", w.person()}, "par_none")}
	}
	switch w.rnd.IntN(20) {
	case 15, 16:
		return control.IssuePhoneCode{Participant: w.person(), Code: fmt.Sprintf("70000000%d", w.rnd.IntN(10)), Life: time.Duration(w.rnd.IntN(200)) * time.Second}
	case 17, 18:
		if w.chance(30) {
			return control.DeleteRecordedName{Participant: w.named()}
		}
		return control.AttachPhone{Participant: w.person(), Code: w.code()}
	case 14:
		return syncCommand(w)
	case 11, 12, 13:
		return mergeCommand(w)
	case 8, 9:
		return control.SetPresence{Participant: w.person(), Web: w.chance(50)}
	case 10:
		return changeCommand(w)
	case 7:
		return importCommand(w)
	case 0:
		if w.chance(40) {
			return control.EraseParticipant{Participant: w.person()}
		}
		return control.RemoveParticipant{Participant: w.person()}
	case 1:
		role, muted, gain := w.role(), w.chance(50), w.rnd.IntN(45)-22
		return control.ChangeParticipant{Participant: w.person(), Role: &role, Muted: &muted, GainDB: &gain, ListenGain: new(w.rnd.IntN(45) - 22), Language: new(w.language())}
	case 2, 19:
		return control.Mute{Participant: w.person(), Muted: w.chance(50)}
	case 3:
		return control.RaiseHand{Participant: w.person(), Up: w.chance(70)}
	case 4:
		c := control.MuteAll{Muted: w.chance(50)}
		if w.chance(30) {
			c.Except = w.people()
		}
		return c
	}
	c := control.AddParticipant{New: control.NewParticipant{
		ID: control.ParticipantID(w.id("par_")), Name: w.id("Name "), Role: w.role(), Web: w.chance(60), Number: fmt.Sprintf("+4930%d", w.rnd.IntN(20)),
	}}
	if r := w.state.Rooms[w.room()]; r != nil && w.chance(50) {
		c.New.Room = r.Name
	}
	return c
}

// handUp is somebody whose hand is up, if there is one.
func (w *walk) handUp() (control.ParticipantID, bool) {
	for _, id := range w.state.Order {
		if !w.state.Participants[id].Hand.IsZero() {
			return id, true
		}
	}
	return "", false
}

// syncCommand is a list of who is on the web.
func syncCommand(w *walk) control.Command {
	c := control.SyncWeb{AsOf: w.state.Seq - min(w.state.Seq, uint64(w.rnd.IntN(20)))}
	if w.chance(70) {
		c.AsOf = w.state.Seq
	}
	for n := range 9 {
		if w.chance(50) {
			p := control.WebPerson{ID: control.ParticipantID(w.id("par_")), ExternalID: fmt.Sprintf("u%d", n), Role: w.role()}
			if w.chance(80) {
				p.Name, p.Role = fmt.Sprintf("Name %d", n), ""
			}
			if w.chance(20) {
				p.Email = fmt.Sprintf("p%d@example.org", w.rnd.IntN(9))
			}
			c.People = append(c.People, p)
		}
	}
	return c
}

// mergeCommand makes one person of two, or two of one.
func mergeCommand(w *walk) control.Command {
	if w.chance(60) {
		return control.MergeParticipants{Participant: w.person(), Other: w.person()}
	}
	var several []control.ParticipantID
	for _, id := range w.state.Order {
		if p := w.state.Participants[id]; p.Web && len(p.Legs) > 0 || len(p.Legs) > 1 {
			several = append(several, id)
		}
	}
	c := control.SplitParticipant{Participant: pick(w, several, w.person()), ID: control.ParticipantID(w.id("par_")), Web: w.chance(20)}
	if p := w.state.Participants[c.Participant]; p != nil {
		for _, l := range p.Legs {
			if w.chance(40) {
				c.Legs = append(c.Legs, l.ID)
			}
		}
	}
	return c
}

// changeCommand changes who somebody is.
func changeCommand(w *walk) control.Command {
	c := control.ChangeParticipant{Participant: w.person()}
	text := func(format string, n int) *string {
		if w.chance(60) {
			return nil
		}
		if w.chance(20) {
			return new("")
		}
		return new(fmt.Sprintf(format, w.rnd.IntN(n)))
	}
	c.Name, c.FirstName, c.LastName = text("Name %d", 9), text("First %d", 9), text("Last %d", 9)
	c.Email, c.ExternalID, c.PIN, c.Number = text("p%d@example.org", 9), text("u%d", 9), text("12345%d", 9), text("+4930%d", 20)
	if w.chance(20) {
		c.Hand = new(w.chance(50))
	}
	return c
}

func moveCommand(w *walk) control.Command {
	room := w.room()
	if w.chance(20) {
		room = control.MainRoom
	}
	if w.chance(50) {
		return control.Move{Participants: w.people(), Room: room, Self: w.chance(50), ListenOnly: w.chance(20)}
	}
	if w.chance(20) {
		room = ""
	}
	return control.Assign{Participants: w.people(), Room: room}
}

func breakoutCommand(w *walk) control.Command {
	w.now = w.now.Add(time.Duration(w.rnd.IntN(20)) * time.Second)
	switch w.rnd.IntN(13) {
	case 10, 11:
		return w.undo()
	case 12:
		return control.ApplyPlan{}
	case 8:
		return control.ShuffleBreakouts{IncludeSpeakers: w.chance(30), Seed: w.rnd.Uint64()}
	case 9:
		return control.ExtendBreakouts{Duration: time.Duration(w.rnd.IntN(100)-2) * time.Second}
	case 0:
		return control.StopBreakouts{Countdown: time.Duration(w.rnd.IntN(20)-2) * time.Second}
	case 1:
		return control.StopBreakouts{Countdown: control.DefaultCountdown}
	case 2:
		return control.ResetBreakouts{}
	case 3, 4:
		return control.Due{}
	}
	return control.StartBreakouts{
		Distribution: pick(w, []string{"", "random", "plan", "manual"}, "odd"), Unassigned: pick(w, []string{"", "random", "main"}, "odd"),
		Duration: time.Duration(w.rnd.IntN(100)) * time.Second, IncludeSpeakers: w.chance(50), Seed: w.rnd.Uint64(),
	}
}

// undo takes the last command back, or one that was taken back before.
func (w *walk) undo() control.Command {
	id := control.CommandID(w.id("cmd_"))
	if w.chance(10) && len(w.state.Undone) > 0 {
		id = w.state.Undone[0]
	}
	return control.Undo{Command: id, Events: w.last, At: w.lastAt}
}

func helpCommand(w *walk) control.Command {
	switch w.rnd.IntN(5) {
	case 0:
		return control.WithdrawHelp{Request: w.help()}
	case 1:
		return control.AcceptHelp{Request: w.help(), By: w.person(), Stay: w.chance(20), ListenOnly: w.chance(20)}
	case 2:
		return control.DeclineHelp{Request: w.help()}
	}
	return control.AskHelp{ID: control.HelpID(w.id("help_")), Participant: w.person()}
}

func broadcastCommand(w *walk) control.Command {
	w.now = w.now.Add(time.Duration(w.rnd.IntN(15)) * time.Second)
	heard := []control.Delivery{{Room: control.MainRoom, Listeners: 2, Tick: 3}}
	if w.chance(25) {
		return w.liveCommand()
	}
	switch w.rnd.IntN(8) {
	case 0:
		return control.AddAudio{Audio: control.Audio{ID: control.AudioID(w.id("aud_")), DurationMS: 1000, Bytes: 8000}}
	case 1, 2:
		return w.nextOnAir(heard)
	case 3:
		if id := w.onAir(); id != "" {
			return control.BroadcastOver{ID: id, Deliveries: heard, Whole: w.chance(70), Interrupted: w.chance(50)}
		}
	case 4:
		return control.CancelBroadcast{ID: pick(w, w.state.BroadcastLog, "bct_none")}
	case 5:
		if w.chance(50) {
			return control.LoseBroadcasts{Reason: "restart"}
		}
	}
	c := control.SendBroadcast{
		ID: control.BroadcastID(w.id("bct_")), Prompt: "five_minutes", PhonesOnly: w.chance(20),
		Priority: pick(w, []string{"", control.PriorityNormal, control.PriorityUrgent}, "odd"),
	}
	if w.chance(30) {
		c.Prompt, c.Text = "", "Come back,\nplease."
	}
	if w.chance(30) {
		c.Rooms = []control.RoomID{w.room()}
	}
	if w.chance(30) {
		c.By = w.person()
	}
	return c
}

// liveCommand has somebody speak to all rooms, most of the time one who may, or come to an end.
func (w *walk) liveCommand() control.Command {
	if _, leg := w.state.OnAir(); leg != "" && w.chance(70) {
		return control.EndLive{Leg: pick(w, []control.LegID{leg}, w.leg())}
	}
	c := control.GoLive{ID: control.BroadcastID(w.id("bct_")), Leg: w.leg(), Limit: time.Duration(w.rnd.IntN(310)) * time.Second}
	if c.By = w.state.Legs[c.Leg]; w.chance(10) {
		c.By = w.person()
	}
	return c
}

// onAir is the broadcast that is being played.
func (w *walk) onAir() control.BroadcastID {
	for id, b := range w.state.Broadcasts {
		if b.State == control.BroadcastPlaying {
			return id
		}
	}
	return ""
}

// nextOnAir begins one that waits, if none is being played, as the owner does.
func (w *walk) nextOnAir(heard []control.Delivery) control.Command {
	began := control.BroadcastBegan{ID: "bct_none", Deliveries: heard}
	if w.onAir() != "" {
		return began
	}
	for _, id := range w.state.BroadcastLog {
		if w.state.Broadcasts[id].State == control.BroadcastQueued {
			began.ID = id
		}
	}
	if w.chance(10) {
		began.Failed = "no sound"
	}
	return began
}

// calloutCommand makes calls and has them come to all their ends.
func calloutCommand(w *walk) control.Command {
	var calls []control.CallID
	answered := control.OutgoingCall{}
	for _, c := range w.state.Calls {
		if c.State != control.CallEnded || w.chance(1) {
			calls = append(calls, c.ID)
		}
		if c.State == control.CallAnswering {
			answered = c
		}
	}
	id := pick(w, calls, "call_none")
	switch w.rnd.IntN(8) {
	case 0:
		return control.CancelCall{ID: id}
	case 1:
		return control.CallRinging{ID: id}
	case 2, 3:
		return control.CallTaken{ID: id}
	case 4:
		return control.CallOver{ID: id, Outcome: pick(w, []control.CallOutcome{control.CallBusy, control.CallDeclined}, control.CallNotConfirmed), Reason: "test"}
	case 5, 6:
		if answered.ID != "" {
			return control.Join{Participant: "par_other", Leg: answered.Leg, Kind: control.PhoneLeg, Call: answered.ID}
		}
	}
	c := control.CallOut{
		ID: control.CallID(w.id("call_")), Leg: control.LegID(w.id("leg_")), New: control.ParticipantID(w.id("par_")),
		To: fmt.Sprintf("+4930%d", w.rnd.IntN(40)), Role: pick(w, []control.Role{"", control.Audience, control.Speaker}, "king"),
	}
	if w.chance(50) {
		c.Participant = w.person()
	}
	if w.chance(30) {
		c.By = w.person()
	}
	if w.chance(40) {
		c.Room = w.room()
	}
	if w.chance(30) {
		c.To = fmt.Sprintf("sip:phone%d@127.0.0.1:5070", w.rnd.IntN(10))
	}
	return c
}

func meetingCommand(w *walk) control.Command {
	if c := lifeCommand(w); c != nil {
		return c
	}
	o := control.DefaultOptions()
	o.Breakouts, o.PhoneBreakouts, o.FreeMovement = w.chance(90), w.chance(70), w.chance(70)
	o.LateJoiners, o.MutedOnEntry = pick(w, []string{"assign", "main"}, "odd"), w.chance(30)
	o.ReturnCountdownS, o.Lobby = w.rnd.IntN(20), w.chance(40)
	o.WarningsS = []int{1 + w.rnd.IntN(60), 1 + w.rnd.IntN(60), w.rnd.IntN(60)}[w.rnd.IntN(4):]
	o.HelpTimeoutS, o.HelpRepeatS = w.rnd.IntN(60), w.rnd.IntN(10)
	o.IdentifyByNumber, o.RedialS = w.chance(50), new(w.rnd.IntN(100))
	o.RecordNames = pick(w, []string{"", control.NamesOff, control.NamesOfUnknown, control.NamesOfAll}, "odd")
	o.PersonalPINs = pick(w, []string{"", control.PINsOff, control.PINsOptional, control.PINsRequired}, "odd")
	return control.ChangeMeeting{Options: &o}
}

func (w *walk) create() control.Command {
	return control.CreateMeeting{
		ID: "mtg_a", Title: "Walk", AccessCode: "123456", SpeakerCode: "654321", Options: control.DefaultOptions(),
		Rooms:  []control.NewRoom{{ID: "room_a", Name: "Blue"}, {ID: "room_b"}},
		Roster: []control.NewParticipant{{ID: "par_a", Name: "Ada", Role: control.Speaker, Web: true}, {ID: "par_b", Name: "Bob", Room: "BLUE"}},
	}
}

func (w *walk) run(steps int) error {
	if err := w.step(w.create()); err != nil {
		return err
	}
	for range steps {
		if err := w.step(w.command()); err != nil {
			return err
		}
	}
	if err := w.compare(); err != nil {
		return err
	}
	if err := w.step(control.EndMeeting{}); err != nil {
		return err
	}
	for id, p := range w.state.Participants {
		if p.Present() {
			return fmt.Errorf("participant %s is still there after the end", id)
		}
	}
	return w.step(w.command())
}

func TestRandomWalks(t *testing.T) {
	t.Parallel()
	done := map[string]int{}
	for seed := range uint64(35) {
		w := newWalk(seed)
		if err := w.run(300); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for c, n := range w.done {
			done[c] += n
		}
	}
	for _, c := range []control.Command{
		control.ChangeMeeting{}, control.LockMeeting{}, control.CreateRooms{}, control.ChangeRoom{}, control.DeleteRoom{}, control.AddParticipant{},
		control.ChangeParticipant{}, control.RemoveParticipant{}, control.EraseParticipant{}, control.Join{}, control.LegGone{}, control.LegsGone{}, control.HoldLeg{}, control.Mute{},
		control.RaiseHand{}, control.GiveFloor{}, control.MuteAll{}, control.Assign{}, control.Move{}, control.StartBreakouts{}, control.StopBreakouts{},
		control.ResetBreakouts{}, control.ShuffleBreakouts{}, control.ApplyPlan{}, control.ExtendBreakouts{}, control.Undo{}, control.Due{}, control.AskHelp{}, control.WithdrawHelp{}, control.AcceptHelp{}, control.DeclineHelp{},
		control.AddAudio{}, control.SendBroadcast{}, control.BroadcastBegan{}, control.ImportPlan{}, control.SetPresence{},
		control.MergeParticipants{}, control.SplitParticipant{}, control.SyncWeb{},
		control.GoLive{}, control.EndLive{}, control.CancelBroadcast{}, control.BroadcastOver{}, control.LoseBroadcasts{}, control.IssuePhoneCode{}, control.AttachPhone{}, control.DeleteRecordedName{},
		control.CallOut{}, control.CancelCall{}, control.CallRinging{}, control.CallTaken{}, control.CallOver{},
		control.OpenMeeting{}, control.EndMeeting{}, control.AdmitParticipants{},
	} {
		if name := fmt.Sprintf("%T", c); done[name] < 5 {
			t.Errorf("the walks did %s %d times only", name, done[name])
		}
	}
}

func FuzzWalk(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(seed, uint16(50))
	}
	f.Fuzz(func(t *testing.T, seed uint64, steps uint16) {
		if err := newWalk(seed).run(int(steps % 500)); err != nil {
			t.Fatal(err)
		}
	})
}
