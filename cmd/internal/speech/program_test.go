package speech

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// spoken has an engine speak and says how many samples that were.
func spoken(t *testing.T, e Engine, text Text) (samples int, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = e.Speak(ctx, text, func(pcm []int16) { samples += len(pcm) })
	return samples, err
}

// TestPrograms that are installed speak; what a shell, a template or SSML would obey is words to them.
func TestPrograms(t *testing.T) {
	t.Parallel()
	witness := filepath.Join(t.TempDir(), "witness")
	for _, e := range []Engine{Espeak(), Flite()} {
		if _, err := exec.LookPath(e.Name()); err != nil {
			t.Logf("%s is not installed", e.Name())
			continue
		}
		for _, words := range []string{
			"Hello there. Dr. Smith is in room 5.", "$(touch " + witness + "); `touch " + witness + "` && touch " + witness,
			"-w " + witness, "--help", clean("<audio src='file://" + witness + "'/> [[h@l'oU]]"), "'\"; %s %n \\",
		} {
			if n, err := spoken(t, e, Text{Words: words, Language: "en"}); err != nil || n < Rate/5 {
				t.Errorf("%s: %q: %d samples, %v", e.Name(), words, n, err)
			}
		}
	}
	if _, err := os.Stat(witness); err == nil {
		t.Error("a text was obeyed")
	}
}

// TestProgramsSpeakLanguages that are on the list, and no other.
func TestProgramsSpeakLanguages(t *testing.T) {
	t.Parallel()
	espeak, flite := Espeak(), Flite()
	for language, want := range map[string][2]bool{
		"en": {true, true}, "en-us": {true, true}, "de": {true, false}, "de-at": {true, false}, "pt-br": {true, false},
		"": {false, false}, "tlh": {false, false}, "../../etc": {false, false}, "-w": {false, false},
	} {
		if got := [2]bool{espeak.Speaks(language), flite.Speaks(language)}; got != want {
			t.Errorf("%q: %v, want %v", language, got, want)
		}
	}
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("espeak-ng is not installed")
		}
		t.Skip("espeak-ng is not installed")
	}
	for language := range espeakVoices {
		if n, err := spoken(t, espeak, Text{Words: "1 2", Language: language}); err != nil || n < Rate/10 {
			t.Errorf("%s: %d samples, %v", language, n, err)
		}
	}
}

// script is an engine that is a shell script of ours; its text comes on standard input all the same.
func script(t *testing.T, pipe bool, body string) Engine {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "engine")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return &program{
		name: path, pipe: pipe, voices: map[string]string{"en": "v"}, turns: make(chan struct{}, programs),
		args: func(voice, file string) []string { return []string{voice, file} },
	}
}

const wavHead = `printf 'RIFF\377\377\377\177WAVEfmt \020\000\000\000\001\000\001\000\100\037\000\000\200\076\000\000\002\000\020\000data\377\377\377\177'`

// TestBrokenPrograms are errors that say why, in time, and leave nothing behind.
func TestBrokenPrograms(t *testing.T) {
	for name, c := range map[string]struct {
		pipe bool
		body string
		says string
	}{
		"dies":              {true, "echo no voice >&2; exit 3", "no voice"},
		"dies at the end":   {true, wavHead + "; head -c 100000 /dev/zero; exit 3", "exit status 3"},
		"says nothing":      {true, "exit 0", "ends before"},
		"says text":         {true, "echo hello hello hello hello hello hello", "RIFF"},
		"never ends":        {true, wavHead + "; exec cat /dev/zero", "too long"},
		"hangs":             {true, wavHead + "; exec sleep 100", "killed"},
		"child hangs":       {true, wavHead + "; sleep 100 & wait", "killed"},
		"file: dies":        {false, "echo no voice >&2; exit 3", "no voice"},
		"file: none":        {false, "exit 0", "no such file"},
		"file: hangs":       {false, "exec sleep 100", "killed"},
		"floods its errors": {true, "head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1", "xxx"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			begun := time.Now()
			err := script(t, c.pipe, c.body).Speak(ctx, Text{Words: "Hello", Language: "en"}, func([]int16) {})
			if err == nil || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 5000 {
				t.Errorf("%v", err)
			}
			if took := time.Since(begun); took > 15*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
	missing := &program{name: "partyline-no-such-engine", voices: map[string]string{"en": "v"}, turns: make(chan struct{}, 1)}
	if _, err := spoken(t, missing, Text{Words: "Hello", Language: "en"}); !errors.Is(err, errAbsent) || !errors.Is(missing.Probe(t.Context()), errAbsent) {
		t.Errorf("missing: %v", err)
	}
}

// TestProgramsAreBlind: of our environment they see nothing.
func TestProgramsAreBlind(t *testing.T) {
	t.Setenv("PARTYLINE_SECRET", "secret")
	_, err := spoken(t, script(t, true, `env >&2; cat >&2; exit 1`), Text{Words: "the text", Language: "en"})
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "the text") {
		t.Errorf("%v", err)
	}
}
