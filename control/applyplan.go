package control

// ApplyPlan sends everybody to his room while the breakouts are open, whatever has become of it since: those who have an
// assignment and are elsewhere. The value is [Outcomes].
type ApplyPlan struct{}

func (ApplyPlan) command() {}

func decideApplyPlan(s *State) ([]Event, any, error) {
	if s.Breakouts != BreakoutsOpen {
		return nil, nil, &Error{Code: CodeWrongState, Message: "the breakouts are " + string(s.Breakouts), Hint: "start them with the distribution plan"}
	}
	var assigned []Assignment
	for _, p := range s.roster() {
		if p.Assignment != "" {
			assigned = append(assigned, Assignment{Participant: p.ID, Room: p.Assignment, Was: p.Assignment})
		}
	}
	moves, outcomes := takeUp(s, assigned, s.occupancy())
	return moved(s, moves, ReasonAssign), outcomes, nil
}
