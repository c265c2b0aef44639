package config

import (
	"fmt"
	"time"
)

// Bans are what becomes of strangers who scan.
type Bans struct {
	For      Duration `yaml:"for"`      // the first time; up to eightfold for repeated offences
	Silent   bool     `yaml:"silent"`   // strangers are not told what is refused
	Scanners []string `yaml:"scanners"` // parts of what such programs call themselves
}

// defaultScanners are what tools that look for telephones to misuse call themselves where nobody has taken the trouble to
// change it.
func defaultScanners() []string {
	return []string{
		"friendly-scanner", "friendly-request", "sipvicious", "sundayddr", "sipcli", "sip-scan", "sipscan", "siparmyknife", "sivus", "pplsip",
		"vaxsipuseragent", "vaxipuseragent", "iwar", "smap", "gulp",
	}
}

// The shortest name of a scanner: a shorter one would be a part of honest names.
const minScanner = 4

func (b Bans) validate() error {
	if b.For.Duration < time.Second || b.For.Duration > 24*time.Hour {
		return invalid("sip.bans.for", "%s is not between 1s and 24h", b.For)
	}
	if len(b.Scanners) > 200 {
		return invalid("sip.bans.scanners", "name 200 at most, not %d", len(b.Scanners))
	}
	for i, s := range b.Scanners {
		if len(s) < minScanner || len(s) > 100 {
			return invalid(fmt.Sprintf("sip.bans.scanners[%d]", i), "%q has not between %d and 100 characters", s, minScanner)
		}
	}
	return nil
}
