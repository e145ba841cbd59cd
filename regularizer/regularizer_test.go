package regularizer

import (
	"math"
	"testing"
)

// The values are Keras' formulas by hand: l1*sum|w| + l2*sum w*w, of 1, -2, 0, 3.
func TestFormulas(t *testing.T) {
	w := []float32{1, -2, 0, 3}
	for _, c := range []struct {
		r    Regularizer
		want float64
		grad []float64
	}{
		{L1{}, 0.06, []float64{0.01, -0.01, 0, 0.01}},
		{L1{Factor: 0.5}, 3, []float64{0.5, -0.5, 0, 0.5}},
		{L2{}, 0.14, []float64{0.02, -0.04, 0, 0.06}},
		{L2{Factor: 2}, 28, []float64{4, -8, 0, 12}},
		{L1L2{}, 0, []float64{0, 0, 0, 0}},
		{L1L2{L1: 0.5, L2: 2}, 31, []float64{4.5, -8.5, 0, 12.5}},
	} {
		if got := Value(c.r, w); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%#v: %v, want %v", c.r, got, c.want)
		}
		grad := []float32{1, 1, 1, 1}
		AddGradient(c.r, grad, w, 0.5)
		for i, g := range grad {
			if want := 1 + 0.5*c.grad[i]; math.Abs(float64(g)-want) > 1e-6 {
				t.Errorf("%#v: slope %d is %v, want %v", c.r, i, g, want)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, r := range []Regularizer{L1{Factor: -1}, L2{Factor: math.NaN()}, L1L2{L1: math.Inf(1)}, L1L2{L2: -0.1}} {
		if r.Check() == nil {
			t.Errorf("%#v: no error", r)
		}
	}
	for _, r := range []Regularizer{L1{}, L2{}, L1L2{}, L1L2{L1: 1, L2: 1}} {
		if err := r.Check(); err != nil {
			t.Errorf("%#v: %v", r, err)
		}
	}
}
