package roster_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/roster"
)

const head = "room_name,first_name,last_name,email\n"

func TestRead(t *testing.T) {
	t.Parallel()
	ada := control.ImportRow{Line: 2, Room: "Blue", First: "Ada", Last: "Lovelace", Email: "ada@example.org"}
	at := func(line int, r control.ImportRow) control.ImportRow { r.Line = line; return r }
	tests := []struct {
		name, file string
		want       []control.ImportRow
		ignored    []string
	}{
		{"plain", head + "Blue,Ada,Lovelace,ada@example.org\n", []control.ImportRow{ada}, nil},
		{"no line end at the end", head + "Blue,Ada,Lovelace,ada@example.org", []control.ImportRow{ada}, nil},
		{"byte order mark and CRLF", "\ufeff" + strings.ReplaceAll(head+"Blue,Ada,Lovelace,ada@example.org\n", "\n", "\r\n"), []control.ImportRow{ada}, nil},
		{"CR alone", strings.ReplaceAll(head+"Blue,Ada,Lovelace,ada@example.org\n", "\n", "\r"), []control.ImportRow{ada}, nil},
		{"semicolons", "room_name;first_name;last_name;email\nBlue;Ada;Lovelace;ada@example.org\n", []control.ImportRow{ada}, nil},
		{"tabs, with an empty cell", "room_name\tfirst_name\tlast_name\temail\n\tAda\tLovelace\t\n", []control.ImportRow{{Line: 2, First: "Ada", Last: "Lovelace"}}, nil},
		{"Excel's separator line", "sep=;\nroom_name;first_name;last_name;email\nBlue;Ada;Lovelace;ada@example.org\n", []control.ImportRow{at(3, ada)}, nil},
		{"any order and case, other names", "E-Mail,LAST NAME,Firstname, Room name \nada@example.org,Lovelace,Ada,Blue\n", []control.ImportRow{ada}, nil},
		{"all columns", "role,pin,phone,participant_id," + head + "speaker,004711,+4930123,par_x,Blue,Ada,Lovelace,ada@example.org\n",
			[]control.ImportRow{{Line: 2, ID: "par_x", Room: "Blue", First: "Ada", Last: "Lovelace", Email: "ada@example.org", Phone: "+4930123", PIN: "004711", Role: "speaker"}}, nil},
		{"columns of no meaning", "dept," + head + "IT,Blue,Ada,Lovelace,ada@example.org\n", []control.ImportRow{ada}, []string{"dept"}},
		{"a column without a name", "," + head + ",Blue,Ada,Lovelace,ada@example.org\n", []control.ImportRow{ada}, nil},
		{"quotes, separators and line breaks in cells", head + "\"Blue, the \"\"big\"\" one\",\"Ada\nKing\",Lovelace,x\nGreen,Bob,,\n",
			[]control.ImportRow{{Line: 2, Room: `Blue, the "big" one`, First: "Ada\nKing", Last: "Lovelace", Email: "x"}, {Line: 4, Room: "Green", First: "Bob"}}, nil},
		{"empty lines", head + "\n,,,\nBlue,Ada,Lovelace,ada@example.org\n , ,,\n", []control.ImportRow{at(4, ada)}, nil},
		{"space before a quote", head + "Blue, \"Ada\",Lovelace,ada@example.org\n", []control.ImportRow{ada}, nil},
		{"scripts", head + "会议室,Ἀθηνᾶ,محمد,\n", []control.ImportRow{{Line: 2, Room: "会议室", First: "Ἀθηνᾶ", Last: "محمد"}}, nil},
		{"guarded cells", head + "'=Blue,O'Brien,'-x,\n", []control.ImportRow{{Line: 2, Room: "=Blue", First: "O'Brien", Last: "-x"}}, nil},
		{"a header alone", head, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := roster.Read([]byte(tt.file))
			if got.Faults.Total != 0 {
				t.Errorf("faults: %+v", got.Faults)
			}
			if d := cmp.Diff(tt.want, got.Rows); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if d := cmp.Diff(tt.ignored, got.Ignored); d != "" {
				t.Errorf("ignored: -want +got:\n%s", d)
			}
		})
	}
}

func TestReadFaults(t *testing.T) {
	t.Parallel()
	good := "Blue,Ada,Lovelace,ada@example.org\n"
	tests := []struct {
		name, file string
		faults     string // "line column: message; …", shortened
		rows       int
	}{
		{"empty", "", "1 : the file is empty", 0},
		{"blank", "\ufeff \r\n\r\n", "1 : the file is empty", 0},
		{"Latin-1", head + good + "Gr\xfcn,Bj\xf6rk,,\n", `3 : the file is not UTF-8 (Latin-1 or Windows-1252?), see "Grün,Björk"`, 0},
		{"UTF-16", "\xff\xfer\x00o\x00", "1 : the file is UTF-16, not UTF-8", 0},
		{"a workbook", "PK\x03\x04....", "1 : this is a workbook, not a CSV file", 0},
		{"a zero byte", head + "Blue\x00,,,\n", "2 : the file is not text: it has a zero byte", 0},
		{"a missing column", "room_name,first_name,email\nBlue,Ada,x\n", "1 last_name: the header has no column last_name", 0},
		{"no header", good, "1 room_name: the header has no column room_name; 1 first_name: the header has no column first_name; " +
			"1 last_name: the header has no column last_name; 1 email: the header has no column email", 0},
		{"a column twice", "email,room_name,first_name,last_name,E-Mail\n", "1 email: the header names the column email twice", 0},
		{"too many cells", head + good + "Blue,Lovelace, Ada,,x\n" + good, "3 : the line has more cells (5) than the header (4)", 2},
		{"too few cells", head + "Blue,Ada\n" + good, "2 : the line has fewer cells (2) than the header (4)", 1},
		{"a bare quote", head + "Blue,Ada \"x\" K,L,e\n" + good, "2 : a quote stands in a cell that is not quoted", 1},
		{"more after a quote", head + "Blue,\"Ada\" x,L,e\n" + good, "2 : a quoted cell is not closed, or goes on after its quote", 1},
		{"an open quote", head + good + "Blue,\"Ada,L,e\n" + good, "3 : a quoted cell is not closed, or goes on after its quote", 1},
		{"too many lines", head + strings.Repeat("a,b,c,d\n", roster.MaxRows+1), "50002 : the file has more than 50000 lines", roster.MaxRows},
		{"too many cells in all", head + strings.Repeat(",", 2_000_000), "1 : the file has more than 2000000 cells", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := roster.Read([]byte(tt.file))
			var list []string
			for _, f := range got.Faults.List {
				list = append(list, fmt.Sprintf("%d %s: %s", f.Line, f.Column, f.Message))
				if f.Hint == "" {
					t.Errorf("%q has no hint", f.Message)
				}
			}
			if s := strings.Join(list, "; "); s != tt.faults {
				t.Errorf("got  %s\nwant %s", s, tt.faults)
			}
			if len(got.Rows) != tt.rows {
				t.Errorf("%d rows, want %d", len(got.Rows), tt.rows)
			}
		})
	}
}

func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	got := roster.Read([]byte(head + strings.Repeat("x\n", 3000))).Faults
	if got.Total != 3000 || len(got.List) != control.MaxFaults {
		t.Errorf("%d of %d listed", len(got.List), got.Total)
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"":                     "",
		"Ada":                  "Ada",
		"Anne-Marie = x":       "Anne-Marie = x",
		"=1+1":                 "'=1+1",
		"+49 30":               "'+49 30",
		"-1":                   "'-1",
		"@SUM(A1)":             "'@SUM(A1)",
		"  =1":                 "  '=1",
		"'=1":                  "''=1",
		"\t=1":                 "\t'=1",
		"＝1":                   "'＝1",
		"\"=1":                 "\"'=1",
		"x;=HYPERLINK(\"a\")":  "x;'=HYPERLINK(\"a\")",
		"x\n@y":                "x\n'@y",
		"O'Brien, -Jones":      "O'Brien, '-Jones",
		"a;\" ' =cmd|' /C'!A0": "a;\" ' '=cmd|' /C'!A0",
	} {
		if got := roster.Guard(give); got != want {
			t.Errorf("Guard(%q) = %q, want %q", give, got, want)
		}
	}
}

func FuzzGuard(f *testing.F) {
	for _, s := range []string{"=1", "'=1", "a;=b", "\"'@", " \t+", "x\n－"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		cell = strings.ToValidUTF8(cell, "?")
		safe := roster.Guard(cell)
		if got := roster.Unguard(safe); got != cell {
			t.Fatalf("%q came back as %q", cell, got)
		}
		for _, part := range strings.FieldsFunc(safe, func(r rune) bool { return strings.ContainsRune(",;\t\r\n", r) }) {
			part = strings.TrimSpace(strings.Trim(strings.TrimSpace(part), `"`))
			if strings.IndexAny(part, "=+-@＝＋－＠") == 0 {
				t.Fatalf("%q has a part that begins a formula: %q", safe, part)
			}
		}
	})
}

// FuzzRead reads anything: no panic, and every row and fault has a line of the file.
func FuzzRead(f *testing.F) {
	for _, s := range []string{head, head + "Blue,Ada,Lovelace,a@b.c\r\n", "sep=;\nroom_name;email;pin;first_name;last_name\n\"a\nb\";\"\"\"\";x;y;z", "\xff\xfe", head + "\"", "\ufeff\r", head + "a,b\"c,d,e\n1,2,3"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := roster.Read(data)
		lines := 2 + bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r"))
		for _, r := range got.Rows {
			if r.Line < 2 || r.Line > lines {
				t.Fatalf("a row on line %d of %d", r.Line, lines)
			}
		}
		for _, x := range got.Faults.List {
			if x.Line < 1 || x.Line > lines || x.Message == "" || x.Hint == "" {
				t.Fatalf("fault %+v in a file of %d lines", x, lines)
			}
		}
		if len(got.Faults.List) > control.MaxFaults || got.Faults.Total < len(got.Faults.List) {
			t.Fatalf("%d of %d faults listed", len(got.Faults.List), got.Faults.Total)
		}
	})
}

// TestRoundTrip: what is written is read again as it was.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want := []control.ImportRow{
		{Line: 2, ID: "par_x", Room: "=Blue;+1", First: "O'Brien", Last: "'=x", Email: "@a", Phone: "+4930", PIN: "004711", Role: "speaker"},
		{Line: 3, Room: "say \"hi\"", First: "Ada, B", Last: "王", Email: "-"},
	}
	var buf bytes.Buffer
	w, err := roster.NewWriter(&buf, roster.Columns()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range want {
		if err := w.Row(r.Room, r.First, r.Last, r.Email, r.Phone, r.PIN, r.Role, r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(buf.String(), "\ufeffroom_name,first_name,last_name,email,phone,pin,role,participant_id\r\n") {
		t.Errorf("%q", buf.String())
	}
	got := roster.Read(buf.Bytes())
	if d := cmp.Diff(want, got.Rows); d != "" || got.Faults.Total > 0 {
		t.Errorf("%+v, -want +got:\n%s", got.Faults, d)
	}
}
