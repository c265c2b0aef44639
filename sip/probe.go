package sip

import (
	"context"
	"errors"

	sipmsg "github.com/emiago/sipgo/sip"
)

// probe asks the far end, with an OPTIONS within the dialog, whether it is still there. A phone may be silent for good
// reasons (hold, muted with silence suppression), so silence alone never ends a call.
func (l *leg) probe() {
	setTimer(l.timers.probe, l.opt.Probe)
	if l.probing {
		return
	}
	req, err := l.newRequest(sipmsg.OPTIONS)
	if err != nil {
		l.log.Info("no probe", "err", err)
		return
	}
	req.AppendHeader(sipmsg.NewHeader("Accept", mimeSDP))
	l.probing = true
	flow := l.state.Flow
	ctx, cancel := context.WithTimeout(l.life, l.opt.ProbeWait)
	l.requests.Go(func() { // finish waits for it
		defer cancel()
		res, err := l.out.send(ctx, req, flow)
		l.Post(func() { l.onProbed(res, err) })
	})
}

// onProbed ends the call if the far end is gone: no answer, or one that says so (RFC 3261 §12.2.1.2). Any other answer
// is a sign of life.
func (l *leg) onProbed(res *sipmsg.Response, err error) {
	l.probing = false
	if err == nil && res.StatusCode != 408 && res.StatusCode != 481 {
		return
	}
	if err == nil {
		err = errors.New(res.StartLine())
	}
	l.log.Info("far end gone", "err", err)
	l.end(endSilence)
}

// onProbeTimer probes again while there is reason to.
func (l *leg) onProbeTimer() {
	if l.silent || l.state.Held {
		l.probe()
	}
}
