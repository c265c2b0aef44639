// Package roster reads and writes the CSV files of the API: rosters with their plan of rooms, and reports.
//
// It reads what spreadsheets really write (any order of columns, a byte order mark, semicolons or tabs, quotes and
// line breaks in cells) and says of every bad line what is wrong with it. What it writes is safe to open in a
// spreadsheet: no cell is taken for a formula. It does no I/O of its own and has no goroutine.
package roster
