package kernel

import (
	"math"
	"testing"
)

// TestSelect: a lane that is not selected has no part in the result, whatever it
// holds, and dst may be either source.
func TestSelect(t *testing.T) {
	odd := []float32{0, float32(math.Copysign(0, -1)), 1, float32(math.Inf(1)), float32(math.NaN()), math.SmallestNonzeroFloat32}
	for _, k := range sets() {
		for _, rows := range []int{1, 2, 7, 33} {
			n := rows * Lanes
			a, b, mask := make([]float32, n), make([]float32, n), make([]int32, Lanes)
			for i := range n {
				a[i], b[i] = odd[i%len(odd)], float32(i)
			}
			for l := range mask {
				mask[l] = -int32(Mix(uint64(rows*Lanes+l)) & 1)
			}
			want := func(a, b []float32) []float32 {
				out := make([]float32, n)
				for i := range out {
					switch from := b; {
					case mask[i%Lanes] != 0 && a != nil:
						out[i] = a[i]
					case mask[i%Lanes] == 0 && from != nil:
						out[i] = from[i]
					}
				}
				return out
			}
			check := func(name string, got, want []float32) {
				for i := range want {
					if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
						t.Errorf("%s: %s, %d rows: value %d is %v, want %v", k.Name(), name, rows, i, got[i], want[i])
						return
					}
				}
			}
			for name, c := range map[string][2][]float32{"a and b": {a, b}, "a and zeros": {a, nil}, "zeros and b": {nil, b}} {
				dst := make([]float32, n)
				k.Select(dst, c[0], c[1], mask)
				check(name, dst, want(c[0], c[1]))
			}
			w := want(a, b)
			into := append([]float32{}, a...)
			k.Select(into, into, b, mask)
			check("into a", into, w)
			into = append([]float32{}, b...)
			k.Select(into, a, into, mask)
			check("into b", into, w)
		}
	}
}
