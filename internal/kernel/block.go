package kernel

// Go is the set in plain Go: the readable meaning of every kernel.
type Go struct{}

// Name implements [Kernels].
func (Go) Name() string { return "go" }

// row is row r of a block.
func row(x []float32, r int) *[Lanes]float32 { return (*[Lanes]float32)(x[r*Lanes:]) }

// Transpose implements [Kernels].
func (Go) Transpose(dst []float32, ld int, src []float32) { transposeFrom(0, dst, ld, src) }

// transposeFrom is Transpose without the first done rows.
func transposeFrom(done int, dst []float32, ld int, src []float32) {
	for r := done; r < len(src)/Lanes; r++ {
		for l, v := range row(src, r) {
			dst[l*ld+r] = v
		}
	}
}

// SumRows implements [Kernels].
func (Go) SumRows(dst, y []float32, ld, rows int) {
	for i := range rows {
		for j, v := range y[i*ld : i*ld+len(dst)] {
			dst[j] += v
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
func (Go) ScatterAdd(table []float32, cols int, ids []int32, y []float32, lo, hi int) {
	for l, id := range ids[:Lanes] {
		dst, src := table[int(id)*cols+lo:int(id)*cols+hi], y[l*cols+lo:l*cols+hi]
		for j, v := range src {
			dst[j] += v
		}
	}
}
