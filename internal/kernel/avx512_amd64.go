//go:build amd64 && !purego

package kernel

// avx512 is the set for processors with AVX-512 F, DQ, BW and VL. A row of a
// block is one of its registers. What is left over where a size is not a
// multiple of sixteen, and what it does not do itself, is done by AVX2.
type avx512 struct{ avx2 }

// Name implements [Kernels].
func (avx512) Name() string { return "avx512" }

func (avx512) Gemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	if m == 0 || n == 0 || k == 0 {
		return
	}
	_, _, _ = c[(m-1)*ldc+n-1], a[(m-1)*ars+(k-1)*acs], b[(k-1)*ldb+n-1]
	j := 0
	for ; j+32 <= n; j += 32 {
		gemm32AVX512(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
	}
	if j+16 <= n {
		gemm16AVX512(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
		j += 16
	}
	if j < n {
		gemmTailAVX512(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb, 1<<(n-j)-1)
	}
}

func (avx512) Transpose(dst []float32, ld int, src []float32) {
	rows := len(src) / Lanes &^ 15
	if rows > 0 {
		_ = dst[(Lanes-1)*ld+rows-1]
		transposeAVX512(&dst[0], &src[0], rows, ld)
	}
	transposeFromAVX2(rows, dst, ld, src)
}

func (k avx512) Gather(dst, table []float32, ids []int32) {
	cols := len(dst) / Lanes
	checkIDs(ids, len(table)/max(cols, 1))
	whole := cols &^ 15
	if whole > 0 {
		gatherAVX512(&dst[0], &table[0], &ids[0], whole, cols)
	}
	k.gatherFrom(whole, dst, table, ids)
}

func (k avx512) ScatterAdd(table []float32, cols int, ids []int32, y []float32, lo, hi int) {
	checkIDs(ids, len(table)/max(cols, 1))
	y = y[:Lanes*cols]
	whole := (hi - lo) &^ 15
	if whole > 0 {
		scatterAddAVX512(&table[lo], &ids[0], &y[lo], whole, cols)
	}
	if lo+whole < hi {
		k.avx2.ScatterAdd(table, cols, ids, y, lo+whole, hi)
	}
}

func (k avx512) SumRows(dst, y []float32, ld, rows int) {
	if rows == 0 || len(dst) == 0 {
		return
	}
	_ = y[(rows-1)*ld+len(dst)-1]
	whole := len(dst) &^ 15
	if whole > 0 {
		sumRowsAVX512(&dst[0], &y[0], whole, ld, rows)
	}
	k.avx2.SumRows(dst[whole:], y[whole:], ld, rows)
}

func (avx512) Broadcast(dst, src []float32) {
	if len(src) > 0 {
		_ = dst[len(src)*Lanes-1]
		broadcastAVX512(&dst[0], &src[0], len(src))
	}
}

func (avx512) AddBias(dst, src []float32) {
	if len(src) > 0 {
		_ = dst[len(src)*Lanes-1]
		addBiasAVX512(&dst[0], &src[0], len(src))
	}
}

func (k avx512) Add(dst, a []float32) {
	n := len(dst) &^ 15
	if n > 0 {
		a := a[:n]
		addAVX512(&dst[0], &dst[0], &a[0], n)
	}
	k.avx2.Add(dst[n:], a[n:])
}

func (k avx512) Mul(dst, a, b []float32) {
	n := len(dst) &^ 15
	if n > 0 {
		a, b := a[:n], b[:n]
		mulAVX512(&dst[0], &a[0], &b[0], n)
	}
	k.avx2.Mul(dst[n:], a[n:], b[n:])
}

func (k avx512) MulAddTo(dst, a, b []float32) {
	n := len(dst) &^ 15
	if n > 0 {
		a, b := a[:n], b[:n]
		mulAddToAVX512(&dst[0], &a[0], &b[0], n)
	}
	k.avx2.MulAddTo(dst[n:], a[n:], b[n:])
}

func (k avx512) Activate(x []float32, f Activation) {
	n := len(x) &^ 15
	switch {
	case n == 0:
	case f == Tanh:
		tanhAVX512(&x[0], n)
	case f == Sigmoid:
		sigmoidAVX512(&x[0], n)
	default:
		n = 0
	}
	k.avx2.Activate(x[n:], f)
}

func (k avx512) ActivateGrad(d, y, z []float32, f Activation) {
	n := len(d) &^ 15
	switch {
	case n == 0:
	case f == Tanh:
		y := y[:n]
		tanhSlopeAVX512(&d[0], &y[0], n)
	case f == Sigmoid:
		y := y[:n]
		sigmoidSlopeAVX512(&d[0], &y[0], n)
	default:
		n = 0
	}
	if z != nil {
		z = z[n:]
	}
	k.avx2.ActivateGrad(d[n:], y[n:], z, f)
}

func (k avx512) LSTM(h, c, cact, gates, cPrev []float32, act, recurrent Activation) {
	n := len(h)
	if act != Tanh || recurrent != Sigmoid {
		k.avx2.LSTM(h, c, cact, gates, cPrev, act, recurrent)
		return
	}
	_, _, _, _ = c[n-1], cact[n-1], gates[4*n-1], cPrev[n-1]
	lstmAVX512(&h[0], &c[0], &cact[0], &gates[0], &cPrev[0], n)
}

func (k avx512) LSTMGrad(dgates, dc, dh, gates, cact, cPrev []float32, act, recurrent Activation) {
	n := len(dh)
	if act != Tanh || recurrent != Sigmoid {
		k.avx2.LSTMGrad(dgates, dc, dh, gates, cact, cPrev, act, recurrent)
		return
	}
	_, _, _, _, _ = dgates[4*n-1], dc[n-1], gates[4*n-1], cact[n-1], cPrev[n-1]
	lstmGradAVX512(&dgates[0], &dc[0], &dh[0], &gates[0], &cact[0], &cPrev[0], n)
}

func (k avx512) GRUGates(gates []float32, recurrent Activation) { k.Activate(gates, recurrent) }

func (k avx512) GRUOutput(h, gates, hPrev []float32, act Activation) {
	n := len(h)
	if act != Tanh {
		k.avx2.GRUOutput(h, gates, hPrev, act)
		return
	}
	_, _ = gates[3*n-1], hPrev[n-1]
	gruOutputAVX512(&h[0], &gates[0], &hPrev[0], n)
}

func (k avx512) GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev []float32, act Activation) {
	n := len(dh)
	if act != Tanh {
		k.avx2.GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev, act)
		return
	}
	_, _, _, _ = dgates[3*n-1], dhPrev[n-1], gates[3*n-1], hPrev[n-1]
	gruOutputGradAVX512(&dgates[0], &dhPrev[0], &dh[0], &gates[0], &hPrev[0], n)
}
