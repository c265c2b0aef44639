package webhook_test

import (
	"strings"
	"testing"
	"time"

	"partyline/control/webhook"
)

// The example that the libraries of Standard Webhooks test themselves with.
func TestSignatureOfTheStandard(t *testing.T) {
	secret := webhook.Secret{Value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	got, err := webhook.Signatures([]webhook.Secret{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestRotated(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	a, b, c := webhook.Secret{Value: "a"}, webhook.Secret{Value: "b", CreatedAt: now}, webhook.Secret{Value: "c", CreatedAt: now}
	ending := webhook.Secret{Value: "a", ExpiresAt: now.Add(time.Minute)}
	over := webhook.Secret{Value: "a", ExpiresAt: now}
	for _, tt := range []struct {
		name    string
		there   []webhook.Secret
		fresh   webhook.Secret
		overlap time.Duration
		want    string
	}{
		{"the old one goes on for a day", []webhook.Secret{a}, b, day, "b a"},
		{"at once", []webhook.Secret{a}, b, 0, "b"},
		{"never more than two", []webhook.Secret{b, a}, c, day, "c b"},
		{"one that ends sooner still does", []webhook.Secret{ending}, b, day, "b a"},
		{"one that has ended is dropped", []webhook.Secret{over}, b, day, "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var names []string
			list := webhook.Rotated(tt.there, tt.fresh, tt.overlap)
			for _, s := range list {
				names = append(names, s.Value)
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			for _, s := range list[1:] {
				if s.ExpiresAt.IsZero() || s.ExpiresAt.After(now.Add(tt.overlap)) {
					t.Errorf("%s lasts until %s", s.Value, s.ExpiresAt)
				}
			}
		})
	}
}
