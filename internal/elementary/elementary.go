// Package elementary owns the elementary functions of float64 that give the
// same bits on every processor: weights come from them.
//
// Package math gives no such promise. It has assembly of its own for some
// processors, and elsewhere the compiler may fuse a product and a sum into one
// operation with one rounding. Here every product that is added to something
// is rounded first. Results are within 4 ULP of the exact value.
package elementary

import "math"

const (
	ln2High = 6.93147180369123816490e-01 // ln 2 in 33 bits: times an exponent, it is exact
	ln2Low  = 1.90821492927058770002e-10 // and the rest
)

// mulAdd is a*b + c, rounded twice on every processor. (c may be a product.)
func mulAdd(a, b, c float64) float64 {
	return float64(a*b) + float64(c) //nolint:unconvert // or it would be fused where this is inlined
}

// reduce writes x as k ln 2 + r, |r| <= ln2/2, and returns k and e^r - 1. x must
// be a number of at most four digits before the point.
func reduce(x float64) (k int, p float64) {
	n := math.Floor(mulAdd(x, math.Log2E, 0.5))
	r := mulAdd(n, -ln2High, x)
	r = mulAdd(n, -ln2Low, r)
	// Taylor's series: the rest is below r^14/14! < 1e-17.
	q := 1.0 / 6227020800
	q = mulAdd(q, r, 1.0/479001600)
	q = mulAdd(q, r, 1.0/39916800)
	q = mulAdd(q, r, 1.0/3628800)
	q = mulAdd(q, r, 1.0/362880)
	q = mulAdd(q, r, 1.0/40320)
	q = mulAdd(q, r, 1.0/5040)
	q = mulAdd(q, r, 1.0/720)
	q = mulAdd(q, r, 1.0/120)
	q = mulAdd(q, r, 1.0/24)
	q = mulAdd(q, r, 1.0/6)
	q = mulAdd(q, r, 0.5)
	return int(n), mulAdd(r*r, q, r)
}

// Exp is e^x.
func Exp(x float64) float64 {
	switch {
	case x != x || x > 710:
		return x * math.Inf(1)
	case x < -746:
		return 0
	}
	k, p := reduce(x)
	return math.Ldexp(1+p, k)
}

// Expm1 is e^x - 1, exact near zero.
func Expm1(x float64) float64 {
	switch {
	case x > 40 || x != x:
		return Exp(x)
	case x < -40:
		return -1
	case x == 0:
		return x
	}
	k, p := reduce(x)
	return math.Ldexp(p, k) + (math.Ldexp(1, k) - 1)
}

// Log is the natural logarithm of x.
func Log(x float64) float64 {
	switch {
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case x != x || x > math.MaxFloat64:
		return x
	}
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	// ln m = 2 artanh s = 2(s + s^3/3 + s^5/5 + ...), s^2 < 0.03.
	s := (m - 1) / (m + 1)
	z := s * s
	q := 1.0 / 23
	q = mulAdd(q, z, 1.0/21)
	q = mulAdd(q, z, 1.0/19)
	q = mulAdd(q, z, 1.0/17)
	q = mulAdd(q, z, 1.0/15)
	q = mulAdd(q, z, 1.0/13)
	q = mulAdd(q, z, 1.0/11)
	q = mulAdd(q, z, 1.0/9)
	q = mulAdd(q, z, 1.0/7)
	q = mulAdd(q, z, 1.0/5)
	q = mulAdd(q, z, 1.0/3)
	rest := mulAdd(2*s*z, q, float64(k)*ln2Low)
	return mulAdd(float64(k), ln2High, 2*s+rest)
}

// Log1p is ln(1+x), exact near zero (Kahan's form: the logarithm of what 1+x
// was rounded to, put right).
func Log1p(x float64) float64 {
	u := 1 + x
	if u == 1 || math.IsInf(x, 1) {
		return x
	}
	return float64(Log(u) * (x / (u - 1)))
}

// Pow is x^n for n >= 0.
func Pow(x float64, n int64) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y = float64(y * x)
		}
		x = float64(x * x)
	}
	return y
}
