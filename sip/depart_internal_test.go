package sip

import (
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/mixer/media"
)

// polite is a conversation that says goodbye, for so long.
type polite struct {
	*bench
	words time.Duration
}

func (p polite) Depart() {
	p.note("depart")
	time.AfterFunc(p.words, func() { p.leg.Post(func() { p.leg.HangUp("goodbye was said") }) })
}

// TestDepart: who listens is told that the bridge shuts down before his call ends, but not for ever; others need not wait.
func TestDepart(t *testing.T) {
	hold := testOffer + "a=sendonly\r\n"
	for name, tt := range map[string]struct {
		words  time.Duration
		before func(b *bench)
		want   []string
	}{
		"told":            {2 * time.Second, nil, []string{"0s depart", "2s closed", "2s gone: the bridge shuts down", "2s BYE 1", "2s forgotten"}},
		"told at length":  {time.Minute, nil, []string{"0s depart", "5s closed", "5s gone: the bridge shuts down", "5s BYE 1", "5s forgotten"}},
		"hangs up before": {time.Minute, func(b *bench) { time.AfterFunc(time.Second, func() { b.post(b.request(sipmsg.BYE, 2, "")) }) }, []string{"0s depart", "1s 200", "1s closed", "1s gone: the caller hung up", "1s forgotten"}},
		"holds":           {time.Minute, func(b *bench) { b.post(b.request(sipmsg.UPDATE, 2, hold)) }, []string{"0s 200", "0s update", "0s held true", "0s closed", "0s gone: the bridge shuts down", "0s BYE 1", "0s forgotten"}},
		"silent":          {time.Minute, func(b *bench) { b.report(media.Event{Kind: media.Silent}) }, []string{"0s OPTIONS 1", "0s closed", "0s gone: the bridge shuts down", "0s BYE 2", "0s forgotten"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.leg.caller = polite{b, tt.words}
				b.run()
				b.ack(1, "")
				synctest.Wait()
				if tt.before != nil {
					tt.before(b)
					synctest.Wait()
				}
				b.leg.depart()
				<-b.leg.done
				b.diff(t, append([]string{"0s 200", "0s start", "0s answered"}, tt.want...)...)
			})
		})
	}
}

// TestDepartBeforeTheAck: nobody is there yet who could be told.
func TestDepartBeforeTheAck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.leg.caller = polite{b, time.Second}
		b.run()
		synctest.Wait()
		b.leg.depart()
		b.ack(1, "")
		<-b.leg.done
		b.diff(t, "0s 200", "0s closed", "0s gone: the bridge shuts down", "0s BYE 1", "0s forgotten")
	})
}
