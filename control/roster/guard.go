package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Guard makes a cell that no spreadsheet takes for a formula: an apostrophe goes before =, +, - and @ at its start, and
// after anything in it that a spreadsheet set to another separator would split it at. Unguard takes them out again.
func Guard(cell string) string {
	return rewrite(cell, func(done []byte) []byte { return append(done, '\'') })
}

// Unguard undoes Guard; a cell that has no guard stays as it is.
func Unguard(cell string) string {
	return rewrite(cell, func(done []byte) []byte {
		if n := len(done); n > 0 && done[n-1] == '\'' {
			return done[:n-1]
		}
		return done
	})
}

// rewrite calls at before every character that would begin a formula, with what was written up to it.
func rewrite(cell string, at func(done []byte) []byte) string {
	if !strings.ContainsAny(cell, formula) {
		return cell
	}
	done, begins := make([]byte, 0, len(cell)+1), true
	for _, r := range cell {
		switch {
		case strings.ContainsRune(separators, r):
			begins = true
		case begins && strings.ContainsRune(formula, r):
			done, begins = at(done), false
		case r != '\'' && r != '"' && !unicode.IsSpace(r):
			begins = false
		}
		done = utf8.AppendRune(done, r)
	}
	return string(done)
}

const (
	formula    = "=+-@＝＋－＠"
	separators = ",;\t\r\n"
)
