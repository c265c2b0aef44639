package roster

import (
	"encoding/csv"
	"fmt"
	"io"
)

// Writer writes a CSV file that spreadsheets open as it is meant: UTF-8 with a byte order mark, lines that end with
// CRLF (RFC 4180), and no cell that is taken for a formula.
type Writer struct {
	out   *csv.Writer
	cells []string
}

// NewWriter begins a file with its header.
func NewWriter(w io.Writer, header ...string) (*Writer, error) {
	if _, err := io.WriteString(w, bom); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	wr := &Writer{out: out}
	return wr, wr.Row(header...)
}

// Row writes one line.
func (w *Writer) Row(cells ...string) error {
	w.cells = w.cells[:0]
	for _, c := range cells {
		w.cells = append(w.cells, Guard(c))
	}
	if err := w.out.Write(w.cells); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// Flush sends what is buffered.
func (w *Writer) Flush() error {
	w.out.Flush()
	if err := w.out.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}
