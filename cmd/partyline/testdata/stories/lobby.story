# A meeting with a lobby: who comes hears that he waits, cannot do anything, and is let in.
meeting {"options": {"lobby": true}}
ANN calls attendant
  > welcome
  > enter_code ...
ANN keys {code}#
  > in_lobby
  > lobby_ahead?n=0
ANN hears music
ANN keys *6
  > not_while_waiting
admin POST participants/{ann}/admit
  > let_in
  > in_main_room
  > for_help?keys=**
ANN is in main
