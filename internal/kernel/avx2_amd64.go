//go:build amd64 && !purego

package kernel

//go:generate sh -c "cd _avo && go run . -out ../kernel_amd64.s -stubs ../stubs_amd64.go -pkg kernel"

// avx2 is the set for processors with AVX2 and FMA. What it does not do itself,
// and what is left over where a size is not a multiple of eight, is done in Go.
type avx2 struct{ Go }

// Name implements [Kernels].
func (avx2) Name() string { return "avx2" }

// masks of the first 0 to 8 columns start at [8-columns].
var masks = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

func (avx2) Gemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	if m == 0 || n == 0 || k == 0 {
		return
	}
	_, _, _ = c[(m-1)*ldc+n-1], a[(m-1)*ars+(k-1)*acs], b[(k-1)*ldb+n-1]
	whole := n &^ 15
	const firstLevel, secondLevel = 1 << 13, 1 << 17 // values that the caches hold, at least
	switch {
	case whole < 128 && whole > 16 && m*k > secondLevel && ldb*k <= secondLevel:
		const rows = 48 // their part of a is still there for the next columns
		for i := 0; i < m; i += rows {
			gemmColumns(min(rows, m-i), whole, k, c[i*ldc:], ldc, a[i*ars:], ars, acs, b, ldb)
		}
	case m >= 32 && whole > 16 && k <= 64 && m*n > 2*firstLevel:
		gemmPacked(6, 1<<30, m, whole, k, c, ldc, a, ars, acs, b, ldb)
	case m >= 32 && k >= 32 && ldb > 16:
		gemmPacked(384, 1, m, whole, k, c, ldc, a, ars, acs, b, ldb)
	default:
		gemmColumns(m, whole, k, c, ldc, a, ars, acs, b, ldb)
	}
	j := whole
	if j+8 <= n {
		gemm8AVX2(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
		j += 8
	}
	if j < n {
		gemmTailAVX2(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb, &masks[8-(n-j)])
	}
}

// gemmColumns is Gemm for n columns, a multiple of 16.
func gemmColumns(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	for j := 0; j < n; j += 16 {
		gemm16AVX2(m, k, &c[j], ldc, &a[0], ars, acs, &b[j], ldb)
	}
}

// gemmPacked is gemmColumns for a b that many rows meet. It copies a part of b at
// a time: as they stand, b's rows are apart by a power of two, often, and throw
// each other out of the cache. Some rows of a go through the whole part before
// the next. Where that is few of a wide part, c is read and written along its
// rows, so that the processor can fetch ahead: that counts where the depth is
// small. strips is how many times 16 columns a part has at most.
func gemmPacked(rows, strips, m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	const depth, size = 128, 256 // of a part: rows at most, and rows of a strip
	var packed [size][16]float32
	for top := 0; top < m; top += 384 { // as much of a as the second-level cache holds
		bottom := min(top+384, m)
		for lo := 0; lo < k; lo += depth {
			d := min(depth, k-lo)
			for j, s := 0, 0; j < n; j += 16 * s {
				s = min(strips, size/d, (n-j)/16)
				for strip := range s {
					to, from := packed[strip*d:(strip+1)*d], b[lo*ldb+j+16*strip:]
					for l := range to {
						to[l] = [16]float32(from[l*ldb:])
					}
				}
				for i := top; i < bottom; i += rows {
					for strip := range s {
						gemm16AVX2(min(rows, bottom-i), d, &c[i*ldc+j+16*strip], ldc, &a[i*ars+lo*acs], ars, acs, &packed[strip*d][0], 16)
					}
				}
			}
		}
	}
}

func (avx2) Transpose(dst []float32, ld int, src []float32) { transposeFromAVX2(0, dst, ld, src) }

// transposeFromAVX2 is Transpose without the first done rows.
func transposeFromAVX2(done int, dst []float32, ld int, src []float32) {
	rows := (len(src)/Lanes - done) &^ 7
	if rows > 0 {
		_ = dst[(Lanes-1)*ld+done+rows-1]
		transposeAVX2(&dst[done], &src[done*Lanes], rows, ld)
	}
	transposeFrom(done+rows, dst, ld, src)
}

func (k avx2) Gather(dst, table []float32, ids []int32) {
	checkIDs(ids, len(table)/max(len(dst)/Lanes, 1))
	k.gatherFrom(0, dst, table, ids)
}

// gatherFrom is Gather without the first done columns.
func (avx2) gatherFrom(done int, dst, table []float32, ids []int32) {
	cols := len(dst) / Lanes
	whole := done + (cols-done)&^7
	if whole > done {
		gatherAVX2(&dst[done*Lanes], &table[done], &ids[0], whole-done, cols)
	}
	for l, id := range ids[:Lanes] {
		for c := whole; c < cols; c++ {
			dst[c*Lanes+l] = table[int(id)*cols+c]
		}
	}
}

func (avx2) ScatterAdd(table []float32, cols int, ids []int32, y []float32, lo, hi int) {
	checkIDs(ids, len(table)/max(cols, 1))
	y = y[:Lanes*cols]
	whole := (hi - lo) &^ 7
	if whole > 0 {
		scatterAddAVX2(&table[lo], &ids[0], &y[lo], whole, cols)
	}
	for l, id := range ids[:Lanes] {
		for j := lo + whole; j < hi; j++ {
			table[int(id)*cols+j] += y[l*cols+j]
		}
	}
}

// checkIDs panics where assembly would read beyond a table of rows rows.
func checkIDs(ids []int32, rows int) {
	for _, id := range ids[:Lanes] {
		if uint(id) >= uint(rows) {
			panic("kernel: id out of range")
		}
	}
}

func (k avx2) SumRows(dst, y []float32, ld, rows int) {
	if rows == 0 || len(dst) == 0 {
		return
	}
	_ = y[(rows-1)*ld+len(dst)-1]
	whole := len(dst) &^ 7
	if whole > 0 {
		sumRowsAVX2(&dst[0], &y[0], whole, ld, rows)
	}
	if whole < len(dst) {
		k.Go.SumRows(dst[whole:], y[whole:], ld, rows)
	}
}

func (avx2) Broadcast(dst, src []float32) {
	if len(src) > 0 {
		_ = dst[len(src)*Lanes-1]
		broadcastAVX2(&dst[0], &src[0], len(src))
	}
}

func (avx2) Select(dst, a, b []float32, mask []int32) {
	n := len(dst)
	if n == 0 {
		return
	}
	_ = mask[Lanes-1]
	switch {
	case b == nil:
		_ = a[n-1]
		keepAVX2(&dst[0], &a[0], &mask[0], n/Lanes)
	case a == nil:
		_ = b[n-1]
		dropAVX2(&dst[0], &b[0], &mask[0], n/Lanes)
	default:
		_, _ = a[n-1], b[n-1]
		selectOfAVX2(&dst[0], &a[0], &b[0], &mask[0], n/Lanes)
	}
}

func (avx2) AddBias(dst, src []float32) {
	if len(src) > 0 {
		_ = dst[len(src)*Lanes-1]
		addBiasAVX2(&dst[0], &src[0], len(src))
	}
}

func (k avx2) RMSprop(w, g, v []float32, rate, rho, rest, eps float32) {
	n := len(g) &^ 7
	w, v = w[:len(g)], v[:len(g)]
	if n > 0 {
		rmspropAVX2(&w[0], &g[0], &v[0], n, rate, rho, rest, eps)
	}
	k.Go.RMSprop(w[n:], g[n:], v[n:], rate, rho, rest, eps)
}

func (k avx2) Adam(w, g, m, v []float32, alpha, rest1, rest2, eps float32) {
	n := len(g) &^ 7
	w, m, v = w[:len(g)], m[:len(g)], v[:len(g)]
	if n > 0 {
		adamAVX2(&w[0], &g[0], &m[0], &v[0], n, alpha, rest1, rest2, eps)
	}
	k.Go.Adam(w[n:], g[n:], m[n:], v[n:], alpha, rest1, rest2, eps)
}

func (avx2) Add(dst, a []float32) {
	n := len(dst) &^ 7
	a = a[:len(dst)]
	if n > 0 {
		addAVX2(&dst[0], &dst[0], &a[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] += a[i]
	}
}

func (avx2) Mul(dst, a, b []float32) {
	n := len(dst) &^ 7
	a, b = a[:len(dst)], b[:len(dst)]
	if n > 0 {
		mulAVX2(&dst[0], &a[0], &b[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = a[i] * b[i]
	}
}

func (avx2) MulAddTo(dst, a, b []float32) {
	n := len(dst) &^ 7
	a, b = a[:len(dst)], b[:len(dst)]
	if n > 0 {
		mulAddToAVX2(&dst[0], &a[0], &b[0], n)
	}
	for i := n; i < len(dst); i++ {
		dst[i] = fma(a[i], b[i], dst[i])
	}
}

func (k avx2) Activate(x []float32, f Activation) {
	n := len(x) &^ 15
	switch {
	case n == 0:
	case f == Tanh:
		tanhAVX2(&x[0], n)
	case f == Sigmoid:
		sigmoidAVX2(&x[0], n)
	default:
		n = 0
	}
	k.Go.Activate(x[n:], f)
}

func (k avx2) ActivateGrad(d, y, z []float32, f Activation) {
	n := len(d) &^ 7
	y = y[:len(d)]
	switch {
	case n == 0:
	case f == Tanh:
		tanhSlopeAVX2(&d[0], &y[0], n)
	case f == Sigmoid:
		sigmoidSlopeAVX2(&d[0], &y[0], n)
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

func (k avx2) LSTM(h, c, cact, gates, cPrev []float32, act, recurrent Activation) {
	n := len(h)
	if act != Tanh || recurrent != Sigmoid {
		k.Go.LSTM(h, c, cact, gates, cPrev, act, recurrent)
		return
	}
	_, _, _, _ = c[n-1], cact[n-1], gates[4*n-1], cPrev[n-1]
	lstmAVX2(&h[0], &c[0], &cact[0], &gates[0], &cPrev[0], n)
}

func (k avx2) LSTMGrad(dgates, dc, dh, gates, cact, cPrev []float32, act, recurrent Activation) {
	n := len(dh)
	if act != Tanh || recurrent != Sigmoid {
		k.Go.LSTMGrad(dgates, dc, dh, gates, cact, cPrev, act, recurrent)
		return
	}
	_, _, _, _, _ = dgates[4*n-1], dc[n-1], gates[4*n-1], cact[n-1], cPrev[n-1]
	lstmGradAVX2(&dgates[0], &dc[0], &dh[0], &gates[0], &cact[0], &cPrev[0], n)
}

func (k avx2) GRUGates(gates []float32, recurrent Activation) { k.Activate(gates, recurrent) }

func (k avx2) GRUOutput(h, gates, hPrev []float32, act Activation) {
	n := len(h)
	if act != Tanh {
		k.Go.GRUOutput(h, gates, hPrev, act)
		return
	}
	_, _ = gates[3*n-1], hPrev[n-1]
	gruOutputAVX2(&h[0], &gates[0], &hPrev[0], n)
}

func (k avx2) GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev []float32, act Activation) {
	n := len(dh)
	if act != Tanh {
		k.Go.GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev, act)
		return
	}
	_, _, _, _ = dgates[3*n-1], dhPrev[n-1], gates[3*n-1], hPrev[n-1]
	gruOutputGradAVX2(&dgates[0], &dhPrev[0], &dh[0], &gates[0], &hPrev[0], n)
}
