package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Every set must give the bits of the plain Go kernels, on odd sizes, on
// denormals, infinities and NaN.

// values are random float32 of all kinds.
func values(rng *rand.Rand, n int) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), 1, -1, math.SmallestNonzeroFloat32, -1e-40, 1e-38,
		math.MaxFloat32, -math.MaxFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 0.625, -104, 89, -20, 10}
	x := make([]float32, n)
	for i := range x {
		switch rng.IntN(8) {
		case 0:
			x[i] = special[rng.IntN(len(special))]
		case 1:
			x[i] = math.Float32frombits(rng.Uint32())
		case 2:
			x[i] = float32(rng.IntN(9) - 4) // exact sums
		default:
			x[i] = float32(rng.NormFloat64() * 3)
		}
	}
	return x
}

// tame are values without infinities and NaN, which would drown sums.
func tame(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch rng.IntN(6) {
		case 0:
			x[i] = 0
		case 1:
			x[i] = float32(rng.IntN(9)-4) * (1 + 0x1p-23)
		case 2:
			x[i] = float32(rng.NormFloat64() * 1e-39)
		default:
			x[i] = float32(rng.NormFloat64())
		}
	}
	return x
}

// equal compares bits, all NaN being alike.
func equal(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool {
		return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
	})
}

// each runs a test for every set but Go, on values of both kinds, which end
// where readable memory ends.
func each(t *testing.T, test func(t *testing.T, k Kernels, rng *rand.Rand, fill func(n int) []float32)) {
	for _, k := range sets() {
		if _, isGo := k.(Go); isGo {
			continue
		}
		for kind, fill := range map[string]func(*rand.Rand, int) []float32{"all": values, "tame": tame} {
			t.Run(k.Name()+"/"+kind, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, 2))
				test(t, k, rng, func(n int) []float32 { return atPageEnd(t, fill(rng, n)) })
			})
		}
	}
}

func TestSameBitsGemm(t *testing.T) {
	each(t, func(t *testing.T, k Kernels, rng *rand.Rand, fill func(n int) []float32) {
		for _, m := range []int{1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 23, 24, 33, 47, 100} {
			for _, n := range []int{1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100} {
				depth := rng.IntN(40)
				ldc, ldb := n+rng.IntN(3), n+rng.IntN(3)
				ars, acs := depth+rng.IntN(3), 1
				if rng.IntN(2) == 0 {
					ars, acs = 1, m+rng.IntN(3)
				}
				a := fill((m-1)*ars + max(depth-1, 0)*acs + 1)
				b, c := fill(max(depth-1, 0)*ldb+n), fill((m-1)*ldc+n)
				want := slices.Clone(c)
				k.Gemm(m, n, depth, c, ldc, a, ars, acs, b, ldb)
				Go{}.Gemm(m, n, depth, want, ldc, a, ars, acs, b, ldb)
				if !equal(c, want) {
					t.Fatalf("Gemm %dx%dx%d differs", m, n, depth)
				}
			}
		}
	})
}

func TestSameBitsBlocks(t *testing.T) {
	each(t, func(t *testing.T, k Kernels, rng *rand.Rand, fill func(n int) []float32) {
		for _, rows := range []int{1, 2, 7, 8, 9, 16, 28, 33, 100} {
			n := rows * Lanes
			src := fill(n)
			got, want := make([]float32, n), make([]float32, n)
			check := func(what string) {
				t.Helper()
				if !equal(got, want) {
					t.Fatalf("%s of %d rows differs", what, rows)
				}
			}
			k.Transpose(got, rows, src)
			Go{}.Transpose(want, rows, src)
			check("Transpose")
			gotWide, wantWide := make([]float32, Lanes*(rows+3)), make([]float32, Lanes*(rows+3))
			k.Transpose(gotWide, rows+3, src)
			Go{}.Transpose(wantWide, rows+3, src)
			if !equal(gotWide, wantWide) {
				t.Fatalf("Transpose of %d rows into wider ones differs", rows)
			}

			table, ids := fill(9*rows), make([]int32, Lanes)
			for l := range ids {
				ids[l] = rng.Int32N(9)
			}
			k.Gather(got, table, ids)
			Go{}.Gather(want, table, ids)
			check("Gather")

			values := fill(rows)
			k.Broadcast(got, values)
			Go{}.Broadcast(want, values)
			check("Broadcast")
			k.AddBias(got, values)
			Go{}.AddBias(want, values)
			check("AddBias")

			other := slices.Clone(table)
			for part := range 3 {
				lo, hi := Span(rows, part, 3)
				k.ScatterAdd(table, rows, ids, src, lo, hi)
				Go{}.ScatterAdd(other, rows, ids, src, lo, hi)
			}
			if !equal(table, other) {
				t.Fatalf("ScatterAdd of %d columns differs", rows)
			}

			sum, wantSum := make([]float32, rows), make([]float32, rows)
			k.SumRows(sum, src, rows, Lanes)
			Go{}.SumRows(wantSum, src, rows, Lanes)
			if !equal(sum, wantSum) {
				t.Fatalf("SumRows of %d columns differs", rows)
			}

			for _, size := range []int{n, n - 3} { // odd lengths too
				got, want, a, b := fill(size), make([]float32, size), fill(size), fill(size)
				copy(want, got)
				k.Add(got, a)
				Go{}.Add(want, a)
				k.MulAddTo(got, a, b)
				Go{}.MulAddTo(want, a, b)
				if !equal(got, want) {
					t.Fatalf("Add or MulAddTo of %d values differs", size)
				}
				k.Mul(got, got, b)
				Go{}.Mul(want, want, b)
				if !equal(got, want) {
					t.Fatalf("Mul of %d values differs", size)
				}
			}
		}
	})
}

func TestSameBitsActivations(t *testing.T) {
	each(t, func(t *testing.T, k Kernels, _ *rand.Rand, fill func(n int) []float32) {
		for f := Linear; f <= Keras2HardSigmoid; f++ {
			for _, n := range []int{1, 7, 8, 9, 16, 48, 63, 4000} {
				x := fill(n)
				y, want := slices.Clone(x), slices.Clone(x)
				k.Activate(y, f)
				Go{}.Activate(want, f)
				if !equal(y, want) {
					i := 0
					for equal(y[i:i+1], want[i:i+1]) {
						i++
					}
					t.Fatalf("activation %d of %x is %x, want %x", f, x[i], y[i], want[i])
				}
				d := fill(n)
				wantD := slices.Clone(d)
				k.ActivateGrad(d, y, x, f)
				Go{}.ActivateGrad(wantD, y, x, f)
				if !equal(d, wantD) {
					t.Fatalf("slope of activation %d differs", f)
				}
			}
		}
	})
}

func TestSameBitsCells(t *testing.T) {
	each(t, func(t *testing.T, k Kernels, _ *rand.Rand, fill func(n int) []float32) {
		for _, units := range []int{1, 7, 8, 33} {
			for _, act := range []Activation{Tanh, ReLU} {
				n := units * Lanes
				// run calls one set's kernel on copies of the same arrays, all
				// of which must end alike.
				compare := func(what string, run func(k Kernels, x [][]float32), sizes ...int) {
					t.Helper()
					var got, want [][]float32
					for _, s := range sizes {
						x := fill(s * n)
						got, want = append(got, x), append(want, slices.Clone(x))
					}
					run(k, got)
					run(Go{}, want)
					for i := range got {
						if !equal(got[i], want[i]) {
							t.Fatalf("%s of %d units: array %d differs", what, units, i)
						}
					}
				}
				compare("LSTM", func(k Kernels, x [][]float32) { k.LSTM(x[0], x[1], x[2], x[3], x[4], act, Sigmoid) }, 1, 1, 1, 4, 1)
				compare("LSTM in place", func(k Kernels, x [][]float32) { k.LSTM(x[0], x[1], x[2], x[3], x[1], act, Sigmoid) }, 1, 1, 1, 4)
				compare("LSTMGrad", func(k Kernels, x [][]float32) { k.LSTMGrad(x[0], x[1], x[2], x[3], x[4], x[5], act, Sigmoid) }, 4, 1, 1, 4, 1, 1)
				compare("GRUGates", func(k Kernels, x [][]float32) { k.GRUGates(x[0], Sigmoid) }, 2)
				compare("GRUOutput", func(k Kernels, x [][]float32) { k.GRUOutput(x[0], x[1], x[2], act) }, 1, 3, 1)
				compare("GRUOutput in place", func(k Kernels, x [][]float32) { k.GRUOutput(x[0], x[1], x[0], act) }, 1, 3)
				compare("GRUOutputGrad", func(k Kernels, x [][]float32) { k.GRUOutputGrad(x[0], x[1], x[1], x[2], x[3], act) }, 3, 1, 3, 1)
			}
		}
	})
}

func TestSameBitsUpdates(t *testing.T) {
	each(t, func(t *testing.T, k Kernels, _ *rand.Rand, fill func(n int) []float32) {
		for _, n := range []int{1, 7, 8, 9, 100} {
			g := fill(n)
			got, want := [][]float32{fill(n), fill(n), fill(n)}, make([][]float32, 3)
			for i := range got {
				want[i] = slices.Clone(got[i])
			}
			k.RMSprop(got[0], g, got[1], 1e-3, 0.9, 0.1, 1e-7)
			Go{}.RMSprop(want[0], g, want[1], 1e-3, 0.9, 0.1, 1e-7)
			k.Adam(got[0], g, got[1], got[2], 1e-3, 0.1, 0.001, 1e-7)
			Go{}.Adam(want[0], g, want[1], want[2], 1e-3, 0.1, 0.001, 1e-7)
			for i := range got {
				if !equal(got[i], want[i]) {
					t.Fatalf("an update of %d weights differs in array %d", n, i)
				}
			}
		}
	})
}

func TestChoose(t *testing.T) {
	best, err := Choose("")
	if err != nil || best != sets()[0] {
		t.Errorf("the best is %v, %v; want %v", best, err, sets()[0])
	}
	if k, err := Choose("go"); err != nil || k != (Go{}) {
		t.Errorf("go: %v, %v", k, err)
	}
	if _, err := Choose("mmx"); err == nil {
		t.Error("mmx: no error")
	}
}
