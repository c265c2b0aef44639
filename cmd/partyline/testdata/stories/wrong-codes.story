# Three wrong codes, keyed in in three ways: each time the same words, then the call ends.
ANN calls attendant without events
  > welcome
  > enter_code
ANN keys 1234567# by tones
  > wrong_code
  > enter_code
ANN keys 000000000# by info
  > wrong_code
  > enter_code
ANN keys 99# by tones
  > wrong_code
  > goodbye
ANN is gone
