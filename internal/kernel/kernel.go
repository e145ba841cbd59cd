// Package kernel owns the arithmetic of a network: everything that touches
// float32 values in a loop over lanes.
//
// All activations are blocks of rows of [Lanes] values: row r, lane l stands
// at r*Lanes+l. Every sum has one fixed order and every operation one fixed
// rounding, so that a result depends neither on how the work is divided nor on
// which set of kernels does it: all sets give the same bits as [Go].
//
// The kernels trust their callers: slices of a wrong length panic. Shapes are
// checked when a model is built, and data when a batch is taken.
package kernel

// Lanes is how many sequences lie side by side in a tile: one AVX-512
// register, two AVX2 registers, four NEON registers of float32.
const Lanes = 16

// Kernels is one implementation of the arithmetic.
type Kernels interface {
	// Name is how users know the set: "go".
	Name() string

	// Gemm adds a matrix product, c[i,j] += sum over l of a[i,l]*b[l,j], l
	// ascending, every product and sum rounded once (a fused multiply-add). c
	// is m x n in rows of ldc, b is k x n in rows of ldb, and a's element (i, l)
	// is a[i*ars+l*acs].
	Gemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int)
	// Transpose turns rows x Lanes, len(src)/Lanes rows, into Lanes rows of ld
	// values, of which the first are set.
	Transpose(dst []float32, ld int, src []float32)
	// SumRows is dst[j] += sum over i < rows, ascending, of y[i*ld+j].
	SumRows(dst, y []float32, ld, rows int)
	// Broadcast sets every lane of dst's row r to src[r].
	Broadcast(dst, src []float32)
	// AddBias adds src[r] to every lane of dst's row r.
	AddBias(dst, src []float32)
	// Add is dst += a.
	Add(dst, a []float32)
	// Mul is dst = a*b; dst may be a or b.
	Mul(dst, a, b []float32)
	// MulAddTo is dst += a*b, rounded once.
	MulAddTo(dst, a, b []float32)
	// Select sets each lane of dst's rows to a's where mask[lane] is -1, and to
	// b's where it is 0; nil stands for zeros. dst may be a or b.
	Select(dst, a, b []float32, mask []int32)

	// Gather sets lane l of dst to row ids[l] of a table with len(dst)/Lanes
	// columns.
	Gather(dst, table []float32, ids []int32)
	// ScatterAdd adds columns lo to hi of y, Lanes x cols, to those of table:
	// row l to row ids[l], l ascending. It is the gradient of Gather, where y is
	// the transposed gradient.
	ScatterAdd(table []float32, cols int, ids []int32, y []float32, lo, hi int)

	// Activate replaces x by f(x).
	Activate(x []float32, f Activation)
	// ActivateGrad multiplies d by f'(z), where y = f(z). z is read only where
	// f.NeedsInput, and may be nil otherwise.
	ActivateGrad(d, y, z []float32, f Activation)

	// One time step of the cells and its derivative; the equations stand at
	// the plain Go methods. (SimpleRNN needs no more than Activate.)
	LSTM(h, c, cact, gates, cPrev []float32, act, recurrent Activation)
	LSTMGrad(dgates, dc, dh, gates, cact, cPrev []float32, act, recurrent Activation)
	GRUGates(gates []float32, recurrent Activation)
	GRUOutput(h, gates, hPrev []float32, act Activation)
	GRUOutputGrad(dgates, dhPrev, dh, gates, hPrev []float32, act Activation)

	// RMSprop moves weights w along their gradients g:
	// v = rho*v + rest*g*g, w -= rate*g / sqrt(v+eps).
	RMSprop(w, g, v []float32, rate, rho, rest, eps float32)
	// Adam moves weights w along their gradients g: m += rest1*(g-m),
	// v += rest2*(g*g-v), w -= alpha*m / (sqrt(v)+eps).
	Adam(w, g, m, v []float32, alpha, rest1, rest2, eps float32)
}
