package elementary

// Erfc is the complementary error function, 1 - erf x, exact where it is small.
//
// For x >= 0 it is t e^(-x*x + P(t)) with t = 2/(2+x), and P Chebyshev's series
// for 0 <= t <= 1 (tools/oracle/erfc.py).
func Erfc(x float64) float64 {
	if x < 0 {
		return 2 - Erfc(-x)
	}
	t := 2 / (2 + x)
	u := mulAdd(4, t, -2) // twice Chebyshev's variable
	// Clenshaw's sum, from the smallest term up.
	var b1, b2 float64
	for _, c := range [...]float64{
		6.786238238021269e-15, 6.314393452555578e-16, -1.1306233727026438e-13, 3.1290248170279256e-13,
		8.941736240331011e-13, -6.886102799086302e-12, 2.394140441452919e-12, 9.646830556597763e-11,
		-2.2736534877054737e-10, -9.913639908987193e-10, 5.059343971547392e-09, 6.529054408233037e-09,
		-8.523809631733048e-08, 1.562644188352058e-08, 1.30365583587283e-06, -1.6242900045537745e-06,
		-2.0278578112542522e-05, 4.252332480695481e-05, 0.0003668394978527112, -0.0009465953444820555,
		-0.009561514786808792, 0.01947647320418587, 0.6419697923564902,
	} {
		b1, b2 = mulAdd(u, b1, c-b2), b1
	}
	p := mulAdd(u/2, b1, -0.6513268598908547-b2)
	return float64(t * Exp(mulAdd(-x, x, p)))
}
