//go:build !purego

package kernel

// neon is the set for arm64. What it does not do itself, and what is left over
// where a size is not a multiple of a register's, is done in Go.
type neon struct{ Go }

// Name implements [Kernels].
func (neon) Name() string { return "neon" }

func (neon) Gemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	if m == 0 || n == 0 || k == 0 {
		return
	}
	_, _, _ = c[(m-1)*ldc+n-1], a[(m-1)*ars+(k-1)*acs], b[(k-1)*ldb+n-1]
	for j := 0; j < n; {
		switch left := n - j; {
		case left >= 16:
			gemm16NEON(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
			j += 16
		case left >= 8:
			gemm8NEON(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
			j += 8
		case left >= 4:
			gemm4NEON(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
			j += 4
		case left == 3:
			gemm3NEON(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
			return
		case left == 2:
			gemm2NEON(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
			return
		default:
			gemm1NEON(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
			return
		}
	}
}

func (neon) Transpose(dst []float32, ld int, src []float32) {
	rows := len(src) / Lanes
	whole := rows &^ 3
	if whole > 0 {
		_ = dst[(Lanes-1)*ld+whole-1]
		transposeNEON(&dst[0], &src[0], whole, ld)
	}
	transposeFrom(whole, dst, ld, src)
}

func (neon) Gather(dst, table []float32, ids []int32) {
	cols := len(dst) / Lanes
	whole := cols &^ 3
	rows := len(table) / max(cols, 1)
	for _, id := range ids[:Lanes] {
		if uint(id) >= uint(rows) {
			panic("kernel: id out of range")
		}
	}
	if whole > 0 {
		gatherNEON(&dst[0], &table[0], &ids[0], whole, cols)
	}
	for l, id := range ids[:Lanes] {
		for c := whole; c < cols; c++ {
			dst[c*Lanes+l] = table[int(id)*cols+c]
		}
	}
}

func (neon) ScatterAdd(table []float32, cols int, ids []int32, y []float32, lo, hi int) {
	rows := len(table) / max(cols, 1)
	for _, id := range ids[:Lanes] {
		if uint(id) >= uint(rows) {
			panic("kernel: id out of range")
		}
	}
	y = y[:Lanes*cols]
	whole := (hi - lo) &^ 3
	if whole > 0 {
		scatterAddNEON(&table[lo], &ids[0], &y[lo], whole, cols)
	}
	for l, id := range ids[:Lanes] {
		for j := lo + whole; j < hi; j++ {
			table[int(id)*cols+j] += y[l*cols+j]
		}
	}
}

func (k neon) SumRows(dst, y []float32, ld, rows int) {
	if rows == 0 || len(dst) == 0 {
		return
	}
	_ = y[(rows-1)*ld+len(dst)-1]
	whole := len(dst) &^ 3
	if whole > 0 {
		sumRowsNEON(&dst[0], &y[0], whole, ld, rows)
	}
	if whole < len(dst) {
		k.Go.SumRows(dst[whole:], y[whole:], ld, rows)
	}
}

func (neon) Broadcast(dst, src []float32) {
	if len(src) > 0 {
		_ = dst[len(src)*Lanes-1]
		broadcastNEON(&dst[0], &src[0], len(src))
	}
}

func (neon) AddBias(dst, src []float32) {
	if len(src) > 0 {
		_ = dst[len(src)*Lanes-1]
		addBiasNEON(&dst[0], &src[0], len(src))
	}
}

func (k neon) RMSprop(w, g, v []float32, rate, rho, rest, eps float32) {
	n := len(g) &^ 7
	w, v = w[:len(g)], v[:len(g)]
	if n > 0 {
		rmspropNEON(&w[0], &g[0], &v[0], n, rate, rho, rest, eps)
	}
	k.Go.RMSprop(w[n:], g[n:], v[n:], rate, rho, rest, eps)
}

func (k neon) Adam(w, g, m, v []float32, alpha, rest1, rest2, eps float32) {
	n := len(g) &^ 7
	w, m, v = w[:len(g)], m[:len(g)], v[:len(g)]
	if n > 0 {
		adamNEON(&w[0], &g[0], &m[0], &v[0], n, alpha, rest1, rest2, eps)
	}
	k.Go.Adam(w[n:], g[n:], m[n:], v[n:], alpha, rest1, rest2, eps)
}

func (neon) Add(dst, a []float32) {
	n := len(dst) &^ 7
	a = a[:len(dst)]
	if n > 0 {
		addNEON(&dst[0], &dst[0], &a[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] += a[i]
	}
}

func (neon) Mul(dst, a, b []float32) {
	n := len(dst) &^ 7
	a, b = a[:len(dst)], b[:len(dst)]
	if n > 0 {
		mulNEON(&dst[0], &a[0], &b[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

func (neon) MulAddTo(dst, a, b []float32) {
	n := len(dst) &^ 7
	a, b = a[:len(dst)], b[:len(dst)]
	if n > 0 {
		mulAddToNEON(&dst[0], &a[0], &b[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = fma(a[i], b[i], dst[i])
	}
}

func (k neon) Activate(x []float32, f Activation) {
	n := len(x) &^ 7
	switch {
	case n == 0:
	case f == Tanh:
		tanhNEON(&x[0], n)
	case f == Sigmoid:
		sigmoidNEON(&x[0], n)
	default:
		n = 0
	}
	k.Go.Activate(x[n:], f)
}

func (k neon) ActivateGrad(d, y, z []float32, f Activation) {
	n := len(d) &^ 7
	y = y[:len(d)]
	switch {
	case n == 0:
	case f == Tanh:
		tanhSlopeNEON(&d[0], &y[0], n)
	case f == Sigmoid:
		sigmoidSlopeNEON(&d[0], &y[0], n)
	default:
		n = 0
	}
	if n < len(d) {
		if z != nil {
			z = z[n:]
		}
		k.Go.ActivateGrad(d[n:], y[n:], z, f)
	}
}

func (k neon) LSTM(h, c, cact, gates, cPrev []float32, act, recurrent Activation) {
	n := len(h)
	if act != Tanh || recurrent != Sigmoid {
		k.Go.LSTM(h, c, cact, gates, cPrev, act, recurrent)
		return
	}
	_, _, _, _ = c[n-1], cact[n-1], gates[4*n-1], cPrev[n-1]
	lstmNEON(&h[0], &c[0], &cact[0], &gates[0], &cPrev[0], n)
}

func (k neon) LSTMGrad(dgates, dc, dh, gates, cact, cPrev []float32, act, recurrent Activation) {
	n := len(dh)
	if act != Tanh || recurrent != Sigmoid {
		k.Go.LSTMGrad(dgates, dc, dh, gates, cact, cPrev, act, recurrent)
		return
	}
	_, _, _, _, _ = dgates[4*n-1], dc[n-1], gates[4*n-1], cact[n-1], cPrev[n-1]
	lstmGradNEON(&dgates[0], &dc[0], &dh[0], &gates[0], &cact[0], &cPrev[0], n)
}

func (k neon) GRUGates(gates []float32, recurrent Activation) { k.Activate(gates, recurrent) }

func (k neon) GRUOutput(h, gates, hPrev []float32, act Activation) {
	n := len(h)
	if act != Tanh {
		k.Go.GRUOutput(h, gates, hPrev, act)
		return
	}
	_, _ = gates[3*n-1], hPrev[n-1]
	gruOutputNEON(&h[0], &gates[0], &hPrev[0], n)
}

func (k neon) GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev []float32, act Activation) {
	n := len(dh)
	if act != Tanh {
		k.Go.GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev, act)
		return
	}
	_, _, _, _ = dgates[3*n-1], dhPrev[n-1], gates[3*n-1], hPrev[n-1]
	gruOutputGradNEON(&dgates[0], &dhPrev[0], &dh[0], &gates[0], &hPrev[0], n)
}
