package kernel

import "math"

// fma is a*b+c, rounded once: what a processor's fused multiply-add gives.
//
// In float64 the product of two float32 is exact and the sum is rounded; to
// round that to float32 is to round twice, which goes wrong only where the
// first rounding lands on the midpoint of two float32.
func fma(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := p + float64(c)
	if tie(s) {
		s = toOdd(s, p, float64(c))
	}
	return float32(s)
}

// fmaLarge is fma for sums of which a denormal is exact, or too small beside a
// term to change it: it need not look for those.
func fmaLarge(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := p + float64(c)
	if math.Float64bits(s)<<35 == 1<<63 {
		s = toOdd(s, p, float64(c))
	}
	return float32(s)
}

// tie reports whether s may be the midpoint of two float32: its last 29 bits
// are 100..0, or it is so small that float32 has fewer bits.
func tie(s float64) bool {
	u := math.Float64bits(s)
	return u<<35 == 1<<63 || u<<1-1 < 897<<53-1
}

// toOdd makes the rounded sum s = p+c odd in its last bit where it is not
// exact: so it is no midpoint any more, and lies on the right side of it.
func toOdd(s, p, c float64) float64 {
	b := s - p
	e := (p - (s - b)) + (c - b) // s+e is p+c (Knuth's TwoSum)
	u := math.Float64bits(s)
	if e == 0 || e != e || u&1 == 1 {
		return s
	}
	if (e > 0) == (s > 0) {
		return math.Float64frombits(u + 1)
	}
	return math.Float64frombits(u - 1)
}
