package kernel

import "math"

// The transcendental functions work in float64 and round once, so that they
// are within 0.51 ULP of the exact value.

// exp is e^x for a float32 argument widened to float64: relative error below
// 1e-11, +Inf and 0 beyond float32's range.
func exp(x float64) float64 {
	switch {
	case x > 104: // 1/e^104 < half float32's smallest denormal
		return math.Inf(1)
	case x < -104:
		return 0
	case x != x:
		return x
	}
	const (
		log2e = math.Log2E
		ln2   = math.Ln2
		shift = 0x1.8p52 // adding it rounds to an integer in the low bits
	)
	k := float64(x*log2e) + shift
	n := int64(math.Float64bits(k)) << 52 // 2^k's exponent field
	k -= shift
	r := x - float64(k*ln2) // |r| <= ln2/2
	// Taylor's series to r^9: the rest is below r^10/10! < 7e-12.
	r2 := r * r
	r4 := r2 * r2
	p := (1 + r) + float64(r2*(1.0/2+float64(r*(1.0/6)))) +
		float64(r4*((1.0/24+float64(r*(1.0/120)))+float64(r2*(1.0/720+float64(r*(1.0/5040))))+
			float64(r4*(1.0/40320+float64(r*(1.0/362880))))))
	return math.Float64frombits(uint64(int64(math.Float64bits(p)) + n))
}

// sigmoid is 1/(1+e^-x).
func sigmoid(x float32) float32 {
	return float32(1 / (1 + exp(-float64(x))))
}

// tanh is (e^2x-1)/(e^2x+1), by its series near zero where that cancels.
func tanh(v float32) float32 {
	x := float64(v)
	if a := math.Abs(x); a < 0.02 {
		x2 := x * x
		return float32(x - float64(x*x2*(1.0/3-float64(x2*(2.0/15)))))
	} else if a > 10 { // 1-tanh(10) < 5e-9: rounds to one
		return float32(math.Copysign(1, x))
	}
	return float32(1 - 2/(1+exp(2*x)))
}

// softplus is log(1+e^x), in the form that does not overflow.
func softplus(v float32) float32 {
	x := float64(v)
	return float32(max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))))
}
