package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// walls says, for the packages under a path, what they must not import (directly or through others).
var walls = []struct {
	under  string
	never  []string
	except []string // packages under the path that may
	why    string
}{
	{
		under: "partyline/control",
		never: []string{"partyline/sip", "partyline/mixer", "partyline/config", "partyline/cmd", "github.com/emiago/", "github.com/pion/"},
		why:   "meetings know neither SIP nor media; cmd wires them together",
	},
	{
		under:  "partyline/control",
		never:  []string{"net/http", "github.com/go-chi/", "github.com/danielgtaylor/"},
		except: []string{"partyline/control/api", "partyline/control/webhook", "partyline/control/attendant/voice/record"},
		why:    "only control/api and control/webhook speak HTTP, and the program that has prompts recorded",
	},
	{
		under: "partyline/mixer",
		never: []string{"partyline/control", "partyline/sip", "partyline/config", "partyline/cmd", "github.com/emiago/", "github.com/pion/sdp", "net/http"},
		why:   "the mixer knows no SIP, SDP, meetings or people",
	},
	{
		under: "partyline/mixer/bridge",
		never: []string{"net", "os", "golang.org/x/sys/unix", "partyline/mixer/media"},
		why:   "the bridge is pure: frames in, frames out",
	},
	{
		under: "partyline/sip",
		never: []string{"partyline/config", "partyline/cmd", "partyline/control/store", "partyline/control/api", "partyline/control/attendant", "net/http"},
		why:   "sip speaks control's terms and hands media.Spec to the mixer",
	},
	{
		under: "partyline/sip/guard",
		never: []string{"partyline/control", "partyline/mixer"},
		why:   "the guard stands alone between the sockets and sipgo",
	},
	{
		under: "partyline/config",
		never: []string{"partyline/sip", "partyline/mixer", "partyline/control", "partyline/cmd"},
		why:   "the configuration knows nobody; cmd copies it into Options",
	},
	{
		under: "partyline/cmd/internal",
		never: []string{"partyline/control", "partyline/sip", "partyline/config", "partyline/mixer/bridge", "partyline/mixer/jitter"},
		why:   "the test clients share nothing with the server but codecs",
	},
}

// directOnly lists packages that libraries import for their own ends; only direct imports of these are judged.
var directOnly = []string{"net/http", "net", "os", "golang.org/x/sys/unix"}

func TestWalls(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}|{{join .Imports ","}}|{{join .Deps ","}}`, "partyline/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < 10 {
		t.Fatalf("only %d packages found", len(lines))
	}
	for _, line := range lines {
		parts := strings.Split(line, "|")
		pkg, imports, deps := parts[0], strings.Split(parts[1], ","), strings.Split(parts[2], ",")
		for _, wall := range walls {
			if !within(pkg, wall.under) || slices.ContainsFunc(wall.except, func(e string) bool { return within(pkg, e) }) {
				continue
			}
			for _, never := range wall.never {
				reach := deps
				if slices.Contains(directOnly, never) {
					reach = imports
				}
				for _, dep := range reach {
					if within(dep, strings.TrimSuffix(never, "/")) {
						t.Errorf("%s imports %s: %s", pkg, dep, wall.why)
					}
				}
			}
		}
	}
}

// within says whether pkg is path or lies below it.
func within(pkg, path string) bool { return pkg == path || strings.HasPrefix(pkg, path+"/") }
