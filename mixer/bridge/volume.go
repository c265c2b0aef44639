package bridge

import "math"

// volume is how much louder a port hears all there is to hear. The zero value changes nothing.
type volume struct {
	from, to int64 // of this tick, less unity
	wanted   int64
}

// set sets the volume from -60 to 30 dB, from the next tick on.
func (v *volume) set(db int) {
	v.wanted = int64(math.Round(unity*math.Pow(10, float64(min(max(db, -60), 30))/20))) - unity
}

// changes begins the tick and says whether anything is louder or softer in it.
func (v *volume) changes() bool {
	v.to = v.wanted
	return v.from != 0 || v.to != 0
}

// next ends the tick.
func (v *volume) next() { v.from = v.to }

// apply makes dst louder or softer, in a straight line from the last tick's volume to this one's.
func (v *volume) apply(dst []int32) {
	if v.from == 0 && v.to == 0 {
		return
	}
	n := int64(len(dst))
	for i, s := range dst {
		gain := unity + v.from + (v.to-v.from)*int64(i+1)/n
		dst[i] = int32(min(max(int64(s)*gain/unity, math.MinInt32), math.MaxInt32))
	}
}
