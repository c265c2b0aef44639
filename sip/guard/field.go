package guard

// fieldID names the header fields that the guard itself reads.
type fieldID uint8

const (
	fieldOther fieldID = iota
	fieldVia
	fieldFrom
	fieldTo
	fieldCallID
	fieldCSeq
	fieldMaxForwards
	fieldContentLength
	fieldContentType
	fieldContentEncoding
	fieldContentDisposition
	fieldContact
	fieldRoute
	fieldRecordRoute
	fieldReferTo
	fieldReferredBy
	fieldRequire
	fieldAccept
	fieldPeer
	fieldIDs
)

// fieldNames are the long forms in which fields are written out.
var fieldNames = [fieldIDs]string{
	fieldVia:                "Via",
	fieldFrom:               "From",
	fieldTo:                 "To",
	fieldCallID:             "Call-ID",
	fieldCSeq:               "CSeq",
	fieldMaxForwards:        "Max-Forwards",
	fieldContentLength:      "Content-Length",
	fieldContentType:        "Content-Type",
	fieldContentEncoding:    "Content-Encoding",
	fieldContentDisposition: "Content-Disposition",
	fieldContact:            "Contact",
	fieldRoute:              "Route",
	fieldRecordRoute:        "Record-Route",
	fieldReferTo:            "Refer-To",
	fieldReferredBy:         "Referred-By",
	fieldRequire:            "Require",
	fieldAccept:             "Accept",
	fieldPeer:               PeerHeader,
}

// identify maps a field name to its ID. Names are case-insensitive and some
// have a compact form (RFC 3261 §7.3.3).
func identify(name []byte) fieldID {
	var buf [24]byte
	if len(name) > len(buf) {
		return fieldOther
	}
	low := buf[:len(name)]
	for i, c := range name {
		low[i] = lower(c)
	}
	switch string(low) {
	case "via", "v":
		return fieldVia
	case "from", "f":
		return fieldFrom
	case "to", "t":
		return fieldTo
	case "call-id", "i":
		return fieldCallID
	case "cseq":
		return fieldCSeq
	case "max-forwards":
		return fieldMaxForwards
	case "content-length", "l":
		return fieldContentLength
	case "content-type", "c":
		return fieldContentType
	case "content-encoding", "e":
		return fieldContentEncoding
	case "content-disposition":
		return fieldContentDisposition
	case "contact", "m":
		return fieldContact
	case "route":
		return fieldRoute
	case "record-route":
		return fieldRecordRoute
	case "refer-to", "r":
		return fieldReferTo
	case "referred-by", "b":
		return fieldReferredBy
	case "require":
		return fieldRequire
	case "accept":
		return fieldAccept
	case "partyline-peer":
		return fieldPeer
	}
	return fieldOther
}

// longName expands the compact names of fields the guard does not read.
func longName(name []byte) string {
	if len(name) != 1 {
		return ""
	}
	switch lower(name[0]) {
	case 'a':
		return "Accept-Contact"
	case 'd':
		return "Request-Disposition"
	case 'j':
		return "Reject-Contact"
	case 'k':
		return "Supported"
	case 'o':
		return "Event"
	case 's':
		return "Subject"
	case 'u':
		return "Allow-Events"
	case 'x':
		return "Session-Expires"
	case 'y':
		return "Identity"
	}
	return ""
}

// single reports whether a field may appear once only and holds one value.
func (id fieldID) single() bool {
	switch id {
	case fieldFrom, fieldTo, fieldCallID, fieldCSeq, fieldMaxForwards,
		fieldContentLength, fieldContentType, fieldContentDisposition, fieldReferTo, fieldReferredBy:
		return true
	default:
		return false
	}
}

// address reports whether a field holds name-addr or addr-spec values.
func (id fieldID) address() bool {
	switch id {
	case fieldFrom, fieldTo, fieldContact, fieldRoute, fieldRecordRoute, fieldReferTo, fieldReferredBy:
		return true
	default:
		return false
	}
}
