package kernel

// AddBias implements [Kernels].
func (Go) AddBias(dst, src []float32) {
	for r, v := range src {
		d := row(dst, r)
		for l := range d {
			d[l] += v
		}
	}
}

// Add implements [Kernels].
func (Go) Add(dst, a []float32) {
	a = a[:len(dst)]
	for i, v := range a {
		dst[i] += v
	}
}

// Mul implements [Kernels].
func (Go) Mul(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

// MulAddTo implements [Kernels].
func (Go) MulAddTo(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i, v := range a {
		dst[i] = fma(v, b[i], dst[i])
	}
}
