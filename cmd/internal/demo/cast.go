package demo

// role is a caller of the story.
type role struct {
	name    string
	number  string  // who the telephone says is calling
	pitch   float64 // of the voice, in Hz
	tract   float64 // how long the vocal tract is, 1 for a man of middle size: lower formants
	speaker bool    // leads the meeting
}

// cast are the twelve callers. The first one leads the meeting.
var cast = []role{
	{name: "Hana", number: "+4930555001", pitch: 196, tract: 0.88, speaker: true},
	{name: "Ada", number: "+4930555002", pitch: 210, tract: 0.86},
	{name: "Ben", number: "+4930555003", pitch: 104, tract: 1.04},
	{name: "Chen", number: "+4930555004", pitch: 132, tract: 0.98},
	{name: "Dora", number: "+4930555005", pitch: 228, tract: 0.85},
	{name: "Emil", number: "+4930555006", pitch: 92, tract: 1.08},
	{name: "Fatma", number: "+4930555007", pitch: 184, tract: 0.90},
	{name: "Goran", number: "+4930555008", pitch: 112, tract: 1.02},
	{name: "Ines", number: "+4930555009", pitch: 218, tract: 0.87},
	{name: "Jonas", number: "+4930555010", pitch: 124, tract: 1.00},
	{name: "Kofi", number: "+4930555011", pitch: 98, tract: 1.06},
	{name: "Lena", number: "+4930555012", pitch: 204, tract: 0.89},
}

// roomNames are the breakout rooms of the story.
var roomNames = []string{"Red", "Green", "Blue", "Yellow"}
