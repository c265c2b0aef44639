package kept

import (
	"encoding/json"
	"fmt"

	"partyline/control/webhook"
)

// Webhook is the row of an endpoint. What it is changes rarely, how far it has come all the time.
type Webhook struct {
	ID       webhook.ID
	Endpoint []byte
	Position uint64
	Progress []byte
}

// WebhookRow makes the row of an endpoint.
func WebhookRow(e webhook.Endpoint) (Webhook, error) {
	endpoint, err := json.Marshal(e)
	if err != nil {
		return Webhook{}, err
	}
	progress, err := json.Marshal(e.Progress)
	return Webhook{ID: e.ID, Endpoint: endpoint, Position: e.Progress.Position, Progress: progress}, err
}

// Read makes an endpoint of its row.
func (w Webhook) Read() (e webhook.Endpoint, err error) {
	if err := json.Unmarshal(w.Endpoint, &e); err != nil {
		return e, fmt.Errorf("read webhook %s: %w", w.ID, err)
	}
	if err := json.Unmarshal(w.Progress, &e.Progress); err != nil {
		return e, fmt.Errorf("read webhook %s: %w", w.ID, err)
	}
	e.ID, e.Progress.Position = w.ID, w.Position
	return e, nil
}
