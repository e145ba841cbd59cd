package recurve

import (
	"runtime"

	"recurve/internal/kernel"
	"recurve/layer"
)

// team is a set of kernels whose large products are made by all workers of a
// pool that have nothing else to do: a batch of 64 is only 4 tiles, and one
// sequence is one. Who does what changes no bit: each part is some rows, or
// some columns.
type team struct {
	kernel.Kernels
	pool     *pool     // of the run at work
	products []product // one for each of the pool's boards
}

// product is a Gemm in parts.
type product struct {
	rows, cols                  int // of a part; one of them is all
	m, n, k, ldc, ars, acs, ldb int
	c, a, b                     []float32
	part                        func(i int)
}

// In multiply-adds: a largePart takes some microseconds.
const (
	largeProduct = 1 << 19
	largePart    = 1 << 18
)

// start makes the pool for a run. More workers than tiles are of use only where
// a time step's products are large.
func (t *team) start(threads int, net *layer.Network, run layer.Run) *pool {
	large := false
	for _, op := range net.Operators {
		for _, p := range op.Params() {
			large = large || !op.Input().IDs && p.Size()*kernel.Lanes >= largeProduct
		}
	}
	if !large {
		threads = min(threads, run.Tiles())
	}
	var boards []board
	t.products = nil
	if large && threads > 1 {
		boards, t.products = make([]board, threads), make([]product, threads)
		for i := range t.products {
			p := &t.products[i]
			p.part = func(i int) { p.gemm(t.Kernels, i) }
		}
	}
	t.pool = newPool(threads, boards)
	return t.pool
}

// Gemm implements [kernel.Kernels].
func (t *team) Gemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	if work := m * n * k; work >= largeProduct {
		for i := range t.products {
			board := &t.pool.team[i]
			if !board.taken.CompareAndSwap(false, true) {
				continue
			}
			p := &t.products[i]
			parts := p.divide(m, n, min(work/largePart, 4*t.pool.workers))
			p.m, p.n, p.k, p.ldc, p.ars, p.acs, p.ldb = m, n, k, ldc, ars, acs, ldb
			p.c, p.a, p.b = c, a, b
			board.post(parts, p.part)
			for board.take() {
			}
			for !board.done() {
				runtime.Gosched()
			}
			board.taken.Store(false)
			return
		}
	}
	t.Kernels.Gemm(m, n, k, c, ldc, a, ars, acs, b, ldb)
}

// divide cuts m x n into so many parts, or fewer: whole blocks of the kernels.
func (p *product) divide(m, n, parts int) int {
	const rows, cols = 24, 16
	p.rows, p.cols = m, n
	if n > 4*cols {
		p.cols = (n/parts + cols) / cols * cols
		return (n + p.cols - 1) / p.cols
	}
	p.rows = (m/parts + rows) / rows * rows
	return (m + p.rows - 1) / p.rows
}

// gemm makes part i.
func (p *product) gemm(k kernel.Kernels, i int) {
	row, col := i*p.rows, 0
	if p.rows == p.m {
		row, col = 0, i*p.cols
	}
	k.Gemm(min(p.rows, p.m-row), min(p.cols, p.n-col), p.k, p.c[row*p.ldc+col:], p.ldc, p.a[row*p.ars:], p.ars, p.acs, p.b[col:], p.ldb)
}
