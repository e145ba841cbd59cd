package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// The definitions of the products, one sum at a time in the order that is
// promised. The kernels must give the same bits.

func defineMulAdd(dst, a, x []float32, m, k int) {
	for i := range m {
		for l := range Lanes {
			s := dst[i*Lanes+l]
			for j := range k {
				s += float32(a[i*k+j] * x[j*Lanes+l])
			}
			dst[i*Lanes+l] = s
		}
	}
}

func defineWeightGrad(dst []float32, ld int, x, y Series, steps int) {
	for p := range x.Rows {
		for q := range y.Rows {
			s := dst[p*ld+q]
			for t := range steps {
				for l := range Lanes {
					s += float32(x.at(t)[p*Lanes+l] * y.at(t)[q*Lanes+l])
				}
			}
			dst[p*ld+q] = s
		}
	}
}

func TestProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []int{1, 2, 3, 4, 5, 7, 8, 33, 100}
	for _, m := range sizes {
		for _, k := range sizes {
			t.Run(fmt.Sprintf("%dx%d", m, k), func(t *testing.T) {
				w := random(rng, k*m) // k x m, as Keras stores a kernel
				x := random(rng, k*Lanes)
				transposed := make([]float32, m*k)
				for i := range m {
					for j := range k {
						transposed[i*k+j] = w[j*m+i]
					}
				}
				got, want := random(rng, m*Lanes), make([]float32, m*Lanes)
				copy(want, got)
				up := Go{}.NewMatrix(m, k)
				Go{}.Pack(up, w, 1, m)
				Go{}.MulAdd(got, up, x)
				defineMulAdd(want, transposed, x, m, k)
				if !slices.Equal(got, want) {
					t.Error("MulAdd differs from its definition")
				}

				const steps = 3
				xs := Series{Data: random(rng, steps*k*Lanes), Start: (steps - 1) * k * Lanes, Stride: -k * Lanes, Rows: k}
				ys := Series{Data: random(rng, steps*(m+2)*Lanes), Start: Lanes, Stride: (m + 2) * Lanes, Rows: m}
				ld := m + 3
				grad, wantGrad := random(rng, k*ld), make([]float32, k*ld)
				copy(wantGrad, grad)
				Go{}.WeightGrad(grad, ld, xs, ys, steps)
				defineWeightGrad(wantGrad, ld, xs, ys, steps)
				if !slices.Equal(grad, wantGrad) {
					t.Error("WeightGrad differs from its definition")
				}

				rows := random(rng, 5*m)
				wantRows := slices.Clone(rows)
				in := random(rng, 5*k)
				Go{}.RowsMulAdd(rows, in, w, k, m)
				for n := range 5 {
					for j := range m {
						for i := range k {
							wantRows[n*m+j] += float32(in[n*k+i] * w[i*m+j])
						}
					}
				}
				if !slices.Equal(rows, wantRows) {
					t.Error("RowsMulAdd differs from its definition")
				}

				lo, hi := Span(m, 1, 3)
				dw := random(rng, k*m)
				wantDW := slices.Clone(dw)
				Go{}.RowsWeightGrad(dw, in, rows, k, m, lo, hi)
				for i := range k {
					for j := lo; j < hi; j++ {
						for n := range 5 {
							wantDW[i*m+j] += float32(in[n*k+i] * rows[n*m+j])
						}
					}
				}
				if !slices.Equal(dw, wantDW) {
					t.Error("RowsWeightGrad differs from its definition")
				}
			})
		}
	}
}

func TestGatherScatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const rows, cols = 5, 7
	table := random(rng, rows*cols)
	ids := make([]int32, Lanes)
	for l := range ids {
		ids[l] = rng.Int32N(rows)
	}
	block := make([]float32, cols*Lanes)
	Go{}.Gather(block, table, ids)
	for c := range cols {
		for l, id := range ids {
			if block[c*Lanes+l] != table[int(id)*cols+c] {
				t.Fatalf("lane %d, column %d: %g, want %g", l, c, block[c*Lanes+l], table[int(id)*cols+c])
			}
		}
	}
	grad := make([]float32, rows*cols)
	for part := range 3 {
		lo, hi := Span(cols, part, 3)
		Go{}.ScatterAdd(grad, ids, block, lo, hi)
	}
	want := make([]float32, rows*cols)
	for l, id := range ids {
		for c := range cols {
			want[int(id)*cols+c] += block[c*Lanes+l]
		}
	}
	if !slices.Equal(grad, want) {
		t.Error("ScatterAdd differs from its definition")
	}
}

func TestBias(t *testing.T) {
	bias := []float32{1, -2.5, 0.125}
	block := make([]float32, 3*Lanes)
	Go{}.Broadcast(block, bias)
	Go{}.AddBias(block, bias)
	sum := make([]float32, 3)
	Go{}.BiasGrad(sum, Series{Data: block, Rows: 3}, 1)
	for r, b := range bias {
		for l := range Lanes {
			if block[r*Lanes+l] != 2*b {
				t.Fatalf("row %d, lane %d: %g, want %g", r, l, block[r*Lanes+l], 2*b)
			}
		}
		if sum[r] != 32*b {
			t.Errorf("sum of row %d: %g, want %g", r, sum[r], 32*b)
		}
	}
}
