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

// reduce writes x as n ln 2 + r, |r| <= ln2/2, and returns e^r, n in the low
// bits of k, with offset added to it there, and r. x must be above -105 and
// below 89, or NaN.
func reduce(x, offset float32) (e, k, r float32) {
	k = fmaLarge(x, log2e, toInt+offset)
	n := k - (toInt + offset)
	r = fmaLarge(n, -ln2High, x)
	r = fmaLarge(n, -ln2Low, r)
	// Taylor's series, pairs of terms at a time (Estrin): the rest is below
	// r^8/8! < 6e-9.
	r2 := r * r
	q := fmaLarge(1.0/5040, r, 1.0/720)
	q = fmaLarge(q, r2, fmaLarge(1.0/120, r, 1.0/24))
	q = fmaLarge(q, r2, fmaLarge(1.0/6, r, 0.5))
	p := fmaLarge(r2, q, r) // e^r - 1
	return 1 + p, k, r
}

// scale is e * 2^n * factor, n being the low bits of k. e*2^n must be a normal
// number. r brings a NaN past the integer arithmetic.
func scale(e, k, r, factor float32) float32 {
	e = math.Float32frombits(math.Float32bits(e) + math.Float32bits(k)<<23)
	return float32(e * fmaLarge(r, 0, factor))
}

// exp is e^x.
func exp(x float32) float32 {
	if x > 89 {
		x = 89 // above the greatest float32: +Inf
	}
	if x > 0 {
		e, k, r := reduce(x, -64)
		return scale(e, k, r, 1<<64)
	}
	return expDown(x)
}

// expDown is e^x for x <= 0. It is made 2^64 times as large at first, so that
// a denormal is rounded only once.
func expDown(x float32) float32 {
	if x < -104 {
		x = -104 // half the smallest denormal: 0
	}
	e, k, r := reduce(x, 64)
	return scale(e, k, r, 0x1p-64)
}

// sigmoid is 1/(1+e^-x), as e^x/(1+e^x) for negative x.
func sigmoid(x float32) float32 {
	e := expDown(-abs(x))
	d := 1 + e
	lost := e - (d - 1) // by that rounding
	top := float32(1)
	if x < 0 {
		top = e
	}
	y := top / d
	return fmaLarge(-y, lost, y)
}

// tanh is 1-2e/(1+e), e = e^-2|x|, with x's sign. Near zero, where that
// cancels, it is Cephes' polynomial.
func tanh(x float32) float32 {
	a := abs(x)
	u := -2 * a
	if u < -20 {
		u = -20 // 1 in float32
	}
	e, k, r := reduce(u, 0)
	e = scale(e, k, r, 1)
	y := 1 - (e+e)/(1+e)
	if a < 0.625 {
		z := x * x
		q := float32(-5.70498872745e-3)
		q = fmaLarge(q, z, 2.06390887954e-2)
		q = fmaLarge(q, z, -5.37397155531e-2)
		q = fmaLarge(q, z, 1.33314422036e-1)
		q = fmaLarge(q, z, -3.33332819422e-1)
		y = fmaLarge(a*z, q, a)
	}
	return math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&(1<<31))
}

// softplus is log(1+e^x), in the form that does not overflow.
func softplus(v float32) float32 {
	x := float64(v)
	return float32(max(x, 0) + elementary.Log1p(elementary.Exp(-math.Abs(x))))
}
