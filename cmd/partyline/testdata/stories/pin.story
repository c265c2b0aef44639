# A personal PIN: mistyped once, then right; whoever has it is known, here as a speaker. Another caller has none and skips it.
meeting {"options": {"personal_pins": "optional"}}
admin POST participants {"name": "Ada Lovelace", "role": "speaker", "pin": "471108"}
ADA calls attendant
  > welcome
  > enter_code ...
ADA keys {code}#
  > enter_pin_or_skip ...
ADA keys 471109#
  > wrong_code
  > enter_pin_or_skip ...
ADA keys 471108#
  > in_main_room
  > others?n=0
  > for_help?keys=**
ADA is in main
BEN calls attendant from +4930123456
  > welcome
  > enter_code ...
BEN keys {code}#
  > enter_pin_or_skip ...
BEN keys #
  > in_main_room
  > others?n=1
  > for_help?keys=**
BEN is in main
