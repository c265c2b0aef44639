package api_test

import (
	"regexp"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// TestPINs: they are given or drawn, and read by those who may make speakers, and by whoever has one.
func TestPINs(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	six := regexp.MustCompile(`^[0-9]{6}$`)
	ada := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Ada", "pin": "generate", "web": true}).want(201))
	bob := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Bob", "pin": "22222222"}).want(201))
	cid := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Cid"}).want(201))
	if !six.MatchString(ada.PIN) || bob.PIN != "" {
		t.Errorf("answered with %q and %q", ada.PIN, bob.PIN)
	}
	list := decode[api.Page[api.PIN]](b.get(m + "/pins?limit=1").want(200))
	if len(list.Items) != 1 || list.Items[0] != (api.PIN{Participant: ada.ID, PIN: ada.PIN}) || list.NextCursor == "" {
		t.Errorf("listed %+v", list)
	}
	list = decode[api.Page[api.PIN]](b.get(m + "/pins?cursor=" + list.NextCursor).want(200))
	if len(list.Items) != 1 || list.Items[0] != (api.PIN{Participant: bob.ID, PIN: "22222222"}) || list.NextCursor != "" {
		t.Errorf("then %+v", list)
	}
	pin := func(id control.ParticipantID) string { return m + "/participants/" + string(id) + "/pin" }
	b.get(pin(cid.ID)).problem(404, "not_found", "pin")
	b.get(pin("par_none")).problem(404, "not_found", "participant")
	drawn := decode[api.Participant](b.send(request{method: "PATCH", path: m + "/participants/" + string(cid.ID), body: map[string]any{"pin": "generate"}}).want(200))
	if got := decode[api.PIN](b.get(pin(cid.ID)).want(200)); !six.MatchString(drawn.PIN) || got.PIN != drawn.PIN {
		t.Errorf("drew %q, read %q", drawn.PIN, got.PIN)
	}

	_, own := b.token(m, "audience", ada.ID)
	as := func(path string) answer { return b.send(request{method: "GET", path: path, key: own}) }
	if got := decode[api.PIN](as(pin(ada.ID)).want(200)); got.PIN != ada.PIN {
		t.Errorf("she reads %+v", got)
	}
	as(pin(bob.ID)).problem(403, "forbidden", "Authorization")
	as(m+"/pins").problem(403, "forbidden", "Authorization")
	for _, body := range []map[string]any{{"name": "D", "pin": "Generate"}, {"name": "D", "pin": "12345"}, {"name": "D", "pin": ada.PIN}} {
		b.post(m+"/participants", body).problem(422, "invalid", "pin")
	}
	seen := string(b.get(m+"/participants").body) + string(b.get(m+"/participants/"+string(ada.ID)).body) + b.events(m)
	for _, secret := range []string{ada.PIN, "22222222", drawn.PIN} {
		if strings.Contains(seen, `"`+secret+`"`) {
			t.Errorf("%s is shown", secret)
		}
	}
}

// TestPhoneCode: one is made for a participant by himself or by those who may act for him, and is in no event.
func TestPhoneCode(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	ada := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Ada", "web": true}).want(201))
	bob := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Bob"}).want(201))
	path := m + "/participants/" + string(ada.ID) + "/phone-code"
	a := b.send(request{method: "POST", path: path, header: map[string]string{"Idempotency-Key": "k"}}).want(201)
	code := decode[api.PhoneCode](a)
	if !regexp.MustCompile(`^[0-9]{9}$`).MatchString(code.Code) || !strings.Contains(code.HowToDial, code.Code) {
		t.Errorf("made %+v", code)
	}
	again := decode[api.PhoneCode](b.send(request{method: "POST", path: path, header: map[string]string{"Idempotency-Key": "k"}}).want(201))
	if again.Code != code.Code || !again.ExpiresAt.Equal(code.ExpiresAt) {
		t.Errorf("a retry made %+v", again)
	}
	found, role, err := b.registry.ByCode(code.Code)
	if err != nil || role != "" || "/v1/meetings/"+string(found.ID()) != m {
		t.Fatalf("the code belongs to %v as %q, %v", found, role, err)
	}
	join := func(leg control.LegID, code string) error {
		_, err := found.Do(t.Context(), control.Join{Leg: leg, Kind: control.PhoneLeg, Number: "+4930123417", Code: code}, control.Meta{})
		return err
	}
	newer := decode[api.PhoneCode](b.post(path, map[string]any{"expires_in_s": 60}).want(201))
	if err := join("leg_0", code.Code); err == nil {
		t.Error("the older code still holds")
	}
	if err := join("leg_1", newer.Code); err != nil {
		t.Fatal(err)
	}
	p := decode[api.Participant](b.get(m + "/participants/" + string(ada.ID)).want(200))
	if !p.Web || len(p.Legs) != 1 || p.Legs[0].KnownBy != "phone_code" || p.Legs[0].Number != "+49•••417" {
		t.Errorf("she is %+v", p)
	}
	events := b.events(m)
	if strings.Contains(events, code.Code) || strings.Contains(events, newer.Code) || !strings.Contains(events, "participant.phone_code_issued") {
		t.Errorf("the events are %s", events)
	}

	_, own := b.token(m, "audience", bob.ID)
	as := func(path string) answer { return b.send(request{method: "POST", path: path, key: own}) }
	as(path).problem(403, "forbidden", "Authorization")
	as(m + "/participants/" + string(bob.ID) + "/phone-code").want(201)
	b.post(path, map[string]any{"expires_in_s": 0}).problem(422, "invalid", "expires_in_s")
	b.post(path, map[string]any{"expires_in_s": 3601}).problem(422, "invalid", "expires_in_s")
	b.post(m+"/participants/par_none/phone-code", nil).problem(404, "not_found", "participant")
	b.post(m+"/end", nil).want(200)
	b.post(path, nil).problem(409, "wrong_state", "")
}
