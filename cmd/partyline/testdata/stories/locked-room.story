# Who may go where he likes is told why a room does not take him.
meeting {"rooms": [{"name": "Red"}, {"name": "Green"}, {"name": "Blue"}], "options": {"free_movement": true}}
ANN calls {code}
  > in_main_room
  > others?n=0
  > for_help?keys=**
admin PATCH rooms/{room.Red} {"locked": true}
admin POST breakouts/start {"distribution": "manual"}
  > breakouts_open
ANN keys *31#
  > room_locked
ANN keys *39#
  > no_such_room
ANN keys *32#
  > now_in_room?room=2&room_name=Green
ANN is in Green
ANN keys *#
  > back_in_main_room
ANN is in main
