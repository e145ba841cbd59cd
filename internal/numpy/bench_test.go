package numpy

import "testing"

func BenchmarkReadInts(b *testing.B) {
	// As in IMDB, about 5 one-byte integers to 3 two-byte ones.
	r := NewRandomState(1)
	var in []byte
	for range 1 << 20 {
		if r.Uint32()%8 < 5 {
			in = append(in, opBinInt1, 7)
		} else {
			in = append(in, opBinInt2, 7, 1)
		}
	}
	in = append(in, opAppends, opStop)
	dst := make([]int32, 0, 1<<20)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		readInts(dst, in, 0)
	}
}
