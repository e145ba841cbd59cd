package activation

import (
	"math"
	"slices"
	"testing"

	"recurve/internal/kernel"
	"recurve/internal/numpy"
)

// TestLikeKeras compares values and slopes with Keras' in float64
// (testdata/activations.npz, made by tools/oracle/activations.py).
func TestLikeKeras(t *testing.T) {
	z, err := numpy.ReadNPZFile("testdata/activations.npz")
	if err != nil {
		t.Fatal(err)
	}
	array := func(name string) []float64 {
		a, err := z.Array(name)
		if err != nil {
			t.Fatal(err)
		}
		return a.Float64s()
	}
	x64, kinks := array("x"), array("kinks")
	x := make([]float32, len(x64))
	for i, v := range x64 {
		x[i] = float32(v)
	}
	k, err := kernel.Choose("")
	if err != nil {
		t.Fatal(err)
	}
	for a := Linear; a < Softmax; a++ {
		y, d := slices.Clone(x), slices.Repeat([]float32{1}, len(x))
		k.Activate(y, a.Kernel())
		k.ActivateGrad(d, y, x, a.Kernel())
		wantY, wantD := array("y_"+a.String()), array("d_"+a.String())
		for i := range x {
			if !near(y[i], wantY[i]) {
				t.Errorf("%v(%g) = %g, want %g", a, x[i], y[i], wantY[i])
			}
			if !near(d[i], wantD[i]) && kinks[i] == 0 {
				t.Errorf("slope of %v at %g is %g, want %g", a, x[i], d[i], wantD[i])
			}
		}
	}
}

// near allows for float32: slopes are taken from rounded values.
func near(got float32, want float64) bool {
	return math.Abs(float64(got)-want) <= 3e-7*max(1, math.Abs(want))
}

func TestNames(t *testing.T) {
	for a := Linear; a.Valid(); a++ {
		if got, err := Parse(a.String()); err != nil || got != a {
			t.Errorf("Parse(%q) = %v, %v", a.String(), got, err)
		}
	}
	for _, bad := range []string{"", "default", "Tanh", "maxout"} {
		if a, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v, no error", bad, a)
		}
	}
}
