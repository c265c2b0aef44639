package api_test

import (
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// TestRecordedName: it is shown that there is one; it is heard, deleted, and gone when he is erased.
func TestRecordedName(t *testing.T) {
	store := newStore(t)
	b := serve(t, store)
	m := b.meeting(nil)
	id := control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/"))
	meeting, err := b.registry.Meeting(id)
	if err != nil {
		t.Fatal(err)
	}
	says := func(who control.ParticipantID, leg control.LegID) control.AudioID {
		t.Helper()
		audio := control.Audio{ID: control.NewNameID(), DurationMS: 1400, Bytes: 8}
		if err := store.PutAudio(t.Context(), id, audio.ID, []byte("RIFF Ada")); err != nil {
			t.Fatal(err)
		}
		if _, err := meeting.Do(t.Context(), control.Join{Participant: who, Leg: leg, Kind: control.PhoneLeg, Named: &audio}, control.Meta{}); err != nil {
			t.Fatal(err)
		}
		return audio.ID
	}
	gone := func(audio control.AudioID) {
		t.Helper()
		if data, err := store.Audio(t.Context(), id, audio); err == nil {
			t.Errorf("%s is still kept: %s", audio, data)
		}
	}
	first := says("par_1", "leg_1")
	one := m + "/participants/par_1"
	if p := decode[api.Participant](b.get(one).want(200)); p.RecordedName == nil || p.RecordedName.DurationMS != 1400 {
		t.Errorf("he is %+v", p)
	}
	wav := b.get(one + "/recorded-name").want(200)
	if string(wav.body) != "RIFF Ada" || wav.header.Get("Content-Type") != "audio/wav" {
		t.Errorf("heard %q, %s", wav.body, wav.header.Get("Content-Type"))
	}
	other := b.person(m, "Bob", "audience")
	_, bob := b.token(m, "audience", other)
	b.send(request{method: "GET", path: one + "/recorded-name", key: bob}).problem(403, "forbidden", "Authorization")
	_, self := b.token(m, "audience", "par_1")
	b.send(request{method: "GET", path: one + "/recorded-name", key: self}).want(200)
	b.send(request{method: "DELETE", path: one + "/recorded-name", key: bob}).problem(403, "forbidden", "Authorization")
	b.send(request{method: "DELETE", path: one + "/recorded-name"}).want(204)
	gone(first)
	b.send(request{method: "DELETE", path: one + "/recorded-name"}).problem(404, "not_found", "recorded_name")
	b.get(one+"/recorded-name").problem(404, "not_found", "recorded_name")
	b.get(m+"/participants/par_none/recorded-name").problem(404, "not_found", "participant")
	if p := decode[api.Participant](b.get(one).want(200)); p.RecordedName != nil {
		t.Errorf("he is %+v", p)
	}
	second := says("par_2", "leg_2")
	b.post(m+"/participants/par_2/erase", nil).want(200)
	gone(second)
	third := says("par_3", "leg_3")
	b.send(request{method: "DELETE", path: m + "/participants/par_3"}).want(204)
	gone(third)
	if all := b.events(m); !strings.Contains(all, "participant.recorded_name_deleted") {
		t.Errorf("the events are %s", all)
	}
}
