package api

// operationDocs describes the operations that do not describe themselves. A test keeps it complete.
var operationDocs = map[string]string{
	"create-meeting": "The answer has the access code that callers key in. Rooms and roster can be given at once or later. Names of rooms that the roster " +
		"mentions must be among the rooms. All is made or nothing.",
	"list-meetings":  "Open and ended ones, or those in one phase, in order of their ids. Deleted meetings are not listed.",
	"get-meeting":    "With its options, the state of the breakouts and how many people there are. Its ETag goes into If-Match of a change.",
	"change-meeting": "What is left out stays as it is, before and while the meeting is held. Taking phone_breakouts away brings callers back to the main room. With If-Match it is done only if nobody else changed the meeting meanwhile.",
	"delete-meeting": "Callers are told goodbye first if it has not ended. Its codes are free again. Its attendance can still be read.",
	"lock-meeting":   "Those who are not in it wait in the lobby until they are admitted, or the meeting is unlocked; speakers and who was in before come in. Locking a locked meeting does nothing.",
	"unlock-meeting": "Those who wait for it alone come in. Unlocking a meeting that is not locked does nothing.",
	"end-meeting":    "Its calls end, its codes are free again, and nothing but reading and opening it again is possible from then on. Ending an ended meeting does nothing.",

	"list-rooms":  "In order of their creation. The main room is not listed; it is read as rooms/main.",
	"get-room":    "The main room too: its id is main.",
	"change-room": "What is left out stays as it is. A lower capacity sends nobody away. Nobody goes into a locked room by himself, but for speakers and those assigned to it, and nobody is dealt into it; admins may move people there.",
	"delete-room": "Those who are in it are told and moved to the main room; the answer says who. Nobody is assigned to it any more. Its keypad number is not used again by rooms that exist.",

	"list-participants":    "In the order in which they came onto the roster, those who are absent too.",
	"add-participant":      "Absent and expected, unless web says that he is in the meeting already. He is in the room of his assignment at once if breakouts are open.",
	"get-participant":      "Where he is, the room he belongs to, and his media connections.",
	"get-recorded-name":    "As a WAV file.",
	"delete-recorded-name": "Its sound is gone from the store when this is answered. He is asked for it again when he calls again, if the meeting still records names.",
	"get-pin":              "For those who may make speakers, since the PIN of one makes one, and for himself. No list of participants and no event has it.",
	"list-pins":            "In the order of the roster, those who have one; for invitations.",
	"change-participant":   "What is left out stays as it is. It takes effect at once, also for who is speaking.",
	"remove-participant":   "His calls end, and he is off the roster.",
	"assign-participant":   "The room he belongs to while breakouts are open; if they are, and he is present, he is moved there at once.",
	"assign-participants":  "All in one step. While the breakouts are idle this makes a plan; while they are open those who are here are moved at once, to the main room if they are unassigned. Whom a full room does not take belongs to it all the same.",
	"unassign-participant": "If breakouts are open he goes to the main room. Of somebody who has no assignment it changes nothing.",
	"move-participant":     "His assignment stays as it is. The answer says what came of it: somebody who is not present is not moved.",
	"move-participants":    "All in one step, in the same frame of audio. The answer says for each what came of it. An admin's move overrides a lock; capacity bounds the audience, speakers go in all the same.",
	"set-presence":         "The control plane says that somebody has come to the web meeting or left it. Saying the same again changes nothing.",
	"give-floor":           "His hand is lowered, he is told, and may speak, also if everybody is muted; who has muted himself stays so. If his hand is not up it is wrong_state.",
	"mute-all":             "Those who come later are muted too, until it is released. Speakers stay as they are.",
	"release":              "Takes mute-all back. Who was muted one by one stays muted.",

	"start-breakouts": "Everybody is moved in the same 20 ms, and the answer says for each person what came of it. Without a body people are spread by their assignments if there are any, else at random.",
	"reset-breakouts": "The rooms stay. Breakouts that are open are over.",

	"send-broadcast": "The answer comes before it is heard: that is read from the broadcast, or comes as the events broadcast.started and broadcast.ended. " +
		"Broadcasts are played one after the other. Urgent ones go first and interrupt a normal one, which is played again from its beginning. " +
		"Everybody hears the message at the same moment, while the speech of the room goes on softer; who goes to another room meanwhile hears it go on there, if it is meant for that room. " +
		"People on the web hear it by the link of their room, if it has one, and are told by the event broadcast.sent; each room's receipt says how many they were. With phones_only neither is so. " +
		"Callers send their own by *8: a recording of theirs, or live, which goes first as an urgent one does; while somebody is live all others wait.",
	"list-broadcasts":  "The last 100 of the meeting.",
	"get-broadcast":    "Once it has begun, with the receipt of each room: who heard it, and how it ended there.",
	"cancel-broadcast": "The one that is being played falls silent at once; this also ends a live one. Cancelling it again changes nothing; one that is over cannot be cancelled: wrong_state.",

	"ask-help": "A room has one open request; asking again answers with that one. It times out by the option help_timeout_s. " +
		"After a decline neither the room nor the participant can ask again for help_repeat_s: rate_limited.",
	"list-help-requests": "The open ones, unless state says otherwise; the last 200 that are over are kept.",
	"get-help":           "Open, or how it ended and how long the room had waited.",
	"withdraw-help":      "For the room that does not want help any more.",
	"accept-help":        "With by, a speaker who is in another room of the meeting is moved to the one that asks, on the phone and on the web alike, unless move is false. Who asked is told that somebody comes.",
	"decline-help":       "Who asked is told that nobody can come now, and cannot ask again for help_repeat_s.",

	"list-tokens":   "Without what proves them: that is shown when they are made, and never again.",
	"revoke-token":  "It gets 401 from now on, and its event streams are cut within seconds.",
	"revoke-tokens": "With participant those of that one, also of a speaker; without it all of the meeting, that of the request too.",

	"call-out": "The answer comes before the telephone rings; how it goes on is read from the call, or comes as events. Who answers hears who invites him and is let in when he presses 1, " +
		"also where the meeting is locked, has a lobby or has not begun: to be called is to be admitted. Until then he hears and is heard by nobody. Whom the bridge may call, " +
		"and how much, is the operator's to say in the section dial_out of the configuration; without it nobody is called: not_allowed. Too many at a time are limit_reached, too many in a " +
		"minute, an hour or a day rate_limited. A number or participant that is being called cannot be called once more meanwhile: wrong_state.",
	"list-calls": "Those that go on and the last 200.",
	"get-call":   "The last 200 calls are kept.",
	"end-call":   "A telephone that rings stops ringing; who is in the meeting is hung up. Of a call that has ended it changes nothing.",

	"list-legs": "In order of their ids, those who are still with the attendant too.",
	"hang-up":   "A call ends with BYE. The participant stays on the roster, absent if it was his last way of taking part.",

	"list-numbers":  "In order of the numbers, those of deleted meetings not.",
	"get-number":    "Its ETag goes into If-Match of a change.",
	"delete-number": "Whoever calls it then is asked for an access code.",

	"list-webhooks":  "In order of their ids, with how far each has come and why it fails, if it does.",
	"get-webhook":    "With how far it has come and why it fails, if it does. Its ETag goes into If-Match of a change.",
	"delete-webhook": "When this is answered nothing is sent there any more.",
}
