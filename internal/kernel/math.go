package kernel

import (
	"math"

	"recurve/internal/elementary"
)

// The transcendental functions are written in the operations that every
// processor has for a register of float32 (fused multiply-add, true division,
// integer shifts), one operation a line, so that a kernel in assembly can give
// the same bits. They are within 2 ULP of the exact value over all of float32.

const (
	log2e   = 1.44269504088896340736
	ln2High = 0.693147182464599609375    // ln 2 in float32
	ln2Low  = -1.90465429995776763166e-9 // and the rest
	toInt   = 0x1.8p23                   // adding it rounds to an integer in the low bits
)

// reduce writes x as n ln 2 + r, |r| <= ln2/2, and returns n and e^r - 1. x must
// be above -105 and below 89, or NaN.
func reduce(x float32) (n int32, p float32) {
	k := fma(x, log2e, toInt)
	n = int32(math.Float32bits(k)<<9) >> 9 // the low bits, signed
	k -= toInt
	r := fma(k, -ln2High, x)
	r = fma(k, -ln2Low, r)
	// Taylor's series: the rest is below r^8/8! < 6e-9.
	q := float32(1.0 / 5040)
	q = fma(q, r, 1.0/720)
	q = fma(q, r, 1.0/120)
	q = fma(q, r, 1.0/24)
	q = fma(q, r, 1.0/6)
	q = fma(q, r, 0.5)
	return n, fma(r*r, q, r)
}

// power is 2^n for -126 <= n <= 127.
func power(n int32) float32 { return math.Float32frombits(uint32(n+127) << 23) }

// exp is e^x.
func exp(x float32) float32 {
	if x < -104 {
		x = -104 // half the smallest denormal: 0
	}
	if x > 89 {
		x = 89 // above the greatest float32: +Inf
	}
	n, p := reduce(x)
	half := n >> 1 // 2^n alone may not be a float32
	s := power(half)
	return fma(p, s, s) * power(n-half)
}

// sigmoid is 1/(1+e^-x), as e^x/(1+e^x) for negative x.
func sigmoid(x float32) float32 {
	e := exp(-abs(x))
	d := 1 + e
	lost := e - (d - 1) // by that rounding
	top := float32(1)
	if x < 0 {
		top = e
	}
	y := top / d
	return fma(-y, lost, y)
}

// tanh is 1-2e/(1+e), e = e^-2|x|, with x's sign. Near zero, where that
// cancels, it is Cephes' polynomial.
func tanh(x float32) float32 {
	a := abs(x)
	u := -2 * a
	if u < -20 {
		u = -20 // 1 in float32
	}
	n, p := reduce(u)
	s := power(n)
	e := fma(p, s, s)
	y := 1 - (e+e)/(1+e)
	if a < 0.625 {
		z := x * x
		q := float32(-5.70498872745e-3)
		q = fma(q, z, 2.06390887954e-2)
		q = fma(q, z, -5.37397155531e-2)
		q = fma(q, z, 1.33314422036e-1)
		q = fma(q, z, -3.33332819422e-1)
		y = fma(a*z, q, a)
	}
	return math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&(1<<31))
}

// softplus is log(1+e^x), in the form that does not overflow.
func softplus(v float32) float32 {
	x := float64(v)
	return float32(max(x, 0) + elementary.Log1p(elementary.Exp(-math.Abs(x))))
}
