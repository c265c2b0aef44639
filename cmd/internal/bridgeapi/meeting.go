package bridgeapi

import (
	"context"
	"net/http"
)

// MainRoom is the id of the main room.
const MainRoom = "main"

// NewMeeting is what a meeting is made of.
type NewMeeting struct {
	Title       string         `json:"title"`
	AccessCode  string         `json:"access_code,omitempty"`
	SpeakerCode string         `json:"speaker_code,omitempty"`
	Options     map[string]any `json:"options,omitempty"`
	Rooms       []NewRoom      `json:"rooms,omitempty"`
}

// NewRoom is a breakout room to be made.
type NewRoom struct {
	Name string `json:"name"`
}

// Meeting is a meeting.
type Meeting struct {
	ID          string `json:"id"`
	AccessCode  string `json:"access_code"`
	SpeakerCode string `json:"speaker_code"`
	Breakouts   struct {
		State string `json:"state"`
	} `json:"breakouts"`
}

// Room is a breakout room.
type Room struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Number int    `json:"number"`
}

// Participant is a person in a meeting.
type Participant struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Muted    bool   `json:"muted"`
	Location struct {
		Place string `json:"place"`
		Room  string `json:"room"`
	} `json:"location"`
	Legs []struct {
		ID string `json:"id"`
	} `json:"legs"`
}

// Leg is a media connection.
type Leg struct {
	ID     string `json:"id"`
	CallID string `json:"call_id"`
}

// HelpRequest is a room's call for help.
type HelpRequest struct {
	ID          string `json:"id"`
	Room        string `json:"room"`
	Participant string `json:"participant"`
}

// Broadcast is a message played into rooms.
type Broadcast struct {
	ID         string     `json:"id"`
	State      string     `json:"state"`
	Failed     string     `json:"failed"`
	Spoken     *bool      `json:"spoken"`
	Deliveries []Delivery `json:"deliveries"`
}

// Delivery says how a broadcast reached a room.
type Delivery struct {
	Room      string `json:"room"`
	Listeners int    `json:"listeners"`
	Tick      int64  `json:"tick"`
	Web       int    `json:"web"`
	Outcome   string `json:"outcome"`
}

// CreateMeeting makes a meeting.
func (c *Client) CreateMeeting(ctx context.Context, n NewMeeting) (Meeting, error) {
	var m Meeting
	err := c.Do(ctx, http.MethodPost, "/v1/meetings", n, &m)
	return m, err
}

// Meeting reads a meeting.
func (c *Client) Meeting(ctx context.Context, meeting string) (Meeting, error) {
	var m Meeting
	err := c.Do(ctx, http.MethodGet, path(meeting, ""), nil, &m)
	return m, err
}

// DeleteMeeting ends a meeting.
func (c *Client) DeleteMeeting(ctx context.Context, meeting string) error {
	return c.Do(ctx, http.MethodDelete, path(meeting, ""), nil, nil)
}

// Rooms lists the breakout rooms in the order in which they were made.
func (c *Client) Rooms(ctx context.Context, meeting string) ([]Room, error) {
	return all[Room](ctx, c, path(meeting, "/rooms"))
}

// Participants lists everybody.
func (c *Client) Participants(ctx context.Context, meeting string) ([]Participant, error) {
	return all[Participant](ctx, c, path(meeting, "/participants"))
}

// ByCallID lists those who are in the meeting by telephone, by the Call-ID of their call.
func (c *Client) ByCallID(ctx context.Context, meeting string) (map[string]Participant, error) {
	legs, err := all[Leg](ctx, c, "/v1/legs")
	if err != nil {
		return nil, err
	}
	people, err := c.Participants(ctx, meeting)
	if err != nil {
		return nil, err
	}
	callOf := make(map[string]string, len(legs))
	for _, l := range legs {
		callOf[l.ID] = l.CallID
	}
	found := make(map[string]Participant, len(people))
	for _, p := range people {
		for _, l := range p.Legs {
			if id := callOf[l.ID]; id != "" {
				found[id] = p
			}
		}
	}
	return found, nil
}

// Assign says which room somebody belongs to while breakouts are open.
func (c *Client) Assign(ctx context.Context, meeting, participant, room string) error {
	return c.Do(ctx, http.MethodPut, path(meeting, "/participants/"+participant+"/assignment"), map[string]string{"room": room}, nil)
}

// Move moves somebody now.
func (c *Client) Move(ctx context.Context, meeting, participant, room string) error {
	return c.Do(ctx, http.MethodPost, path(meeting, "/participants/"+participant+"/move"), map[string]string{"room": room}, nil)
}

// StartBreakouts opens the breakouts by assignment.
func (c *Client) StartBreakouts(ctx context.Context, meeting string) error {
	return c.Do(ctx, http.MethodPost, path(meeting, "/breakouts/start"), map[string]any{"distribution": "plan"}, nil)
}

// StopBreakouts brings everybody back after a countdown.
func (c *Client) StopBreakouts(ctx context.Context, meeting string, countdownS int) error {
	return c.Do(ctx, http.MethodPost, path(meeting, "/breakouts/stop"), map[string]int{"countdown_s": countdownS}, nil)
}

// HelpRequests lists the rooms that wait for help.
func (c *Client) HelpRequests(ctx context.Context, meeting string) ([]HelpRequest, error) {
	return all[HelpRequest](ctx, c, path(meeting, "/help-requests"))
}

// AcceptHelp answers a call for help; by is who goes there.
func (c *Client) AcceptHelp(ctx context.Context, meeting, request, by string) error {
	return c.Do(ctx, http.MethodPost, path(meeting, "/help-requests/"+request+"/accept"), map[string]string{"by": by}, nil)
}

// Upload stores a WAV file that can be broadcast, and returns its id.
func (c *Client) Upload(ctx context.Context, meeting string, wav []byte) (string, error) {
	var a struct {
		ID string `json:"id"`
	}
	err := c.Send(ctx, http.MethodPost, path(meeting, "/audio"), "audio/wav", wav, &a)
	return a.ID, err
}

// SendBroadcast plays an uploaded recording in all rooms.
func (c *Client) SendBroadcast(ctx context.Context, meeting, audio string) (Broadcast, error) {
	var b Broadcast
	err := c.Do(ctx, http.MethodPost, path(meeting, "/broadcasts"), map[string]string{"audio": audio}, &b)
	return b, err
}

// Broadcast reads a broadcast.
func (c *Client) Broadcast(ctx context.Context, meeting, broadcast string) (Broadcast, error) {
	var b Broadcast
	err := c.Do(ctx, http.MethodGet, path(meeting, "/broadcasts/"+broadcast), nil, &b)
	return b, err
}

func path(meeting, rest string) string { return "/v1/meetings/" + meeting + rest }
