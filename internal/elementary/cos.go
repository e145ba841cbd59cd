package elementary

import "math"

// The first 33 bits of pi/2, and the rest.
const (
	halfPiHigh = 1.57079632673412561417e+00
	halfPiLow  = 6.07710050650619224932e-11
)

// Cos is the cosine of x, |x| < 1e5. Near its zeros 2e-16 may be missing.
func Cos(x float64) float64 {
	n := math.Floor(mulAdd(x, 2/math.Pi, 0.5))
	r := mulAdd(n, -halfPiHigh, x) // the product is exact
	r = mulAdd(n, -halfPiLow, r)
	switch int(n) & 3 {
	case 0:
		return cosine(r)
	case 1:
		return -sine(r)
	case 2:
		return -cosine(r)
	}
	return sine(r)
}

// cosine is Taylor's series for |r| <= pi/4: the rest is below 1e-16.
func cosine(r float64) float64 {
	z := float64(r * r)
	q := 1.0 / 20922789888000
	q = mulAdd(q, z, -1.0/87178291200)
	q = mulAdd(q, z, 1.0/479001600)
	q = mulAdd(q, z, -1.0/3628800)
	q = mulAdd(q, z, 1.0/40320)
	q = mulAdd(q, z, -1.0/720)
	q = mulAdd(q, z, 1.0/24)
	q = mulAdd(q, z, -0.5)
	return mulAdd(q, z, 1)
}

// sine is Taylor's series for |r| <= pi/4: the rest is below 1e-16.
func sine(r float64) float64 {
	z := float64(r * r)
	q := -1.0 / 1307674368000
	q = mulAdd(q, z, 1.0/6227020800)
	q = mulAdd(q, z, -1.0/39916800)
	q = mulAdd(q, z, 1.0/362880)
	q = mulAdd(q, z, -1.0/5040)
	q = mulAdd(q, z, 1.0/120)
	q = mulAdd(q, z, -1.0/6)
	return mulAdd(q, float64(z*r), r)
}
