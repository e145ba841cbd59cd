// Package kernel owns the arithmetic of a network: everything that touches
// float32 values in a loop over lanes.
//
// All activations are blocks of rows of [Lanes] values: row r, lane l stands
// at r*Lanes+l. No kernel but the weight gradients ever adds across lanes, and
// every sum has one fixed order (inputs ascending; in weight gradients time
// step, then lane), so a result does not depend on how the work is divided.
//
// The kernels trust their callers: slices of a wrong length panic. Shapes are
// checked when a model is built, and data when a batch is taken.
package kernel

// Lanes is how many sequences lie side by side in a tile: one AVX-512
// register, two AVX2 registers, four NEON registers of float32.
const Lanes = 16

// Matrix is a weight matrix laid out for [Kernels.MulAdd]: M outputs, K inputs.
// Data is in the order that the kernel set which packed it wants.
type Matrix struct {
	M, K int
	Data []float32
}

// Series is a run of matrices of Rows x Lanes, one a time step, inside a
// larger buffer. Step t starts at Data[Start+t*Stride]; a negative stride
// walks time backwards.
type Series struct {
	Data          []float32
	Start, Stride int
	Rows          int
}

func (s Series) at(t int) []float32 {
	i := s.Start + t*s.Stride
	return s.Data[i : i+s.Rows*Lanes]
}

// Kernels is one implementation of the arithmetic.
type Kernels interface {
	// Name is how users know the set: "go".
	Name() string

	// NewMatrix returns room for a packed m x k matrix.
	NewMatrix(m, k int) *Matrix
	// Pack fills dst with element (m, k) = src[m*rowStride+k*colStride].
	Pack(dst *Matrix, src []float32, rowStride, colStride int)
	// MulAdd adds a product to every row: dst[m] += sum over k of a[m,k]*x[k],
	// k ascending. dst is M x Lanes, x is K x Lanes.
	MulAdd(dst []float32, a *Matrix, x []float32)
	// WeightGrad adds the gradient of a product's weights:
	// dst[p*ld+q] += sum over t, then lane, of x(t)[p]*y(t)[q].
	WeightGrad(dst []float32, ld int, x, y Series, steps int)
	// BiasGrad adds the gradient of a bias: dst[q] += sum over t, then lane,
	// of y(t)[q].
	BiasGrad(dst []float32, y Series, steps int)
	// Broadcast sets every lane of dst's row r to src[r].
	Broadcast(dst, src []float32)
	// AddBias adds src[r] to every lane of dst's row r.
	AddBias(dst, src []float32)
	// Add is dst += a.
	Add(dst, a []float32)
	// Mul is dst = a*b; dst may be a or b.
	Mul(dst, a, b []float32)
	// MulAddTo is dst += a*b.
	MulAddTo(dst, a, b []float32)

	// RowsMulAdd is a product of plain row-major matrices:
	// dst[n,m] += sum over k, ascending, of x[n,k]*w[k,m]. It runs over all
	// rows of dst.
	RowsMulAdd(dst, x, w []float32, k, m int)
	// RowsWeightGrad is the gradient of RowsMulAdd's weights in columns lo to
	// hi: dst[k,m] += sum over n, ascending, of x[n,k]*y[n,m].
	RowsWeightGrad(dst, x, y []float32, k, m, lo, hi int)

	// Gather sets lane l of dst to row ids[l] of a table with len(dst)/Lanes
	// columns.
	Gather(dst, table []float32, ids []int32)
	// ScatterAdd adds rows lo to hi of src to the same columns of table, lane l
	// to row ids[l], lanes ascending: the gradient of Gather. The table has
	// len(src)/Lanes columns.
	ScatterAdd(table []float32, ids []int32, src []float32, lo, hi int)

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
}
