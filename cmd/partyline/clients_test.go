package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// TestSIPpComesIn lets Debian's sip-tester call a running bridge, key in the code by telephone-events and stay until the
// API lists it in the main room.
func TestSIPpComesIn(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		missing(t, "sipp is not installed: apt-get install sip-tester")
	}
	if os.Geteuid() != 0 {
		missing(t, "sipp sends captured packets for root only")
	}
	checkLeaks(t)
	p, api, m := serveMeeting(t)
	dir := t.TempDir()
	scenario, err := os.ReadFile("testdata/sipp.xml")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "sipp.xml"), scenario, 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "keys.pcap"), keysPCAP(m.AccessCode+"#"), 0o644))

	cmd := exec.CommandContext(t.Context(), sipp, p.sip, "-i", "127.0.0.1", "-sf", "sipp.xml", "-s", "bridge", "-m", "1",
		"-nostdin", "-timeout", "60s", "-timeout_error", "-trace_err", "-mp", mediaPort(t))
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, t.Output(), t.Output()
	must(t, cmd.Start())
	t.Cleanup(func() { endProgram(cmd) })
	found := inMainRoomOf(t, api, m)
	must(t, api.Do(soon(t), "DELETE", "/v1/legs/"+found.Legs[0].ID, nil, nil)) // the scenario ends with our BYE
	if err := cmd.Wait(); err != nil {
		logs, _ := filepath.Glob(filepath.Join(dir, "*errors.log")) // the pattern is right
		for _, l := range logs {
			text, err := os.ReadFile(l)
			t.Logf("%s (%v)", text, err)
		}
		t.Errorf("sipp: %v", err)
	}
}

// endProgram ends a program that a failed test has left behind.
func endProgram(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_, _ = cmd.Process.Kill(), cmd.Wait() // there is nothing to learn from either
	}
}

// serveMeeting is a bridge in a process of its own, with a meeting.
func serveMeeting(t *testing.T) (*process, *bridgeapi.Client, bridgeapi.Meeting) {
	t.Helper()
	p := serve(t, t.TempDir())
	api := bridgeapi.New(p.url, p.key)
	t.Cleanup(api.Close)
	m, err := api.CreateMeeting(soon(t), bridgeapi.NewMeeting{Title: t.Name()})
	must(t, err)
	return p, api, m
}

// inMainRoomOf waits until somebody is listed in the main room.
func inMainRoomOf(t *testing.T, api *bridgeapi.Client, m bridgeapi.Meeting) (found bridgeapi.Participant) {
	t.Helper()
	await(t, "somebody in the main room", func() error {
		people, err := api.Participants(t.Context(), m.ID)
		if err != nil {
			return err
		}
		for _, found = range people {
			if found.Location.Room == bridgeapi.MainRoom && len(found.Legs) == 1 {
				return nil
			}
		}
		return fmt.Errorf("the meeting has %+v", people)
	})
	return found
}

// keysPCAP is a capture of telephone-events for sipp to play: each key of 100 ms with three end packets, 100 ms apart.
func keysPCAP(keys string) []byte {
	b := pcapHeader()
	at, seq := time.Duration(0), uint16(1)
	for _, key := range keys {
		began := uint32(at * 8000 / time.Second)
		for i := 1; i <= 8; i++ {
			event := []byte{byte(strings.IndexRune("0123456789*#", key)), 10, 0, 0}
			binary.BigEndian.PutUint16(event[2:], uint16(min(i, 5)*160))
			if i > 5 {
				event[1] |= 0x80 // end
			}
			b = appendPacket(b, at, rtp(101, seq, began, i == 1, event))
			at, seq = at+20*time.Millisecond, seq+1
		}
		at += 100 * time.Millisecond
	}
	return b
}

// pcapHeader begins a capture.
func pcapHeader() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 65535)
	return binary.LittleEndian.AppendUint32(b, 1) // Ethernet
}

// rtp is a packet of RFC 3550.
func rtp(payloadType uint8, seq uint16, ts uint32, marker bool, payload []byte) []byte {
	p := make([]byte, 12, 12+len(payload))
	p[0], p[1] = 0x80, payloadType
	if marker {
		p[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], ts)
	binary.BigEndian.PutUint32(p[8:], 0x5eed)
	return append(p, payload...)
}

// appendPacket appends a record with Ethernet, IPv4 and UDP headers; sipp fills in its own addresses.
func appendPacket(b []byte, at time.Duration, payload []byte) []byte {
	const ethernet, ip, udp = 14, 20, 8
	head := make([]byte, ethernet+ip+udp)
	head[12], head[13] = 0x08, 0x00
	v4 := head[ethernet:]
	v4[0], v4[8], v4[9] = 0x45, 64, 17
	binary.BigEndian.PutUint16(v4[2:], uint16(ip+udp+len(payload)))
	copy(v4[12:], []byte{127, 0, 0, 1, 127, 0, 0, 1})
	binary.BigEndian.PutUint16(v4[ip:], 16000)
	binary.BigEndian.PutUint16(v4[ip+2:], 16002)
	binary.BigEndian.PutUint16(v4[ip+4:], uint16(udp+len(payload)))
	size := uint32(len(head) + len(payload))
	b = binary.LittleEndian.AppendUint32(b, uint32(at/time.Second))
	b = binary.LittleEndian.AppendUint32(b, uint32(at%time.Second/time.Microsecond))
	b = binary.LittleEndian.AppendUint32(b, size)
	b = binary.LittleEndian.AppendUint32(b, size)
	return append(append(b, head...), payload...)
}

// TestBaresipComesIn lets baresip, a softphone, call a running bridge and key in the code: the API lists it in the main room.
func TestBaresipComesIn(t *testing.T) {
	baresip, err := exec.LookPath("baresip")
	if err != nil {
		missing(t, "baresip is not installed: apt-get install baresip-core")
	}
	modules := baresipModules(t, baresip)
	checkLeaks(t)
	p, api, m := serveMeeting(t)
	cmd, softphone := startBaresip(t, baresip, modules, baresipOptions{})
	softphone.do("dial", "sip:bridge@"+p.sip)
	softphone.await("CALL_ESTABLISHED")
	for _, key := range m.AccessCode + "#" {
		softphone.do("sndcode", string(key))
		softphone.do("sndcode", "\x04") // the key is let go
	}
	inMainRoomOf(t, api, m)
	softphone.do("hangup", "")
	softphone.await("CALL_CLOSED")
	softphone.do("quit", "")
	if err := cmd.Wait(); err != nil {
		t.Errorf("baresip: %v", err)
	}
	must(t, softphone.conn.Close())
}

// baresipOptions say what kind of softphone a test wants.
type baresipOptions struct {
	host      string // its own; empty: 127.0.0.1
	transport string // empty: udp
	player    string // empty: one that it does not have
	mediaenc  string // e.g. srtp-mand; empty: plain RTP
	config    string // more lines of its configuration
	args      []string
}

// startBaresip starts baresip with a tone for a microphone. It takes its ports by number, so that they have to be guessed.
func startBaresip(t *testing.T, program, modules string, o baresipOptions) (*exec.Cmd, *softphone) {
	t.Helper()
	host := cmp.Or(o.host, "127.0.0.1")
	for range 10 {
		dir, control, listen := t.TempDir(), freeAddr(t, "tcp"), freeAddr(t, "udp")
		listen = strings.Replace(listen, "127.0.0.1", host, 1)
		writeWAV(t, filepath.Join(dir, "tone.wav"), tone(1100, 8000, 30*time.Second))
		must(t, os.WriteFile(filepath.Join(dir, "config"), fmt.Appendf(nil, `sip_listen %s
module_path %s
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s
audio_source aufile,%s
audio_player %s
%s`, listen, modules, control, filepath.Join(dir, "tone.wav"), cmp.Or(o.player, "aufile,"+filepath.Join(dir, "heard.wav")), o.config), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "accounts"), fmt.Appendf(nil, "<sip:alice@%s;transport=%s>;regint=0;mediaenc=%s\n", host, cmp.Or(o.transport, "udp"), o.mediaenc), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, "contacts"), nil, 0o644))

		cmd := exec.Command(program, append([]string{"-f", dir}, o.args...)...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = dir, t.Output(), t.Output()
		must(t, cmd.Start())
		t.Cleanup(func() { endProgram(cmd) })
		if s := dialControl(t, control); s != nil {
			s.sip = listen
			return cmd, s
		}
		endProgram(cmd)
	}
	t.Fatal("baresip does not start")
	return nil, nil
}

// baresipModules finds the folder of baresip's modules beside the program.
func baresipModules(t *testing.T, program string) string {
	t.Helper()
	for _, lib := range []string{"lib", "lib64", "lib/*"} {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(program), "..", lib, "baresip/modules/g711.so"))
		must(t, err)
		if len(found) > 0 {
			return filepath.Dir(found[0])
		}
	}
	missing(t, "the modules of baresip are not beside it")
	return ""
}

// freeAddr is an address that was free a moment ago.
func freeAddr(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		must(t, err)
		must(t, c.Close())
		return c.LocalAddr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

// mediaPort is an even UDP port that was free a moment ago.
func mediaPort(t *testing.T) string {
	t.Helper()
	addr := netip.MustParseAddrPort(freeAddr(t, "udp"))
	return strconv.Itoa(int(addr.Port() &^ 1))
}

// softphone is a baresip that is told what to do: netstrings of JSON over TCP.
type softphone struct {
	t      *testing.T
	sip    string // where it takes calls
	conn   net.Conn
	in     *bufio.Reader
	events map[string]bool // that came so far
}

// dialControl waits for the control port; nil: nobody listens there.
func dialControl(t *testing.T, addr string) *softphone {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience/8)
	defer stop()
	s := &softphone{t: t, events: map[string]bool{}}
	err := phone.Await(ctx, func() (err error) {
		s.conn, err = net.Dial("tcp", addr)
		return err
	})
	if err != nil {
		return nil
	}
	s.in = bufio.NewReader(s.conn)
	must(t, s.conn.SetDeadline(time.Now().Add(patience)))
	return s
}

// do sends a command and waits until it is done.
func (s *softphone) do(command, params string) {
	s.t.Helper()
	text, err := json.Marshal(map[string]string{"command": command, "params": params, "token": command})
	must(s.t, err)
	_, err = fmt.Fprintf(s.conn, "%d:%s,", len(text), text)
	must(s.t, err)
	for {
		m, err := s.read()
		if err != nil {
			if command == "quit" {
				return
			}
			s.t.Fatalf("baresip after %s: %v", command, err)
		}
		if m["response"] == true && m["token"] == command {
			if m["ok"] != true {
				s.t.Fatalf("baresip refuses %s: %v", command, m)
			}
			return
		}
	}
}

// await waits for an event.
func (s *softphone) await(event string) {
	s.t.Helper()
	for !s.events[event] {
		if _, err := s.read(); err != nil {
			s.t.Fatalf("baresip, awaiting %s: %v", event, err)
		}
	}
}

// read takes the next message and remembers if it is an event.
func (s *softphone) read() (message map[string]any, err error) {
	defer func() {
		if event, ok := message["type"].(string); ok {
			s.events[event] = true
		}
	}()
	size, err := s.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
	if err != nil || n > 1<<20 {
		return nil, errors.Join(err, fmt.Errorf("a message of %q bytes", size))
	}
	text := make([]byte, n+1)
	if _, err := io.ReadFull(s.in, text); err != nil {
		return nil, err
	}
	return message, json.Unmarshal(text[:n], &message)
}
