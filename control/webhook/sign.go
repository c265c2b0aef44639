package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"partyline/control"
)

// The headers of Standard Webhooks.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 24 // Standard Webhooks: 24 to 64
	maxSecrets   = 2
)

// Secret is a key that deliveries are signed with.
type Secret struct {
	Value     string    `json:"value"` // "whsec_" and base64
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: it does not
}

func newSecret(now time.Time) Secret {
	var b [secretBytes]byte
	rand.Read(b[:])
	return Secret{Value: secretPrefix + base64.StdEncoding.EncodeToString(b[:]), CreatedAt: now}
}

// activeAt leaves out what has expired.
func activeAt(secrets []Secret, now time.Time) []Secret {
	var active []Secret
	for _, s := range secrets {
		if s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt) {
			active = append(active, s)
		}
	}
	return active
}

// rotated puts a secret before the ones there are, of which the newest lasts for the overlap.
func rotated(secrets []Secret, fresh Secret, overlap time.Duration) []Secret {
	list := []Secret{fresh}
	for _, old := range activeAt(secrets, fresh.CreatedAt) {
		if len(list) == maxSecrets || overlap <= 0 {
			break
		}
		if end := fresh.CreatedAt.Add(overlap); old.ExpiresAt.IsZero() || end.Before(old.ExpiresAt) {
			old.ExpiresAt = end
		}
		list = append(list, old)
	}
	return list
}

// messageID names an event, the same at every attempt and every replay, so that receivers can tell doubles. It has no full
// stop in it: that is what the signed parts are joined by.
func messageID(r control.Record) string {
	return string(r.Meeting) + "-" + strconv.FormatUint(r.Seq, 10)
}

// signatures is the value of webhook-signature: one for each secret that is active.
func signatures(secrets []Secret, id string, at time.Time, body []byte) (string, error) {
	var all []string
	for _, s := range activeAt(secrets, at) {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Value, secretPrefix))
		if err != nil {
			return "", fmt.Errorf("read a secret: %w", err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.", id, at.Unix())
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}
