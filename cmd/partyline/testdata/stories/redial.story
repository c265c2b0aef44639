# Whose call breaks off is where he was when he calls again, as he was: in his room, muted, with his hand up.
meeting {"rooms": [{"name": "Red"}]}
ANN calls {code} from +4930555101
  > in_main_room
  > others?n=0
  > for_help?keys=**
admin PUT participants/{ann}/assignment {"room": "{room.Red}"}
admin POST breakouts/start {"distribution": "plan"}
  > now_in_breakout_room?room=1&room_name=Red
ANN keys *6
  > muted
ANN keys *9
  > hand_raised
ANN hangs up
ANN calls {code} from +4930555101
  > in_room?room=1&room_name=Red
  > others?n=0
  > muted
  > hand_raised
  > for_help?keys=**
ANN keys *2
  > in_room?room=1&room_name=Red
  > others?n=0
  > muted
  > hand_raised
ANN keys *9
  > hand_lowered
