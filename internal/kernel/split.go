package kernel

// Mix is SplitMix64 (Steele et al., 2014) as a function: Mix(key+i) for i = 0,
// 1, 2, ... is a random sequence that can be entered anywhere.
func Mix(z uint64) uint64 {
	z *= 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Span is part number part of n things divided among parts: lo to hi.
func Span(n, part, parts int) (lo, hi int) { return n * part / parts, n * (part + 1) / parts }
