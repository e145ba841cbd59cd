package kernel

// Go is the set in plain Go: the readable meaning of every kernel. Products
// are written float32(a*b) so that no compiler fuses them with the sum.
type Go struct{}

// Name implements [Kernels].
func (Go) Name() string { return "go" }

// NewMatrix implements [Kernels]. The layout is row-major.
func (Go) NewMatrix(m, k int) *Matrix {
	return &Matrix{M: m, K: k, Data: make([]float32, m*k)}
}

// Pack implements [Kernels].
func (Go) Pack(dst *Matrix, src []float32, rowStride, colStride int) {
	for m := range dst.M {
		row := dst.Data[m*dst.K : (m+1)*dst.K]
		for k := range row {
			row[k] = src[m*rowStride+k*colStride]
		}
	}
}

// MulAdd implements [Kernels]. Half a row of lanes is summed at a time: eight
// sums fit the registers.
func (Go) MulAdd(dst []float32, a *Matrix, x []float32) {
	x = x[:a.K*Lanes]
	for m := range a.M {
		w := a.Data[m*a.K : (m+1)*a.K]
		d := dst[m*Lanes : (m+1)*Lanes]
		mulAddHalf((*[8]float32)(d[:8]), w, x)
		mulAddHalf((*[8]float32)(d[8:]), w, x[8:])
	}
}

func mulAddHalf(d *[8]float32, w, x []float32) {
	s0, s1, s2, s3, s4, s5, s6, s7 := d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]
	for k, v := range w {
		r := (*[8]float32)(x[k*Lanes:])
		s0 += float32(v * r[0])
		s1 += float32(v * r[1])
		s2 += float32(v * r[2])
		s3 += float32(v * r[3])
		s4 += float32(v * r[4])
		s5 += float32(v * r[5])
		s6 += float32(v * r[6])
		s7 += float32(v * r[7])
	}
	d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7] = s0, s1, s2, s3, s4, s5, s6, s7
}

// WeightGrad implements [Kernels]. Two rows by four columns are summed at a
// time: eight independent sums hide the latency of each.
func (Go) WeightGrad(dst []float32, ld int, x, y Series, steps int) {
	for t := range steps {
		xt, yt := x.at(t), y.at(t)
		p := 0
		for ; p+2 <= x.Rows; p += 2 {
			x0, x1 := row(xt, p), row(xt, p+1)
			d0, d1 := dst[p*ld:p*ld+y.Rows], dst[(p+1)*ld:(p+1)*ld+y.Rows]
			q := 0
			for ; q+4 <= y.Rows; q += 4 {
				weightGrad2x4((*[4]float32)(d0[q:]), (*[4]float32)(d1[q:]), x0, x1,
					row(yt, q), row(yt, q+1), row(yt, q+2), row(yt, q+3))
			}
			for ; q < y.Rows; q++ {
				d0[q] = dot(d0[q], x0, row(yt, q))
				d1[q] = dot(d1[q], x1, row(yt, q))
			}
		}
		for ; p < x.Rows; p++ {
			for q := range y.Rows {
				dst[p*ld+q] = dot(dst[p*ld+q], row(xt, p), row(yt, q))
			}
		}
	}
}

func row(x []float32, r int) *[Lanes]float32 { return (*[Lanes]float32)(x[r*Lanes:]) }

// dot adds a.b to s, lane by lane.
func dot(s float32, a, b *[Lanes]float32) float32 {
	for l, v := range a {
		s += float32(v * b[l])
	}
	return s
}

func weightGrad2x4(d0, d1 *[4]float32, x0, x1, y0, y1, y2, y3 *[Lanes]float32) {
	a0, a1, a2, a3 := d0[0], d0[1], d0[2], d0[3]
	b0, b1, b2, b3 := d1[0], d1[1], d1[2], d1[3]
	for l := range Lanes {
		u, v := x0[l], x1[l]
		w := y0[l]
		a0 += float32(u * w)
		b0 += float32(v * w)
		w = y1[l]
		a1 += float32(u * w)
		b1 += float32(v * w)
		w = y2[l]
		a2 += float32(u * w)
		b2 += float32(v * w)
		w = y3[l]
		a3 += float32(u * w)
		b3 += float32(v * w)
	}
	d0[0], d0[1], d0[2], d0[3] = a0, a1, a2, a3
	d1[0], d1[1], d1[2], d1[3] = b0, b1, b2, b3
}

// BiasGrad implements [Kernels].
func (Go) BiasGrad(dst []float32, y Series, steps int) {
	for t := range steps {
		yt := y.at(t)
		for q := range y.Rows {
			s := dst[q]
			for _, v := range row(yt, q) {
				s += v
			}
			dst[q] = s
		}
	}
}

// Broadcast implements [Kernels].
func (Go) Broadcast(dst, src []float32) {
	for r, v := range src {
		d := row(dst, r)
		for l := range d {
			d[l] = v
		}
	}
}

// Gather implements [Kernels].
func (Go) Gather(dst, table []float32, ids []int32) {
	cols := len(dst) / Lanes
	for l, id := range ids[:Lanes] {
		src := table[int(id)*cols : (int(id)+1)*cols]
		for g, v := range src {
			dst[g*Lanes+l] = v
		}
	}
}

// ScatterAdd implements [Kernels].
func (Go) ScatterAdd(table []float32, ids []int32, src []float32, lo, hi int) {
	cols := len(src) / Lanes
	for l, id := range ids[:Lanes] {
		dst := table[int(id)*cols+lo : int(id)*cols+hi]
		for g := range dst {
			dst[g] += src[(lo+g)*Lanes+l]
		}
	}
}
