package kernel

// Mix is SplitMix64 (Steele et al., 2014) as a function: Mix(key+i) for i = 0,
// 1, 2, ... is a random sequence that can be entered anywhere.
func Mix(z uint64) uint64 {
	z *= 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Columns is Span for the columns of a row-major matrix that all parts write:
// in steps of 16, a cache line, so that no two parts share one.
func Columns(n, part, parts int) (lo, hi int) {
	lo, hi = Span((n+15)/16, part, parts)
	return min(16*lo, n), min(16*hi, n)
}

// Span is part number part of n things divided among parts: lo to hi.
func Span(n, part, parts int) (lo, hi int) { return n * part / parts, n * (part + 1) / parts }
