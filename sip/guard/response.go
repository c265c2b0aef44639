package guard

import "bytes"

// response checks a parsed response. Nothing is ever answered to one: what is
// wrong or not for us is dropped (RFC 3261 §8.1.3.3, §18.1.2).
func (r *rules) response(m *message) bool {
	if m.fault.bad() || !equalFold(m.version, "sip/2.0") || !m.readVia() {
		return false
	}
	// More than one Via: it was meant for a proxy.
	vias := 0
	for i := range m.fields {
		if m.fields[i].id == fieldVia {
			vias += 1 + bytes.Count(m.fields[i].value, []byte(","))
		}
	}
	if vias != 1 || !m.via.modern() {
		return false
	}
	r.dialog(m)
	r.lengths(m)
	r.addresses(m)
	if f := m.get(fieldContentType); f != nil && len(f.value) == 0 {
		return false
	}
	return !m.fault.bad()
}
