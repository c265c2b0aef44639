package attendant

import (
	"cmp"
	"time"

	"partyline/control"
)

// ActSession is the menu of the breakouts.
const ActSession Action = "session"

var _ = declare(command{
	action: ActSession, speaker: []string{"*5"}, speakers: true, order: 85,
	run:  func(m *Machine) { m.look(m.session) },
	help: func(m *Machine, _ View) []Phrase { return m.press(ActSession, "", "to_run_breakouts") },
})

// session offers what can be done with the breakouts now.
func (m *Machine) session(v View) {
	if len(v.Rooms) == 0 {
		m.say("no_rooms")
		return
	}
	g := &menu{}
	if v.Breakouts == control.BreakoutsIdle {
		g.choices = append(g.choices, choice{'1', "to_start_breakouts", func(m *Machine) { learn(m, forecastOf(start), m.askStart) }})
	}
	if v.Breakouts != control.BreakoutsClosing {
		g.choices = append(g.choices, choice{'2', "to_plan_or_shuffle", func(m *Machine) { m.offer(rearrange()) }})
	}
	if v.Breakouts != control.BreakoutsIdle {
		g.choices = append(g.choices, choice{'3', "to_bring_back", func(m *Machine) { learn(m, forecastOf(stop), m.askStop) }})
	}
	m.offer(g)
}

// rearrange offers the two ways to send people elsewhere.
func rearrange() *menu {
	return &menu{choices: []choice{
		{'1', "to_apply_plan", func(m *Machine) { learn(m, forecastOf(byPlan), m.askPlan) }},
		{'2', "to_shuffle", func(m *Machine) { learn(m, forecastOf(shuffle), m.askShuffle) }},
	}}
}

// Start is the deed of opening the breakouts.
const Start Deed = "start breakouts"

func (m *Machine) askStart(_ View, f forecast) {
	m.askBreakouts(f, "start_question", Do{Deed: Start, Command: func(control.ParticipantID) control.Command { return control.StartBreakouts{} }}, "breakouts_open")
}

func (m *Machine) askPlan(v View, f forecast) {
	d := Do{Deed: Start, Command: func(control.ParticipantID) control.Command {
		return control.StartBreakouts{Distribution: control.ByPlan}
	}}
	if v.Breakouts != control.BreakoutsIdle {
		d = Do{Deed: "apply plan", Command: func(control.ParticipantID) control.Command { return control.ApplyPlan{} }}
	}
	if !f.planned {
		m.say("no_plan")
		return
	}
	m.askBreakouts(f, "plan_question", d, "plan_applied")
}

func (m *Machine) askShuffle(_ View, f forecast) {
	m.askBreakouts(f, "shuffle_question", Do{Deed: "shuffle", Command: func(control.ParticipantID) control.Command { return control.ShuffleBreakouts{} }}, "shuffled")
}

func (m *Machine) askStop(_ View, f forecast) {
	m.askBreakouts(f, "stop_question", Do{Deed: "bring back", Command: func(control.ParticipantID) control.Command {
		return control.StopBreakouts{Countdown: control.DefaultCountdown}
	}}, "bringing_back")
}

// askBreakouts says whom it concerns, and does it once that is confirmed.
func (m *Machine) askBreakouts(f forecast, question Phrase, d Do, done Phrase) {
	if f.refused != "" {
		m.say(refusedBreakouts(f.refused))
		return
	}
	d.Speaker = true
	says := []Phrase{question.N(f.people)}
	if question != "stop_question" {
		says = append(says, Phrase("room_count").N(f.rooms))
	}
	m.confirm(func(m *Machine) {
		m.do(d, func(code control.Code) {
			if code == "" {
				m.say(done)
				return
			}
			m.say(refusedBreakouts(code))
		})
	}, says...)
}

func refusedBreakouts(code control.Code) Phrase {
	switch code {
	case control.CodeWrongState:
		return "breakouts_changed"
	case control.CodeLocked:
		return "all_rooms_locked"
	case control.CodeNotAllowed:
		return "breakouts_off"
	default:
		return "try_again"
	}
}

// What a speaker may do with the breakouts, as things stand.
func start(*control.State) control.Command { return control.StartBreakouts{Seed: 1} }

func byPlan(s *control.State) control.Command {
	if s.Breakouts == control.BreakoutsIdle {
		return control.StartBreakouts{Distribution: control.ByPlan, Seed: 1}
	}
	return control.ApplyPlan{}
}

func shuffle(*control.State) control.Command { return control.ShuffleBreakouts{Seed: 1} }
func stop(*control.State) control.Command    { return control.StopBreakouts{} }

// forecast is what a command would come to.
type forecast struct {
	people, rooms int
	planned       bool // somebody is assigned to a room
	refused       control.Code
}

// forecastOf decides a command without doing it.
func forecastOf(command func(s *control.State) control.Command) func(*control.State, *control.Participant) forecast {
	return func(s *control.State, _ *control.Participant) forecast {
		f := forecast{rooms: len(s.Rooms)}
		for _, p := range s.Participants {
			f.planned = f.planned || p.Assignment != ""
		}
		events, _, err := control.Decide(s, command(s), control.Meta{}, time.Time{})
		if err != nil {
			f.refused, _ = errorCode(err)
			f.refused = cmp.Or(f.refused, control.CodeStore)
		}
		f.people = concerned(events)
		return f
	}
}

// concerned counts those whom events move, or assign if they move nobody.
func concerned(events []control.Event) int {
	for _, e := range events {
		switch e := e.(type) {
		case control.BreakoutsStarted:
			return len(e.Moves)
		case control.BreakoutsShuffled:
			return max(len(e.Moves), len(e.Assignments))
		case control.BreakoutsStopped:
			return len(e.Moves)
		case control.ParticipantsMoved:
			return len(e.Moves)
		}
	}
	return 0
}
