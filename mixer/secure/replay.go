package secure

import "github.com/pion/transport/v5/replaydetector"

// detector is pion's window of what has come, which also says that it has refused something: the error does not say why.
type detector struct {
	replaydetector.CheckAccepter
	refused *bool
}

func newDetector(highest uint64, refused *bool) replaydetector.ReplayDetector {
	d, ok := replaydetector.New(window, highest).(replaydetector.CheckAccepter)
	if !ok {
		panic("secure: pion's window has lost its interface without allocations") // a test would notice
	}
	return &detector{CheckAccepter: d, refused: refused}
}

// CheckSeq says whether seq is new.
func (d *detector) CheckSeq(seq uint64) replaydetector.Token {
	t := d.CheckAccepter.CheckSeq(seq)
	if !t.Passed() {
		*d.refused = true
	}
	return t
}

// Check is what CheckSeq replaces.
func (d *detector) Check(seq uint64) (accept func() bool, ok bool) {
	t := d.CheckSeq(seq)
	return func() bool { return d.Accept(t) }, t.Passed()
}
