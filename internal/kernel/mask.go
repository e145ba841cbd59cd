package kernel

import "math"

// Select implements [Kernels].
func (Go) Select(dst, a, b []float32, mask []int32) {
	m := (*[Lanes]int32)(mask)
	for r := range len(dst) / Lanes {
		var x, y [Lanes]float32
		if a != nil {
			x = *row(a, r)
		}
		if b != nil {
			y = *row(b, r)
		}
		d := row(dst, r)
		for l := range d {
			keep := uint32(m[l])
			d[l] = math.Float32frombits(math.Float32bits(x[l])&keep | math.Float32bits(y[l])&^keep)
		}
	}
}
