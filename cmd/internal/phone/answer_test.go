package phone

import (
	"errors"
	"testing"

	"partyline/mixer/media"
)

func TestAnswerTakesTheFirstCommonCodec(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		have, offered []media.Codec
		want          media.Codec
		err           error
	}{
		"the first of the offer":  {[]media.Codec{media.PCMU, media.PCMA}, []media.Codec{media.PCMA, media.PCMU}, media.PCMA, nil},
		"the only one in common":  {[]media.Codec{media.PCMU}, []media.Codec{media.PCMA, media.PCMU}, media.PCMU, nil},
		"nothing that both speak": {[]media.Codec{media.PCMU}, []media.Codec{media.PCMA}, 0, errNoCodec},
	} {
		call := &Call{stream: &stream{sock: &Socket{}}, options: Options{Codecs: c.have}}
		theirs := description{codecs: c.offered, event: 96, direction: media.SendOnly}
		mine, err := call.answer(&theirs)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (mine.codecs[0] != c.want || theirs.codecs[0] != c.want || mine.event != 96 || mine.direction != media.RecvOnly) {
			t.Errorf("%s: %+v, %+v", name, mine, theirs)
		}
	}
}
