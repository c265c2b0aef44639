package kept

import "partyline/control"

// MaxAudioBytes bounds one recording.
const MaxAudioBytes = 16 << 20

// TakesAudio refuses a recording that is too large.
func TakesAudio(data []byte) error {
	if len(data) > MaxAudioBytes {
		return control.Errorf(control.CodeTooLarge, "a recording has at most %d MiB", MaxAudioBytes>>20)
	}
	return nil
}

// RoomForAudio refuses a recording that the meeting has no room for beside the ones of its kind that it has.
func RoomForAudio(id control.AudioID, data []byte, count, bytes int) error {
	if id.IsName() {
		if count >= control.MaxNames || bytes+len(data) > control.MaxNamesTotal {
			return control.Errorf(control.CodeLimit, "a meeting keeps at most %d recorded names", control.MaxNames)
		}
		return nil
	}
	if count >= control.MaxAudio || bytes+len(data) > control.MaxAudioTotal {
		return control.Errorf(control.CodeLimit, "a meeting keeps at most %d recordings of %d MiB together", control.MaxAudio, control.MaxAudioTotal>>20)
	}
	return nil
}

// NoAudio says that there is no such recording.
func NoAudio() error {
	return control.Errorf(control.CodeNotFound, "no such recording in this meeting")
}
