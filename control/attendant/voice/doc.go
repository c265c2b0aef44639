// Package voice holds what the attendant says. A folder for each language has
// its catalogue, catalogue.yaml, and a recording of every piece of it; both are
// built into the program. An operator's folder is laid over them, entry by
// entry and file by file. Adding a language is adding a folder.
//
// The phrases of a catalogue are whole sentences with gaps, {n}, {time},
// {keys}, {room}, {person} and {text}, or several sentences by plural category
// (golang.org/x/text/feature/plural) or exact number. What fills the gaps is
// made by the language's own rules for numbers, times, rooms, people and keys;
// a gap can name one of several forms of them: {time:dative}. English says what
// phrases there are and which gaps they have; what another language lacks is
// said in English. All that is checked when a [Library] is opened.
//
// What is between two gaps is one recording, as is a number up to the rules'
// "whole". Recordings are made by the program in record: the English ones with
// the neural voice of cmd/partyline-voice, the German ones with espeak-ng,
//
//	go -C cmd/partyline-voice run .
//	go run ./control/attendant/voice/record -lang en -url http://127.0.0.1:8791 -engine piper -voice jenny -revoice
//	go run ./control/attendant/voice/record -lang de -engine espeak-ng -revoice
//
// each of which makes what is missing, has another text now or was made by
// another voice. Sounds, such as the
// tone at an arrival, are named in the English catalogue and handed in by the
// program that generates them. Nothing here starts a goroutine; a [Library] is
// safe for concurrent use.
package voice
