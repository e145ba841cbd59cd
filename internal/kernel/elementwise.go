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
		dst[i] += float32(v * b[i])
	}
}

// RowsMulAdd implements [Kernels]. Four inputs are added in one sweep of a
// row, in their order.
func (Go) RowsMulAdd(dst, x, w []float32, k, m int) {
	for n := range len(dst) / m {
		d, xs := dst[n*m:(n+1)*m], x[n*k:(n+1)*k]
		i := 0
		for ; i+4 <= k; i += 4 {
			a0, a1, a2, a3 := xs[i], xs[i+1], xs[i+2], xs[i+3]
			w0, w1 := w[i*m : (i+1)*m][:len(d)], w[(i+1)*m : (i+2)*m][:len(d)]
			w2, w3 := w[(i+2)*m : (i+3)*m][:len(d)], w[(i+3)*m : (i+4)*m][:len(d)]
			for j, s := range d {
				s += float32(a0 * w0[j])
				s += float32(a1 * w1[j])
				s += float32(a2 * w2[j])
				d[j] = s + float32(a3*w3[j])
			}
		}
		for ; i < k; i++ {
			a, wi := xs[i], w[i*m : (i+1)*m][:len(d)]
			for j := range d {
				d[j] += float32(a * wi[j])
			}
		}
	}
}

// RowsWeightGrad implements [Kernels].
func (Go) RowsWeightGrad(dst, x, y []float32, k, m, lo, hi int) {
	for n := range len(y) / m {
		yn := y[n*m+lo : n*m+hi]
		for i, a := range x[n*k : (n+1)*k] {
			d := dst[i*m+lo : i*m+hi][:len(yn)]
			for j, v := range yn {
				d[j] += float32(a * v)
			}
		}
	}
}
