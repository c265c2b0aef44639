package control_test

import (
	"strings"
	"testing"
	"time"

	"partyline/control"
)

func (sc *scene) token(id string, role control.Role, p control.ParticipantID, by control.TokenID, life time.Duration) control.TokenID {
	sc.t.Helper()
	_, v := sc.do(control.IssueToken{ID: control.TokenID(id), Role: role, Participant: p, IssuedBy: by, Life: life})
	return v.(control.TokenID)
}

// wantTokens says which tokens hold now, each with its role.
func (sc *scene) wantTokens(want string) {
	sc.t.Helper()
	var held []string
	for _, id := range []control.TokenID{"a", "b", "c", "d"} {
		if t, ok := sc.s.Token(id, sc.now); ok {
			held = append(held, string(id)+" "+string(t.Role))
		}
	}
	if got := strings.Join(held, ", "); got != want {
		sc.t.Errorf("the tokens are %q, want %q", got, want)
	}
}

func TestTokensOfTokens(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.token("a", control.Speaker, "", "", time.Hour)
	sc.now = sc.now.Add(30 * time.Minute)
	sc.token("b", control.Speaker, "", "a", time.Hour)
	sc.token("c", control.Audience, "", "b", time.Minute)
	sc.token("d", control.Audience, "", "", time.Hour)
	if a, b := sc.s.Tokens["a"].ExpiresAt, sc.s.Tokens["b"].ExpiresAt; !a.Equal(b) {
		t.Errorf("the child ends at %v, its parent at %v", b, a)
	}
	sc.refused(control.IssueToken{ID: "e", Role: control.Audience, IssuedBy: "c", Life: time.Minute}, control.CodeForbidden)
	sc.wantTokens("a speaker, b speaker, c audience, d audience")
	sc.wantEvents(control.RevokeTokens{Token: "a"}, "tokens.revoked")
	sc.wantTokens("d audience")
	sc.refused(control.RevokeTokens{Token: "a"}, control.CodeNotFound)
	sc.wantEvents(control.RevokeTokens{}, "tokens.revoked")
	sc.wantEvents(control.RevokeTokens{}, "")
}

func TestTokensFollowTheirParticipant(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	host, guest := sc.web("host", control.Speaker), sc.web("guest", control.Audience)
	sc.token("a", control.Speaker, host, "", time.Hour)
	sc.token("b", control.Audience, guest, "", time.Hour)
	sc.refused(control.IssueToken{ID: "c", Role: control.Speaker, Participant: guest, Life: time.Hour}, control.CodeNotAllowed)
	sc.do(control.ChangeParticipant{Participant: host, Role: new(control.Audience)})
	sc.do(control.ChangeParticipant{Participant: guest, Role: new(control.Speaker)})
	sc.wantTokens("a audience, b audience")
	sc.do(control.ChangeParticipant{Participant: host, Role: new(control.Speaker)})
	sc.wantTokens("a speaker, b audience")
	caller := sc.call("1")
	sc.token("c", control.Audience, caller, "", time.Hour)
	sc.do(control.MergeParticipants{Participant: guest, Other: caller})
	if got := sc.s.Tokens["c"].Participant; got != guest {
		t.Errorf("the caller's token is of %s", got)
	}
	sc.do(control.RemoveParticipant{Participant: guest})
	sc.wantTokens("a speaker")
	sc.do(control.EndMeeting{})
	sc.wantTokens("")
}

func TestTokensEndByTheirTime(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.token("a", control.Audience, "", "", time.Minute)
	sc.now = sc.now.Add(time.Minute - 1)
	sc.wantTokens("a audience")
	sc.now = sc.now.Add(1)
	sc.wantTokens("")
	sc.token("b", control.Audience, "", "", time.Minute)
	if len(sc.s.Tokens) != 1 {
		t.Errorf("%d tokens are kept", len(sc.s.Tokens))
	}
	for _, c := range []control.IssueToken{
		{Role: control.Audience, Life: time.Minute},
		{ID: "b", Role: control.Audience, Life: time.Minute},
		{ID: "c", Role: "king", Life: time.Minute},
		{ID: "c", Role: control.Audience},
		{ID: "c", Role: control.Audience, Life: 24*time.Hour + 1},
	} {
		sc.refused(c, control.CodeInvalid)
	}
	sc.refused(control.IssueToken{ID: "c", Role: control.Audience, Participant: "par_none", Life: time.Minute}, control.CodeNotFound)
}

// A participant who mutes himself is not muted by an admin, and cannot undo what an admin did.
func TestChangeOfOneself(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	p := sc.web("guest", control.Audience)
	sc.wantEvents(control.ChangeParticipant{Participant: p, Self: true, Muted: new(true)}, "participant.muted")
	sc.wantEvents(control.ChangeParticipant{Participant: p, Self: true, Muted: new(false)}, "participant.muted")
	sc.do(control.ChangeParticipant{Participant: p, Muted: new(true)})
	sc.refused(control.ChangeParticipant{Participant: p, Self: true, Muted: new(false)}, control.CodeNotAllowed)
}
