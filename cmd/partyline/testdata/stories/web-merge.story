# Somebody is in the meeting on the web, and takes the telephone for the sound: with the code of his page he is one person.
meeting {"rooms": [{"name": "Red"}]}
admin POST participants {"name": "Ann", "external_id": "user-1", "web": true}
admin POST participants/{answer.id}/phone-code
ANN calls attendant
  > welcome
  > enter_code ...
ANN keys {answer.code}#
  > in_main_room
  > others?n=0
  > for_help?keys=**
