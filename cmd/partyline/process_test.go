package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// process is a bridge in a process of its own.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string // of the API
	key  string
	sip  string            // address
	at   map[string]string // addresses by network
	gone chan struct{}     // closed when it has ended and been waited for
}

// What `serve` tells on its standard output.
var (
	toldSIP = regexp.MustCompile(`sip:ACCESS-CODE@([^;\s]+)\S* \((udp|tcp|tls)\)`)
	toldURL = regexp.MustCompile(`API      (\S+)/v1 `)
	toldKey = regexp.MustCompile(`API key  (\S+)`)
)

// program is the command that runs the program under test with these arguments.
func program(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// serve starts `partyline serve` on free ports, in an empty folder, and returns when it is ready. An empty stateDir is
// the default one.
func serve(t *testing.T, stateDir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, gone: make(chan struct{})}
	args = append([]string{"serve", "--sip-listen", "udp:127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-level", "warn"}, args...)
	if stateDir != "" {
		args = append(args, "--state-dir", stateDir)
	}
	p.cmd = program(context.Background(), args...)
	p.cmd.Dir = t.TempDir()
	p.cmd.Stderr = t.Output()
	p.cmd.WaitDelay = 10 * time.Second
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	must(t, p.cmd.Start())
	t.Cleanup(p.kill)
	p.listen(out)
	return p
}

// listen reads how to reach the bridge.
func (p *process) listen(out io.Reader) {
	p.t.Helper()
	var told strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		told.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "curl") {
			break
		}
	}
	text := told.String()
	p.at = map[string]string{}
	for _, told := range toldSIP.FindAllStringSubmatch(text, -1) {
		p.at[told[2]] = told[1]
	}
	url, key := toldURL.FindStringSubmatch(text), toldKey.FindStringSubmatch(text)
	if len(p.at) == 0 || url == nil || key == nil {
		p.t.Fatalf("serve does not say how to reach it:\n%s", text)
	}
	p.sip, p.url, p.key = p.at["udp"], url[1], key[1]
}

// kill ends the process at once, as a crash would, if it runs.
func (p *process) kill() {
	select {
	case <-p.gone:
		return
	default:
	}
	p.end(os.Kill)
}

// end sends a signal and waits until the process is gone.
func (p *process) end(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Errorf("signal the bridge: %v", err)
	}
	err := p.cmd.Wait()
	close(p.gone)
	if s != os.Kill && err != nil {
		p.t.Errorf("the bridge ended with %v", err)
	}
}

func TestServeInAnEmptyFolder(t *testing.T) {
	p := serve(t, "")
	if _, err := os.Stat(filepath.Join(p.cmd.Dir, "partyline-data", "api-key")); err != nil {
		t.Error(err)
	}
}
