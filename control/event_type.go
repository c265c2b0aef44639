package control

// Type implements [Event].
func (MeetingCreated) Type() string { return "meeting.created" }

// Type implements [Event].
func (MeetingLocked) Type() string { return "meeting.locked" }

// Type implements [Event].
func (MeetingEnded) Type() string { return "meeting.ended" }

// Type implements [Event].
func (MeetingDeleted) Type() string { return "meeting.deleted" }

// Type implements [Event].
func (RoomsCreated) Type() string { return "rooms.created" }

// Type implements [Event].
func (RoomChanged) Type() string { return "room.changed" }

// Type implements [Event].
func (RoomDeleted) Type() string { return "room.deleted" }

// Type implements [Event].
func (ParticipantsAdded) Type() string { return "participants.added" }

// Type implements [Event].
func (RosterImported) Type() string { return "roster.imported" }

// Type implements [Event].
func (ParticipantChanged) Type() string { return "participant.changed" }

// Type implements [Event].
func (ParticipantRemoved) Type() string { return "participant.removed" }

// Type implements [Event].
func (ParticipantJoined) Type() string { return "participant.joined" }

// Type implements [Event].
func (LegLeft) Type() string { return "participant.leg_left" }

// Type implements [Event].
func (LegHeld) Type() string { return "participant.leg_held" }

// Type implements [Event].
func (ParticipantsMoved) Type() string { return "participants.moved" }

// Type implements [Event].
func (AssignmentsChanged) Type() string { return "assignments.changed" }

// Type implements [Event].
func (ParticipantMuted) Type() string { return "participant.muted" }

// Type implements [Event].
func (AllMuted) Type() string { return "participants.all_muted" }

// Type implements [Event].
func (HandRaised) Type() string { return "participant.hand_raised" }

// Type implements [Event].
func (BreakoutsStarted) Type() string { return "breakouts.started" }

// Type implements [Event].
func (BreakoutsAreClosing) Type() string { return "breakouts.closing" }

// Type implements [Event].
func (BreakoutsStopped) Type() string { return "breakouts.stopped" }

// Type implements [Event].
func (BreakoutsReset) Type() string { return "breakouts.reset" }
