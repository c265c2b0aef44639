package api_test

import (
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"partyline/control/access"
	"partyline/control/api"
)

// matrix says who may use each operation, by its id: API keys with the scope, and which meeting tokens: "" none,
// "speakers" those of speakers, "own" the audience's too about their own participant, "everyone" all of them. It says
// again what the routes are registered with, so that whoever adds or changes one decides it twice. Keep it sorted.
var matrix = map[string]struct {
	scope  access.Scope
	tokens string
}{
	"accept-help":           {"meetings:write", "speakers"},
	"add-participant":       {"meetings:write", "speakers"},
	"admit-all":             {"meetings:write", "speakers"},
	"admit-participant":     {"meetings:write", "speakers"},
	"ask-help":              {"meetings:write", "everyone"},
	"assign-participant":    {"meetings:write", "speakers"},
	"assign-participants":   {"meetings:write", "speakers"},
	"call-out":              {"calls", "speakers"},
	"end-call":              {"calls", "speakers"},
	"get-call":              {"calls", "speakers"},
	"list-calls":            {"calls", "speakers"},
	"change-meeting":        {"meetings:write", "speakers"},
	"change-participant":    {"meetings:write", "own"},
	"change-room":           {"meetings:write", "speakers"},
	"get-number":            {"meetings:read", ""},
	"list-numbers":          {"meetings:read", ""},
	"put-number":            {"meetings:write", ""},
	"delete-number":         {"meetings:write", ""},
	"change-webhook":        {"webhooks", ""},
	"create-meeting":        {"meetings:write", ""},
	"create-rooms":          {"meetings:write", "speakers"},
	"create-webhook":        {"webhooks", ""},
	"decline-help":          {"meetings:write", "speakers"},
	"delete-meeting":        {"meetings:write", ""},
	"delete-room":           {"meetings:write", "speakers"},
	"delete-webhook":        {"webhooks", ""},
	"deny-participant":      {"meetings:write", "speakers"},
	"end-meeting":           {"meetings:write", "speakers"},
	"erase-meeting":         {"meetings:write", ""},
	"erase-participant":     {"meetings:write", ""},
	"export-rooms":          {"meetings:read", "speakers"},
	"extend-breakouts":      {"meetings:write", "speakers"},
	"get-attendance":        {"meetings:read", "speakers"},
	"get-attendance-csv":    {"meetings:read", "speakers"},
	"cancel-broadcast":      {"meetings:write", "speakers"},
	"get-help":              {"meetings:read", "everyone"},
	"get-broadcast":         {"meetings:read", "everyone"},
	"get-meeting":           {"meetings:read", "everyone"},
	"get-participant":       {"meetings:read", "everyone"},
	"get-recorded-name":     {"meetings:read", "own"},
	"delete-recorded-name":  {"meetings:write", "own"},
	"get-pin":               {"meetings:write", "own"},
	"get-room":              {"meetings:read", "everyone"},
	"get-roster-template":   {"meetings:read", "speakers"},
	"get-webhook":           {"webhooks", ""},
	"hang-up":               {"calls", ""},
	"import-rooms":          {"meetings:write", "speakers"},
	"issue-phone-code":      {"meetings:write", "own"},
	"issue-token":           {"tokens", "speakers"},
	"list-assignments":      {"meetings:read", "everyone"},
	"list-broadcasts":       {"meetings:read", "everyone"},
	"list-help-requests":    {"meetings:read", "everyone"},
	"list-legs":             {"calls", ""},
	"trace-call":            {"admin", ""},
	"trace-leg":             {"admin", ""},
	"list-meetings":         {"meetings:read", ""},
	"list-outcomes":         {"meetings:read", "speakers"},
	"list-participants":     {"meetings:read", "everyone"},
	"list-pins":             {"meetings:write", "speakers"},
	"list-rooms":            {"meetings:read", "everyone"},
	"list-tokens":           {"tokens", "speakers"},
	"list-webhooks":         {"webhooks", ""},
	"lock-meeting":          {"meetings:write", "speakers"},
	"merge-participants":    {"meetings:write", "speakers"},
	"move-participant":      {"meetings:write", "own"},
	"move-participants":     {"meetings:write", "speakers"},
	"give-floor":            {"meetings:write", "speakers"},
	"mute-all":              {"meetings:write", "speakers"},
	"open-meeting":          {"meetings:write", "speakers"},
	"release":               {"meetings:write", "speakers"},
	"remove-participant":    {"meetings:write", "speakers"},
	"replay-webhook":        {"webhooks", ""},
	"reset-breakouts":       {"meetings:write", "speakers"},
	"resume-webhook":        {"webhooks", ""},
	"revoke-token":          {"tokens", "speakers"},
	"revoke-tokens":         {"tokens", "speakers"},
	"rotate-webhook-secret": {"webhooks", ""},
	"send-broadcast":        {"meetings:write", "everyone"},
	"set-presence":          {"meetings:write", ""},
	"shuffle-breakouts":     {"meetings:write", "speakers"},
	"split-participant":     {"meetings:write", "speakers"},
	"start-breakouts":       {"meetings:write", "speakers"},
	"stop-breakouts":        {"meetings:write", "speakers"},
	"stream-events":         {"events:read", ""},
	"stream-meeting-events": {"events:read", "everyone"},
	"sync-web":              {"meetings:write", ""},
	"unassign-participant":  {"meetings:write", "speakers"},
	"undo-command":          {"meetings:write", "speakers"},
	"unlock-meeting":        {"meetings:write", "speakers"},
	"upload-audio":          {"meetings:write", "speakers"},
	"withdraw-help":         {"meetings:write", "everyone"},
}

// route is an operation as the route table has it.
type route struct{ id, method, path string }

var pathParam = regexp.MustCompile(`\{[^}]+\}`)

// operations walks the route table and fails the test for each operation that the matrix does not decide.
func operations(t *testing.T, b *bridge) []route {
	t.Helper()
	doc := decode[document](b.send(request{method: "GET", path: "/openapi.json", key: "-"}).want(200))
	var all []route
	err := chi.Walk(b.api.Routes(), func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasPrefix(path, "/v1/") {
			return nil
		}
		id := doc.Paths[path][strings.ToLower(method)].OperationID
		if _, ok := matrix[id]; !ok {
			t.Errorf("%s %s (%s): the matrix does not say who may use it", method, path, id)
			return nil
		}
		all = append(all, route{id, method, path})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(matrix) {
		t.Errorf("the matrix has %d operations, the route table %d of them", len(matrix), len(all))
	}
	return all
}

// answers sends a request and returns its answer; of a stream, which has no end, only the head.
func (b *bridge) answers(r request) answer {
	b.t.Helper()
	res, err := b.server.Client().Do(b.request(b.t.Context(), r))
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	defer res.Body.Close()
	out := answer{t: b.t, status: res.StatusCode, header: res.Header}
	if res.Header.Get("Content-Type") == "text/event-stream" {
		return out
	}
	if out.body, err = io.ReadAll(res.Body); err != nil {
		b.t.Fatal(err)
	}
	return out
}

func TestKeysNeedTheScopeOfEachOperation(t *testing.T) {
	keys := []access.Key{access.NewKey("admin", secret, access.Admin)}
	for _, s := range access.Scopes() {
		name := strings.ReplaceAll(string(s), ":", ".")
		others := slices.DeleteFunc(access.Scopes(), func(other access.Scope) bool { return other == s || other == access.Admin })
		keys = append(keys, access.NewKey("only-"+name, "only-"+string(s), s), access.NewKey("without-"+name, "without-"+string(s), others...))
	}
	b := serve(t, newStore(t), func(o *api.Options) { o.Keys = keyring(t, keys...) })
	for _, r := range operations(t, b) {
		t.Run(r.id, func(t *testing.T) {
			b := *b
			b.t = t
			scope := matrix[r.id].scope
			ask := request{method: r.method, path: pathParam.ReplaceAllString(r.path, "x")}
			for _, key := range []string{"only-" + string(scope), "only-admin"} {
				ask.key = "Bearer " + key
				if got := b.answers(ask); got.status == http.StatusUnauthorized || got.status == http.StatusForbidden {
					t.Errorf("with the key %s: %d %s", key, got.status, got.body)
				}
			}
			ask.key = "Bearer without-" + string(scope)
			p := b.answers(ask).problem(http.StatusForbidden, "forbidden", "Authorization")
			if !strings.HasSuffix(p.Detail, "lacks the scope "+string(scope)) {
				t.Errorf("refused with %q", p.Detail)
			}
		})
	}
}

// TestScopesAreDocumented: the OpenAPI document says which scope an operation needs.
func TestScopesAreDocumented(t *testing.T) {
	doc, _, b := spec(t)
	for _, r := range operations(t, b) {
		security := doc.Paths[r.path][strings.ToLower(r.method)].Security
		if got := security[0]["key"]; !slices.Equal(got, []string{string(matrix[r.id].scope)}) {
			t.Errorf("%s: documented %v", r.id, security)
		}
	}
}
