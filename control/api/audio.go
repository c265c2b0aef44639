package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) audioRoutes(r routes) {
	upload := op(http.MethodPost, "/v1/meetings/{meeting}/audio", "upload-audio", "broadcasts", "Upload a recording to broadcast")
	upload.Description = "The body is a WAV file as it is: PCM of 16 bits, A-law or mu-law, mono or stereo."
	upload.DefaultStatus = http.StatusCreated
	upload.Metadata = map[string]any{uploadOp: "audio/wav"}
	upload.RequestBody = &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{"audio/wav": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
	handle(r, needs(access.MeetingsWrite).speakers(), upload, a.uploadAudio)
}

// Audio is an uploaded recording.
type Audio struct {
	ID         control.AudioID `json:"id" example:"aud_abcdefghijklmnop" doc:"Opaque id."`
	DurationMS int             `json:"duration_ms" example:"5200" doc:"How long it plays."`
	Bytes      int             `json:"bytes" example:"83244" doc:"Size of the file."`
}

func (a *API) uploadAudio(ctx context.Context, in *MeetingPath) (*reply[Audio], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	// Nothing is stored for a meeting that takes nothing any more.
	err = a.read(ctx, in.Meeting, func(s *control.State) error {
		if s.Phase != control.Open {
			return control.Errorf(control.CodeWrongState, "the meeting has ended")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	wav := bodyOf(ctx)
	length, err := a.checkAudio(wav)
	if err != nil {
		return nil, err
	}
	audio := control.Audio{
		ID: control.NewID[control.AudioID]("aud_"), DurationMS: int(length.Milliseconds()), Bytes: len(wav),
	}
	// The recording is stored first: an event never names one that is not there.
	if err := a.opt.Store.PutAudio(ctx, in.Meeting, audio.ID, wav); err != nil {
		if e, ok := errors.AsType[*control.Error](err); ok {
			return nil, e
		}
		a.opt.Logger.Warn("recording not stored", "err", err)
		return nil, control.Errorf(control.CodeStore, "the recording could not be stored")
	}
	return run(ctx, a, m, command[Audio]{
		do:     control.AddAudio{Audio: audio},
		answer: func(done) Audio { return Audio{ID: audio.ID, DurationMS: audio.DurationMS, Bytes: audio.Bytes} },
	})
}

// checkAudio refuses what cannot be played.
func (a *API) checkAudio(wav []byte) (time.Duration, error) {
	if len(wav) == 0 {
		return 0, control.Invalid("body", "send a WAV file as the body, with Content-Type audio/wav", "there is no recording")
	}
	if a.opt.DecodeAudio == nil {
		return 0, newProblem(codeUnsupported, "this server takes no recordings")
	}
	length, err := a.opt.DecodeAudio(wav)
	if err != nil {
		return 0, control.Invalid("body", "send a WAV file of linear PCM, A-law or mu-law, e.g. by: sox IN -b 16 -c 1 OUT.wav", "%v", err)
	}
	if length <= 0 {
		return 0, control.Invalid("body", "send a recording of some length", "the recording is empty")
	}
	return length, nil
}
