package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// speakTimeout bounds the speaking of a piece, which takes a second; a process that takes longer hangs, and is killed.
const speakTimeout = 20 * time.Second

// maxPieceSeconds is more than any piece takes.
const maxPieceSeconds = 120

// engine is a running process of Piper with a voice and a speed. It speaks one piece at a time.
type engine struct {
	process *exec.Cmd
	stdin   io.WriteCloser
	sound   *os.File // the reading end of its file descriptor 3
	said    *tail    // what it wrote to standard error

	patience time.Duration // for a piece
}

// launch starts a process. It lives until it is closed.
func launch(v voice, scale float64, patience time.Duration) (*engine, error) {
	sound, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close() // the process has its own
	e := &engine{sound: sound, said: &tail{}, patience: patience}
	home := filepath.Dir(v.engine)
	e.process = exec.Command(v.engine,
		"--model", filepath.Join(v.folder, "voice.onnx"), "--config", filepath.Join(v.folder, "voice.json"),
		"--espeak_data", filepath.Join(home, "espeak-ng-data"),
		"--length_scale", strconv.FormatFloat(scale, 'f', 2, 64), "--sentence_silence", "0", "--json-input", "--output_file", "-")
	e.process.Dir, e.process.Env = home, []string{"LC_ALL=C.UTF-8"}
	e.process.ExtraFiles, e.process.Stderr = []*os.File{write}, e.said
	e.process.WaitDelay = time.Second
	e.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; it ends with its standard input
	if e.stdin, err = e.process.StdinPipe(); err != nil {
		return nil, errors.Join(err, sound.Close())
	}
	if err := e.process.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s (a folder that programs may be run from is named with --cache): %w", v.engine, err), sound.Close())
	}
	return e, nil
}

// speak returns the samples of a piece. After an error the engine is of no use any more. It does not end with a context:
// a piece takes a second, and what has been begun would be in the way of the next.
func (e *engine) speak(text string) (pcm []int16, rate int, err error) {
	line, err := json.Marshal(map[string]string{"text": text, "output_file": "/dev/fd/3"})
	if err != nil {
		return nil, 0, err
	}
	if err := e.sound.SetReadDeadline(time.Now().Add(e.patience)); err != nil {
		return nil, 0, err
	}
	if _, err := e.stdin.Write(append(line, '\n')); err != nil {
		return nil, 0, e.explain(err)
	}
	if pcm, rate, err = readWAV(e.sound); err != nil {
		return nil, 0, e.explain(err)
	}
	return pcm, rate, nil
}

func (e *engine) explain(err error) error {
	return fmt.Errorf("the engine failed: %w (it said %q)", err, e.said)
}

// close ends the process.
func (e *engine) close() {
	_ = e.stdin.Close()
	timer := time.AfterFunc(time.Second, e.signal)
	_ = e.process.Wait()
	timer.Stop()
	_ = e.sound.Close()
}

// signal kills the process and what it may have started.
func (e *engine) signal() { _ = syscall.Kill(-e.process.Process.Pid, syscall.SIGKILL) }

// kill ends the process at once.
func (e *engine) kill() {
	e.signal()
	e.close()
}

// tail keeps the end of what is written.
type tail struct {
	mu sync.Mutex
	b  []byte // guarded by mu
}

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - 1024; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.b))
}

// errStopped is returned by a speaker that has made room for another.
var errStopped = errors.New("the engine was stopped")

// errBackoff is returned while a process that has failed is not started anew.
var errBackoff = errors.New("the engine has failed and is tried again in a moment")

// speaker keeps one engine alive.
type speaker struct {
	voice    voice
	scale    float64
	patience time.Duration
	turn     chan struct{} // has room for one: whoever put something in has the engine

	// owned by who has the turn
	engine  *engine
	fails   int
	retry   time.Time
	stopped bool

	used time.Time // guarded by pool.mu
}

func newSpeaker(v voice, scale float64, patience time.Duration) *speaker {
	return &speaker{voice: v, scale: scale, patience: patience, turn: make(chan struct{}, 1)}
}

// speak waits for its turn and speaks a piece. A process that dies is started anew, once for each piece.
func (s *speaker) speak(ctx context.Context, text string) (pcm []int16, rate int, err error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	switch {
	case ctx.Err() != nil:
		return nil, 0, ctx.Err()
	case s.stopped:
		return nil, 0, errStopped
	}
	for range 2 {
		if pcm, rate, err = s.try(text); err == nil || errors.Is(err, errBackoff) {
			break
		}
	}
	return pcm, rate, err
}

func (s *speaker) try(text string) (pcm []int16, rate int, err error) {
	if s.engine == nil && time.Now().Before(s.retry) {
		return nil, 0, errBackoff
	}
	if s.engine == nil {
		if s.engine, err = launch(s.voice, s.scale, s.patience); err != nil {
			s.failed()
			return nil, 0, err
		}
	}
	if pcm, rate, err = s.engine.speak(text); err != nil {
		s.engine.kill()
		s.engine = nil
		s.failed()
		return nil, 0, err
	}
	s.fails = 0
	return pcm, rate, nil
}

// failed puts off the next start: not at all after the first failure, then for a second, two, four and so on.
func (s *speaker) failed() {
	if s.fails++; s.fails > 1 {
		s.retry = time.Now().Add(min(time.Second<<min(s.fails-2, 10), 30*time.Second))
	}
}

// stop waits for the turn and ends the process, for good.
func (s *speaker) stop() {
	s.turn <- struct{}{}
	s.stopped = true
	if s.engine != nil {
		s.engine.close()
		s.engine = nil
	}
	<-s.turn
}
