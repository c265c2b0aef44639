package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/cmd/internal/speech"
	"partyline/config"
	"partyline/control"
	"partyline/control/attendant/voice"
	"partyline/mixer/prompt"
)

// ttsServer is a server of the form of OpenAI's /v1/audio/speech that says every text with a tone.
type ttsServer struct {
	*httptest.Server

	mu    sync.Mutex
	asked []string                 // guarded by mu
	bad   string                   // the text that it fails at, "*": all; guarded by mu
	wait  map[string]chan struct{} // texts that take until that; guarded by mu
}

// spokenHz is the tone that texts are said with.
const spokenHz = 1500

func newTTSServer(t *testing.T) *ttsServer {
	t.Helper()
	checkLeaks(t)
	s := &ttsServer{wait: make(map[string]chan struct{})}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *ttsServer) answer(w http.ResponseWriter, r *http.Request) {
	var text struct{ Input, Voice string }
	if err := json.NewDecoder(r.Body).Decode(&text); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, text.Voice+": "+text.Input)
	fail, wait := s.bad == "*" || s.bad == text.Input, s.wait[text.Input]
	s.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-r.Context().Done():
		}
	}
	if fail {
		http.Error(w, "no voice", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	_, _ = w.Write(wavFile(tone(spokenHz, 4634, time.Second))) // as loud as it is played then
}

func (s *ttsServer) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// texts are what it was asked for, without the names of rooms.
func (s *ttsServer) texts() []string {
	return slices.DeleteFunc(s.heard(), func(text string) bool { return strings.Contains(text, "Room") })
}

// set changes how it answers.
func (s *ttsServer) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// with has a bridge ask the server.
func (s *ttsServer) with(cfg *config.Config) {
	cfg.Speech = config.Speech{Engine: "server", Format: "wav", URL: s.URL + "/v1/audio/speech", Voices: map[string]string{"en": "ada", "*": "bob"}}
}

// spoken is a bridge with two callers in two rooms whose texts are spoken by the server.
func (s *ttsServer) crowd(t *testing.T) *crowd {
	t.Helper()
	prompts := pauses(t)
	writeWAV(t, filepath.Join(prompts, "en", "message.wav"), tone(messageHz, studioAmplitude, time.Second))
	b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) { cfg.Prompts = prompts; s.with(cfg) }})
	c := newCrowd(b, crowdOptions{callers: 2, rooms: 2, record: 20 * time.Second})
	c.assign([]int{0, 1})
	must(t, c.start("plan"))
	c.hears("in their rooms", []int{0, 1})
	c.talk(nobody)
	for i, call := range c.calls {
		await(t, fmt.Sprintf("that caller %d is told no more", i), func() error {
			now := call.Recorder().Pos()
			if last := call.Recorder().Range(now-phone.Rate, now); last == nil || soundIn(last) == nil {
				return errors.New("something is heard, or not enough")
			}
			return nil
		})
	}
	return c
}

// say broadcasts a text, waits until every caller hears it, and says how long the first took.
func (c *crowd) say(text string, hz, amplitude float64) (sent bridgeapi.Broadcast, took time.Duration) {
	c.t.Helper()
	from := make([]int64, len(c.calls))
	for i, call := range c.calls {
		from[i] = call.Recorder().Pos()
	}
	begun := time.Now()
	must(c.t, c.api.Do(soon(c.t), "POST", "/v1/meetings/"+c.meeting.ID+"/broadcasts", map[string]any{"text": text}, &sent))
	await(c.t, "first sound", func() error {
		rec := c.calls[0].Recorder()
		return soundIn(rec.Range(from[0], rec.Pos()))
	})
	took = time.Since(begun)
	for i, call := range c.calls {
		await(c.t, fmt.Sprintf("the text at caller %d", i), func() error { return hearsTone(call.Recorder(), from[i], hz, amplitude) })
	}
	await(c.t, "its end", func() (err error) {
		if sent, err = c.api.Broadcast(c.t.Context(), c.meeting.ID, sent.ID); err == nil && sent.State != "played" {
			err = fmt.Errorf("it is %q %s", sent.State, sent.Failed)
		}
		return err
	})
	return sent, took
}

// soundIn says what is wrong unless something is heard.
func soundIn(pcm []int16) error {
	if !slices.ContainsFunc(pcm, func(s int16) bool { return s > 1000 || s < -1000 }) {
		return errors.New("nothing is heard")
	}
	return nil
}

// TestBroadcastTextIsSpoken: callers hear it, and the receipt says so; a server that fails is the tone and the message.
func TestBroadcastTextIsSpoken(t *testing.T) {
	realAudio(t)
	t.Parallel()
	s := newTTSServer(t)
	c := s.crowd(t)
	sent, cold := c.say("There is coffee. It is <b>hot</b>!", spokenHz, 4634)
	if sent.Spoken == nil || !*sent.Spoken || len(sent.Deliveries) != 2 {
		t.Errorf("receipt %+v", sent)
	}
	if want := []string{"ada: There is coffee.", "ada: It is b hot /b !"}; !slices.Equal(s.texts(), want) {
		t.Errorf("the server was asked for %q, want %q", s.texts(), want)
	}
	_, warm := c.say("There is coffee. It is <b>hot</b>!", spokenHz, 4634)
	if n := len(s.texts()); n != 2 {
		t.Errorf("a text that is known was asked for again: %q", s.heard())
	}
	t.Logf("heard %v after the call, %v from the cache", cold, warm)
	s.set(func() { s.bad = "*" })
	if sent, _ = c.say("This one fails.", messageHz, studioAmplitude); sent.Spoken == nil || *sent.Spoken {
		t.Errorf("receipt of one that was not spoken: %+v", sent)
	}
}

// TestTheFirstSentenceIsHeardWhileTheNextIsMade, by everybody; and what then fails is a broadcast that has failed.
func TestTheFirstSentenceIsHeardWhileTheNextIsMade(t *testing.T) {
	realAudio(t)
	t.Parallel()
	s := newTTSServer(t)
	hold := make(chan struct{})
	s.set(func() { s.wait["The second."] = hold })
	c := s.crowd(t)
	from := c.calls[1].Recorder().Pos()
	var sent bridgeapi.Broadcast
	must(t, c.api.Do(soon(t), "POST", "/v1/meetings/"+c.meeting.ID+"/broadcasts", map[string]any{"text": "The first one. The second."}, &sent))
	await(t, "the first sentence", func() error { return hearsTone(c.calls[1].Recorder(), from, spokenHz, 4634) })
	is := func(state string) {
		t.Helper()
		await(t, "that it is "+state, func() (err error) {
			if sent, err = c.api.Broadcast(t.Context(), c.meeting.ID, sent.ID); err == nil && sent.State != state {
				err = fmt.Errorf("it is %q %s", sent.State, sent.Failed)
			}
			return err
		})
		if sent.Spoken == nil || !*sent.Spoken {
			t.Errorf("%s: receipt %+v", state, sent)
		}
	}
	is("playing")
	close(hold)
	is("played")
	s.set(func() { s.bad = "Then nothing." })
	must(t, c.api.Do(soon(t), "POST", "/v1/meetings/"+c.meeting.ID+"/broadcasts", map[string]any{"text": "A beginning. Then nothing."}, &sent))
	is("failed")
}

// TestEspeakBroadcast: a text is spoken by the program, if it is installed.
func TestEspeakBroadcast(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		missing(t, "espeak-ng is not installed")
	}
	realAudio(t)
	t.Parallel()
	b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) { cfg.Speech.Engine = "espeak-ng" }})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	call := b.dial(m.AccessCode, phone.Options{Record: 10 * time.Second})
	b.participant(m, call, inRoom(bridgeapi.MainRoom))
	for _, text := range []string{"There is coffee in the main room.", "There is coffee in the main room."} {
		var sent bridgeapi.Broadcast
		from, begun := call.Recorder().Pos(), time.Now()
		must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/broadcasts", map[string]any{"text": text, "language": "en-US"}, &sent))
		await(t, "speech", func() error {
			return soundIn(call.Recorder().Range(from, call.Recorder().Pos()))
		})
		t.Logf("heard after %v", time.Since(begun))
		await(t, "its end", func() (err error) {
			if sent, err = b.api.Broadcast(t.Context(), m.ID, sent.ID); err == nil && sent.State != "played" {
				err = fmt.Errorf("it is %q", sent.State)
			}
			return err
		})
		if sent.Spoken == nil || !*sent.Spoken {
			t.Errorf("receipt %+v", sent)
		}
	}
}

// TestARoomsNameIsSpoken to who is taken there.
func TestARoomsNameIsSpoken(t *testing.T) {
	realAudio(t)
	t.Parallel()
	s := newTTSServer(t)
	b := newBridge(t, bridgeOptions{change: s.with})
	m, rooms := b.meeting(bridgeapi.NewMeeting{}, "Cerulean")
	call := b.dial(m.AccessCode, phone.Options{Record: 10 * time.Second})
	p := b.participant(m, call, inRoom(bridgeapi.MainRoom))
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/breakouts/start", map[string]any{"distribution": "manual"}, nil))
	from := call.Recorder().Pos()
	must(t, b.api.Move(soon(t), m.ID, p.ID, rooms[0].ID))
	await(t, "that the server is asked", func() error {
		if !slices.ContainsFunc(s.heard(), func(text string) bool { return strings.Contains(text, "Cerulean") }) {
			return fmt.Errorf("it was asked for %q", s.heard())
		}
		return nil
	})
	await(t, "the name", func() error { return hearsTone(call.Recorder(), from, spokenHz, 4634) })
}

// recordingsOf is a store that has recordings in memory.
type recordingsOf map[control.AudioID][]byte

func (r recordingsOf) Audio(_ context.Context, _ control.MeetingID, id control.AudioID) ([]byte, error) {
	if wav := r[id]; wav != nil {
		return wav, nil
	}
	return nil, errors.New("no such recording")
}

func (r recordingsOf) PutAudio(context.Context, control.MeetingID, control.AudioID, []byte) error {
	return nil
}

// TestGaps: a recording is better than speech, speech than what is recorded for everybody; and what is not there is not
// waited for.
func TestGaps(t *testing.T) {
	recorded, name, said, standIn := tone(400, 5000, time.Second/2), tone(500, 5000, time.Second/2), tone(600, 5000, time.Second/2), tone(700, 5000, time.Second/2)
	never := prompt.NewGrowing(1)
	defer never.End(nil)
	speaks := reader(func(speech.Text) *prompt.Growing { return prompt.Whole(said) })
	for label, c := range map[string]struct {
		part    voice.Part
		speaker speaker
		want    []int16
	}{
		"recorded name":     {voice.Part{Audio: "aud_name", Text: "Ada", PCM: standIn}, speaks, name},
		"it has gone":       {voice.Part{Audio: "aud_gone", Text: "Ada", PCM: standIn}, speaks, said},
		"nobody speaks":     {voice.Part{Audio: "aud_gone", Text: "Ada", PCM: standIn}, nil, standIn},
		"it is broken":      {voice.Part{Audio: "aud_bad", PCM: standIn}, speaks, standIn},
		"a text":            {voice.Part{Text: "Ada", PCM: standIn}, speaks, said},
		"it fails":          {voice.Part{Text: "Ada", PCM: standIn}, reader(func(speech.Text) *prompt.Growing { return broken(nil) }), standIn},
		"it takes too long": {voice.Part{Text: "Ada", PCM: standIn}, reader(func(speech.Text) *prompt.Growing { return never }), standIn},
		"only recorded":     {voice.Part{PCM: standIn}, nil, standIn},
	} {
		w, _ := newWire(t)
		w.in["leg_1"] = "mtg_1"
		w.sounds = &sounds{speaker: c.speaker, log: slog.New(slog.DiscardHandler), store: recordingsOf{"aud_name": wavFile(name), "aud_bad": []byte("x")}}
		src := w.sources("leg_1", "en", []voice.Part{{PCM: recorded}, c.part, {PCM: recorded}})
		w.fetching.Wait()
		got := samples(src)
		got = slices.DeleteFunc(got, func(s int16) bool { return s == 0 })
		want := slices.DeleteFunc(slices.Concat(recorded, c.want, recorded), func(s int16) bool { return s == 0 })
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d samples, want %d", label, len(got), len(want))
		}
	}
}

// TestSpeechMetrics are there.
func TestSpeechMetrics(t *testing.T) {
	s := newTTSServer(t)
	b := newBridge(t, bridgeOptions{change: s.with})
	<-b.app.speech.Speak(speech.Text{Words: "Hello", Language: "en"}).Ended()
	<-b.app.speech.Speak(speech.Text{Words: "Hello", Language: "en"}).Ended()
	await(t, "metrics", func() error {
		resp, err := http.Get(b.app.URL() + "/metrics")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		for _, line := range []string{
			`partyline_speech_texts_total{outcome="spoken"} 1`, `partyline_speech_cache_total{result="hit"} 1`, `partyline_speech_cache_total{result="miss"} 1`,
			`partyline_speech_first_sound_seconds_count 1`, `partyline_speech_pieces_total{engine="server",outcome="spoken"} 1`, `partyline_speech_engine_ready{engine="server"} 1`,
		} {
			if err == nil && !bytes.Contains(body, []byte(line+"\n")) {
				err = fmt.Errorf("%s is missing in\n%s", line, bytes.Join(slices.DeleteFunc(bytes.Split(body, []byte("\n")), func(l []byte) bool { return !bytes.Contains(l, []byte("speech")) }), []byte("\n")))
			}
		}
		return err
	})
	http.DefaultClient.CloseIdleConnections()
}

// TestOpenSpeech: what the configuration means.
func TestOpenSpeech(t *testing.T) {
	for _, value := range config.SpeechEngines {
		s, err := openSpeech(config.Speech{Engine: value, Format: "wav"}, slog.New(slog.DiscardHandler))
		if err != nil || (s == nil) != (value == "off") {
			t.Errorf("%s: %v, %v", value, s, err)
		}
		if s != nil {
			s.Stop()
		}
	}
	if _, err := openSpeech(config.Speech{Engine: "auto", APIKeyFile: filepath.Join(t.TempDir(), "none")}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a key that is missing is passed over")
	}
}
