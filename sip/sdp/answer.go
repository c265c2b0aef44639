package sdp

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"partyline/mixer/media"
)

// Answer reads an offer and answers it (RFC 3264 §6, and §8 for later ones): the first audio stream with a codec of
// ours is taken, every other one refused with port 0. Local is where we want RTP. The session returned is the one to
// go on with; Spec.Signalling is left to the caller.
func (s Session) Answer(offer []byte, local netip.AddrPort) (Session, []byte, error) {
	d, err := parse(offer)
	if err != nil {
		return s, nil, err
	}
	at, got, err := s.choose(d, local.Addr())
	if err != nil {
		return s, nil, err
	}
	st := &d.streams[at]
	next := s
	next.Local, next.Audio = local, at
	next.Lines = make([]Line, len(d.streams))
	for i := range d.streams {
		next.Lines[i] = d.streams[i].Line
	}
	next.Spec = media.Spec{
		Remote:    remote(st),
		Send:      got.codecs[0],
		Recv:      got.codecs[:1],
		EventSend: got.event,
		EventRecv: got.event,
		PtimeMS:   ptime(st),
		Direction: mirror(st),
		RTCPPort:  st.rtcp,
		Mux:       st.mux,
		Noise:     got.noise,
		Crypto:    next.agree(got.crypto, s.Spec.Crypto),
	}
	if next.Tag = ""; got.crypto != nil {
		next.Tag = got.crypto.tag
	}
	text := next.write(d.timing, next.Spec.Recv, next.Spec.EventRecv, next.Spec.PtimeMS, next.Spec.Direction, st.mux, next.answerKey())
	return next, text, nil
}

// Check says whether an offer can be answered from an address of that family, without answering it.
func (s Session) Check(offer []byte, local netip.Addr) error {
	_, _, err := s.Answer(offer, netip.AddrPortFrom(local, 1))
	return err
}

// common are the formats of a stream that we know, in the order of the stream.
type common struct {
	codecs []media.Format
	event  uint8   // payload type of telephone-event, 0: none
	noise  bool    // comfort noise
	crypto *crypto // nil: plain RTP
}

// choose picks the audio stream: the one that is in use, if it still does, or else the first that does. Where plain RTP is
// offered beside SRTP, an encrypted one goes first.
func (s Session) choose(d *description, local netip.Addr) (int, common, error) {
	order := make([]int, 0, 2*len(d.streams)+1)
	if len(s.Lines) > 0 && s.Audio < len(d.streams) {
		order = append(order, s.Audio)
	}
	for _, secured := range []bool{true, false} {
		for i := range d.streams {
			if d.streams[i].secured() == secured {
				order = append(order, i)
			}
		}
	}
	reason := fmt.Errorf("%w: no audio stream", ErrNotAcceptable)
	for _, i := range order {
		got, err := s.acceptable(&d.streams[i], local)
		if err == nil {
			return i, got, nil
		}
		reason = err
	}
	return 0, common{}, reason
}

// acceptable says what of an offered stream we can do, or why nothing.
func (s Session) acceptable(st *stream, local netip.Addr) (common, error) {
	got, err := usable(st, local)
	if err == nil {
		got.crypto, err = s.security(st)
	}
	return got, err
}

// usable says what of a stream we can do but for its encryption, or why nothing.
func usable(st *stream, local netip.Addr) (common, error) {
	switch {
	case st.Media != "audio" || st.port == 0:
		return common{}, fmt.Errorf("%w: no audio stream", ErrNotAcceptable)
	case st.Proto != "RTP/AVP" && st.Proto != "RTP/AVPF" && !st.secured():
		return common{}, fmt.Errorf("%w: transport %s", ErrNotAcceptable, st.Proto)
	case !st.conn.IsValid():
		return common{}, fmt.Errorf("%w: no address in a c= line", ErrNotAcceptable)
	case st.conn.Is4() != local.Unmap().Is4():
		return common{}, fmt.Errorf("%w: address family", ErrNotAcceptable)
	case st.conn.IsMulticast() || st.conn == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return common{}, fmt.Errorf("%w: not a unicast address", ErrNotAcceptable)
	}
	got := st.common()
	if len(got.codecs) == 0 {
		return common{}, fmt.Errorf("%w: neither PCMU nor PCMA", ErrNotAcceptable)
	}
	return got, nil
}

// common collects the formats we know. Hostile descriptions name one twice; it counts once.
func (s *stream) common() common {
	var got common
	for _, f := range s.formats {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil {
			continue
		}
		switch enc := s.encoding(uint8(pt)); enc {
		case "PCMU/8000":
			got.add(media.PCMU, uint8(pt))
		case "PCMA/8000":
			got.add(media.PCMA, uint8(pt))
		case "CN/8000":
			got.noise = got.noise || pt == media.NoisePayload
		case "TELEPHONE-EVENT/8000":
			if got.event == 0 {
				got.event = uint8(pt)
			}
		}
	}
	return got
}

func (c *common) add(codec media.Codec, pt uint8) {
	if !slices.ContainsFunc(c.codecs, func(f media.Format) bool { return f.Codec == codec || f.PayloadType == pt }) {
		c.codecs = append(c.codecs, media.Format{Codec: codec, PayloadType: pt})
	}
}

// remote is where the far end wants RTP: nowhere, if its address is that of RFC 2543's hold (RFC 3264 §8.4).
func remote(s *stream) netip.AddrPort {
	if s.conn.IsUnspecified() {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(s.conn, uint16(s.port))
}

// mirror is our direction for the far end's (RFC 3264 §6.1). The address 0.0.0.0 asks for nothing to be sent.
func mirror(s *stream) media.Direction {
	wants := s.direction
	if s.conn.IsUnspecified() {
		wants = map[media.Direction]media.Direction{
			media.SendRecv: media.SendOnly,
			media.SendOnly: media.SendOnly,
			media.RecvOnly: media.Inactive,
			media.Inactive: media.Inactive,
		}[wants]
	}
	switch wants {
	case media.SendOnly:
		return media.RecvOnly
	case media.RecvOnly:
		return media.SendOnly
	case media.Inactive:
		return media.Inactive
	case media.SendRecv:
	}
	return media.SendRecv
}

// Held says whether the far end does not listen.
func (s Session) Held() bool {
	return s.Spec.Direction == media.RecvOnly || s.Spec.Direction == media.Inactive
}

// ptimes are the packet times we send.
var ptimes = [...]int{60, 40, 30, 20, 10}

const defaultPtime = 20

// ptime is the longest packet time of ours that is neither longer than what is asked for nor than what is allowed.
func ptime(s *stream) int {
	limit := s.ptime
	if limit == 0 {
		limit = defaultPtime
	}
	if s.maxptime != 0 {
		limit = min(limit, s.maxptime)
	}
	for _, p := range ptimes {
		if p <= limit {
			return p
		}
	}
	return ptimes[len(ptimes)-1]
}
