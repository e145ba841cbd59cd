package kernel

import "math"

// Select implements [Kernels]: by bits, so that what is not selected has no part
// in the result, whatever it is.
func (Go) Select(dst, a, b []float32, mask []int32) {
	m := (*[Lanes]int32)(mask)
	switch rows := len(dst) / Lanes; {
	case b == nil:
		for r := range rows {
			d, x := row(dst, r), row(a, r)
			for l, keep := range m {
				d[l] = math.Float32frombits(math.Float32bits(x[l]) & uint32(keep))
			}
		}
	case a == nil:
		for r := range rows {
			d, y := row(dst, r), row(b, r)
			for l, keep := range m {
				d[l] = math.Float32frombits(math.Float32bits(y[l]) &^ uint32(keep))
			}
		}
	default:
		for r := range rows {
			d, x, y := row(dst, r), row(a, r), row(b, r)
			for l, keep := range m {
				v := math.Float32bits(y[l])
				d[l] = math.Float32frombits(v ^ (v^math.Float32bits(x[l]))&uint32(keep))
			}
		}
	}
}
