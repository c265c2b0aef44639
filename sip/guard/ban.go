package guard

import (
	"bytes"
	"net/netip"
	"strings"
	"time"
)

// Why a source is banned, as the log line and the counters call it.
const (
	forRate     = "rate"     // more messages than one source may send
	forScanning = "scanner"  // it says that it is a scanner
	forOffences = "offences" // too much of what it sends is malformed or refused
)

// banning counts a ban and writes the line that fail2ban and the like read. It has a limit of its own: refusals, which a
// flood makes many of, leave it its place.
func (g *Guard) banning(a netip.Addr, why string, d time.Duration) {
	g.counters.count(evBan)
	switch why {
	case forRate:
		g.counters.count(evBanRate)
	case forScanning:
		g.counters.count(evBanScanner)
	default:
		g.counters.count(evBanOffences)
	}
	g.bans.Warn("source banned", "remote", a.Unmap().WithZone(""), "reason", why, "seconds", int(d.Seconds()))
}

// offended counts something that an honest untrusted source seldom does. One that we have called is never banned for it: its
// address may have been forged to have it so.
func (g *Guard) offended(a netip.Addr, atOnce bool, now int64) {
	if g.trusted(a) || g.opt.Known != nil && g.opt.Known(a) {
		return
	}
	if d := g.sources.offend(a, atOnce, now); d > 0 {
		why := forOffences
		if atOnce {
			why = forScanning
		}
		g.banning(a, why, d)
	}
}

// scans says whether a message comes from a program that looks for telephones to misuse.
func (g *Guard) scans(m *message) bool {
	if len(g.scanners) == 0 {
		return false
	}
	for i := range m.fields {
		if f := &m.fields[i]; equalFold(f.name, "user-agent") {
			agent := bytes.ToLower(f.value)
			for _, s := range g.scanners {
				if bytes.Contains(agent, s) {
					return true
				}
			}
		}
	}
	return false
}

// lowered makes the names of scanners ready to be found.
func lowered(names []string) [][]byte {
	var all [][]byte
	for _, n := range names {
		if n != "" {
			all = append(all, []byte(strings.ToLower(n)))
		}
	}
	return all
}

// offending says whether a final response means that the request was one that scanners send: nobody is called so, or may not
// be. Who is busy, gives up, meets a call that has just ended, or is asked for a password now and then has done no wrong;
// 401 and 407 count too, for guesses come by the dozen.
func offending(status int) bool {
	switch status {
	case 400, 401, 403, 404, 405, 407, 410, 414, 415, 416, 420, 484, 485, 501, 505, 513, 604:
		return true
	}
	return false
}
