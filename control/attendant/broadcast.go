package attendant

import (
	"cmp"
	"time"

	"partyline/control"
)

// ActBroadcast speaks to all rooms.
const ActBroadcast Action = "broadcast"

var _ = declare(command{
	action: ActBroadcast, audience: []string{"*8"}, speaker: []string{"*8"}, order: 45,
	run: func(m *Machine) { m.look(m.broadcast) },
	help: func(m *Machine, v View) []Phrase {
		if !v.MayBroadcast || v.MutedByAdmin {
			return nil
		}
		return m.press(ActBroadcast, "", "to_broadcast")
	},
})

// Broadcasts says how long callers may speak to all rooms.
type Broadcasts struct {
	Recording time.Duration // 0: two minutes
	Live      time.Duration // 0: five minutes, which is the most
}

func (b *Broadcasts) fill() {
	b.Recording = cmp.Or(b.Recording, 2*time.Minute)
	b.Live = cmp.Or(b.Live, control.MaxLive)
}

// broadcast has a speaker choose whether he is heard at once or later, and records everybody else. Who has been muted by a
// speaker is not to be heard in all rooms instead.
func (m *Machine) broadcast(v View) {
	switch {
	case !v.MayBroadcast:
		m.say("not_in_this_meeting")
	case v.MutedByAdmin:
		m.say("muted_by_speaker")
	case m.role != control.Speaker:
		m.recordMessage()
	default:
		m.offer(&menu{choices: []choice{
			{key: '1', says: "to_record_message", run: (*Machine).recordMessage},
			{key: '2', says: "to_speak_live", run: func(m *Machine) { m.look(m.prepareLive) }},
		}, says: []Phrase{"to_all_rooms"}})
	}
}

// broadcastRefused says why not.
func (m *Machine) broadcastRefused(code control.Code) {
	switch code {
	case control.CodeNotAllowed:
		m.leave("not_in_this_meeting")
	case control.CodeOnAir:
		m.leave("somebody_speaks")
	case control.CodeRateLimited, control.CodeLimit:
		m.leave("too_many_messages")
	default:
		m.leave("try_again")
	}
}

// The news of what a caller has said to all rooms.
type (
	// LiveBegan says that all rooms hear the tone, and then him.
	LiveBegan struct{}
	// LiveLost says that a restart has ended it.
	LiveLost struct{}
	// MessageOver says that it is over.
	MessageOver struct {
		Live    bool
		Rooms   int    // in which somebody else heard it, or was told on the web
		Outcome string // how, one of control's
		Reason  string // why, if that is not plain
	}
)

func (LiveBegan) input()   {}
func (LiveLost) input()    {}
func (MessageOver) input() {}

// broadcastNews takes them in.
func (m *Machine) broadcastNews(in Input) {
	live, onAir := m.mode.(*onAir)
	switch in := in.(type) {
	case LiveBegan:
		if onAir {
			live.begin(m)
		}
	case LiveLost:
		m.announce("broadcast", "live_over", "message_failed")
	case MessageOver:
		said := in.phrases()
		if onAir && in.Live { // not by him
			m.hush()
			m.become(&commands{})
			said = append([]Phrase{"live_over"}, said...)
		}
		if len(said) > 0 {
			m.announce("broadcast", said...)
		}
	}
}

func (in MessageOver) phrases() []Phrase {
	heard := Phrase("message_heard").N(in.Rooms)
	switch {
	case in.Reason == control.ReasonTakenBack: // by himself, who knows
		return nil
	case in.Outcome == control.BroadcastPlayed && in.Reason == control.ReasonTimeLimit:
		return []Phrase{"time_is_up", heard}
	case in.Outcome == control.BroadcastPlayed:
		return []Phrase{heard}
	case in.Outcome == control.BroadcastCancelled:
		return []Phrase{"message_stopped"}
	}
	return []Phrase{"message_failed"}
}
