package attendant

import (
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
	"partyline/control/controltest"
)

// bridge is a registry with one meeting, an attendant, and telephones. It lives in a synctest bubble.
type bridge struct {
	t         *testing.T
	store     *controltest.Store
	registry  *control.Registry
	mixer     *controltest.Mixer
	meeting   *control.Meeting
	attendant *Attendant
	phones    map[control.LegID]*phone
	mu        sync.Mutex // guards phones
}

func newBridge(t *testing.T) *bridge {
	t.Helper()
	b := &bridge{t: t, store: controltest.NewStore(), phones: map[control.LegID]*phone{}}
	b.start()
	meeting, err := b.registry.Create(t.Context(), control.CreateMeeting{
		ID: "mtg_1", Title: "Test", AccessCode: "123456789", SpeakerCode: "987654321", Options: control.DefaultOptions(),
		Rooms: []control.NewRoom{{ID: "room_1", Name: "Red"}, {ID: "room_2", Name: "Blue"}},
	}, control.Meta{Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b.meeting = meeting
	return b
}

// start brings up a registry and an attendant over the store.
func (b *bridge) start() {
	b.t.Helper()
	logger := slog.New(slog.NewTextHandler(b.t.Output(), nil))
	b.mixer = controltest.NewMixer()
	registry, err := control.NewRegistry(control.RegistryOptions{
		Store: b.store, Mixer: b.mixer, Logger: logger,
		KeepLeg: func(control.MeetingID, control.LegID) bool { return true },
		Dialer:  &controltest.Dialer{}, CallLimits: control.CallLimits{Parallel: 9, MeetingParallel: 9, PerMinute: 9, PerHour: 9, PerDay: 9, MeetingPerDay: 9, MinutesPerDay: 9},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := registry.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.registry = registry
	b.attendant, err = New(Options{Registry: Meetings(registry), Voice: b, Logger: logger})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bridge) stop() {
	b.t.Helper()
	if err := b.registry.Stop(b.t.Context()); err != nil {
		b.t.Error(err)
	}
}

// Say is the voice: everything takes a second.
func (b *bridge) Say(leg control.LegID, id uint64, language string, phrases []Phrase) {
	sayable(b.t, phrases)
	p := b.phone(leg)
	p.mu.Lock()
	p.heard = append(p.heard, strings.TrimSpace(words(phrases)+spokenIn(language)))
	p.mu.Unlock()
	time.AfterFunc(time.Second, func() { p.Post(func() { p.called().Played(id) }) })
}

// Repeat is said like a phrase.
func (b *bridge) Repeat(leg control.LegID, id uint64, _ control.MeetingID, sound control.Sound) {
	b.Say(leg, id, "", []Phrase{"repeat " + Phrase(sound.Prompt+sound.Text)})
}

func (b *bridge) Hush(control.LegID) {}

func (b *bridge) phone(leg control.LegID) *phone {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.phones[leg]
}

// do has the meeting do something, and lets everybody hear of it.
func (b *bridge) do(c control.Command) {
	b.t.Helper()
	if _, err := b.meeting.Do(b.t.Context(), c, control.Meta{Actor: "test"}); err != nil {
		b.t.Fatalf("%T: %v", c, err)
	}
	b.settle()
}

// settle lets what is being said be said.
func (b *bridge) settle() {
	time.Sleep(5 * time.Second) // of the bubble's time
	synctest.Wait()
}

// person is the participant of a phone.
func (b *bridge) person(p *phone) (found control.Participant) {
	b.t.Helper()
	err := b.meeting.Read(b.t.Context(), func(s *control.State) {
		if who := s.ByLeg(p.call.Leg); who != nil {
			found = *who
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// phone is a leg: what is posted runs in order, by one goroutine at a time.
type phone struct {
	t      *testing.T
	call   control.Call
	caller control.Caller

	mu     sync.Mutex
	inbox  []func() // guarded by mu
	busy   bool     // guarded by mu
	dead   bool     // guarded by mu: another process has the leg now
	heard  []string // guarded by mu
	hungUp string   // guarded by mu
}

func (p *phone) Post(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return
	}
	p.inbox = append(p.inbox, f)
	if !p.busy {
		p.busy = true
		go p.work() // the bubble waits for it
	}
}

func (p *phone) work() {
	for {
		p.mu.Lock()
		if len(p.inbox) == 0 {
			p.busy = false
			p.mu.Unlock()
			return
		}
		f := p.inbox[0]
		p.inbox = p.inbox[1:]
		p.mu.Unlock()
		f()
	}
}

func (p *phone) HangUp(reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hungUp = reason
}

func (p *phone) called() control.Caller {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.caller
}

// hears takes what was heard since the last time.
func (p *phone) hears(want ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Equal(p.heard, want) {
		p.t.Errorf("%s heard\n %q, want\n %q", p.call.Leg, p.heard, want)
	}
	p.heard = nil
}

func (p *phone) keys(keys string) {
	for _, key := range keys {
		p.Post(func() { p.caller.Digit(byte(key)) })
		synctest.Wait()
	}
	time.Sleep(5 * time.Second) // of the bubble's time
	synctest.Wait()
}

// dial calls in, to a user part of the bridge.
func (b *bridge) dial(leg control.LegID, to string) *phone {
	b.t.Helper()
	p := b.pickUp(leg, to)
	caller, err := b.attendant.Admit(p.call, p)
	if err != nil {
		b.t.Fatal(err)
	}
	p.caller = caller
	p.Post(caller.Answered)
	b.settle()
	return p
}

func (b *bridge) pickUp(leg control.LegID, to string) *phone {
	p := &phone{t: b.t, call: control.Call{
		Leg: leg, From: "100" + string(leg[len(leg)-1]), FromName: "Caller " + string(leg[len(leg)-1]), To: to,
		Source: netip.MustParseAddrPort("127.0.0.1:5070"), Trusted: true,
	}}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.phones[leg] = p
	return p
}

func (p *phone) goes() {
	p.Post(func() { p.caller.Gone("bye") })
	synctest.Wait()
}

const star2 = "for_help **"

func TestCallThroughABreakout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		ann := b.dial("leg_1", "conference")
		ann.keys("123456789#")
		ann.hears("welcome enter_code", "in_main_room others 0 "+star2)
		sam := b.dial("leg_2", "987654321")
		sam.hears("in_main_room others 1 " + star2)
		if who := b.person(sam); who.Role != control.Speaker || who.Name != "Caller 2" || who.Number != "1002" {
			t.Errorf("the speaker is %+v", who)
		}

		b.do(control.StartBreakouts{Distribution: "random", Seed: 1})
		room := b.person(ann).Location.Room
		number := string(room[len(room)-1])
		named := number + " " + map[string]string{"1": "Red", "2": "Blue"}[number]
		ann.hears("now_in_breakout_room " + named)
		sam.hears("breakouts_open")

		ann.keys("*0")
		ann.hears("help_asked")
		sam.hears("help_tone asked_by " + named + " Caller 1")
		sam.keys("*01")
		sam.hears("asked_by "+named+" Caller 1 help_since 5 queue_keys", "now_in_room "+named)
		ann.hears("help_accepted")
		ann.keys("*2")
		ann.hears("in_room " + named + " others 1")

		id := b.person(ann).ID
		b.do(control.ChangeParticipant{Participant: id, Muted: new(true)})
		ann.hears("muted_by_speaker")
		ann.keys("*6")
		ann.hears("muted_by_speaker cannot_unmute")
		b.do(control.ChangeParticipant{Participant: id, Muted: new(false)})
		ann.hears("unmuted_by_speaker")
		ann.keys("*6")
		ann.hears("muted")

		ann.keys("*#")
		ann.hears("back_in_main_room")
		ann.keys("*30#")
		ann.hears("enter_room", "now_in_room "+named)
		sam.hears("only_one")

		b.do(control.StopBreakouts{Countdown: 20 * time.Second})
		ann.hears("closing closing_in 20")
		sam.hears("closing closing_in 20")
		time.Sleep(20 * time.Second) // of the bubble's time
		b.settle()
		ann.hears("time_left 10", "back_in_main_room")
		sam.hears("time_left 10", "back_in_main_room")

		ann.goes()
		if who := b.person(ann); who.ID != "" {
			t.Errorf("%s is still there", who.Name)
		}
		b.do(control.EndMeeting{})
		sam.hears("meeting_ended goodbye")
		if sam.hungUp != "meeting has ended" {
			t.Errorf("hung up: %q", sam.hungUp)
		}
		sam.goes()
		b.stop()
	})
}

func TestGoneWhileJoining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.pickUp("leg_1", "123456789")
		caller, err := b.attendant.Admit(p.call, p)
		if err != nil {
			t.Fatal(err)
		}
		p.caller = caller
		p.Post(func() { caller.Answered(); caller.Gone("cancelled") })
		b.settle()
		if who := b.person(p); who.ID != "" {
			t.Errorf("%s stays behind", who.Name)
		}
		p.hears()
		b.stop()
	})
}

func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "123456789")
		for _, held := range []bool{true, false} {
			p.Post(func() { p.caller.Held(held) })
			b.settle()
			if legs := b.person(p).Legs; len(legs) != 1 || legs[0].Held != held {
				t.Errorf("legs %+v, want held %t", legs, held)
			}
		}
		p.goes()
		b.stop()
	})
}

func TestRemovedAndLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "123456789")
		p.hears("in_main_room others 0 " + star2)
		b.do(control.LockMeeting{Locked: true})
		late := b.dial("leg_2", "123456789")
		late.hears("meeting_locked in_lobby lobby_ahead 0")
		if place := b.person(late).Location.Place; place != control.Lobby {
			t.Errorf("he is in the %s", place)
		}
		b.do(control.RemoveParticipant{Participant: b.person(late).ID, Waiting: true})
		late.hears("not_let_in goodbye")
		if late.hungUp != "not let in" {
			t.Errorf("hung up: %q", late.hungUp)
		}
		late.goes()
		b.do(control.RemoveParticipant{Participant: b.person(p).ID})
		p.hears("meeting_locked", "removed goodbye")
		p.goes()
		b.stop()
	})
}

func TestHelpBelongsToTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		ann, bob := b.dial("leg_1", "123456789"), b.dial("leg_2", "123456789")
		sam := b.dial("leg_3", "987654321")
		a, s := b.person(ann).ID, b.person(sam).ID
		b.do(control.Assign{Participants: []control.ParticipantID{a, b.person(bob).ID}, Room: "room_1"})
		b.do(control.StartBreakouts{})
		ann.keys("*0")
		b.do(control.Move{Participants: []control.ParticipantID{a}, Room: "room_2"})
		ann.heard, bob.heard, sam.heard = nil, nil, nil

		ann.keys("*0") // for this room; the other one has its own
		ann.hears("help_asked")
		sam.hears("help_tone asked_by 2 Blue Caller 1")
		bob.keys("*0")
		bob.hears("help_waits 15")
		sam.keys("*01")
		sam.hears("asked_by 1 Red Caller 1 help_since 20 queue_keys", "now_in_room 1 Red")
		ann.hears() // nobody comes to where she is
		b.do(control.DeleteRoom{Room: "room_2"})
		ann.hears("room_deleted back_in_main_room")
		b.do(control.Move{Participants: []control.ParticipantID{s}, Room: control.MainRoom})
		sam.hears("moved_to_main_room")
		b.stop()
	})
}

func TestActors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		first := b.dial("leg_1", "123456789")
		who := b.person(first).ID
		first.keys("*6")
		first.goes()
		again := b.pickUp("leg_1", "123456789")
		again.call.Leg = "leg_2"
		b.mu.Lock()
		b.phones["leg_2"] = again
		b.mu.Unlock()
		caller, err := b.attendant.Admit(again.call, again)
		if err != nil {
			t.Fatal(err)
		}
		again.caller = caller
		again.Post(caller.Answered)
		b.settle()
		var actors []string
		for _, a := range b.store.Appends() {
			for _, r := range a.Records {
				if strings.HasPrefix(r.Type, "participant.") {
					actors = append(actors, r.Type+" by "+r.Actor)
				}
			}
		}
		want := []string{
			"participant.joined by leg_1", "participant.muted by " + string(who), "participant.leg_left by " + string(who),
			"participant.joined by leg_2",
		}
		if !slices.Equal(actors, want) || b.person(again).ID != who {
			t.Errorf("actors %q, want %q", actors, want)
		}
		again.goes()
		b.stop()
	})
}

func TestWrongCodesLockTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		for call := range 2 {
			p := b.dial("leg_1", "conference")
			for range 3 {
				p.keys("000000000#")
			}
			if p.hungUp != "wrong codes" {
				t.Errorf("call %d hung up: %q", call, p.hungUp)
			}
			p.goes()
		}
		p := b.dial("leg_1", "000000000")
		p.keys("123456789#")
		p.hears("wrong_code enter_code", "too_many_codes goodbye")
		p.goes()
		if _, err := b.attendant.Admit(p.call, p); err == nil {
			t.Error("a locked source was let in")
		}
		other := b.dial("leg_2", "123456789")
		other.hears("in_main_room others 0 " + star2)
		other.goes()
		b.stop()
	})
}

// restart stops the bridge and takes a call up in a new one.
func (b *bridge) restart(p *phone) *phone {
	b.t.Helper()
	tag := p.caller.(interface{ Tag() string }).Tag()
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	b.stop()
	b.start()
	again := b.pickUp(p.call.Leg, p.call.To)
	again.call.Out = p.call.Out
	caller, err := b.attendant.Readmit(again.call, tag, again)
	if err != nil {
		b.t.Fatal(err)
	}
	again.mu.Lock()
	again.caller = caller
	again.mu.Unlock()
	b.settle()
	return again
}

func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "123456789")
		p.hears("in_main_room others 0 " + star2)
		again := b.restart(p)
		again.hears()
		again.keys("*2")
		again.hears("in_main_room others 0")
		meeting, err := b.registry.Meeting("mtg_1")
		if err != nil {
			t.Fatal(err)
		}
		b.meeting = meeting
		b.do(control.StartBreakouts{Distribution: "random", Seed: 1})
		if len(again.heard) != 1 {
			t.Errorf("heard %q of the start", again.heard)
		}
		again.goes()
		b.stop()
	})
}

func TestRestartWhileKeyingIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "conference")
		p.keys("1234")
		again := b.restart(p)
		again.hears("welcome enter_code")
		again.keys("123456789#")
		again.hears("in_main_room others 0 " + star2)
		again.goes()
		b.stop()
	})
}

func TestMeetingGoneAtRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "123456789")
		b.store = controltest.NewStore() // the log is another one
		again := b.restart(p)
		again.hears("meeting_ended goodbye")
		if again.hungUp != "meeting has ended" {
			t.Errorf("hung up: %q", again.hungUp)
		}
		again.goes()
		b.stop()
	})
}

func TestDialledCode(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy  string
		trusted bool
		to      string
		want    string
	}{
		"trusted":               {CodeInURITrusted, true, "123456", "123456"},
		"a stranger":            {CodeInURITrusted, false, "123456", ""},
		"a stranger, all":       {CodeInURIAll, false, "123456", "123456"},
		"off":                   {CodeInURIOff, true, "123456", ""},
		"too short for a code":  {CodeInURIAll, true, "12345", ""},
		"too long for a code":   {CodeInURIAll, true, "1234567890123", ""},
		"a name":                {CodeInURIAll, true, "conference", ""},
		"a number with country": {CodeInURIAll, true, "+49301234567", ""},
	} {
		a := &Attendant{options: Options{CodeInURI: c.policy}}
		if got := a.dialledCode(control.Call{To: c.to, Trusted: c.trusted}); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
