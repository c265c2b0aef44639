package attendant

import "partyline/control"

// Meetings makes the registry of live meetings the [Registry] of an [Attendant].
func Meetings(r *control.Registry) Registry { return meetings{r} }

type meetings struct{ registry *control.Registry }

func (m meetings) ByCode(code string) (Meeting, control.Role, error) {
	meeting, role, err := m.registry.ByCode(code)
	if err != nil {
		return nil, "", err
	}
	return meeting, role, nil
}

func (m meetings) ByNumber(number, trunk string) (Meeting, control.Number, error) {
	meeting, bound, err := m.registry.ByNumber(number, trunk)
	if err != nil {
		return nil, bound, err
	}
	return meeting, bound, nil
}

func (m meetings) ByID(id control.MeetingID) (Meeting, error) {
	meeting, err := m.registry.Meeting(id)
	if err != nil {
		return nil, err
	}
	return meeting, nil
}
