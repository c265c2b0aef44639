package speech

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"partyline/mixer/prompt"
)

// maxPieceSeconds is more than a piece takes; an engine that says more is stopped.
const maxPieceSeconds = 120

// programs is how many run at a time.
const programs = 2

// program is an engine that is run anew for each piece. It gets the text on its standard input, never as an argument, and
// is not run by a shell. The arguments are our own, and the names of voices from our own list.
type program struct {
	name   string
	voices map[string]string // by language
	args   func(voice, file string) []string
	pipe   bool // it writes the sound to standard output, else to a file
	turns  chan struct{}
}

// Espeak is espeak-ng, where it is installed: more than a hundred languages, of which those are used that are listed here.
func Espeak() Engine {
	return &program{
		name: EspeakName, voices: espeakVoices, pipe: true, turns: make(chan struct{}, programs),
		args: func(voice, _ string) []string {
			return []string{"-v", voice, "-s", "155", "-b", "1", "-z", "--stdin", "--stdout"} // without -m: no SSML
		},
	}
}

// Flite is flite, where it is installed: English alone, but more pleasant than espeak-ng's. It writes to a file, for of
// several sentences it reads its file back.
func Flite() Engine {
	return &program{
		name: FliteName, voices: map[string]string{"en": "slt"}, turns: make(chan struct{}, programs),
		args: func(voice, file string) []string { return []string{"-voice", voice, "-f", "/dev/stdin", "-o", file} },
	}
}

// espeakVoices are espeak-ng's voices by language.
var espeakVoices = map[string]string{
	"af": "af", "ar": "ar", "bg": "bg", "bn": "bn", "bs": "bs", "ca": "ca", "cs": "cs", "cy": "cy", "da": "da", "de": "de", "el": "el",
	"en": "en-gb", "en-us": "en-us", "eo": "eo", "es": "es", "es-419": "es-419", "et": "et", "eu": "eu", "fa": "fa", "fi": "fi", "fr": "fr-fr",
	"fr-be": "fr-be", "fr-ch": "fr-ch", "ga": "ga", "hi": "hi", "hr": "hr", "hu": "hu", "hy": "hy", "id": "id", "is": "is", "it": "it",
	"ja": "ja", "ka": "ka", "kk": "kk", "ko": "ko", "lb": "lb", "lt": "lt", "lv": "lv", "mk": "mk", "ms": "ms", "mt": "mt", "nb": "nb", "nn": "nb",
	"no": "nb", "nl": "nl", "pl": "pl", "pt": "pt", "pt-br": "pt-br", "ro": "ro", "ru": "ru", "sk": "sk", "sl": "sl", "sq": "sq", "sr": "sr",
	"sv": "sv", "sw": "sw", "ta": "ta", "tr": "tr", "uk": "uk", "ur": "ur", "uz": "uz", "vi": "vi", "yue": "yue", "zh": "cmn",
}

func (p *program) Name() string { return p.name }

func (p *program) Speaks(language string) bool {
	_, ok := lookup(p.voices, language)
	return ok
}

func (p *program) Probe(context.Context) error {
	if _, err := exec.LookPath(p.name); err != nil {
		return fmt.Errorf("%w: %w", errAbsent, err)
	}
	return nil
}

// Speak implements [Engine]. These programs have a voice for each language.
func (p *program) Speak(ctx context.Context, t Text, emit func([]int16)) error {
	path, err := exec.LookPath(p.name)
	if err != nil {
		return fmt.Errorf("%w: %w", errAbsent, err)
	}
	voice, ok := lookup(p.voices, t.Language)
	if !ok {
		return fmt.Errorf("no voice for language %q", t.Language)
	}
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if p.pipe {
		return p.piped(ctx, path, voice, t.Words, emit)
	}
	return p.filed(ctx, path, voice, t.Words, emit)
}

// command is the program, ready to run. It gets nothing of our environment that it does not need.
func (p *program) command(ctx context.Context, path, voice, file, words string, said *tail) *exec.Cmd {
	c := exec.CommandContext(ctx, path, p.args(voice, file)...)
	c.Stdin, c.Stderr = strings.NewReader(words+"\n"), said
	c.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent"}
	c.WaitDelay = time.Second
	alone(c)
	return c
}

// piped reads what the program writes as it comes.
func (p *program) piped(ctx context.Context, path, voice, words string, emit func([]int16)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said := &tail{}
	c := p.command(ctx, path, voice, "", words, said)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	heard := prompt.CopyWAV(out, maxPieceSeconds, emit)
	if heard != nil {
		cancel() // it may go on for ever
	}
	if err := c.Wait(); heard == nil || errors.Is(heard, prompt.ErrFormat) && err != nil && !said.empty() {
		return said.explain(err)
	}
	return heard
}

// filed runs the program to its end, and reads the file.
func (p *program) filed(ctx context.Context, path, voice, words string, emit func([]int16)) (err error) {
	dir, err := os.MkdirTemp("", "partyline-speech-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file, said := filepath.Join(dir, "said.wav"), &tail{}
	if err := p.command(ctx, path, voice, file, words, said).Run(); err != nil {
		return said.explain(err)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return prompt.CopyWAV(f, maxPieceSeconds, emit)
}

// tail keeps the end of what a program writes to standard error.
type tail struct {
	mu sync.Mutex
	b  []byte // guarded by mu
}

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - 512; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

func (t *tail) empty() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(bytes.TrimSpace(t.b)) == 0
}

// explain adds what the program said to an error.
func (t *tail) explain(err error) error {
	if err == nil || t.empty() {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Errorf("%w: it said %q", err, bytes.TrimSpace(t.b))
}
