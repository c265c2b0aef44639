package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"partyline/control"
)

// Limits of a file.
const (
	MaxRows  = 50_000
	maxCells = 2_000_000 // separators in the file; a cell costs some 40 bytes while its line is read
)

const bom = "\ufeff"

// File is what a roster file says.
type File struct {
	Rows    []control.ImportRow
	Ignored []string       // columns of the file that mean nothing here
	Faults  control.Faults // of form; the rows are those without
}

// Read reads a roster file. What is wrong with its form is in Faults; what its cells say is not judged.
func Read(data []byte) File {
	p := &parser{}
	if text, ok := p.decode(data); ok {
		p.parse(text)
	}
	return p.file
}

type parser struct {
	file   File
	skip   int // lines before the text that the CSV reader sees
	csv    *csv.Reader
	column []int // the known column that each cell belongs to; -1: none
}

func (p *parser) fault(line int, column, hint, format string, args ...any) {
	p.file.Faults.Add(control.Fault{Line: line, Column: column, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// decode finds out what the bytes are, and refuses what is not UTF-8 text.
func (p *parser) decode(data []byte) (string, bool) {
	const save = `save it as "CSV UTF-8" (in LibreOffice: character set Unicode UTF-8)`
	data = bytes.TrimPrefix(data, []byte(bom))
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		p.fault(1, "", save, "this is a workbook, not a CSV file")
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		p.fault(1, "", save, "the file is UTF-16, not UTF-8")
	case !utf8.Valid(data):
		line, word := firstBad(data)
		p.fault(line, "", save, "the file is not UTF-8 (Latin-1 or Windows-1252?), see %q", word)
	case bytes.IndexByte(data, 0) >= 0:
		p.fault(1+bytes.Count(data[:bytes.IndexByte(data, 0)], []byte("\n")), "", save, "the file is not text: it has a zero byte")
	case len(bytes.TrimSpace(data)) == 0:
		p.fault(1, "", "begin with the header of template.csv", "the file is empty")
	case cells(data) > maxCells:
		p.fault(1, "", "leave out columns that are not needed", "the file has more than %d cells", maxCells)
	default:
		return p.lines(string(data)), true
	}
	return "", false
}

// firstBad finds the first line that is not UTF-8, and what is wrong there as Latin-1 would have it.
func firstBad(data []byte) (line int, word string) {
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	var b strings.Builder
	for _, c := range data[max(0, at-8, bytes.LastIndexByte(data[:at], '\n')+1):min(len(data), at+8)] {
		if c < ' ' {
			break
		}
		b.WriteRune(rune(c))
	}
	return 1 + bytes.Count(data[:at], []byte("\n")), b.String()
}

func cells(data []byte) int {
	n := 0
	for _, c := range separators {
		n += bytes.Count(data, []byte(string(c)))
	}
	return n
}

// lines gives the lines the ends that the CSV reader knows, and takes the line off that tells Excel the separator.
func (p *parser) lines(text string) string {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n") // an old Macintosh
	}
	first, rest, _ := strings.Cut(text, "\n")
	if first = strings.TrimSpace(strings.ToLower(first)); strings.HasPrefix(first, "sep=") && len(first) <= 5 {
		p.skip, text = 1, rest
	}
	return text
}

// parse reads the header and every line after it.
func (p *parser) parse(text string) {
	p.csv = reader(text, separator(text))
	header, err := p.csv.Read()
	if err != nil {
		p.broken(err)
		return
	}
	if !p.header(header) {
		return
	}
	for rows := 0; ; {
		cells, err := p.csv.Read()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			p.broken(err)
			continue
		case strings.TrimSpace(strings.Join(cells, "")) == "":
			continue // spreadsheets leave such lines at the end
		}
		if rows++; rows > MaxRows {
			p.fault(p.line(), "", "split the file", "the file has more than %d lines", MaxRows)
			return
		}
		p.row(cells)
	}
}

func reader(text string, comma rune) *csv.Reader {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	r.TrimLeadingSpace = comma != '\t' // it would take empty cells between tabs for space
	return r
}

func (p *parser) line() int {
	line, _ := p.csv.FieldPos(0)
	return line + p.skip
}

// broken notes a line that is not CSV.
func (p *parser) broken(err error) {
	e, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case !ok: // a file without a line
		p.fault(1, "", "begin with the header of template.csv", "the file is empty")
	case errors.Is(err, csv.ErrBareQuote):
		p.fault(e.StartLine+p.skip, "", `put the cell in quotes and write each quote in it twice: "Ada ""Countess"" King"`, "a quote stands in a cell that is not quoted")
	default:
		p.fault(e.StartLine+p.skip, "", "close the quote right before the separator; write a quote inside a quoted cell twice", "a quoted cell is not closed, or goes on after its quote")
	}
}

// row takes one line over.
func (p *parser) row(cells []string) {
	row := control.ImportRow{Line: p.line()}
	for i, c := range cells {
		if i < len(p.column) {
			if known := p.column[i]; known >= 0 {
				*columns[known].cell(&row) = strings.Clone(Unguard(c))
			}
		} else if strings.TrimSpace(c) != "" {
			p.fault(row.Line, "", "put a cell that has a separator in it in quotes", "the line has more cells (%d) than the header (%d)", len(cells), len(p.column))
			return
		}
	}
	if len(cells) < len(p.column) {
		p.fault(row.Line, "", "write the separators of empty cells too", "the line has fewer cells (%d) than the header (%d)", len(cells), len(p.column))
		return
	}
	p.file.Rows = append(p.file.Rows, row)
}
