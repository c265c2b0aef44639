package main

// voice is a voice that can be asked for.
type voice struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`

	engine, folder string // where they were unpacked
}

// defaultVoice is warm from the start.
const defaultVoice = "jenny"

// models are the names that are taken for the one model there is. The second is what clients of that API send.
var models = []string{"piper", "tts-1"}
