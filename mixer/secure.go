package mixer

import (
	"partyline/mixer/media"
	"partyline/mixer/secure"
)

// secure makes what a new agreement needs for SRTP, before it comes to the shard.
func (e *Engine) secure(spec *media.Spec) secure.Pair {
	pair, err := secure.New(&spec.Crypto)
	if err != nil { // the pair lets nothing through
		e.opts.Logger.Error("media cannot be secured", "suite", spec.Crypto.Suite.String(), "err", err)
	}
	return pair
}

// secure takes the new keys into use. Keys that are the old ones change nothing: the counts go on.
func (l *Leg) secure(spec *media.Spec, pair secure.Pair) {
	now, before := &spec.Crypto, &l.spec.Crypto
	if !now.SameRecv(before) {
		if pair.Receiver != nil {
			pair.Receiver.Follow(l.in.secure)
		}
		l.in.secure = pair.Receiver
	}
	if !now.SameSend(before) {
		l.out.secure = pair.Sender
	}
}

// opened says what an SRTP packet of the leg has in it; a leg without SRTP takes it as it is.
func (l *Leg) opened(p []byte) ([]byte, bool) {
	if l.in.secure == nil {
		return p, true
	}
	out, verdict := l.in.secure.Open(p)
	return out, l.genuine(verdict)
}

// openedReport does the same with RTCP.
func (l *Leg) openedReport(p []byte) ([]byte, bool) {
	if l.in.secure == nil {
		return p, true
	}
	out, verdict := l.in.secure.OpenReport(p)
	return out, l.genuine(verdict)
}

func (l *Leg) genuine(v secure.Verdict) bool {
	switch v {
	case secure.Forged:
		l.counts.now[dropForged]++
	case secure.Replayed:
		l.counts.now[dropReplayed]++
	case secure.Genuine:
	}
	return v == secure.Genuine
}

// rollover is what another process needs to go on with the leg's SRTP.
func (l *Leg) rollover() (r media.Rollover) {
	if l.in.secure != nil {
		r.Recv = l.in.secure.ROC()
	}
	if l.out.secure != nil {
		var began bool
		r.Send, r.Index, began = l.out.secure.Counts(l.out.ssrc)
		if began && l.out.seq == 0 { // the last packet was the last of its round
			r.Send++
		}
	}
	return r
}

// resumeSecure goes on with the SRTP of another process. What it may have sent since its State was taken is left out of the
// count, for no two packets may be encrypted under the same number. Only before Start.
func (l *Leg) resumeSecure(s *media.State) {
	if s.Spec.Crypto.IsZero() {
		return
	}
	pair := l.engine.secure(&s.Spec)
	l.in.secure, l.out.secure = pair.Receiver, pair.Sender
	roc := s.Rollover.Send
	if l.out.seq < s.Seq { // the gap has wrapped
		roc++
	}
	pair.Sender.Resume(s.SSRC, roc, s.Rollover.Index+resumeGap)
	if s.PeerSSRC != 0 {
		pair.Receiver.Resume(s.PeerSSRC, s.PeerSeq, s.Rollover.Recv)
	}
}
