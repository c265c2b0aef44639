package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// engine turns text into samples.
type engine interface {
	speak(ctx context.Context, text string) (pcm []int16, rate int, err error)
}

// String names the voice, as recordings have it.
func (o engineOptions) String() string { return strings.TrimSpace(o.name + " " + o.voice) }

// engineOptions choose an engine.
type engineOptions struct {
	url, name, voice, lang string
	speed                  float64
}

func (o engineOptions) open() (engine, error) {
	switch {
	case o.url != "":
		return server(o), nil
	case o.name == "festival":
		return festival(o), nil
	case o.name == "espeak-ng":
		return espeak(o), nil
	}
	return nil, fmt.Errorf("no engine %q: festival, espeak-ng, or -url", o.name)
}

// server is an HTTP server of the /v1/audio/speech form.
type server engineOptions

// maxSpeech bounds what an engine sends for one text, in bytes.
const maxSpeech = 16 << 20

func (s server) speak(ctx context.Context, text string) ([]int16, int, error) {
	body, err := json.Marshal(map[string]any{
		"model": s.name, "input": text, "voice": s.voice, "response_format": "wav", "speed": s.speed,
	})
	if err != nil {
		return nil, 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(s.url, "/")+"/v1/audio/speech", bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer res.Body.Close()
	wav, err := io.ReadAll(io.LimitReader(res.Body, maxSpeech))
	if err != nil {
		return nil, 0, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, 0, fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(string(wav[:min(len(wav), 300)])))
	}
	return decodeWAV(wav)
}

// espeak is espeak-ng; its default voice is that of the language. The text goes to its standard input.
type espeak engineOptions

func (e espeak) speak(ctx context.Context, text string) ([]int16, int, error) {
	voice := e.voice
	if voice == "" {
		voice = e.lang
	}
	const wordsPerMinute = 170
	cmd := exec.CommandContext(ctx, "espeak-ng", "-v", voice, "-s", strconv.Itoa(int(wordsPerMinute*e.speed)), "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	wav, err := output(cmd)
	if err != nil {
		return nil, 0, err
	}
	return decodeWAV(wav)
}

// festival speaks with CMU's slt in its HTS form (packages festival and festvox-us-slt-hts), which is free for any use.
type festival engineOptions

func (f festival) speak(ctx context.Context, text string) ([]int16, int, error) {
	voice := f.voice
	if voice == "" {
		voice = "voice_cmu_us_slt_arctic_hts"
	}
	dir, err := os.MkdirTemp("", "record")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "out.wav")
	text = strings.NewReplacer(`\`, " ", `"`, " ").Replace(strings.TrimSuffix(text, ":")) // it is data, not program
	cmd := exec.CommandContext(ctx, "festival", "--pipe")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("(%s)\n(utt.save.wave (utt.synth (Utterance Text %q)) %q 'riff)\n", voice, text, file))
	if _, err := output(cmd); err != nil {
		return nil, 0, err
	}
	wav, err := os.ReadFile(file)
	if err != nil {
		return nil, 0, err
	}
	return decodeWAV(wav)
}

// output runs a program; its error has what the program said.
func output(cmd *exec.Cmd) ([]byte, error) {
	out, err := cmd.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, fmt.Errorf("%s: %w: %s", cmd.Path, err, bytes.TrimSpace(failed.Stderr))
	}
	return out, err
}
