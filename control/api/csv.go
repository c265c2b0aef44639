package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"partyline/control/roster"
)

const mediaCSV = "text/csv"

// csvFile is a CSV file that is answered while it is made.
type csvFile struct {
	name   string // for a browser to save it as
	header []string
	write  func(ctx context.Context, w *roster.Writer) error
}

// answer sends the file. What goes wrong after it has begun cuts the connection: half a file must not be taken for
// the whole.
func (a *API) answer(f csvFile) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humachi.Unwrap(hc)
		h := w.Header()
		h.Set("Content-Type", mediaCSV+"; charset=utf-8; header=present")
		h.Set("Content-Disposition", `attachment; filename="`+f.name+`"`)
		w.WriteHeader(http.StatusOK)
		out, err := roster.NewWriter(&patientWriter{w: w, rc: http.NewResponseController(w), wait: a.opt.Limits.SlowReader}, f.header...)
		if err == nil {
			err = f.write(r.Context(), out)
		}
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			if r.Context().Err() == nil {
				a.opt.Logger.Warn("csv answer broke off", slog.String("file", f.name), slog.Any("err", err))
			}
			panic(http.ErrAbortHandler)
		}
	}}
}

// patientWriter gives the reader its time with every piece, not with the whole.
type patientWriter struct {
	w    http.ResponseWriter
	rc   *http.ResponseController
	wait time.Duration
}

func (p *patientWriter) Write(b []byte) (int, error) {
	// A writer without deadlines (of a test) is as good as one whose deadline never comes.
	_ = p.rc.SetWriteDeadline(time.Now().Add(p.wait))
	return p.w.Write(b)
}

// csvResponse documents a CSV file.
func csvResponse(description, example string) map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: description + " UTF-8 with a byte order mark, commas, lines that end with CRLF; an apostrophe stands before what a spreadsheet would take for a formula.",
		Content:     map[string]*huma.MediaType{mediaCSV: {Schema: &huma.Schema{Type: huma.TypeString}, Example: example}},
	}}
}
