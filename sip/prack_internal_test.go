package sip

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// ringBench is a leg that rings: its INVITE requires 100rel.
func ringBench(t *testing.T) *bench {
	b := newBench(t)
	b.with(b.first, "Require: 100rel")
	return b
}

// prack is the PRACK of the 180; synctest.Wait first.
func (b *bench) prack(seq uint32, change func(string) string) *incoming {
	rack := b.leg.ringing.res.GetHeader("RSeq").Value() + " 1 INVITE"
	if change != nil {
		rack = change(rack)
	}
	return b.with(b.request(sipmsg.PRACK, seq, ""), "RAck: "+rack)
}

// TestNoPrack: RFC 3262 §3. The 180 is repeated at T1, then twice as long each time; at 64*T1 the INVITE is refused.
func TestNoPrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ringBench(t)
		b.run()
		<-b.leg.done
		b.diff(t, "0s 180", "500ms 180", "1.5s 180", "3.5s 180", "7.5s 180", "15.5s 180", "31.5s 180",
			"32s 504", "32s closed", "32s gone: the caller never acknowledged that it rings", "32s forgotten")
		<-b.first.answered
	})
}

// TestPrackThenAnswer: what comes meanwhile is answered as RFC 3261 §14.2, RFC 3311 §5.2 and RFC 3262 §3 say.
func TestPrackThenAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ringBench(t)
		b.run()
		synctest.Wait()
		b.post(b.request(sipmsg.UPDATE, 2, testOffer))
		b.post(b.request(sipmsg.UPDATE, 3, ""))
		b.post(b.request(sipmsg.INVITE, 4, testOffer))
		synctest.Wait()
		b.post(b.prack(5, func(s string) string { return strings.Replace(s, " 1 ", " 2 ", 1) }))
		b.post(b.prack(6, func(s string) string { return s + " twice" }))
		withOffer := b.prack(7, nil)
		withOffer.req.SetBody([]byte(testOffer))
		b.post(withOffer)
		late := b.prack(9, nil)
		b.post(b.prack(8, nil))
		synctest.Wait()
		b.post(late)
		b.ack(1, "")
		time.Sleep(time.Second)
		b.leg.end(endFarEnd)
		<-b.leg.done
		b.diff(t, "0s 180", "0s 500", "0s 200", "0s 500", "0s 481", "0s 481", "0s 488", "0s 200", "0s 200",
			"0s start", "0s answered", "0s 481", "1s closed", "1s gone: the caller hung up", "1s forgotten")
	})
}

// TestRingingEnds: a call that ends before its INVITE was answered has that answered, and gets no BYE.
func TestRingingEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(*bench)
		want []string
	}{
		"the bridge hangs up": {func(b *bench) { b.leg.HangUp("no") }, []string{"0s 480", "0s closed", "0s gone: no", "0s forgotten"}},
		"it shuts down":       {func(b *bench) { b.leg.depart() }, []string{"0s 503", "0s closed", "0s gone: the bridge shuts down", "0s forgotten"}},
		"it is handed over":   {func(b *bench) { b.leg.end(endSuspended) }, []string{"0s 503", "0s closed", "0s gone: taken up elsewhere", "0s forgotten"}},
		"CANCEL":              {func(b *bench) { b.leg.end(endCancelled) }, []string{"0s closed", "0s gone: the caller hung up before the answer", "0s forgotten"}},
		"BYE": {func(b *bench) { b.post(b.request(sipmsg.BYE, 2, "")) },
			[]string{"0s 200", "0s 487", "0s closed", "0s gone: the caller hung up", "0s forgotten"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := ringBench(t)
				b.run()
				synctest.Wait()
				c.end(b)
				<-b.leg.done
				b.diff(t, append([]string{"0s 180"}, c.want...)...)
				<-b.first.answered
			})
		})
	}
}

// TestLateOfferRingsNot: a 180 would have to bring our offer.
func TestLateOfferRingsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ringBench(t)
		b.first.req.SetBody(nil)
		b.run()
		b.ack(1, testOffer)
		synctest.Wait()
		b.leg.end(endFarEnd)
		<-b.leg.done
		b.diff(t, "0s 200", "0s start", "0s answered", "0s closed", "0s gone: the caller hung up", "0s forgotten")
	})
}
