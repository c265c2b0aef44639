module partyline/cmd/partyline-voice

go 1.26.0

require (
	github.com/amitybell/piper-bin-linux v0.0.0-20231118093037-92b3de178ad8
	github.com/amitybell/piper-voice-alan v0.0.0-20231030195550-66f4709c979b
	github.com/amitybell/piper-voice-jenny v0.0.0-20231030195502-2afb5ebf3c45
	github.com/klauspost/compress v1.20.1
)

require github.com/amitybell/piper-asset v0.0.0-20231030194325-d36a29e3b1fd // indirect
