package sdp

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"partyline/mixer/media"
)

// defaultEvent is the payload type we offer for telephone-event when none has been agreed on.
const defaultEvent = 101

// Offer makes an offer for a far end that sent none (RFC 3261 §14.2: as if the call were a new one, but within
// RFC 3264 §8: the m-lines and payload types of before stay).
func (s Session) Offer(local netip.AddrPort) (Session, []byte) {
	next := s
	next.Local = local
	if len(next.Lines) == 0 {
		next.Lines = []Line{{Media: "audio", Proto: "RTP/AVP", Format: "0"}}
		if s.mustSecure() {
			next.Lines[0].Proto = "RTP/SAVP"
		}
	}
	formats, event := s.offered()
	return next, next.write("0 0", formats, event, defaultPtime, media.SendRecv, s.offersMux(), next.offerKeys())
}

// offersMux says whether our offers ask for RTCP over the ports of RTP (RFC 5761 §5.1.1): the first one does, later ones
// where that was agreed on.
func (s Session) offersMux() bool { return s.Spec.Mux || len(s.Spec.Recv) == 0 }

// offered are the formats of our offers: the codec in use first, under the payload types in use.
func (s Session) offered() ([]media.Format, uint8) {
	formats := []media.Format{{Codec: media.PCMU, PayloadType: 0}, {Codec: media.PCMA, PayloadType: 8}}
	if len(s.Spec.Recv) == 0 {
		return formats, defaultEvent
	}
	used, event := s.Spec.Send, s.Spec.EventRecv
	if event == 0 && used.PayloadType != defaultEvent {
		event = defaultEvent
	}
	formats = slices.DeleteFunc(formats, func(f media.Format) bool {
		return f.Codec == used.Codec || f.PayloadType == used.PayloadType || f.PayloadType == event
	})
	return append([]media.Format{used}, formats...), event
}

// Accept reads the answer to our last [Session.Offer] (RFC 3264 §7).
func (s Session) Accept(answer []byte) (Session, error) {
	d, err := parse(answer)
	if err != nil {
		return s, err
	}
	if s.Audio >= len(d.streams) {
		return s, fmt.Errorf("%w: the answer lacks our stream", ErrNotAcceptable)
	}
	st := &d.streams[s.Audio]
	got, err := usable(st, s.Local.Addr())
	if err != nil {
		return s, err
	}
	if got.crypto, err = s.answered(st); err != nil {
		return s, err
	}
	formats, event := s.offered()
	at := slices.IndexFunc(got.codecs, func(f media.Format) bool {
		return slices.ContainsFunc(formats, func(ours media.Format) bool { return ours.Codec == f.Codec })
	})
	if at < 0 {
		return s, fmt.Errorf("%w: a codec that was not offered", ErrNotAcceptable)
	}
	next := s
	next.Spec = media.Spec{
		Remote:    remote(st),
		Send:      got.codecs[at],
		Recv:      formats,
		PtimeMS:   ptime(st),
		Direction: mirror(st),
		RTCPPort:  st.rtcp,
		Mux:       st.mux && s.offersMux(),
		Noise:     got.noise && s.Spec.Noise,
		Crypto:    next.agree(got.crypto, s.Spec.Crypto),
	}
	if got.event != 0 {
		next.Spec.EventSend, next.Spec.EventRecv = got.event, event
	}
	return next, nil
}

// write puts a description of ours into words and counts the version up if it says something new (RFC 3264 §8).
func (s *Session) write(timing string, formats []media.Format, event uint8, ptime int, dir media.Direction, mux bool, keys string) []byte {
	var b strings.Builder
	family := "IP4"
	if s.Local.Addr().Is6() {
		family = "IP6"
	}
	fmt.Fprintf(&b, "s=-\r\nc=IN %s %s\r\nt=%s\r\n", family, s.Local.Addr(), timing)
	for i, l := range s.Lines {
		if i != s.Audio {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", l.Media, l.Proto, l.Format) // RFC 3264 §6: refused
			continue
		}
		writeAudio(&b, s.Local.Port(), l.Proto, formats, event, s.Spec.Noise)
		b.WriteString(keys)
		fmt.Fprintf(&b, "a=ptime:%d\r\na=maxptime:%d\r\na=%s\r\n", ptime, ptimes[0], directionNames[dir])
		if mux {
			b.WriteString("a=rtcp-mux\r\n")
		}
	}
	body := b.String()
	if kept := withoutKeys(body); kept != s.Sent {
		s.Sent = kept
		s.Version++
	}
	return []byte(s.origin() + body)
}

func writeAudio(b *strings.Builder, port uint16, proto string, formats []media.Format, event uint8, noise bool) {
	numbers := make([]string, 0, len(formats)+1)
	for _, f := range formats {
		numbers = append(numbers, strconv.Itoa(int(f.PayloadType)))
	}
	if noise {
		numbers = append(numbers, strconv.Itoa(media.NoisePayload))
	}
	if event != 0 {
		numbers = append(numbers, strconv.Itoa(int(event)))
	}
	fmt.Fprintf(b, "m=audio %d %s %s\r\n", port, proto, strings.Join(numbers, " "))
	for _, f := range formats {
		fmt.Fprintf(b, "a=rtpmap:%d %s/8000\r\n", f.PayloadType, codecNames[f.Codec])
	}
	if noise {
		fmt.Fprintf(b, "a=rtpmap:%d CN/8000\r\n", media.NoisePayload)
	}
	if event != 0 {
		fmt.Fprintf(b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event, event)
	}
}

var codecNames = map[media.Codec]string{media.PCMU: "PCMU", media.PCMA: "PCMA"}

var directionNames = map[media.Direction]string{
	media.SendRecv: "sendrecv", media.SendOnly: "sendonly", media.RecvOnly: "recvonly", media.Inactive: "inactive",
}
