package api

import (
	"context"
	"net/http"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) meetingRoutes(r routes) {
	const one = "/v1/meetings/{meeting}"
	create := op(http.MethodPost, "/v1/meetings", "create-meeting", "meetings", "Make a meeting")
	create.DefaultStatus = http.StatusCreated
	create.Metadata = map[string]any{bodyLimit: int64(listBody)}
	handle(r, needs(access.MeetingsWrite), create, a.createMeeting)
	handle(r, needs(access.MeetingsRead).listing(), op(http.MethodGet, "/v1/meetings", "list-meetings", "meetings", "List the meetings"), a.listMeetings)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, one, "get-meeting", "meetings", "Read a meeting"), a.getMeeting)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPatch, one, "change-meeting", "meetings", "Change title, codes, times or options"), a.changeMeeting)
	handle(r, needs(access.MeetingsWrite), op(http.MethodDelete, one, "delete-meeting", "meetings", "End a meeting and take it off the list"), a.deleteMeeting)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/lock", "lock-meeting", "meetings", "Have newcomers wait in the lobby"), a.lockMeeting)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/unlock", "unlock-meeting", "meetings", "Let newcomers in again, and those who wait"), a.unlockMeeting)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/end", "end-meeting", "meetings", "End a meeting: everybody is told goodbye"), a.endMeeting)
	open := op(http.MethodPost, one+"/open", "open-meeting", "meetings", "Hold a meeting again, or begin one before its time")
	open.Description = "A meeting that has ended is open again: rooms, roster, assignments, options and recordings are as they were; callers who were not on the roster, " +
		"mutes, hands, broadcasts and the lock are gone. Its codes are taken again; if another meeting has one meanwhile, the answer is code_taken, and the body may name others. " +
		"A meeting that has not begun begins; one that goes on stays as it is."
	handle(r, needs(access.MeetingsWrite).speakers(), open, a.openMeeting)
}

// NewMeeting is the request for a meeting.
type NewMeeting struct {
	Title       string            `json:"title" minLength:"1" maxLength:"200" example:"Spring workshop" doc:"What people call it."`
	AccessCode  string            `json:"access_code,omitempty" pattern:"^[0-9]{6,12}$" patternDescription:"6 to 12 digits" example:"482913057" doc:"What callers key in; drawn at random (9 digits) if absent."`
	SpeakerCode clearable[string] `json:"speaker_code,omitzero" required:"false" pattern:"^[0-9]{6,12}$" patternDescription:"6 to 12 digits" example:"730118264" doc:"What speakers key in instead; drawn at random (9 digits) if absent; null: speakers cannot identify themselves by code."`
	StartsAt    *time.Time        `json:"starts_at,omitempty" example:"2030-01-02T09:00:00Z" doc:"When it is planned to begin: until then callers wait in the lobby, unless a speaker comes before and begins it. At most a day ago or ten years ahead."`
	EndsAt      *time.Time        `json:"ends_at,omitempty" example:"2030-01-02T10:00:00Z" doc:"When it ends by itself, after warnings 5 minutes and 1 minute before; absent: never."`
	Options     *OptionsChange    `json:"options,omitempty" doc:"What differs from the default options."`
	Roster      []NewParticipant  `json:"roster,omitempty" maxItems:"10000" doc:"Who is expected."`
	Rooms       []NewRoom         `json:"rooms,omitempty" maxItems:"300" doc:"Breakout rooms to begin with."`
}

// OptionsChange sets the options that are named.
type OptionsChange struct {
	Breakouts          *bool   `json:"breakouts,omitempty" doc:"Breakouts may be opened in this meeting."`
	PhoneBreakouts     *bool   `json:"phone_breakouts,omitempty" doc:"Callers take part in breakouts; off: who is there by telephone alone stays in the main room."`
	FreeMovement       *bool   `json:"free_movement,omitempty" doc:"Audience may change rooms by themselves."`
	EveryoneBroadcasts *bool   `json:"everyone_broadcasts,omitempty" doc:"Audience may broadcast to all rooms."`
	LateJoiners        *string `json:"late_joiners,omitempty" enum:"assign,main" doc:"Where somebody goes who comes while breakouts are open and has no assignment."`
	WarningsS          *[]int  `json:"warnings_s,omitempty" minItems:"0" maxItems:"10" uniqueItems:"true" minimum:"1" maximum:"3600" example:"[60,10]" doc:"How many seconds before the end of the breakouts everybody in the rooms is warned, and breakouts.warned comes; none: []."`
	ReturnCountdownS   *int    `json:"return_countdown_s,omitempty" minimum:"0" maximum:"3600" doc:"Countdown of a stop that names none."`
	HelpTimeoutS       *int    `json:"help_timeout_s,omitempty" minimum:"0" maximum:"86400" doc:"How long a call for help waits for an answer; 0: for ever. For calls from now on."`
	HelpRepeatS        *int    `json:"help_repeat_s,omitempty" minimum:"0" maximum:"3600" doc:"How long a room, and the one who asked, cannot call for help again after it was declined; 0: they can at once."`
	RecordNames        *string `json:"record_names,omitempty" enum:"off,unknown,all" doc:"Callers say their name before they come in: those who are not known, or all of whom there is no recording. Speakers hear it, and rooms where arrivals are announced by name."`
	PersonalPINs       *string `json:"personal_pins,omitempty" enum:"off,optional,required" doc:"After the code callers are asked for their personal PIN. optional: they may skip it, or go on without it after three wrong ones; required: without it they do not come in."`
	IdentifyByNumber   *bool   `json:"identify_by_number,omitempty" doc:"Who calls from a number of the roster is that person. Numbers can be forged: nobody becomes a speaker by it."`
	RedialS            *int    `json:"redial_s,omitempty" minimum:"0" maximum:"86400" example:"600" doc:"Who calls again from the same number within so many seconds is the same person, in the same room, with mute and hand as they were; 0: never."`
	Lobby              *bool   `json:"lobby,omitempty" doc:"Newcomers wait in the lobby until they are admitted. Speakers never wait."`
	MutedOnEntry       *bool   `json:"muted_on_entry,omitempty" doc:"Audience is muted when they come in."`
	AnnounceArrivals   *string `json:"announce_arrivals,omitempty" enum:"off,tone,name" doc:"What a room hears when somebody comes or goes: nothing, a soft tone, or his name, where it is known and can be spoken."`
	Language           *string `json:"language,omitempty" minLength:"2" maxLength:"16" pattern:"^[a-zA-Z0-9-]+$" example:"en" doc:"Prompt language."`
}

// apply returns the options with the change made.
func (c *OptionsChange) apply(o control.Options) control.Options {
	if c == nil {
		return o
	}
	set(&o.Breakouts, c.Breakouts)
	set(&o.PhoneBreakouts, c.PhoneBreakouts)
	set(&o.FreeMovement, c.FreeMovement)
	set(&o.EveryoneBroadcasts, c.EveryoneBroadcasts)
	set(&o.LateJoiners, c.LateJoiners)
	set(&o.WarningsS, c.WarningsS)
	set(&o.ReturnCountdownS, c.ReturnCountdownS)
	set(&o.HelpTimeoutS, c.HelpTimeoutS)
	set(&o.HelpRepeatS, c.HelpRepeatS)
	set(&o.RecordNames, c.RecordNames)
	set(&o.PersonalPINs, c.PersonalPINs)
	set(&o.IdentifyByNumber, c.IdentifyByNumber)
	if c.RedialS != nil {
		o.RedialS = c.RedialS
	}
	set(&o.Lobby, c.Lobby)
	set(&o.MutedOnEntry, c.MutedOnEntry)
	set(&o.AnnounceArrivals, c.AnnounceArrivals)
	set(&o.Language, c.Language)
	return o
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

type createMeetingInput struct {
	Body NewMeeting
}

func (a *API) createMeeting(ctx context.Context, in *createMeetingInput) (*reply[Meeting], error) {
	b := in.Body
	create := control.CreateMeeting{
		ID: control.NewID[control.MeetingID]("mtg_"), Title: b.Title,
		AccessCode: b.AccessCode, DrawSpeakerCode: !b.SpeakerCode.sent, SpeakerCode: newSpeakerCode(b.SpeakerCode).Code,
		Options: b.Options.apply(control.DefaultOptions()),
	}
	var err error
	if create.StartsAt, err = timeSent("starts_at", b.StartsAt); err != nil {
		return nil, err
	}
	if create.EndsAt, err = timeSent("ends_at", b.EndsAt); err != nil {
		return nil, err
	}
	for _, room := range b.Rooms {
		create.Rooms = append(create.Rooms, room.command())
	}
	for _, person := range b.Roster {
		create.Roster = append(create.Roster, person.command())
	}
	out := &reply[Meeting]{}
	meta := metaOf(ctx)
	answerWith(ctx, &meta, func(d done) (any, string) {
		s := control.NewState()
		for _, e := range d.events {
			control.Apply(s, e, d.at)
		}
		s.Seq = d.seq()
		out.Body, out.Location = meetingOf(s), "/v1/meetings/"+string(s.ID)
		return out.Body, out.Location
	})
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	if _, err := a.opt.Registry.Create(ctx, create, meta); err != nil {
		return nil, err
	}
	if out.Body.ID == "" { // done before, by another process that shares the store
		return replayed[Meeting](ctx, a, meta.Key)
	}
	return out, nil
}

type listMeetingsInput struct {
	PageQuery
	Phase string `query:"phase" enum:"open,ended" doc:"Only meetings in this phase."`
}

func (a *API) listMeetings(ctx context.Context, in *listMeetingsInput) (*list[MeetingSummary], error) {
	c, err := parseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	infos, err := a.listFor(ctx, callerOf(ctx), control.MeetingQuery{After: control.MeetingID(c.ID), Limit: in.Limit + 1, Phase: control.Phase(in.Phase)})
	if err != nil {
		return nil, err
	}
	out, who := &list[MeetingSummary]{Body: Page[MeetingSummary]{Items: []MeetingSummary{}}}, callerOf(ctx)
	for _, m := range infos[:min(in.Limit, len(infos))] {
		if !who.makesSpeakers() {
			m.SpeakerCode = ""
		}
		out.Body.Items = append(out.Body.Items, MeetingSummary{
			ID: m.ID, Title: m.Title, AccessCode: m.AccessCode, SpeakerCode: m.SpeakerCode,
			Phase: string(m.Phase), CreatedAt: m.CreatedAt.UTC(),
		})
	}
	if len(infos) > in.Limit {
		out.Body.NextCursor = cursor{ID: string(infos[in.Limit-1].ID)}.String()
	}
	return out, nil
}

// meetingOutput is a meeting with its ETag.
type meetingOutput struct {
	ETag string `header:"ETag" doc:"For If-Match."`
	Body Meeting
}

func (a *API) getMeeting(ctx context.Context, in *MeetingPath) (*meetingOutput, error) {
	var out meetingOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		who := callerOf(ctx)
		out.Body = who.seesMeeting(meetingOf(s))
		if who.makesSpeakers() { // else the codes could be guessed from it
			out.ETag = meetingETag(s)
		}
		return nil
	})
	return &out, err
}

// MeetingChange sets what is named.
type MeetingChange struct {
	Title       *string              `json:"title,omitempty" minLength:"1" maxLength:"200" example:"Spring workshop" doc:"What people call it."`
	AccessCode  accessCode           `json:"access_code,omitzero" required:"false" pattern:"^([0-9]{6,12}|generate)$" patternDescription:"6 to 12 digits, or generate" example:"generate" doc:"What callers key in from now on; generate: a new one is drawn."`
	SpeakerCode clearable[string]    `json:"speaker_code,omitzero" required:"false" pattern:"^([0-9]{6,12}|generate)$" patternDescription:"6 to 12 digits, or generate" example:"730118264" doc:"What speakers key in from now on; generate: a new one is drawn; null: none."`
	StartsAt    clearable[time.Time] `json:"starts_at,omitzero" required:"false" example:"2030-01-02T09:00:00Z" doc:"When it begins; null: it has begun. It cannot be put off once people are in."`
	EndsAt      clearable[time.Time] `json:"ends_at,omitzero" required:"false" example:"2030-01-02T10:00:00Z" doc:"When it ends by itself; null: never."`
	Options     *OptionsChange       `json:"options,omitempty" doc:"The options to set; the others stay."`
}

func (c *MeetingChange) command() (control.ChangeMeeting, error) {
	change := control.ChangeMeeting{Title: c.Title, SpeakerCode: newSpeakerCode(c.SpeakerCode)}
	var err error
	if change.AccessCode, err = c.AccessCode.change(); err != nil {
		return change, err
	}
	if change.StartsAt, err = timeChange("starts_at", c.StartsAt); err != nil {
		return change, err
	}
	change.EndsAt, err = timeChange("ends_at", c.EndsAt)
	return change, err
}

type changeMeetingInput struct {
	MeetingPath
	Conditional
	Body MeetingChange
}

func (a *API) changeMeeting(ctx context.Context, in *changeMeetingInput) (*meetingOutput, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	change, err := in.Body.command()
	if err != nil {
		return nil, err
	}
	if in.Body.Options != nil {
		change.Options = &control.Options{} // completed on the owner, where the present options are known
	}
	err = a.change(ctx, m, change, func(s *control.State) error {
		if change.Options != nil {
			*change.Options = in.Body.Options.apply(s.Options)
		}
		return in.check(meetingETag(s), meetingOf(s))
	})
	if err != nil {
		return nil, err
	}
	return a.getMeeting(ctx, &in.MeetingPath)
}

type deleteMeetingInput struct {
	MeetingPath
	Conditional
}

func (a *API) deleteMeeting(ctx context.Context, in *deleteMeetingInput) (*struct{}, error) {
	meta := metaOf(ctx)
	meta.If = func(s *control.State) error { return in.check(meetingETag(s), meetingOf(s)) }
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	return nil, a.opt.Registry.Delete(ctx, in.Meeting, meta)
}

// emptyBody is a body that may be absent, and holds nothing if it is there.
type emptyBody struct{}

type meetingAction struct {
	MeetingPath
	Body *emptyBody `required:"false"`
}

func (a *API) lockMeeting(ctx context.Context, in *meetingAction) (*reply[Meeting], error) {
	return a.meetingCommand(ctx, in.Meeting, control.LockMeeting{Locked: true})
}

func (a *API) unlockMeeting(ctx context.Context, in *meetingAction) (*reply[Meeting], error) {
	return a.meetingCommand(ctx, in.Meeting, control.LockMeeting{})
}

func (a *API) endMeeting(ctx context.Context, in *meetingAction) (*reply[Meeting], error) {
	return a.meetingCommand(ctx, in.Meeting, control.EndMeeting{})
}

// meetingCommand has a command done that changes the meeting itself.
func (a *API) meetingCommand(ctx context.Context, id control.MeetingID, c control.Command) (*reply[Meeting], error) {
	m, err := a.meeting(id)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Meeting]{do: c, answer: func(d done) Meeting {
		v := meetingOf(after(d))
		v.Counts = countsAfter(d)
		return v
	}})
}
