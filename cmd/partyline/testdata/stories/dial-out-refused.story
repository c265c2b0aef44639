# A speaker calls somebody by key: a number that the bridge may not call, then one that it may. Ben declines, and she is told;
# Ben is called again, hears who it is, and comes in.
HANA calls attendant
  > welcome
  > enter_code ...
HANA keys {speaker_code}#
  > in_main_room
  > others?n=0
  > for_help?keys=**
HANA keys *7
  > enter_number ...
HANA keys 49900123456#
  > call_question?keys=49900123456
  > confirm
HANA keys 1
  > number_not_allowed
HANA keys *7
  > enter_number ...
HANA keys 4930555201#
  > call_question?keys=4930555201 ...
HANA keys 1
BEN declines +4930555201
  > calling
  > call_declined
HANA keys *7
  > enter_number ...
HANA keys 4930555201#
  > call_question?keys=4930555201 ...
HANA keys 1
BEN answers +4930555201
HANA> calling
BEN> invited_by?person=HANA
BEN> invitation_keys
BEN keys 1
  > in_main_room
  > others?n=1
  > for_help?keys=**
