package speech

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/mixer/prompt"
)

// actor is an engine that does as it is told.
type actor struct {
	name      string
	languages string // all if empty
	speak     func(ctx context.Context, t Text, emit func([]int16)) error

	mu    sync.Mutex
	asked []string // guarded by mu
}

func (a *actor) Name() string                { return a.name }
func (a *actor) Probe(context.Context) error { return nil }
func (a *actor) Speaks(language string) bool {
	return a.languages == "" || strings.Contains(a.languages, language[:2])
}
func (a *actor) Speak(ctx context.Context, t Text, emit func([]int16)) error {
	a.mu.Lock()
	a.asked = append(a.asked, t.Words)
	a.mu.Unlock()
	return a.speak(ctx, t, emit)
}

func (a *actor) heard() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

// tone is half a second of it, at a level that the shaper leaves alone.
func tone(seconds float64) []int16 {
	pcm := make([]int16, int(seconds*Rate))
	for i := range pcm {
		pcm[i] = int16(math.Round(4634 * math.Sin(2*math.Pi*500*float64(i)/Rate))) // -20 dBov
	}
	return pcm
}

func says(seconds float64) func(context.Context, Text, func([]int16)) error {
	return func(_ context.Context, _ Text, emit func([]int16)) error {
		emit(tone(seconds))
		return nil
	}
}

func fails(err error) func(context.Context, Text, func([]int16)) error {
	return func(context.Context, Text, func([]int16)) error { return err }
}

func service(t *testing.T, engines ...Engine) *Service {
	s := New(Options{Engines: engines, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	t.Cleanup(s.Stop)
	return s
}

// length is how many seconds a sound has in the end.
func length(g *prompt.Growing) float64 {
	<-g.Ended()
	n, _ := g.Length()
	return float64(n) / Rate
}

var errBroken = errors.New("broken")

// TestTheFirstSentenceIsHeard while the next is being made.
func TestTheFirstSentenceIsHeard(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	a := &actor{name: "a", speak: func(ctx context.Context, text Text, emit func([]int16)) error {
		if text.Words != "One." {
			<-next
		}
		return says(1)(ctx, text, emit)
	}}
	g := service(t, a).Speak(Text{Words: "One. Two. Three.", Language: "en"})
	<-g.Begun()
	if n, whole := g.Length(); n == 0 || whole {
		t.Errorf("%d samples, whole %t", n, whole)
	}
	close(next)
	if l := length(g); l < 3.4 || l > 3.6 || g.Err() != nil {
		t.Errorf("%.2f s, %v", l, g.Err())
	}
	if got := a.heard(); !slices.Equal(got, []string{"One.", "Two.", "Three."}) {
		t.Errorf("asked %q", got)
	}
}

// TestTheSameTextIsMadeOnce, however many ask, until it is old.
func TestTheSameTextIsMadeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &actor{name: "a", speak: func(ctx context.Context, text Text, emit func([]int16)) error {
			time.Sleep(100 * time.Millisecond)
			return says(1)(ctx, text, emit)
		}}
		s := New(Options{Engines: []Engine{a}, Cache: Limits{Age: time.Minute}, Logger: slog.New(slog.DiscardHandler)})
		defer s.Stop()
		blue := Text{Words: "Blue", Language: "en"}
		first := s.Speak(blue)
		for _, same := range []Text{blue, {Words: "  Blue\x00 ", Language: "EN"}} {
			if s.Speak(same) != first {
				t.Errorf("%+v is made again", same)
			}
		}
		<-first.Ended()
		synctest.Wait()
		if s.Speak(blue) != first {
			t.Error("it is made again although it is there")
		}
		for _, other := range []Text{{Words: "Blue", Language: "de"}, {Words: "Blue", Language: "en", Voice: "x"}, {Words: "Red", Language: "en"}} {
			if s.Speak(other) == first {
				t.Errorf("%+v sounds the same", other)
			}
		}
		time.Sleep(2 * time.Minute)
		if s.Speak(blue) == first {
			t.Error("it is kept although it is old")
		}
		synctest.Wait()
		st := s.Stats()
		if st.Hits != 3 || st.Misses != 5 || st.Entries != 1 {
			t.Errorf("%+v", st)
		}
	})
}

// TestTheCacheIsBounded: what was not asked for longest goes.
func TestTheCacheIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Engines: []Engine{&actor{name: "a", speak: says(1.5)}}, Cache: Limits{Bytes: 3 * (4*Rate + overhead)}, Logger: slog.New(slog.DiscardHandler)})
		defer s.Stop()
		sounds := map[string]*prompt.Growing{}
		for _, word := range []string{"one", "two", "three", "one", "four"} {
			sounds[word] = s.Speak(Text{Words: word, Language: "en"})
			<-sounds[word].Ended()
			synctest.Wait()
			time.Sleep(time.Second)
		}
		for word, kept := range map[string]bool{"one": true, "three": true, "four": true, "two": false} {
			s.mu.Lock()
			there := s.cache.byKey[Text{Words: word, Language: "en"}.key()] != nil
			s.mu.Unlock()
			if there != kept {
				t.Errorf("%s: kept %t", word, there)
			}
		}
		if st := s.Stats(); st.Entries != 3 || st.Bytes > 3*(4*Rate+overhead) {
			t.Errorf("%+v", st)
		}
	})
}

// TestAnotherEngineStandsIn for one that fails, which is left alone for a while and then tried again.
func TestAnotherEngineStandsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		first := &actor{name: "first"}
		first.speak = func(ctx context.Context, text Text, emit func([]int16)) error {
			if broken {
				emit(tone(0.1)) // too little to have been heard
				return errBroken
			}
			return says(1)(ctx, text, emit)
		}
		second := &actor{name: "second", speak: says(2)}
		s := New(Options{Engines: []Engine{first, second}, Logger: slog.New(slog.DiscardHandler)})
		defer s.Stop()
		if l := length(s.Speak(Text{Words: "One.", Language: "en"})); l < 2 || l > 2.1 {
			t.Errorf("%.2f s", l)
		}
		length(s.Speak(Text{Words: "Two.", Language: "en"}))
		if asked := len(first.heard()); asked != 1 {
			t.Errorf("the failing one was asked %d times", asked)
		}
		synctest.Wait()
		if st := s.Stats(); st.Engines[0].Ready || st.Engines[0].Failed != 1 || !st.Engines[1].Ready || st.Spoken != 2 {
			t.Errorf("%+v", st)
		}
		broken = false
		time.Sleep(firstBackoff)
		if l := length(s.Speak(Text{Words: "Three.", Language: "en"})); l < 1 || l > 1.1 {
			t.Errorf("it was not tried again: %.2f s", l)
		}
	})
}

// TestBackoffGrows up to a limit.
func TestBackoffGrows(t *testing.T) {
	t.Parallel()
	d, now := &desk{engine: &actor{name: "a"}, log: slog.New(slog.DiscardHandler)}, time.Now()
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
		d.note(errBroken, now)
		if d.ready(now.Add(want*time.Second-1)) || !d.ready(now.Add(want*time.Second)) {
			t.Errorf("after %d failures: until %v", i+1, d.until.Sub(now))
		}
	}
	if d.note(nil, now); !d.ready(now) {
		t.Error("it is left alone although it speaks")
	}
}

// TestWhatIsNotSpoken comes to an end with the reason, and is not kept.
func TestWhatIsNotSpoken(t *testing.T) {
	t.Parallel()
	dies := func(_ context.Context, _ Text, emit func([]int16)) error {
		emit(tone(2))
		return errBroken
	}
	for name, c := range map[string]struct {
		text    Text
		engines []Engine
		err     error
		seconds float64
	}{
		"nobody":        {Text{Words: "Hello", Language: "en"}, nil, ErrNoEngine, 0},
		"not this":      {Text{Words: "Hello", Language: "fr"}, []Engine{&actor{languages: "en de", speak: says(1)}}, ErrNoEngine, 0},
		"broken":        {Text{Words: "Hello", Language: "en"}, []Engine{&actor{speak: fails(errBroken)}}, errBroken, 0},
		"says nothing":  {Text{Words: "Hello", Language: "en"}, []Engine{&actor{speak: fails(nil)}}, nil, 0},
		"dies":          {Text{Words: "Hello. There.", Language: "en"}, []Engine{&actor{speak: dies}, &actor{speak: says(1)}}, errBroken, 2},
		"no word":       {Text{Words: "… <> \x00 !"}, []Engine{&actor{speak: says(1)}}, ErrNothing, 0},
		"empty":         {Text{}, []Engine{&actor{speak: says(1)}}, ErrNothing, 0},
		"too long":      {Text{Words: strings.Repeat("ä", MaxRunes+1)}, []Engine{&actor{speak: says(1)}}, ErrTooLong, 0},
		"whole silence": {Text{Words: "Hello"}, []Engine{&actor{speak: func(_ context.Context, _ Text, emit func([]int16)) error { emit(make([]int16, 8000)); return nil }}}, nil, 0},
	} {
		s := service(t, c.engines...)
		g := s.Speak(c.text)
		l := length(g)
		s.Stop()
		if c.err != nil && !errors.Is(g.Err(), c.err) || g.Err() == nil || math.Abs(l-c.seconds) > 0.1 {
			t.Errorf("%s: %.2f s, %v", name, l, g.Err())
		}
		if st := s.Stats(); st.Entries != 0 || st.Waiting != 0 {
			t.Errorf("%s: %+v", name, st)
		}
	}
}

// TestALongTextIsCutOff when it has been spoken for as long as may be.
func TestALongTextIsCutOff(t *testing.T) {
	t.Parallel()
	a := &actor{name: "a", speak: says(100)}
	g := service(t, a).Speak(Text{Words: strings.Repeat("Word. ", 50), Language: "en"})
	if l := length(g); l != maxSeconds || g.Err() != nil || len(a.heard()) != 3 {
		t.Errorf("%.2f s, %v, asked %d times", l, g.Err(), len(a.heard()))
	}
}

// TestTheQueueIsBounded, and a stop ends all that waits.
func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	a := &actor{name: "a", speak: func(ctx context.Context, _ Text, _ func([]int16)) error { <-ctx.Done(); return ctx.Err() }}
	s := service(t, a)
	var sounds []*prompt.Growing
	for i := range maxWaiting + 5 {
		sounds = append(sounds, s.Speak(Text{Words: strings.Repeat("x", i+1), Language: "en"}))
	}
	for i, g := range sounds[maxWaiting:] {
		if !errors.Is(g.Err(), ErrBusy) {
			t.Errorf("text %d: %v", i, g.Err())
		}
	}
	s.Stop()
	for i, g := range sounds[:maxWaiting] {
		if <-g.Ended(); !errors.Is(g.Err(), errStopped) {
			t.Errorf("text %d: %v", i, g.Err())
		}
	}
	if n := len(a.heard()); n > atOnce {
		t.Errorf("%d at once", n)
	}
	if st := s.Stats(); st.Engines[0].Failed != 0 {
		t.Errorf("a stop counts as a failure: %+v", st)
	}
	if g := s.Speak(Text{Words: "after"}); !errors.Is(g.Err(), errStopped) {
		t.Errorf("after the stop: %v", g.Err())
	}
}

// TestAMessageDoesNotWait behind the names of rooms, however many there are.
func TestAMessageDoesNotWait(t *testing.T) {
	t.Parallel()
	a := &actor{name: "a"}
	a.speak = func(ctx context.Context, text Text, emit func([]int16)) error {
		if text.Words != "A message." {
			<-ctx.Done()
			return ctx.Err()
		}
		return says(1)(ctx, text, emit)
	}
	s := service(t, a)
	for i := range maxWaiting + 5 {
		s.Speak(Text{Words: strings.Repeat("x", i+1), Language: "en"})
	}
	if g := s.Speak(Text{Words: "A message.", Language: "en", Message: true}); length(g) < 1 || g.Err() != nil {
		t.Errorf("%.2f s, %v", length(g), g.Err())
	}
}

// TestTheEnginesOfALanguage are asked in the order that is set for it.
func TestTheEnginesOfALanguage(t *testing.T) {
	t.Parallel()
	a, b, c := &actor{name: "a"}, &actor{name: "b"}, &actor{name: "c", languages: "de"}
	s := New(Options{Engines: []Engine{a, b, c}, Prefer: map[string][]string{"de": {"c", "a"}, "fr": {}, "pt": {"c"}}, Logger: slog.New(slog.DiscardHandler)})
	for language, want := range map[string]string{"en": "a b", "de": "c a", "de-at": "c a", "fr": "", "pt-br": ""} {
		var names []string
		for _, d := range s.asked(language) {
			names = append(names, d.engine.Name())
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}

// TestShape: everything has the same level, and no silence around it.
func TestShape(t *testing.T) {
	t.Parallel()
	for _, gain := range []float64{0.3, 1, 2.5} {
		said := make([]int16, Rate)
		for _, v := range tone(2) {
			said = append(said, int16(float64(v)*gain))
		}
		said = append(said, make([]int16, Rate)...)
		for name, size := range map[string]int{"at once": len(said), "in pieces": 333} {
			g := prompt.NewGrowing(10)
			shape := &shaper{out: g}
			for piece := range slices.Chunk(said, size) {
				shape.add(piece)
			}
			shape.end()
			g.End(nil)
			pcm := g.PCM()
			level := 10 * math.Log10(power(pcm[1000:15000])/(32768*32768))
			if l := float64(len(pcm)) / Rate; math.Abs(level-wantedDBov) > 0.5 || l < 2.03 || l > 2.1 {
				t.Errorf("gain %.1f %s: %.1f dBov, %.2f s", gain, name, level, l)
			}
		}
	}
}
