# A speaker speaks to all rooms by telephone, and hears in how many he was heard. Ann, in a room, hears him.
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
HANA keys *8
  > to_all_rooms
  > to_record_message?keys=1
  > to_speak_live?keys=2
HANA keys 2
  > live_after_tone
HANA> speak_now
ANN> speak_now
ANN hears music
HANA speaks
HANA keys #
  > live_over
  > message_heard?n=1
