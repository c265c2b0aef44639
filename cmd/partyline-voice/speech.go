package main

import (
	"encoding/json"
	"errors"
	"math"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxInput = 4096 // characters
	maxBody  = 64 << 10
	minSpeed = 0.5
	maxSpeed = 2.0

	// writeTimeout is how long a client may take to read a piece.
	writeTimeout = 30 * time.Second
)

// speechRequest is what a client sends. Fields that are not here are passed over.
type speechRequest struct {
	Model        string   `json:"model"`
	Input        string   `json:"input"`
	Voice        string   `json:"voice"`
	Format       string   `json:"response_format"`
	Speed        *float64 `json:"speed"`
	StreamFormat string   `json:"stream_format"` // audio: a WAV file comes in pieces, and its header does not say its length
}

// order is a request that was checked.
type order struct {
	pieces []piece
	voice  voice
	speed  float64
	wav    bool
	stream bool
}

// speech speaks a text: all of it and then the answer, or piece by piece.
func (h *handler) speech(w http.ResponseWriter, r *http.Request) {
	o, p := h.order(w, r)
	if p != nil {
		p.write(w)
		return
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		busy(http.StatusTooManyRequests, "too_many_requests", "too many requests are waiting").write(w)
		return
	}
	if o.stream {
		h.stream(w, r, o)
	} else {
		h.whole(w, r, o)
	}
}

// order reads and checks a request.
func (h *handler) order(w http.ResponseWriter, r *http.Request) (o order, p *problem) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return o, invalid("", "unsupported_media_type", "send JSON, with Content-Type: application/json").with(http.StatusUnsupportedMediaType)
	}
	var req speechRequest
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return o, invalid("", "request_too_large", "the request has more than %d bytes", maxBody).with(http.StatusRequestEntityTooLarge)
		}
		return o, invalid("", "invalid_json", "the request cannot be read: %s", err)
	}
	return h.check(req)
}

func (h *handler) check(req speechRequest) (o order, p *problem) {
	known := false
	if req.Voice == "" {
		req.Voice = defaultVoice
	}
	o.voice, known = h.pool.voice(req.Voice)
	o.speed = 1
	if req.Speed != nil {
		o.speed = math.Round(*req.Speed*10) / 10 // each speed is a process
	}
	switch {
	case req.Model != "" && !slices.Contains(models, req.Model):
		return o, invalid("model", "model_not_found", "there is no model %q; models are %s", req.Model, strings.Join(models, ", ")).with(http.StatusNotFound)
	case !known:
		return o, invalid("voice", "voice_not_found", "there is no voice %q; GET /v1/audio/voices tells them", req.Voice)
	case !slices.Contains([]string{"", "wav", "pcm"}, req.Format):
		return o, invalid("response_format", "unsupported_format", "response_format is wav or pcm, not %q", req.Format)
	case !slices.Contains([]string{"", "audio"}, req.StreamFormat):
		return o, invalid("stream_format", "unsupported_format", "stream_format is audio, not %q", req.StreamFormat)
	case !(o.speed >= minSpeed && o.speed <= maxSpeed):
		return o, invalid("speed", "speed_out_of_range", "speed is between %g and %g", minSpeed, maxSpeed)
	case utf8.RuneCountInString(req.Input) > maxInput:
		return o, invalid("input", "string_above_max_length", "input has more than %d characters", maxInput)
	}
	o.pieces = pieces(req.Input)
	if len(o.pieces) == 0 {
		return o, invalid("input", "nothing_to_say", "input has nothing to be said in it")
	}
	o.wav = req.Format != "pcm"
	o.stream = !o.wav || req.StreamFormat == "audio"
	return o, nil
}

// say speaks a piece, with its pause.
func (h *handler) say(r *http.Request, o order, p piece) (pcm []int16, rate int, err error) {
	if pcm, rate, err = h.pool.speak(r.Context(), o.voice, o.speed, p.text); err != nil {
		return nil, 0, err
	}
	if !o.wav {
		pcm, rate = resample(pcm, rate, pcmRate), pcmRate
	}
	return append(pcm, make([]int16, int(p.pause*float64(rate)))...), rate, nil
}

// whole answers with a file that says its length.
func (h *handler) whole(w http.ResponseWriter, r *http.Request, o order) {
	var sound []byte
	rate := 0
	for _, p := range o.pieces {
		pcm, n, err := h.say(r, o, p)
		if err != nil {
			unavailable(w, err)
			return
		}
		sound, rate = append(sound, littleEndian(pcm)...), n
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Length", strconv.Itoa(headerSize+len(sound)))
	h.put(w, header(rate, uint32(len(sound))))
	h.put(w, sound)
}

// stream answers as the pieces come. If one fails the connection is cut, for there is no other way left to say it.
func (h *handler) stream(w http.ResponseWriter, r *http.Request, o order) {
	for i, p := range o.pieces {
		pcm, rate, err := h.say(r, o, p)
		switch {
		case err != nil && i == 0:
			unavailable(w, err)
			return
		case err != nil:
			panic(http.ErrAbortHandler)
		case i == 0 && o.wav:
			w.Header().Set("Content-Type", "audio/wav")
			h.put(w, header(rate, endless))
		case i == 0:
			w.Header().Set("Content-Type", "audio/pcm;rate="+strconv.Itoa(pcmRate))
		}
		h.put(w, littleEndian(pcm))
		_ = http.NewResponseController(w).Flush()
	}
}

// put writes a piece. A client that does not take it has gone, which ends the request's context.
func (h *handler) put(w http.ResponseWriter, b []byte) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := w.Write(b); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func unavailable(w http.ResponseWriter, err error) {
	busy(http.StatusServiceUnavailable, "engine_unavailable", "the text cannot be spoken now: "+err.Error()).write(w)
}
