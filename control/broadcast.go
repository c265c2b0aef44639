package control

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

func decideSendBroadcast(s *State, c SendBroadcast) ([]Event, any, error) {
	if c.ID == "" || s.Broadcasts[c.ID] != nil {
		return nil, nil, Invalid("id", "", "must be new")
	}
	if (c.Prompt == "") == (c.Audio == "") {
		return nil, nil, Invalid("prompt", "", "either a prompt or an audio must be given")
	}
	if c.Prompt != "" && !isPhrase(c.Prompt) {
		return nil, nil, Invalid("prompt", "", "is not the name of a prompt")
	}
	if _, ok := s.Audio[c.Audio]; c.Audio != "" && !ok {
		return nil, nil, &Error{Code: CodeNotFound, Field: "audio", Message: "no such recording in this meeting"}
	}
	if c.By != "" {
		p, err := s.present("by", c.By)
		if err != nil {
			return nil, nil, err
		}
		if p.Role != Speaker && !s.Options.EveryoneBroadcasts {
			return nil, nil, Errorf(CodeNotAllowed, "only speakers broadcast in this meeting")
		}
	}
	rooms := make(map[RoomID]bool)
	for _, id := range s.Legs {
		if p := s.Participants[id]; p.Location.Place == InRoom {
			rooms[p.Location.Room] = true
		}
	}
	return []Event{BroadcastSent{ID: c.ID, Prompt: c.Prompt, Audio: c.Audio, By: c.By, Rooms: len(rooms)}}, c.ID, nil
}

func decideBroadcastBegan(s *State, c BroadcastBegan) []Event {
	if b := s.Broadcasts[c.ID]; b == nil || b.State != BroadcastQueued {
		return nil
	}
	return []Event{BroadcastDelivered(c)}
}
