# A call for help that no speaker can answer: the one who asked is told, and that it is too soon to ask again.
meeting {"rooms": [{"name": "Red"}], "options": {"help_repeat_s": 60}}
ANN calls {code}
  > in_main_room
  > others?n=0
  > for_help?keys=**
ANN keys *0
  > help_in_main_room
admin PUT participants/{ann}/assignment {"room": "{room.Red}"}
admin POST breakouts/start {"distribution": "plan"}
  > now_in_breakout_room?room=1&room_name=Red
ANN keys *0
  > help_asked
admin GET help-requests
admin POST help-requests/{answer.id}/decline
  > help_declined
ANN keys *0
  > help_too_soon
