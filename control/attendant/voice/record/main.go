// Record makes the recordings of a language: one WAV (8 kHz, mono, mu-law) of each piece of its catalogue. It is for
// developers and is no part of the bridge.
//
//	go run ./control/attendant/voice/record -lang en                      # what is missing, or has another text now
//	go run ./control/attendant/voice/record -lang en -revoice             # and what another voice has recorded
//	go run ./control/attendant/voice/record -lang en -all                 # everything
//	go run ./control/attendant/voice/record -lang en muted n7             # these: phrases, with all their pieces, or recordings
//
// The voice is an HTTP server of the /v1/audio/speech form (-url), or a program (-engine festival, espeak-ng). Every
// recording is trimmed, brought to the same speech level, so that sentences can be put together from parts, and faded
// against clicks. Recordings of texts that are no more are removed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"partyline/control/attendant/voice"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// job is what is to be done.
type job struct {
	dir, lang string
	all       bool
	revoice   bool
	only      []string
	engine    engine
	speaker   string
}

func run(ctx context.Context, args []string) error {
	var j job
	var e engineOptions
	flags := flag.NewFlagSet("record", flag.ContinueOnError)
	flags.StringVar(&j.dir, "dir", "control/attendant/voice", "folder with a folder for each language")
	flags.StringVar(&j.lang, "lang", voice.English, "language")
	flags.BoolVar(&j.all, "all", false, "record everything, not only what is missing")
	flags.BoolVar(&j.revoice, "revoice", false, "record also what another voice has recorded")
	flags.StringVar(&e.url, "url", "", "of a server of the /v1/audio/speech form; empty: use a program")
	flags.StringVar(&e.name, "engine", "festival", "program that speaks: festival or espeak-ng; with -url, the model")
	flags.StringVar(&e.voice, "voice", "", "voice of the engine; empty: its default for the language")
	flags.Float64Var(&e.speed, "speed", 1, "of speech")
	if err := flags.Parse(args); err != nil {
		return err
	}
	j.only, e.lang, j.speaker = flags.Args(), j.lang, e.String()
	var err error
	if j.engine, err = e.open(); err != nil {
		return err
	}
	return j.run(ctx)
}

func (j job) run(ctx context.Context) error {
	lines, err := voice.Script(os.DirFS(j.dir), j.lang)
	if err != nil {
		return err
	}
	if err := j.removeOthers(lines); err != nil {
		return err
	}
	made, err := j.recordAll(ctx, lines)
	if err != nil {
		return err
	}
	if made == 0 && len(j.only) > 0 {
		return fmt.Errorf("the catalogue has nothing named %s", strings.Join(j.only, ", "))
	}
	fmt.Printf("%d of %d recordings made in %s\n", made, len(lines), filepath.Join(j.dir, j.lang))
	return nil
}

// recordAll has the engine say what is wanted, a few at a time. What is the same is said once.
func (j job) recordAll(ctx context.Context, lines []voice.Line) (made int, err error) {
	alike := make(map[voice.Line][]voice.Phrase)
	for _, line := range lines {
		if j.wants(line) {
			made++
			what := voice.Line{Text: line.Text, Then: line.Then}
			alike[what] = append(alike[what], line.ID)
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2)
	for line, ids := range alike {
		group.Go(func() error {
			if err := j.record(ctx, line, ids); err != nil {
				return fmt.Errorf("%q: %w", line.Text, err)
			}
			return nil
		})
	}
	return made, group.Wait()
}

// wants says whether a recording is to be made.
func (j job) wants(line voice.Line) bool {
	if len(j.only) > 0 {
		phrase, _, _ := strings.Cut(string(line.ID), ".")
		return slices.Contains(j.only, phrase) || slices.Contains(j.only, string(line.ID))
	}
	wav, err := os.ReadFile(j.path(line.ID))
	return j.all || err != nil || voice.Info(wav, voice.TextChunk) != line.Text ||
		j.revoice && voice.Info(wav, voice.VoiceChunk) != j.speaker
}

func (j job) path(id voice.Phrase) string {
	return filepath.Join(j.dir, j.lang, string(id)+".wav")
}

func (j job) record(ctx context.Context, line voice.Line, ids []voice.Phrase) error {
	speech, err := j.speak(ctx, line.Text)
	if err == nil && line.Then != "" {
		speech, err = j.goingOn(ctx, line, speech)
	}
	if err != nil {
		return err
	}
	pcm, err := finish(speech)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := os.WriteFile(j.path(id), encodeWAV(pcm, line.Text, j.speaker), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// speak has a text spoken, without silence around it.
func (j job) speak(ctx context.Context, text string) ([]float64, error) {
	pcm, rate, err := j.engine.speak(ctx, text)
	if err != nil {
		return nil, err
	}
	return speechIn(pcm, rate), nil
}

// tries are for engines that say nothing twice in the same way.
const tries = 5

// goingOn has a piece spoken together with an example of what follows, and cuts that off where the engine pauses at the
// colon. Where no pause is as far on as the piece is long when it is spoken alone, it stays as it is alone.
func (j job) goingOn(ctx context.Context, line voice.Line, alone []float64) ([]float64, error) {
	for range tries {
		both, err := j.speak(ctx, strings.TrimRight(line.Text, " ,:;")+": "+line.Then+".")
		if err != nil {
			return nil, err
		}
		if piece, ok := cutAtPause(both, len(alone)); ok {
			return piece, nil
		}
	}
	fmt.Printf("%q: no pause, is as it is spoken alone\n", line.Text)
	return alone, nil
}

// removeOthers removes recordings of texts that are no more.
func (j job) removeOthers(lines []voice.Line) error {
	files, err := filepath.Glob(filepath.Join(j.dir, j.lang, "*.wav"))
	if err != nil {
		return err
	}
	for _, file := range files {
		id := strings.TrimSuffix(filepath.Base(file), ".wav")
		if slices.ContainsFunc(lines, func(l voice.Line) bool { return string(l.ID) == id }) {
			continue
		}
		if err := os.Remove(file); err != nil {
			return err
		}
		fmt.Println("removed", file)
	}
	return nil
}
