package api

import (
	"github.com/danielgtaylor/huma/v2"
)

// addWebhook documents what webhooks send, as OpenAPI 3.1 has it: requests that the reader of the document takes.
func addWebhook(spec *huma.OpenAPI) {
	text := func(doc, example string) *huma.Param {
		return &huma.Param{Description: doc, Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	header := func(name string, p *huma.Param) *huma.Param {
		p.Name, p.In, p.Required = name, "header", true
		return p
	}
	event := &huma.Schema{Ref: "#/components/schemas/AnyEvent"}
	spec.Webhooks = map[string]*huma.PathItem{"event": {Post: &huma.Operation{
		OperationID: "receive-event",
		Tags:        []string{"webhooks"},
		Summary:     "An event, as your receiver gets it",
		Description: webhooksDescription,
		Security:    []map[string][]string{},
		Parameters: []*huma.Param{
			header("webhook-id", text("Names the event, the same at every attempt and every replay: skip what you have seen.", "mtg_abcdefghijklmnop-17")),
			header("webhook-timestamp", text("When this attempt was made, in seconds since 1970. Refuse what is older than five minutes.", "1795424400")),
			header("webhook-signature", text("One signature for each active secret, separated by spaces: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.",
				"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")),
		},
		RequestBody: &huma.RequestBody{Required: true, Description: "The event.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: event, Example: spec.Components.Schemas.Map()["OnParticipantsMoved"].Examples[0]},
		}},
		Responses: map[string]*huma.Response{
			"2XX": {Description: "The event was taken: the next one is sent."},
			"410": {Description: "You want no more: the webhook is parked at once."},
			"4XX": {Description: "Tried again after a growing time; after a day the webhook is parked."},
			"5XX": {Description: "Tried again after a growing time; after a day the webhook is parked."},
		},
	}}}
}
