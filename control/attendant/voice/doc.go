// Package voice holds what the attendant says: the catalogue of phrases
// (catalogue.yaml) and a recording of each (en/, made by the script record),
// both built into the program. An operator's folder replaces recordings file by
// file.
//
// Numbers are composed of recorded parts. Sounds, such as the tone at an
// arrival, are named in the catalogue and handed in by the program that
// generates them. Nothing here starts a goroutine; a [Library] is safe for
// concurrent use.
package voice
