package control_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

var update = flag.Bool("update", false, "write testdata anew")

// goName finds a field that has no JSON name.
var goName = regexp.MustCompile(`"[A-Z]\w*":`)

// fillValue sets every field of a value to something that is not its zero.
func fillValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillValue(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fillValue(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1_700_000_000, 123).UTC()))
			return
		}
		for _, field := range v.Fields() {
			fillValue(field)
		}
	default:
		panic("a kind of field that the test does not know: " + v.Kind().String())
	}
}

func TestEveryEventRoundTrips(t *testing.T) {
	t.Parallel()
	for name, empty := range control.EventTypes() {
		full := reflect.New(reflect.TypeOf(empty)).Elem()
		fillValue(full)
		for _, e := range []control.Event{empty, full.Interface().(control.Event)} {
			typ, version, data, err := control.Marshal(e)
			if err != nil || typ != name {
				t.Fatalf("%s: marshalled as %q, %v", name, typ, err)
			}
			got, err := control.Unmarshal(control.Record{Type: typ, Version: version, Data: data})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(e, got); d != "" {
				t.Errorf("%s: -marshalled +unmarshalled:\n%s", name, d)
			}
			if goName.Match(data) {
				t.Errorf("%s: a field has no name of its own in %s", name, data)
			}
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		r    control.Record
		want string
	}{
		{"an unknown type", control.Record{Type: "meeting.exploded", Version: 1}, "unknown type"},
		{"a newer version", control.Record{Type: "meeting.ended", Version: 99}, "version 99"},
		{"no version", control.Record{Type: "meeting.ended"}, "version 0"},
		{"broken data", control.Record{Type: "meeting.ended", Version: 1, Data: json.RawMessage(`{`)}, "unexpected end"},
	}
	for _, tt := range tests {
		if e, err := control.Unmarshal(tt.r); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v", tt.name, e, err)
		}
	}
}

// writeStoredLog makes the stored log of this version, out of a random walk.
func writeStoredLog(t *testing.T) {
	t.Helper()
	w := newWalk(3)
	var log bytes.Buffer
	w.log = func(r control.Record) error { return json.NewEncoder(&log).Encode(r) }
	if err := w.run(250); err != nil {
		t.Fatal(err)
	}
	state, err := json.MarshalIndent(w.state, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"v1.jsonl": log.Bytes(), "v1.state.json": append(state, '\n')} {
		if err := os.WriteFile(filepath.Join("testdata", "logs", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The stored logs of every released version are replayed: testdata/logs/<version>.jsonl, and the state that they make.
func TestStoredLogs(t *testing.T) {
	t.Parallel()
	if *update {
		writeStoredLog(t)
	}
	logs, err := filepath.Glob("testdata/logs/*.jsonl")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no stored logs: %v", err)
	}
	for _, path := range logs {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s := control.NewState()
		for lines := json.NewDecoder(f); lines.More(); {
			var r control.Record
			if err := lines.Decode(&r); err != nil {
				t.Fatal(err)
			}
			if err := control.Replay(s, []control.Record{r}); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
		}
		got, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(path, ".jsonl") + ".state.json")
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.TrimSpace(string(want)), string(got)); d != "" {
			t.Errorf("%s: -stored +replayed:\n%s", path, d)
		}
	}
}
