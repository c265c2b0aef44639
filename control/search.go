package control

import (
	"strings"
	"unicode/utf8"
)

// Search says of texts whether they have the query in them, whatever the case and the width of space. An empty query
// is in all of them.
func Search(query string) func(text string) bool {
	query = foldName(query)
	plain := isASCII(query)
	return func(text string) bool {
		switch {
		case query == "":
			return true
		case plain && isASCII(text): // most are, and folding is slow
			return containsFold(text, query)
		}
		return strings.Contains(foldName(text), query)
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// containsFold is strings.Contains for a text in any case; query is in lower case.
func containsFold(text, query string) bool {
	for i := 0; i+len(query) <= len(text); i++ {
		if strings.EqualFold(text[i:i+len(query)], query) {
			return true
		}
	}
	return false
}
