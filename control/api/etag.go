package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// etagOf is a strong ETag of what an admin can edit of a resource. Counts and
// the like are left out: they change without anybody's doing.
func etagOf(editable any) string {
	raw, err := json.Marshal(editable)
	if err != nil {
		return "" // only our own types come here; without an ETag no If-Match fits
	}
	sum := sha256.Sum256(raw)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// Conditional is embedded in requests that may carry If-Match.
type Conditional struct {
	IfMatch string `header:"If-Match" doc:"Do it only if the resource still has this ETag; * fits any." maxLength:"1000"`
}

// check compares with the resource as it is now (RFC 9110 §13.1.1).
func (m Conditional) check(etag string, current any) error {
	if m.IfMatch == "" {
		return nil
	}
	for want := range strings.SplitSeq(m.IfMatch, ",") {
		want = strings.TrimSpace(want)
		if want == "*" || etag != "" && want == etag {
			return nil
		}
	}
	p := newProblem("precondition_failed", "the resource has changed since").with("If-Match", "look at current, then try again with its etag")
	p.Current, p.ETag = current, etag
	return p
}
