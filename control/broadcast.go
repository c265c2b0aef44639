package control

import (
	"strings"
	"time"
)

func decideAddAudio(s *State, c AddAudio) ([]Event, any, error) {
	a := c.Audio
	if a.ID == "" || a.DurationMS <= 0 || a.Bytes <= 0 {
		return nil, nil, Invalid("audio", "", "must not be empty")
	}
	if _, ok := s.Audio[a.ID]; ok {
		return nil, nil, Invalid("audio", "", "must be new")
	}
	total := a.Bytes
	for _, other := range s.Audio {
		total += other.Bytes
	}
	if len(s.Audio) >= MaxAudio || total > MaxAudioTotal {
		return nil, nil, Errorf(CodeLimit, "a meeting keeps at most %d recordings of %d MiB together", MaxAudio, MaxAudioTotal>>20)
	}
	return []Event{AudioAdded(c)}, a.ID, nil
}

func decideSendBroadcast(s *State, c SendBroadcast, now time.Time) ([]Event, any, error) {
	if c.ID == "" || s.Broadcasts[c.ID] != nil {
		return nil, nil, Invalid("id", "", "must be new")
	}
	c, err := checkBroadcast(s, c)
	if err != nil {
		return nil, nil, err
	}
	if err := s.mayBroadcast(c.By); err != nil {
		return nil, nil, err
	}
	if a := s.Audio[c.Audio]; a.By != "" && a.By == c.By && s.Participants[c.By].MutedByAdmin { // his own voice
		return nil, nil, errMutedByAdmin()
	}
	if err := s.roomForBroadcast(c.By, now); err != nil {
		return nil, nil, err
	}
	e := BroadcastSent{
		ID: c.ID, Prompt: c.Prompt, Audio: c.Audio, Text: c.Text, Language: c.Language, PhonesOnly: c.PhonesOnly,
		By: c.By, RoomIDs: c.Rooms,
	}
	if c.Priority == PriorityUrgent {
		e.Priority = PriorityUrgent
	}
	e.Rooms = s.legRooms(&Broadcast{Rooms: c.Rooms})
	return []Event{e}, c.ID, nil
}

// legRooms counts the rooms of a broadcast in which there are legs.
func (s *State) legRooms(b *Broadcast) int {
	rooms := make(map[RoomID]bool)
	for _, id := range s.Legs {
		if l := s.Participants[id].Location; l.Place == InRoom && b.addresses(l.Room) {
			rooms[l.Room] = true
		}
	}
	return len(rooms)
}

// checkBroadcast judges what is to be played and where, and fills in the language.
func checkBroadcast(s *State, c SendBroadcast) (SendBroadcast, error) {
	given := 0
	for _, v := range []string{c.Prompt, string(c.Audio), c.Text} {
		if v != "" {
			given++
		}
	}
	if given != 1 {
		return c, Invalid("prompt", "send one of prompt, audio and text", "a broadcast is exactly one of a prompt, a recording and a text")
	}
	if c.Prompt != "" && !isPhrase(c.Prompt) {
		return c, Invalid("prompt", "", "is not the name of a prompt")
	}
	if _, ok := s.Audio[c.Audio]; c.Audio != "" && !ok {
		return c, &Error{Code: CodeNotFound, Field: "audio", Message: "no such recording in this meeting"}
	}
	if c.Priority != "" && c.Priority != PriorityNormal && c.Priority != PriorityUrgent {
		return c, Invalid("priority", "", "must be %q or %q", PriorityNormal, PriorityUrgent)
	}
	var err error
	if c.Text != "" {
		if c.Text, err = cleanMessage("text", c.Text); err != nil {
			return c, err
		}
	}
	switch {
	case c.Language != "" && c.Audio != "":
		return c, Invalid("language", "leave it out", "a recording has no language to choose")
	case c.Language != "" && !isLanguage(c.Language):
		return c, Invalid("language", `e.g. "en" or "pt-BR"`, "is not a language tag")
	case c.Language == "" && c.Audio == "":
		c.Language = s.Options.Language
	}
	return c, checkRooms(s, c.Rooms)
}

// checkRooms checks a list of rooms, each of which is there and named once.
func checkRooms(s *State, rooms []RoomID) error {
	if len(rooms) > MaxRooms+1 {
		return Invalid("rooms", "leave it out to mean all", "must name at most %d", MaxRooms+1)
	}
	seen := make(map[RoomID]bool, len(rooms))
	for _, id := range rooms {
		if err := s.room("rooms", id); err != nil {
			return err
		}
		if seen[id] {
			return Invalid("rooms", "", "names a room twice")
		}
		seen[id] = true
	}
	return nil
}

// cleanMessage checks a text of several lines.
func cleanMessage(field, text string) (string, error) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		clean, err := cleanText(field, line, MaxBroadcastRunes)
		if err != nil {
			return "", err
		}
		lines[i] = clean
	}
	text = strings.TrimSpace(strings.Join(lines, "\n"))
	switch n := len([]rune(text)); {
	case foldName(text) == "":
		return "", Invalid(field, "", "must not be empty")
	case n > MaxBroadcastRunes:
		return "", Invalid(field, "", "must have at most %d characters, has %d", MaxBroadcastRunes, n)
	}
	return text, nil
}

// mayBroadcast: speakers may, and everybody by option.
func (s *State) mayBroadcast(by ParticipantID) error {
	if by == "" {
		return nil
	}
	p, err := s.inRoom("by", by)
	if err == nil && p.Role != Speaker && !s.Options.EveryoneBroadcasts {
		err = &Error{Code: CodeNotAllowed, Field: "by", Message: "only speakers broadcast in this meeting", Hint: "set the option everyone_broadcasts"}
	}
	return err
}

// roomForBroadcast bounds how many are ordered and how many wait.
func (s *State) roomForBroadcast(by ParticipantID, now time.Time) error {
	queued, recent, own := 0, 0, 0
	for _, b := range s.Broadcasts {
		if b.State == BroadcastQueued {
			queued++
		}
		if now.Sub(b.At) < time.Minute {
			recent++
			if by != "" && b.By == string(by) {
				own++
			}
		}
	}
	switch {
	case queued >= MaxQueued:
		return &Error{Code: CodeLimit, Message: "too many broadcasts wait already", Hint: "cancel one, or wait until the next has begun"}
	case recent >= MaxPerMinute:
		return &Error{Code: CodeRateLimited, Message: "too many broadcasts within a minute", Hint: "wait a minute"}
	case own >= MaxOwnPerMinute:
		return &Error{Code: CodeRateLimited, Field: "by", Message: "this participant has ordered too many broadcasts within a minute", Hint: "wait a minute"}
	}
	return nil
}

func decideCancelBroadcast(s *State, c CancelBroadcast) ([]Event, any, error) {
	b := s.Broadcasts[c.ID]
	switch {
	case b == nil:
		return nil, nil, &Error{Code: CodeNotFound, Field: "broadcast", Message: "no such broadcast in this meeting"}
	case b.State == BroadcastCancelled:
		return nil, nil, nil
	case b.over():
		return nil, nil, &Error{Code: CodeWrongState, Message: "the broadcast is over: it has " + b.State}
	}
	return one(s.ended(b, BroadcastCancelled, "", nil))
}

// endBroadcasts ends whatever is not over.
func endBroadcasts(s *State, outcome, reason string) []Event {
	var events []Event
	for _, b := range s.live() {
		events = append(events, s.ended(b, outcome, reason, nil))
	}
	return events
}
