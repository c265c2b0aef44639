package sdp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"partyline/mixer/media"
)

// keyText is the key of a far end, n bytes of fill.
func keyText(n int, fill byte) string {
	return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{fill}, n))
}

var (
	sha80  = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + keyText(30, 1)
	sha32  = "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" + keyText(30, 2)
	gcm128 = "a=crypto:3 AEAD_AES_128_GCM inline:" + keyText(28, 3)
	gcm256 = "a=crypto:44 AEAD_AES_256_GCM inline:" + keyText(44, 4)
	savp   = "m=audio 4000 RTP/SAVP 0"
	avp    = "m=audio 4000 RTP/AVP 0"
)

func session(p Policy) Session {
	return Session{ID: 1, Policy: p, Secret: bytes.Repeat([]byte{9}, 32)}
}

// TestSecurity: which suite is chosen, under which tag, or that there is no call: never plain RTP where SRTP was to be.
func TestSecurity(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		policy Policy
		offer  []string
		suite  media.Suite
		tag    string
		refuse string
	}{
		"the best of several":               {SRTPAllow, []string{savp, sha80, sha32, gcm128, gcm256}, media.GCM256, "44", ""},
		"the only one":                      {SRTPRequire, []string{savp, sha32}, media.AES128SHA32, "2", ""},
		"another profile":                   {SRTPAllow, []string{"m=audio 4000 RTP/SAVPF 0", sha80}, media.AES128SHA80, "1", ""},
		"beside plain RTP":                  {SRTPAllow, []string{avp, sha80}, media.AES128SHA80, "1", ""},
		"beside plain RTP, required":        {SRTPRequire, []string{avp, sha80}, media.AES128SHA80, "1", ""},
		"beside plain RTP, off":             {SRTPOff, []string{avp, sha80}, 0, "", ""},
		"plain":                             {SRTPAllow, []string{avp}, 0, "", ""},
		"an encrypted stream before plain":  {SRTPAllow, []string{avp, savp, gcm128}, media.GCM128, "3", ""},
		"off, with a plain stream after it": {SRTPOff, []string{savp, sha80, avp}, 0, "", ""},
		"plain, required":                   {SRTPRequire, []string{avp}, 0, "", "has to be encrypted"},
		"insisted on, off":                  {SRTPOff, []string{savp, sha80}, 0, "", "not taken here"},
		"insisted on, keys in the clear":    {SRTPNoKeys, []string{savp, sha80}, 0, "", "not exchanged"},
		"plain, keys in the clear":          {SRTPNoKeys, []string{avp}, 0, "", "has to be encrypted"},
		"without a key":                     {SRTPAllow, []string{savp}, 0, "", "no a=crypto"},
		"with a bad key":                    {SRTPAllow, []string{savp, strings.Replace(sha80, keyText(30, 1), keyText(29, 1), 1)}, 0, "", "no a=crypto"},
		"without encryption":                {SRTPAllow, []string{savp, sha80 + " UNENCRYPTED_SRTP"}, 0, "", "no a=crypto"},
		"an unknown suite":                  {SRTPAllow, []string{savp, strings.Replace(sha80, "AES_CM", "F8", 1)}, 0, "", "no a=crypto"},
		"the second is usable":              {SRTPAllow, []string{savp, sha80 + " KDR=1", sha32}, media.AES128SHA32, "2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, answer, err := session(tt.policy).Answer(offer(tt.offer...), local)
			if tt.refuse != "" {
				if !errors.Is(err, ErrNotAcceptable) || !strings.Contains(err.Error(), tt.refuse) {
					t.Fatalf("error %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c := s.Spec.Crypto
			if c.Suite != tt.suite || s.SRTP() != tt.suite.String() || s.Tag != tt.tag {
				t.Fatalf("suite %v, tag %q", c.Suite, s.Tag)
			}
			key := fmt.Sprintf("a=crypto:%s %s inline:%s\r\n", tt.tag, tt.suite, base64.StdEncoding.EncodeToString(c.Send))
			if got := strings.Contains(string(answer), key); got != (tt.suite != 0) || strings.Count(string(answer), "a=crypto") > 1 {
				t.Errorf("answer\n%s", answer)
			}
			if bytes.Equal(c.Send, c.Recv) && tt.suite != 0 {
				t.Error("the answer has the key of the offer")
			}
		})
	}
}

// TestCryptoLines: what is read of a line, and what makes it unusable.
func TestCryptoLines(t *testing.T) {
	t.Parallel()
	const suite = "1 AES_CM_128_HMAC_SHA1_80 "
	key := "inline:" + keyText(30, 7)
	for line, mki := range map[string]string{
		suite + key: "",
		"999999999 aes_cm_128_hmac_sha1_80 " + key: "",
		suite + key + "|2^31":                      "",
		suite + key + "|2^48|1:1":                  "\x01",
		suite + key + "|1:4":                       "\x00\x00\x00\x01",
		suite + key + "|1048576|66051:3":           "\x01\x02\x03",
		suite + key + " WSH=64 -x=1":               "",
	} {
		if c, ok := parseCrypto(line); !ok || string(c.mki) != mki || len(c.key) != 30 {
			t.Errorf("%s: %v, mki %q", line, ok, c.mki)
		}
	}
	for _, line := range []string{
		"", "1", suite, "x AES_CM_128_HMAC_SHA1_80 " + key, "1234567890 AES_CM_128_HMAC_SHA1_80 " + key, "1 NULL_HMAC_SHA1_80 " + key,
		suite + keyText(30, 7), suite + "inline:", suite + "inline:%%%", suite + key + "A", suite + "uri:" + keyText(30, 7),
		suite + key + "|2^19", suite + key + "|2^49", suite + key + "|2^64", suite + key + "|0", suite + key + "|-1", suite + key + "|",
		suite + key + "|1:0", suite + key + "|1:5", suite + key + "|256:1", suite + key + "|x:1", suite + key + "|1:1|1:1", suite + key + "|1:1|2^31",
		suite + key + "|2^31|2^31", suite + key + "|2^31|1:1|x",
		suite + key + ";" + key, suite + key + " KDR=0", suite + key + " UNENCRYPTED_SRTCP", suite + key + " UNAUTHENTICATED_SRTP",
		suite + key + " FEC_ORDER=FEC_SRTP", suite + key + " WSH=63", suite + key + " x", suite + key + " -" + strings.Repeat("x", maxCryptoRow),
	} {
		if c, ok := parseCrypto(line); ok {
			t.Errorf("%q is taken as %+v", line, c)
		}
	}
}

// TestRekey: our key stays while the suite does; another suite has another key, also when it comes back; and a call that is
// encrypted does not become plain.
func TestRekey(t *testing.T) {
	t.Parallel()
	var s Session
	var sent []string
	change := func(lines ...string) media.Crypto {
		t.Helper()
		next, _, err := s.Answer(offer(lines...), local)
		if err != nil {
			t.Fatal(err)
		}
		s = next
		sent = append(sent, string(s.Spec.Crypto.Send))
		return s.Spec.Crypto
	}
	s = session(SRTPAllow)
	change(savp, sha80)
	version := s.Version
	change(savp, sha80)
	if s.Version != version {
		t.Error("the same answer has another version")
	}
	rekeyed := change(savp, strings.Replace(sha80, keyText(30, 1), keyText(30, 5), 1), gcm256)
	if rekeyed.Suite != media.AES128SHA80 || rekeyed.Recv[0] != 5 {
		t.Errorf("rekeyed to %v", rekeyed.Suite)
	}
	change(savp, gcm256)
	change(savp, sha80)
	if sent[0] != sent[1] || sent[1] != sent[2] || sent[4] == sent[0] || sent[3] == sent[4] {
		t.Errorf("keys %x", sent)
	}
	if _, _, err := s.Answer(offer(avp), local); !errors.Is(err, ErrNotAcceptable) {
		t.Errorf("an encrypted call becomes plain: %v", err)
	}
	repeated := string(s.Repeat())
	if !strings.Contains(repeated, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+base64.StdEncoding.EncodeToString([]byte(sent[4]))+"\r\n") || strings.Count(repeated, "a=crypto") != 1 {
		t.Errorf("repeated:\n%s", repeated)
	}
	if same, err := s.Accept(offer(savp, sha80)); err != nil || string(same.Spec.Crypto.Send) != sent[4] {
		t.Errorf("the answer to what was repeated: %v", err)
	}
	again, text := s.Offer(local)
	if !strings.Contains(string(text), "RTP/SAVP 0") || strings.Count(string(text), "a=crypto:1 AES_CM_128_HMAC_SHA1_80 ") != 1 || strings.Count(string(text), "a=crypto") != 1 {
		t.Errorf("offered again:\n%s", text)
	}
	if _, err := again.Accept(offer(avp)); err == nil {
		t.Error("an answer makes it plain")
	}
	accepted, err := again.Accept(offer(savp, sha80))
	if err != nil || string(accepted.Spec.Crypto.Send) != sent[4] {
		t.Errorf("accepted %v, %v", accepted.Spec.Crypto.Suite, err)
	}
}

// TestSecureOffers are ours, and their answers.
func TestSecureOffers(t *testing.T) {
	t.Parallel()
	key := " inline:" + keyText(30, 1)
	for name, tt := range map[string]struct {
		policy Policy
		proto  string
		answer []string
		suite  string // or "refused"
	}{
		"required":                   {SRTPRequire, "RTP/SAVP", []string{savp, "a=crypto:2 AES_CM_128_HMAC_SHA1_80" + key}, "AES_CM_128_HMAC_SHA1_80"},
		"required, plain":            {SRTPRequire, "RTP/SAVP", []string{avp}, "refused"},
		"required, no key":           {SRTPRequire, "RTP/SAVP", []string{savp}, "refused"},
		"required, another tag":      {SRTPRequire, "RTP/SAVP", []string{savp, "a=crypto:1 AES_CM_128_HMAC_SHA1_80" + key}, "refused"},
		"required, not offered":      {SRTPRequire, "RTP/SAVP", []string{savp, "a=crypto:2 AES_CM_128_HMAC_SHA1_32" + key}, "refused"},
		"allowed":                    {SRTPAllow, "RTP/AVP", []string{avp, "a=crypto:1 AEAD_AES_256_GCM inline:" + keyText(44, 1)}, "AEAD_AES_256_GCM"},
		"allowed, plain":             {SRTPAllow, "RTP/AVP", []string{avp}, ""},
		"allowed, an unusable key":   {SRTPAllow, "RTP/AVP", []string{avp, "a=crypto:7 x" + key}, "refused"},
		"allowed, another transport": {SRTPAllow, "RTP/AVP", []string{savp, "a=crypto:2 AES_CM_128_HMAC_SHA1_80" + key}, "refused"},
		"off":                        {SRTPOff, "RTP/AVP", []string{avp}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, text := session(tt.policy).Offer(local)
			if !strings.Contains(string(text), tt.proto+" 0 8 101") || strings.Contains(string(text), "a=crypto") != (tt.policy != SRTPOff) {
				t.Fatalf("offer\n%s", text)
			}
			got, err := s.Accept(offer(tt.answer...))
			if tt.suite == "refused" {
				if !errors.Is(err, ErrNotAcceptable) {
					t.Fatalf("accepted: %v", err)
				}
				return
			}
			if err != nil || got.SRTP() != tt.suite {
				t.Fatalf("%q, %v", got.SRTP(), err)
			}
		})
	}
}

// TestKeysAreNotShown: a session goes through JSON, but is printed and kept for comparison without its keys.
func TestKeysAreNotShown(t *testing.T) {
	t.Parallel()
	s, answer, err := session(SRTPAllow).Answer(offer(savp, sha80), local)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back Session
	if err := json.Unmarshal(text, &back); err != nil || !bytes.Equal(back.Spec.Crypto.Send, s.Spec.Crypto.Send) {
		t.Errorf("through JSON: %v", err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "session", s, "key", s.Spec.Crypto.Send)
	shown := fmt.Sprintf("%v %+v %#v %x %s %s", s, s, s, s.Spec.Crypto, s.Spec.Crypto.Send, log.String())
	ours := string(answer[bytes.Index(answer, []byte("inline:"))+7:][:40])
	for _, secret := range []string{ours, hex.EncodeToString(s.Spec.Crypto.Send), fmt.Sprintf("%d", []byte(s.Spec.Crypto.Send)), fmt.Sprintf("%d", []byte(s.Secret)), keyText(30, 1)} {
		if strings.Contains(shown, strings.Trim(secret, "[]")) {
			t.Errorf("%s is shown in\n%s", secret, shown)
		}
	}
}

// FuzzCrypto: no line makes a panic, or a key of another length than its suite's.
func FuzzCrypto(f *testing.F) {
	for _, line := range []string{sha80, sha32, gcm128, gcm256 + "|2^31|1:1 WSH=128", "a=crypto:1 x inline:|;:"} {
		f.Add(strings.TrimPrefix(line, "a=crypto:"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, ok := parseCrypto(line)
		if !ok {
			return
		}
		if size, salt := c.suite.Sizes(); len(c.key) != size+salt || size == 0 || len(c.mki) > maxMKI || !isTag(c.tag) {
			t.Fatalf("%q: %+v", line, c)
		}
		s, answer, err := session(SRTPRequire).Answer(offer(savp, "a=crypto:"+line), local)
		if err != nil {
			return // the line has a line feed in it
		}
		if d, err := parse(answer); err != nil || len(d.streams[0].crypto) != 1 || s.SRTP() == "" {
			t.Fatalf("our answer cannot be read: %v\n%s", err, answer)
		}
	})
}
