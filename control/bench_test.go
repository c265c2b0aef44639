package control_test

import (
	"fmt"
	"testing"
	"time"

	"partyline/control"
)

func BenchmarkDecideStart(b *testing.B) {
	for _, people := range []int{600, 3000} {
		b.Run(fmt.Sprintf("rooms=300/people=%d", people), func(b *testing.B) {
			c := control.CreateMeeting{ID: "mtg_a", Title: "Bench", AccessCode: "123456", Options: control.DefaultOptions()}
			for i := range 300 {
				c.Rooms = append(c.Rooms, control.NewRoom{ID: control.RoomID(fmt.Sprintf("room_%d", i))})
			}
			for i := range people {
				c.Roster = append(c.Roster, control.NewParticipant{ID: control.ParticipantID(fmt.Sprintf("par_%d", i)), Name: "P", Web: true})
			}
			s, now := control.NewState(), time.Unix(1_700_000_000, 0)
			events, _, err := control.Decide(s, c, control.Meta{}, now)
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range events {
				control.Apply(s, e, now)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := control.Decide(s, control.StartBreakouts{Seed: 1}, control.Meta{}, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
