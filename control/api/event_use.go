package api

// eventUse says when an event is sent, and what a control plane does with it.
type eventUse struct{ when, do string }

// eventUses completes eventDocs. A test keeps it complete.
var eventUses = map[string]eventUse{
	"meeting.created":         {"Once, as the first event of every meeting.", "Keep the id; the access code is what callers key in."},
	"meeting.changed":         {"After a change of title or options by an admin.", "Replace what you know: it is the whole of both."},
	"meeting.locked":          {"When an admin or a speaker locks or unlocks the meeting.", "Show it. Nobody who is in the meeting is concerned."},
	"meeting.ended":           {"When an admin ends or deletes the meeting.", "Nobody is present any more. Read the attendance; no command is taken from now on."},
	"meeting.deleted":         {"After meeting.ended, when an admin deletes the meeting.", "Forget it: its routes answer not_found."},
	"rooms.created":           {"When rooms are made, one or many, and by an import.", "Make the same rooms on your side. People who are moved into them are in an event of their own."},
	"room.changed":            {"When an admin renames, locks or bounds a room.", "Replace what you know of the room."},
	"room.deleted":            {"When an admin deletes a room.", "Apply moves, then forget the room and all assignments to it."},
	"participants.added":      {"When an admin or the roster puts people on the list, and by an import.", "Add them. Those whose location is a room are present on the web."},
	"roster.imported":         {"Once for every file that changes anything, after the events that make rooms and people.", "Replace the entries in people. The counts are those of the answer."},
	"participant.changed":     {"After a change by an admin, or by a speaker at the keypad.", "Replace name, role, mute and gain."},
	"participant.removed":     {"When an admin takes somebody out.", "Remove him on your side; his calls have ended."},
	"participant.joined":      {"When a caller is admitted, a further leg comes, or the web says that he is there. Nothing is sent while he is still with the attendant.", "Put him into location. If new is true he was not on the roster: match him to a person of yours, or show him by name."},
	"participant.web_left":    {"When the control plane says that he left the web meeting.", "If absent is true he is gone; otherwise a telephone of his stays."},
	"participant.leg_left":    {"When a call hangs up, is cut, or times out.", "If absent is true he is gone; otherwise he takes part by other means."},
	"participant.leg_held":    {"When a telephone puts the call on hold, or takes it back.", "Show that he does not hear."},
	"participants.merged":     {"When an admin says that two participants are one person, or a caller keys in a code that says who he is.", "Drop the other; his connections are with the one who stays, who is in to."},
	"participant.split":       {"When a merge is taken back, or a leg turns out to be somebody else's.", "Add the new one; the legs that are named are his."},
	"participants.moved":      {"When people change rooms one by one: by an admin, by themselves, for a call for help, or by an assignment while breakouts are open.", "Move the same people on your side. Those who are not named stay where they are."},
	"assignments.changed":     {"When an admin or an import gives people other rooms.", "Replace their assignments. Who is moved by it at once is in participants.moved."},
	"participant.muted":       {"When somebody mutes or unmutes himself, by keypad.", "Show it."},
	"participants.all_muted":  {"When an admin or a speaker mutes or releases the audience.", "It holds for all who are audience now, and for those who come."},
	"participant.hand_raised": {"When somebody raises or lowers his hand.", "Show it. The order of the events is the order of the hands."},
	"breakouts.started":       {"When an admin, a speaker or the control plane opens the breakouts: one event for everybody.", "Replace the assignments, apply moves, and count down to ends_at if it is there."},
	"breakouts.extended":      {"When the breakouts are given more time, also during the countdown.", "Count down to ends_at."},
	"breakouts.warned":        {"At the times that the option warnings_s names, before the breakouts end.", "Warn those on the web, unless missed is true."},
	"breakouts.shuffled":      {"When people are dealt anew: one event for everybody.", "Replace the assignments and apply moves."},
	"breakouts.closing":       {"When the breakouts are stopped with a countdown, or their time is nearly up.", "Tell people on the web; nobody has moved yet."},
	"breakouts.stopped":       {"When the countdown is over, or at once if there is none.", "Apply moves: everybody is in the main room. Assignments stay."},
	"breakouts.reset":         {"When an admin resets the breakouts.", "Clear the assignments and apply moves."},
	"help.asked":              {"When a room calls for help and has no open request.", "Show it to the speakers. Answer it by accept or decline."},
	"help.ended":              {"When a request is answered or taken back, and when its room is empty, gone, or the breakouts are over.", "Take it off the list. Who goes there is in participants.moved."},
	"audio.added":             {"When a recording was uploaded and stored.", "It can be broadcast by its id."},
	"broadcast.sent":          {"When a broadcast is ordered, before anybody hears it.", "Play the same to those on the web."},
	"broadcast.delivered":     {"When the mixer has begun to play it, or cannot.", "Show who was reached; failed says why nobody was."},
}
