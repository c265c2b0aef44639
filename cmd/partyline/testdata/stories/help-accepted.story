# A room asks for help by telephone, a speaker hears it and comes by telephone.
meeting {"rooms": [{"name": "Red"}]}
HANA calls attendant
  > welcome
  > enter_code ...
HANA keys {speaker_code}#
  > in_main_room
  > others?n=0
  > for_help?keys=**
ANN calls {code}
  > in_main_room
  > others?n=1
  > for_help?keys=**
admin PUT participants/{ann}/assignment {"room": "{room.Red}"}
admin POST breakouts/start {"distribution": "plan"}
ANN> now_in_breakout_room?room=1&room_name=Red
HANA> breakouts_open
ANN keys *0
  > help_asked
HANA> help_tone
HANA> asked_by?room=1&room_name=Red&person=ANN
HANA keys *0
  > asked_by?room=1&room_name=Red&person=ANN
  > help_since?time=5 ...
HANA keys 1
  > now_in_room?room=1&room_name=Red
ANN> help_accepted
HANA is in Red
