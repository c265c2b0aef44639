package api

import (
	"maps"
	"reflect"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
)

// eventDocs says what each event means. A test keeps it complete.
var eventDocs = map[string]string{
	"participant.recorded_name_deleted": "The recording of the participant's name is no more.",
	"participant.phone_code_issued":     "The participant can attach a telephone by a code, until it expires. It is not shown.",

	"meeting.created":         "The meeting was made.",
	"meeting.changed":         "Title and options are these now, and the codes and times if they are named.",
	"meeting.locked":          "Newcomers wait in the lobby, or are let in again.",
	"meeting.started":         "The planned meeting has begun: its time has come, or a speaker.",
	"meeting.ending":          "The meeting ends by itself soon.",
	"meeting.reopened":        "The meeting is held again. What was planned stays; mutes, hands, broadcasts and callers who were not on the roster are gone.",
	"participants.admitted":   "So many people were let in from the lobby, these if they are not more than 100.",
	"meeting.ended":           "The meeting is over.",
	"meeting.deleted":         "The meeting is off the list.",
	"rooms.created":           "These breakout rooms were made.",
	"room.changed":            "The room is this now.",
	"room.deleted":            "The room is gone; so many people were moved out of it, these if they are not more than 100.",
	"participants.added":      "These people were put on the roster.",
	"roster.imported":         "A roster file was taken over: how much it changed, and what of people who were known.",
	"participant.changed":     "What can be changed of the participant is this now.",
	"participant.removed":     "The participant was taken out of the meeting.",
	"participant.joined":      "The participant came in, by a leg or on the web.",
	"participant.leg_left":    "A leg of the participant ended.",
	"participant.web_left":    "The participant is no longer on the web; unless absent, a telephone of his stays.",
	"participants.synced":     "The whole list of who is on the web was taken over: who came, who left, whose details changed.",
	"participants.merged":     "Two participants are one person now: the other's legs are with the one who stays, in his room.",
	"participant.split":       "Some of the participant's legs, or his presence on the web, are a participant of their own now.",
	"participant.leg_held":    "The far end holds a leg, or resumes it.",
	"participants.moved":      "So many people changed rooms, these if they are not more than 100.",
	"assignments.changed":     "So many people belong to other rooms now, these if they are not more than 100.",
	"participant.muted":       "The participant muted or unmuted himself.",
	"participants.all_muted":  "The audience was muted, or released.",
	"participant.floor_given": "The participant was given the floor: his hand is down, and he is muted by nobody but himself.",
	"participant.hand_raised": "The participant raised or lowered his hand.",
	"breakouts.started":       "The breakouts are open; so many people were assigned and moved, these if they are not more than 100. All of them are under the command_id.",
	"breakouts.closing":       "The breakouts close when the countdown is over.",
	"breakouts.stopped":       "The breakouts are over; so many people were brought back, these if they are not more than 100.",
	"breakouts.extended":      "The breakouts end later, at this time; if they were closing they are open again.",
	"breakouts.warned":        "Everybody in the rooms was warned that so many seconds are left; missed: nobody was, the bridge was down.",
	"breakouts.shuffled":      "Everybody was dealt anew; so many people were assigned, and moved if the breakouts are open, these if they are not more than 100.",
	"command.undone":          "A command was undone; so many people were put back, these if they are not more than 100.",
	"breakouts.reset":         "Assignments were cleared; so many people were brought back, these if they are not more than 100.",
	"token.issued":            "A meeting token was made. It is not shown.",
	"tokens.revoked":          "These meeting tokens have ended before their time.",
	"participant.erased":      "Nothing is known any more of who the participant was, in older events neither; his calls end.",
	"meeting.erased":          "Nothing is known any more of who was in the meeting, in older events neither.",
	"help.asked":              "A room calls for help.",
	"help.ended":              "A call for help was answered, taken back, not answered in time, or is void.",
	"audio.added":             "A recording was uploaded.",
	"broadcast.sent":          "A broadcast was ordered. Show it to people on the web, unless it is for phones only.",
	"broadcast.started":       "The broadcast is being played in these rooms.",
	"broadcast.ended":         "The broadcast is over, or was interrupted by an urgent one and waits again; the receipts of all rooms.",
	"call.dialing":            "The meeting calls somebody.",
	"call.ringing":            "His telephone rings.",
	"call.answered":           "Somebody, or an answering machine, has answered and hears that he is invited. He is not in the meeting.",
	"call.joined":             "He has pressed 1 and is in the meeting: his participant.joined came just before.",
	"call.ended":              "The call is over; outcome says how.",
	"broadcast.delivered":     "In logs of earlier versions: the broadcast was played in these rooms, or could not be.",
}

// eventSchema documents the vocabulary: one schema of each event, and Event, which is any of them.
func eventSchema(api huma.API) *huma.Schema {
	schemas := api.OpenAPI().Components.Schemas
	ref := &huma.Schema{Ref: "#/components/schemas/AnyEvent"}
	if schemas.Map()["AnyEvent"] != nil {
		return ref
	}
	types := control.EventTypes()
	anyEvent := &huma.Schema{
		Description:   "Any event. Its type says which.",
		Discriminator: &huma.Discriminator{PropertyName: "type", Mapping: map[string]string{}},
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		payload := reflect.TypeOf(types[name])
		data := schemas.Schema(payload, true, "")
		key := "On" + payload.Name()
		schemas.Map()[key] = envelope(schemas, name, data)
		one := &huma.Schema{Ref: "#/components/schemas/" + key}
		anyEvent.OneOf = append(anyEvent.OneOf, one)
		anyEvent.Discriminator.Mapping[name] = one.Ref
	}
	schemas.Map()["AnyEvent"] = anyEvent
	return ref
}

// envelope is the schema of [Event] for one type of event.
func envelope(schemas huma.Registry, name string, data *huma.Schema) *huma.Schema {
	common := schemas.SchemaFromRef(schemas.Schema(reflect.TypeFor[Event](), true, "").Ref)
	s := *common
	s.Properties = maps.Clone(common.Properties)
	s.Properties["type"] = &huma.Schema{Type: huma.TypeString, Enum: []any{name}, Description: common.Properties["type"].Description}
	s.Properties["data"] = &huma.Schema{Ref: data.Ref}
	s.Description = eventProse(name)
	return &s
}

// eventProse says what an event means, when it is sent and what to do with it.
func eventProse(name string) string {
	return eventDocs[name] + " Sent: " + lowerFirst(eventUses[name].when) + " To do: " + lowerFirst(eventUses[name].do)
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// exampleEvents gives every event an example, made of those of its fields.
func exampleEvents(schemas map[string]*huma.Schema, x exampler) {
	for name, payload := range control.EventTypes() {
		s := schemas["On"+reflect.TypeOf(payload).Name()]
		s.Properties["type"].Examples = []any{name}
		s.Properties["data"].Description = eventDocs[name]
		s.Examples = []any{x.object(s)}
		if data := schemas["Event"+reflect.TypeOf(payload).Name()]; data.Description == "" {
			data.Description = "Data of `" + name + "`: " + lowerFirst(eventDocs[name])
		}
	}
}

// eventStreamResponses documents the answer of a stream.
func eventStreamResponses(api huma.API, event *huma.Schema, snapshot any) map[string]*huma.Response {
	whole := api.OpenAPI().Components.Schemas.Schema(reflect.TypeOf(snapshot), true, "")
	message := func(title, description string, names []any, data *huma.Schema) *huma.Schema {
		return &huma.Schema{
			Title: title, Type: huma.TypeObject, Description: description, Required: []string{"id", "event", "data"},
			Properties: map[string]*huma.Schema{
				"id":    {Type: huma.TypeString, Description: "Send it as Last-Event-ID to go on after this message.", Examples: []any{"mtg_abcdefghijklmnop.17"}},
				"event": {Type: huma.TypeString, Enum: names, Description: "What kind of message it is."},
				"data":  data,
			},
		}
	}
	var names []any
	for _, name := range slices.Sorted(maps.Keys(control.EventTypes())) {
		names = append(names, name)
	}
	return map[string]*huma.Response{"200": {
		Description: "A stream of messages that does not end by itself, in the form of text/event-stream: `id`, `event` and `data` are lines, data is JSON in one " +
			"line, and an empty line ends a message.",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
			OneOf: []*huma.Schema{
				message("event", "Something happened.", names, event),
				message("snapshot", "Everything as it is, asked for with from=snapshot.", []any{"snapshot"}, whole),
				message("reset", "Everything as it is: Last-Event-ID was unknown or too old.", []any{"reset"}, whole),
			},
		}}},
	}}
}
