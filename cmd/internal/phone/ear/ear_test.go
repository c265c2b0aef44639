package ear_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"partyline/cmd/internal/phone"
	"partyline/cmd/internal/phone/ear"
	"partyline/control/attendant/voice"
)

// prompts are the built-in recordings.
func prompts(t *testing.T) []ear.Prompt {
	t.Helper()
	library, err := voice.Open("", nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []ear.Prompt
	for name, pcm := range library.Recordings(voice.English) {
		all = append(all, ear.Prompt{Name: string(name), PCM: pcm})
	}
	slices.SortFunc(all, func(a, b ear.Prompt) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// TestEveryPromptIsRecognised plays every prompt after another one, above soft talk, from any sample on.
func TestEveryPromptIsRecognised(t *testing.T) {
	t.Parallel()
	all := prompts(t)
	e := ear.New(all)
	random := rand.New(rand.NewPCG(1, 2))
	for i, p := range all {
		if i%6 > 0 && os.Getenv("PARTYLINE_LONG") == "" {
			continue
		}
		before := all[(i*7+3)%len(all)]
		sound := slices.Concat(make([]int16, random.IntN(4000)), before.PCM, p.PCM, make([]int16, random.IntN(4000)))
		talk := make([]int16, len(sound))
		phone.Tone(440, 75).Fill(talk)
		for i := range sound {
			sound[i] += talk[i]
		}
		heard, _ := e.Listen(sound)
		if len(heard) != 2 || !same(all, heard[0].Name, before) || !same(all, heard[1].Name, p) || !heard[1].Whole {
			t.Errorf("%s and %s were heard as %v", before.Name, p.Name, heard)
		}
	}
}

// same says whether a name is that of a prompt, or of one that sounds the same.
func same(all []ear.Prompt, name string, p ear.Prompt) bool {
	i := slices.IndexFunc(all, func(o ear.Prompt) bool { return o.Name == name })
	return slices.Equal(trim(all[i].PCM), trim(p.PCM))
}

func trim(pcm []int16) []int16 {
	for len(pcm) > 0 && pcm[len(pcm)-1] == 0 {
		pcm = pcm[:len(pcm)-1]
	}
	return pcm
}

// TestWhatIsCutOff plays a part of a prompt, and then another.
func TestWhatIsCutOff(t *testing.T) {
	t.Parallel()
	all := prompts(t)
	long := all[slices.IndexFunc(all, func(p ear.Prompt) bool { return len(p.PCM) > 16000 })]
	next := all[slices.IndexFunc(all, func(p ear.Prompt) bool { return p.Name == "goodbye" })]
	heard, unknown := ear.New(all).Listen(slices.Concat(make([]int16, 777), long.PCM[:8000], next.PCM))
	if len(heard) != 2 || heard[0].Name != long.Name || heard[0].Whole || heard[1].Name != "goodbye" || !heard[1].Whole {
		t.Errorf("heard %v, %d unknown samples", heard, unknown)
	}
}

// TestABridgeThatWasHeldUp sends the rest of a prompt later.
func TestABridgeThatWasHeldUp(t *testing.T) {
	t.Parallel()
	all := prompts(t)
	p := all[slices.IndexFunc(all, func(p ear.Prompt) bool { return p.Name == "enter_code" })]
	lost := make([]int16, 5*160)
	sound := slices.Concat(make([]int16, 501), p.PCM[:8030], lost, p.PCM[8030:], p.PCM[:8030], lost, p.PCM[8030+len(lost):])
	late := slices.Concat(make([]int16, 700), p.PCM[4000:])
	heard, unknown := ear.New(all).Listen(slices.Concat(sound, late))
	if len(heard) != 3 || heard[0].Name != p.Name || !heard[0].Whole || !heard[1].Whole || heard[2].Name != p.Name || !heard[2].Whole || unknown > 8000 {
		t.Errorf("heard %v, %d unknown samples", heard, unknown)
	}
}

// TestStrangeSounds are no prompts.
func TestStrangeSounds(t *testing.T) {
	t.Parallel()
	e := ear.New(prompts(t))
	noise := make([]int16, 16000)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = int16(random.IntN(8000) - 4000)
	}
	sing := make([]int16, 16000)
	phone.Tone(700, 8000).Fill(sing)
	for name, sound := range map[string][]int16{"noise": noise, "a tone": sing} {
		if heard, unknown := e.Listen(sound); len(heard) > 0 || unknown < 15000 {
			t.Errorf("%s: %v, %d unknown samples", name, heard, unknown)
		}
	}
	if heard, unknown := e.Listen(make([]int16, 8000)); len(heard) > 0 || unknown > 0 {
		t.Errorf("silence: %v, %d", heard, unknown)
	}
}
