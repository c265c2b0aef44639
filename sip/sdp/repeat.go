package sdp

import "fmt"

// Repeat is our last description once more, as an offer that changes nothing (RFC 3264 §8: with the same version). What is
// held stays so.
func (s Session) Repeat() []byte {
	return []byte(s.origin() + s.withKey())
}

// origin is what stands before [Session.Sent].
func (s Session) origin() string {
	family := "IP4"
	if s.Local.Addr().Is6() {
		family = "IP6"
	}
	return fmt.Sprintf("v=0\r\no=partyline %d %d IN %s %s\r\n", s.ID, s.Version, family, s.Local.Addr())
}
