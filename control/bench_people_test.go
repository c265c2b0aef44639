package control_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"partyline/control"
	"partyline/control/controltest"
)

// crowd is a live meeting of 3,000 people in 300 rooms: 600 callers, the others on the web.
func crowd(b *testing.B) (*control.Meeting, func(control.Command)) {
	b.Helper()
	reg, err := control.NewRegistry(control.RegistryOptions{Store: controltest.NewStore(), Mixer: controltest.NewMixer(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	if err := reg.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := reg.Stop(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	m, err := reg.Create(b.Context(), control.CreateMeeting{Title: "Crowd", Options: control.DefaultOptions(), Rooms: make([]control.NewRoom, 300)}, control.Meta{})
	if err != nil {
		b.Fatal(err)
	}
	do := func(c control.Command) {
		if _, err := m.Do(b.Context(), c, control.Meta{Actor: "test"}); err != nil {
			b.Fatalf("%T: %v", c, err)
		}
	}
	do(webCrowd(2400))
	for i := range 600 {
		do(control.Join{Participant: control.ParticipantID(fmt.Sprintf("par_%d", i)), Leg: control.LegID(fmt.Sprintf("leg_%d", i)), Kind: control.PhoneLeg, Number: fmt.Sprintf("+4930%06d", i)})
	}
	return m, do
}

func webCrowd(n int) control.SyncWeb {
	c := control.SyncWeb{People: make([]control.WebPerson, n)}
	for i := range c.People {
		c.People[i] = control.WebPerson{ExternalID: fmt.Sprintf("u%d", i), Name: fmt.Sprintf("Person %d", i), Email: fmt.Sprintf("p%d@example.org", i)}
	}
	return c
}

// BenchmarkCrowd is what commands cost the owner of a large meeting, from the decision to the mixer's placement.
func BenchmarkCrowd(b *testing.B) {
	moves := []control.RoomID{control.MainRoom, ""}
	for name, step := range map[string]func(i int) []control.Command{
		"do=start_and_stop": func(int) []control.Command {
			return []control.Command{control.StartBreakouts{}, control.StopBreakouts{}}
		},
		"do=move_a_caller": func(i int) []control.Command {
			return []control.Command{control.Move{Participants: ids("par_7"), Room: moves[i%2]}}
		},
		"do=join_and_leave": func(i int) []control.Command {
			leg := control.LegID(fmt.Sprintf("leg_x%d", i))
			return []control.Command{control.Join{Participant: "par_x", Leg: leg, Kind: control.PhoneLeg, Number: "+49"}, control.LegGone{Leg: leg}}
		},
		"do=same_web_list": func(int) []control.Command { return []control.Command{webCrowd(2400)} },
	} {
		b.Run(name, func(b *testing.B) {
			m, do := crowd(b)
			if err := m.Read(b.Context(), func(s *control.State) { moves[1] = s.RoomOrder[0] }); err != nil {
				b.Fatal(err)
			}
			if name == "do=move_a_caller" {
				do(control.StartBreakouts{})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				for _, c := range step(i) {
					do(c)
				}
			}
		})
	}
}
