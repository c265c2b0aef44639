# The breakouts open, and close with a countdown. Nobody asked the caller: he is told each time where he is.
meeting {"rooms": [{"name": "Red"}]}
ANN calls {code}
  > in_main_room
  > others?n=0
  > for_help?keys=**
ANN is in main
admin PUT participants/{ann}/assignment {"room": "{room.Red}"}
admin POST breakouts/start {"distribution": "plan"}
  > now_in_breakout_room?room=1&room_name=Red
ANN is in Red
ANN keys *2
  > in_room?room=1&room_name=Red
  > others?n=0
admin POST breakouts/stop {"countdown_s": 5}
  > closing
  > closing_in?time=5
  > back_in_main_room
ANN is in main
