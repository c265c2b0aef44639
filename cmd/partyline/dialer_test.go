package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/config"
	"partyline/sip"
)

// TestTrunksOfTheConfiguration: what the file says reaches the user agent, the password out of its own file.
func TestTrunksOfTheConfiguration(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(password, []byte("hush\n"), 0o600))
	text := fmt.Sprintf(`
sip:
  trunks:
    - name: carrier
      addresses: [192.0.2.0/28]
      outbound:
        host: sip.example.net:5070
        transport: tcp
        domain: example.net
        caller_id: "+4930500"
        username: partyline
        password_file: %s
        realm: asterisk
    - name: in only
      addresses: [198.51.100.1]
dial_out:
  allow: ["+49"]
  deny: ["+49151"]
  hosts: [10.0.0.0/8]
`, password)
	file := filepath.Join(t.TempDir(), "partyline.yaml")
	must(t, os.WriteFile(file, []byte(text), 0o600))
	cfg, err := config.Load(file, config.Overrides{})
	must(t, err)
	got, err := sipTrunks(cfg.SIP.Trunks)
	must(t, err)
	want := map[string]*sip.Trunk{"carrier": {
		Host: "sip.example.net", Port: 5070, Network: "tcp", Domain: "example.net", CallerID: "+4930500", Username: "partyline", Password: "hush", Realm: "asterisk",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trunks (-want +got):\n%s", diff)
	}

	var told strings.Builder
	must(t, describeDialOut(cfg, func(format string, args ...any) { fmt.Fprintf(&told, format, args...) }))
	for _, want := range []string{"[+49] through carrier (sip.example.net:5070)", "[+49151]", "[10.0.0.0/8]", "10 calls at a time (5 of a meeting)"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("check does not say %q:\n%s", want, told.String())
		}
	}
	if strings.Contains(told.String(), "hush") {
		t.Error("check tells the password")
	}
	must(t, os.Remove(password))
	if _, err := sipTrunks(cfg.SIP.Trunks); err == nil {
		t.Error("a trunk without its password is no mistake")
	}
}

func TestCheckSaysThatNobodyIsCalled(t *testing.T) {
	var told strings.Builder
	must(t, describeDialOut(config.Default(), func(format string, args ...any) { fmt.Fprintf(&told, format, args...) }))
	if !strings.Contains(told.String(), "nobody") {
		t.Errorf("check says %q", told.String())
	}
	cfg := config.Default()
	cfg.DialOut.Hosts = []config.Prefix{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
	d, err := newDialer(cfg, nil, nil)
	must(t, err)
	if d.trunk != "" || len(d.policy.Hosts) != 1 {
		t.Errorf("%+v", d)
	}
}
