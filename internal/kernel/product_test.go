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

// defineGemm is Gemm's definition: one sum at a time, in the promised order.
func defineGemm(m, n, k int, c []float32, ldc int, a []float32, ars, acs int, b []float32, ldb int) {
	for i := range m {
		for j := range n {
			for l := range k {
				c[i*ldc+j] = fma(a[i*ars+l*acs], b[l*ldb+j], c[i*ldc+j])
			}
		}
	}
}

func TestGemm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 2, 3, 5, 6, 7, 8, 13, 16, 17, 33, 100}
	for _, m := range sizes {
		for _, n := range sizes {
			for _, k := range []int{0, 1, 7, 16, 33} {
				ldc, ldb := n+rng.IntN(3), n+rng.IntN(3)
				ars, acs := k+rng.IntN(3), 1
				if rng.IntN(2) == 0 {
					ars, acs = 1, m+rng.IntN(3)
				}
				a := random(rng, 1+max(m, 1)*ars+max(k, 1)*acs)
				b, c := random(rng, 1+k*ldb+n), random(rng, 1+m*ldc+n)
				want := slices.Clone(c)
				Go{}.Gemm(m, n, k, c, ldc, a, ars, acs, b, ldb)
				defineGemm(m, n, k, want, ldc, a, ars, acs, b, ldb)
				if !slices.Equal(c, want) {
					t.Fatalf("%s differs from the definition", fmt.Sprintf("%dx%dx%d", m, n, k))
				}
			}
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
	block, turned := make([]float32, cols*Lanes), make([]float32, cols*Lanes)
	Go{}.Gather(block, table, ids)
	Go{}.Transpose(turned, cols, block)
	for c := range cols {
		for l, id := range ids {
			if block[c*Lanes+l] != table[int(id)*cols+c] || turned[l*cols+c] != block[c*Lanes+l] {
				t.Fatalf("lane %d, column %d: %g, turned %g, want %g", l, c, block[c*Lanes+l], turned[l*cols+c], table[int(id)*cols+c])
			}
		}
	}
	grad := make([]float32, rows*cols)
	for part := range 3 {
		lo, hi := Span(cols, part, 3)
		Go{}.ScatterAdd(grad, cols, ids, turned, lo, hi)
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
	block, turned := make([]float32, 3*Lanes), make([]float32, 3*Lanes)
	Go{}.Broadcast(block, bias)
	Go{}.AddBias(block, bias)
	Go{}.Transpose(turned, 3, block)
	sum := make([]float32, 2)
	Go{}.SumRows(sum, turned[1:], 3, Lanes)
	for r, b := range bias {
		for l := range Lanes {
			if block[r*Lanes+l] != 2*b {
				t.Fatalf("row %d, lane %d: %g, want %g", r, l, block[r*Lanes+l], 2*b)
			}
		}
	}
	if sum[0] != 32*bias[1] || sum[1] != 32*bias[2] {
		t.Errorf("sums %v, want %v", sum, []float32{32 * bias[1], 32 * bias[2]})
	}
}
