package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var compare = cmp.Options{
	cmp.Comparer(func(a, b Addr) bool { return a == b }),
	cmp.Comparer(func(a, b AddrPort) bool { return a == b }),
	cmp.Comparer(func(a, b Prefix) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Fatal(err)
	}
}

// The example shows every setting with its default, so reading it must change nothing.
func TestExampleIsTheDefault(t *testing.T) {
	got, err := Load("partyline.example.yaml", Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got, compare); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}
}

func TestParseMistakes(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"unknown key", "sip:\n  open: true\n  opem: true\n", "[3:"},
		{"key given twice", "state_dir: a\nstate_dir: b\n", "[2:"},
		{"wrong type", "limits:\n  calls: many\n", "[2:"},
		{"not a port range", "rtp:\n  ports: 20000\n", "[2:"},
		{"not a duration", "rtp:\n  timeout: soon\n", "[2:"},
		{"not a prefix", "sip:\n  trunks:\n    - name: a\n      addresses: [x]\n", "[4:"},
		{"one listener, not a list", "sip:\n  listen: 127.0.0.1:5060\n", "[2:"},
		{"not an address", "http:\n  listen: localhost\n", "[2:"},
		{"unknown network", "sip:\n  listen: [\"sctp:127.0.0.1:5060\"]\n", "sctp"},
		{"listen without a port", "sip:\n  listen: [127.0.0.1]\n", "127.0.0.1"},
		{"two documents", "state_dir: a\n---\nstate_dir: b\n", "more than one"},
		{"not YAML", "sip: [", ""},
		{"a list where a map is due", "- 1\n- 2\n", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := Default()
			err := Parse([]byte(tc.text), &cfg)
			if err == nil {
				t.Fatalf("accepted:\n%s", tc.text)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error does not say %q:\n%v", tc.want, err)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	public := Listeners{{Network: "udp", Addr: netip.MustParseAddrPort("192.0.2.1:5060")}}
	for _, tc := range []struct {
		name   string
		change func(*Config)
		want   string // empty: valid
	}{
		{"public without trunks", func(c *Config) { c.SIP.Listen = public }, "sip.open: true"},
		{"an engine that is none", func(c *Config) { c.Speech.Engine = "hal" }, "speech.engine"},
		{"engines of languages", func(c *Config) { c.Speech.Languages = map[string]string{"de": "espeak-ng", "pt-BR": "off"} }, ""},
		{"a language that is none", func(c *Config) { c.Speech.Languages = map[string]string{"deutsch!": "auto"} }, "speech.languages"},
		{"a language's engine that is none", func(c *Config) { c.Speech.Languages = map[string]string{"de": "hal"} }, "speech.languages"},
		{"voices", func(c *Config) { c.Speech.Voices = map[string]string{"de": "hans", "*": "alloy"} }, ""},
		{"a voice of no language", func(c *Config) { c.Speech.Voices = map[string]string{"": "hans"} }, "speech.voices"},
		{"a voice without a name", func(c *Config) { c.Speech.Voices = map[string]string{"de": ""} }, "speech.voices"},
		{"a format that is none", func(c *Config) { c.Speech.Format = "mp3" }, "speech.format"},
		{"a server", func(c *Config) { c.Speech.URL, c.Speech.APIKey = "https://speech.example/v1/audio/speech", "k" }, ""},
		{"a server here", func(c *Config) { c.Speech.URL, c.Speech.APIKey = "http://127.0.0.1:9/v1/audio/speech", "k" }, ""},
		{"a server with a key in clear", func(c *Config) { c.Speech.URL, c.Speech.APIKey = "http://10.0.0.1/v1/audio/speech", "k" }, "use https"},
		{"a server that is a file", func(c *Config) { c.Speech.URL = "file:///etc/passwd" }, "speech.url"},
		{"a server with a password", func(c *Config) { c.Speech.URL = "http://a:b@127.0.0.1/" }, "speech.url"},
		{"calls out need a trunk", func(c *Config) { c.DialOut.Allow = []string{"+49"} }, "give one of sip.trunks the section outbound"},
		{"calls out through one", func(c *Config) { c.DialOut.Allow, c.SIP.Trunks = []string{"+49"}, outbound("a") }, ""},
		{"calls out through one of two", func(c *Config) { c.DialOut.Allow, c.SIP.Trunks = []string{"+49"}, outbound("a", "b") }, "dial_out.trunk"},
		{"calls out through the named one", func(c *Config) {
			c.DialOut.Allow, c.DialOut.Trunk, c.SIP.Trunks = []string{"+49"}, "b", outbound("a", "b")
		}, ""},
		{"calls out through none", func(c *Config) { c.DialOut.Trunk, c.SIP.Trunks = "c", outbound("a") }, "none of sip.trunks is named"},
		{"a number that is no prefix", func(c *Config) { c.DialOut.Allow = []string{"0049"} }, "dial_out.allow[0]"},
		{"a denied number that is no prefix", func(c *Config) { c.DialOut.Deny = []string{"+49", "49"} }, "dial_out.deny[1]"},
		{"no calls at a time", func(c *Config) { c.DialOut.Parallel = 0 }, "dial_out.parallel"},
		{"ringing for ever", func(c *Config) { c.DialOut.Ring = Duration{time.Hour} }, "dial_out.ring"},
		{"calls without an end", func(c *Config) { c.DialOut.MaxDuration = Duration{48 * time.Hour} }, "dial_out.max_duration"},
		{"a SIP host in IPv6 that is IPv4", func(c *Config) { c.DialOut.Hosts = []Prefix{{netip.MustParsePrefix("::ffff:10.0.0.0/104")}} }, "dial_out.hosts[0]"},
		{"a user without a password", trunk(func(o *Outbound) { o.Username = "u" }), "username"},
		{"two passwords", trunk(func(o *Outbound) { o.Username, o.PasswordEnv, o.PasswordFile = "u", "A", "b" }), "password_file"},
		{"a user that is a header", trunk(func(o *Outbound) { o.CallerID = "a>\r\nX: y" }), "caller_id"},
		{"nobody who calls", trunk(func(o *Outbound) { o.CallerID = "" }), "caller_id"},
		{"a trunk by TLS where nobody listens for it", trunk(func(o *Outbound) { o.Transport = "tls" }), "transport"},
		{"a trunk at a URI", trunk(func(o *Outbound) { o.Host = "sip:a.example" }), "host"},
		{"a trunk without a host", trunk(func(o *Outbound) { o.Host = "" }), "host"},
		{"a trunk at port 0", trunk(func(o *Outbound) { o.Host = "a.example:0" }), "host"},
		{"a domain with a parameter", trunk(func(o *Outbound) { o.Domain = "a;lr" }), "domain"},
		{"public and open", func(c *Config) { c.SIP.Listen, c.SIP.Open = public, true }, ""},
		{"public with a trunk", func(c *Config) {
			c.SIP.Listen = public
			c.SIP.Trunks = []Trunk{{Name: "carrier", Addresses: []Prefix{{netip.MustParsePrefix("192.0.2.0/24")}}}}
		}, ""},
		{"trunk without addresses", func(c *Config) { c.SIP.Trunks = []Trunk{{Name: "carrier"}} }, "sip.trunks[0].addresses"},
		{"trunk without a name", func(c *Config) { c.SIP.Trunks = []Trunk{{}} }, "sip.trunks[0].name"},
		{"every address without advertise", func(c *Config) {
			c.SIP.Listen, c.SIP.Open = Listeners{{Network: "udp", Addr: netip.MustParseAddrPort("0.0.0.0:5060")}}, true
		}, "sip.advertise"},
		{"a listener twice", func(c *Config) { c.SIP.Listen = append(c.SIP.Listen, c.SIP.Listen[0]) }, "twice"},
		{"no listener", func(c *Config) { c.SIP.Listen = nil }, "sip.listen"},
		{"too short sessions", func(c *Config) { c.SIP.SessionExpires.Duration = 89 * time.Second }, "sip.session_expires"},
		{"sessions of half seconds", func(c *Config) { c.SIP.SessionExpires.Duration = 90*time.Second + time.Millisecond }, "sip.session_expires"},
		{"code in URI", func(c *Config) { c.SIP.CodeInURI = "sometimes" }, "sip.code_in_uri"},
		{"ports reversed", func(c *Config) { c.RTP.Ports = PortRange{Min: 3000, Max: 2000} }, "rtp.ports"},
		{"a mark of seven bits", func(c *Config) { c.RTP.DSCP = 64 }, "rtp.dscp"},
		{"a mark below zero", func(c *Config) { c.RTP.DSCP = -1 }, "rtp.dscp"},
		{"privileged ports", func(c *Config) { c.RTP.Ports = PortRange{Min: 1, Max: 2000} }, "rtp.ports"},
		{"short key", func(c *Config) { c.HTTP.APIKeys = APIKeys{{Secret: "secret"}} }, "http.api_keys[0]"},
		{"certificate without key", func(c *Config) { c.HTTP.TLSCert = "a.pem" }, "tls_key"},
		{"larger uploads than the store takes", func(c *Config) { c.Limits.UploadBytes = 16<<20 + 1 }, "limits.upload_bytes"},
		{"too long messages", func(c *Config) { c.Limits.BroadcastRecording.Duration = 301 * time.Second }, "limits.broadcast_recording"},
		{"too short speeches", func(c *Config) { c.Limits.BroadcastLive.Duration = time.Second }, "limits.broadcast_live"},
		{"no calls", func(c *Config) { c.Limits.Calls = 0 }, "limits.calls"},
		{"a retention that is no time to read the attendance", func(c *Config) { c.Retention.Attendance.Duration = time.Minute }, "retention.attendance"},
		{"a negative retention", func(c *Config) { c.Retention.Attendance.Duration = -time.Hour }, "retention.attendance"},
		{"no webhooks", func(c *Config) { c.Webhooks.Endpoints = 0 }, "webhooks.endpoints"},
		{"webhooks to a mapped network", func(c *Config) {
			c.Webhooks.AllowNetworks = []Prefix{{netip.MustParsePrefix("::ffff:10.0.0.0/104")}}
		}, "webhooks.allow_networks[0]"},
		{"webhooks to private networks", func(c *Config) {
			c.Webhooks = Webhooks{AllowPrivate: true, AllowNetworks: []Prefix{{netip.MustParsePrefix("169.254.1.0/24")}}, Endpoints: 1}
		}, ""},
		{"log level", func(c *Config) { c.Log.Level = "loud" }, "log.level"},
		{"log format", func(c *Config) { c.Log.Format = "xml" }, "log.format"},
		{"a store of another kind", func(c *Config) { c.Store = "mysql://u:secret@h/db" }, "store: name a PostgreSQL"},
		{"a store in PostgreSQL", func(c *Config) { c.Store = "postgresql://u@h/db" }, ""},
		{"no state directory", func(c *Config) { c.StateDir = "" }, "state_dir"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := Default()
			tc.change(&cfg)
			err := cfg.Validate()
			switch {
			case tc.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
				t.Errorf("got %v, want an error that names %q", err, tc.want)
			}
		})
	}
}

func TestErrorsShowNoPassword(t *testing.T) {
	for _, text := range []string{
		"store: postgres://u:hunter2@h/db\nstate_dirr: x\n",
		"store: postgres://u:hun@hunter2@h/db\nstate_dirr: x\n",
		"store: postgres://h/db?user=u&password=hunter2\nstate_dirr: x\n",
		"store: [postgres://u:hunter2@h/db]\n",
	} {
		cfg := Default()
		err := Parse([]byte(text), &cfg)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := Load("", Overrides{Store: "mysql://u:hunter2@h/db"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func TestOverridesWinOverTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("state_dir: from-file\nlog: {level: warn}\nhttp: {listen: '127.0.0.1:1'}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, Overrides{SIPListen: []string{"127.0.0.1:7000", "tcp:127.0.0.2:7001"}, RTPPorts: "30000-30100", StateDir: "from-flag"})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.StateDir, want.Log.Level, want.HTTP.Listen = "from-flag", "warn", AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}
	want.RTP.Ports = PortRange{Min: 30000, Max: 30100}
	want.SIP.Listen = append(bothNetworks(netip.MustParseAddrPort("127.0.0.1:7000")), Listen{"tcp", netip.MustParseAddrPort("127.0.0.2:7001")})
	if diff := cmp.Diff(want, got, compare); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOverrideMistakesNameTheFlag(t *testing.T) {
	for flag, over := range map[string]Overrides{
		"--sip-listen":  {SIPListen: []string{"nowhere"}},
		"--rtp-ports":   {RTPPorts: "many"},
		"--http-listen": {HTTPListen: "8080"},
		"log.level":     {LogLevel: "loud"},
		"api_keys":      {APIKey: "short"},
	} {
		if _, err := Load("", over); err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%+v: got %v, want an error that names %s", over, err, flag)
		}
	}
}

func TestValidateNamesTheLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(path, []byte("log:\n  level: warn\nrtp:\n  ports: 1-2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, Overrides{}); err == nil || !strings.Contains(err.Error(), path+":4: rtp.ports") {
		t.Errorf("got %v, want the line of rtp.ports", err)
	}
	if _, err := Load(path, Overrides{RTPPorts: "2000-2100", LogFormat: "xml"}); err == nil || strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that does not blame the file for a flag", err)
	}
}

func TestLoadRefusesWhatIsNotAConfigFile(t *testing.T) {
	big := filepath.Join(t.TempDir(), "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxFileBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{big, t.TempDir(), "/dev/zero", "no-such-file.yaml"} {
		if _, err := Load(path, Overrides{}); err == nil {
			t.Errorf("%s: accepted", path)
		}
	}
}

func TestTrusted(t *testing.T) {
	s := SIP{Trunks: []Trunk{{Name: "c", Addresses: []Prefix{{netip.MustParsePrefix("192.0.2.0/28")}}}}}
	for addr, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"192.0.2.15": true, "::ffff:192.0.2.1": true, "192.0.2.16": false, "10.0.0.1": false, "2001:db8::1": false,
	} {
		if got := s.Trusted(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: got %v, want %v", addr, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	example, err := os.ReadFile("partyline.example.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	for _, text := range []string{"", "sip: {listen: ['udp:[::1]:5060']}", "rtp: {ports: 1-2, timeout: 1h}", "limits: {calls: -1}", "a: &a [*a]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		if len(text) > 1<<14 {
			return // a person's file is small, and the reader's time grows with the text
		}
		cfg := Default()
		if err := Parse(text, &cfg); err != nil {
			return
		}
		_ = cfg.Validate() // must not panic
	})
}

// outbound are trunks that calls go out through.
func outbound(names ...string) (trunks []Trunk) {
	for _, name := range names {
		trunks = append(trunks, Trunk{Name: name, Addresses: []Prefix{{netip.MustParsePrefix("192.0.2.0/24")}}, Outbound: Outbound{Host: "sip.example.net", CallerID: "+4930123450"}})
	}
	return trunks
}

func trunk(change func(*Outbound)) func(*Config) {
	return func(c *Config) {
		c.SIP.Trunks = outbound("a")
		change(&c.SIP.Trunks[0].Outbound)
	}
}

func TestTrunkPassword(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARTYLINE_TEST_PASSWORD", "from the environment")
	for want, o := range map[string]Outbound{
		"":                     {Host: "a"},
		"from a file":          {Host: "a", Username: "u", PasswordFile: file},
		"from the environment": {Host: "a", Username: "u", PasswordEnv: "PARTYLINE_TEST_PASSWORD"},
	} {
		if got, err := o.Password(); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	for _, o := range []Outbound{{Username: "u", PasswordEnv: "PARTYLINE_TEST_NONE"}, {Username: "u", PasswordFile: file + "x"}} {
		if got, err := o.Password(); err == nil {
			t.Errorf("%+v: %q", o, got)
		}
	}
}

func TestTLSListeners(t *testing.T) {
	t.Parallel()
	const with = "  tls: {cert: a.pem, key: a.key}\n"
	for _, c := range []struct {
		name, yaml, want string
	}{
		{"a port of its own", "sip:\n  listen: [\"tls:127.0.0.1\"]\n" + with, "tls:127.0.0.1:5061"},
		{"IPv6", "sip:\n  listen: [\"tls:[::1]\"]\n" + with, "tls:[::1]:5061"},
		{"another port", "sip:\n  listen: [\"tls:[::1]:6000\"]\n" + with, "tls:[::1]:6000"},
		{"no certificate", "sip:\n  listen: [\"tls:127.0.0.1\"]\n", "sip.tls: tls:127.0.0.1:5061 needs a certificate"},
		{"no key", "sip:\n  tls: {cert: a.pem}\n", "name cert and key"},
		{"the port of TCP", "sip:\n  listen: [\"127.0.0.1:5060\", \"tls:127.0.0.1:5060\"]\n" + with, "are the same port"},
		{"no such network", "sip:\n  listen: [\"wss:127.0.0.1:5060\"]\n", "is not udp, tcp or tls"},
		{"names without a CA", "sip:\n  listen: [\"tls:127.0.0.1\"]\n  trunks: [{name: a, tls_names: [sbc.test]}]\n" + with, "tls_names: certificates are asked for where"},
		{"a name twice", "sip:\n  listen: [\"tls:127.0.0.1\"]\n  trunks: [{name: a, tls_names: [sbc.test]}, {name: b, tls_names: [SBC.test]}]\n  tls: {cert: a.pem, key: a.key, client_ca: c.pem}\n", "SBC.test is a name of trunk a already"},
		{"no name", "sip:\n  listen: [\"tls:127.0.0.1\"]\n  trunks: [{name: a, tls_names: [\"*\"]}]\n  tls: {cert: a.pem, key: a.key, client_ca: c.pem}\n", "is not a name such as"},
		{"a trunk by name alone", "sip:\n  listen: [\"tls:127.0.0.1\"]\n  trunks: [{name: a, tls_names: [sbc.test]}]\n  tls: {cert: a.pem, key: a.key, client_ca: c.pem}\n", "tls:127.0.0.1:5061"},
		{"a trunk over TLS without a listener", "sip:\n  trunks: [{name: a, addresses: [192.0.2.7], outbound: {host: sip.test, transport: tls, caller_id: \"1\"}}]\n", "outbound.transport: calls go out from where"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := Default()
			err := Parse([]byte(c.yaml), &cfg)
			if err == nil {
				err = cfg.Validate()
			}
			got := fmt.Sprint(err)
			if err == nil {
				got = cfg.SIP.Listen[0].String()
			}
			if !strings.Contains(got, c.want) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
