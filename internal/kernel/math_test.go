package kernel

import (
	"fmt"
	"math"
	"os"
	"testing"
)

// ulps is the distance of got from the exact value, in units of got's last
// place.
func ulps(got float32, exact float64) float64 {
	if float64(got) == exact || math.IsNaN(exact) && got != got {
		return 0
	}
	if math.IsInf(exact, 0) || math.IsInf(float64(got), 0) {
		if math.Abs(exact) > math.MaxFloat32 && math.IsInf(float64(got), int(math.Copysign(1, exact))) {
			return 0
		}
		return math.Inf(1)
	}
	_, e := math.Frexp(exact)
	unit := math.Ldexp(1, max(e-24, -149))
	return math.Abs(float64(got)-exact) / unit
}

// TestAccuracy holds the promise of 2 ULP over a stride of all float32, or over
// all of them where RECURVE_LONG is set (some minutes).
func TestAccuracy(t *testing.T) {
	exact := map[Activation]func(x float64) float64{
		Tanh:        math.Tanh,
		Sigmoid:     func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		Exponential: math.Exp,
		Softplus:    func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
		ELU: func(x float64) float64 {
			if x > 0 {
				return x
			}
			return math.Expm1(x)
		},
	}
	stride := uint64(16411) // odd, so that mantissas vary
	if os.Getenv("RECURVE_LONG") != "" {
		stride = 1
	}
	k, err := Choose("") // all sets give the same bits
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range exact {
		t.Run(fmt.Sprint(f), func(t *testing.T) {
			t.Parallel()
			worst, at := 0.0, float32(0)
			x, y := make([]float32, 4096), make([]float32, 4096)
			for b := uint64(0); b < 1<<32; {
				for i := range x {
					x[i] = math.Float32frombits(uint32(b))
					b += stride
				}
				copy(y, x)
				k.Activate(y, f)
				for i, v := range y {
					if d := ulps(v, want(float64(x[i]))); d > worst {
						worst, at = d, x[i]
					}
				}
			}
			if worst > 2 {
				t.Errorf("%.3f ULP from exact at %g", worst, at)
			}
			t.Logf("at most %.3f ULP from exact, at %g", worst, at)
		})
	}
}

func TestSpecialValues(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	tests := []struct {
		f       Activation
		x, want float32
	}{
		{Tanh, inf, 1}, {Tanh, -inf, -1}, {Tanh, nan, nan}, {Tanh, 0, 0},
		{Sigmoid, inf, 1}, {Sigmoid, -inf, 0}, {Sigmoid, nan, nan}, {Sigmoid, 0, 0.5}, {Sigmoid, -200, 0}, {Sigmoid, 200, 1},
		{Exponential, inf, inf}, {Exponential, -inf, 0}, {Exponential, nan, nan}, {Exponential, 100, inf},
		{ReLU, nan, nan}, {ReLU, -inf, 0}, {ReLU, inf, inf}, {Softplus, inf, inf}, {Softplus, -inf, 0},
		{HardSigmoid, 3, 1}, {HardSigmoid, -3, 0}, {HardSigmoid, 0, 0.5},
		{Keras2HardSigmoid, 2.5, 1}, {Keras2HardSigmoid, -2.5, 0}, {Keras2HardSigmoid, 0, 0.5}, {Keras2HardSigmoid, 1, 0.7}, {Keras2HardSigmoid, nan, nan},
		{ReLU6, 7, 6}, {LeakyReLU, -1, -0.2},
	}
	for _, tt := range tests {
		y := []float32{tt.x}
		Go{}.Activate(y, tt.f)
		if y[0] != tt.want && !(y[0] != y[0] && tt.want != tt.want) {
			t.Errorf("activation %d of %g is %g, want %g", tt.f, tt.x, y[0], tt.want)
		}
	}
}

// TestSlopes compares every derivative with differences of float64 formulas
// taken through Activate in float32: 1e-3 is what float32 allows.
func TestSlopes(t *testing.T) {
	for f := Linear; f <= Keras2HardSigmoid; f++ {
		for _, x := range []float32{-2.4, -1, -0.3, 0.2, 0.7, 1.9, 4} {
			const h = 1.0 / 256
			y := []float32{x - h, x + h, x}
			Go{}.Activate(y, f)
			want := (float64(y[1]) - float64(y[0])) / (2 * h)
			d := []float32{1}
			Go{}.ActivateGrad(d, y[2:], []float32{x}, f)
			if math.Abs(float64(d[0])-want) > 1e-3*max(1, math.Abs(want)) {
				t.Errorf("activation %d at %g: slope %g, by differences %g", f, x, d[0], want)
			}
		}
	}
}

func TestMix(t *testing.T) {
	// SplitMix64's first outputs for the seed 1234567 (Vigna's reference). The
	// generator adds the golden ratio before each output; the seed is that many
	// of them, modulo 2^64.
	const seeds = 1234567 * 0xf1de83e19937733d & (1<<64 - 1) // times the inverse of the golden ratio
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423} {
		if got := Mix(seeds + uint64(i) + 1); got != want {
			t.Errorf("output %d is %d, want %d", i, got, want)
		}
	}
}
