package constraint

import (
	"math"
	"slices"
	"testing"
)

// The vectors (3, 4) and (0.3, 0.4) have norms 5 and 0.5; the values follow from
// the formulas. Keras' own are met in the root package's toolbox test.
func TestFormulas(t *testing.T) {
	for _, c := range []struct {
		c     Constraint
		w     []float32
		shape []int
		want  []float64
	}{
		{NonNeg{}, []float32{-1, 0, 2, -0.5}, []int{4}, []float64{0, 0, 2, 0}},
		{MaxNorm{}, []float32{3, 0.3, 4, 0.4}, []int{2, 2}, []float64{1.2, 0.3, 1.6, 0.4}},
		{MaxNorm{MaxValue: 1, Axis: 1}, []float32{3, 4, 0.3, 0.4}, []int{2, 2}, []float64{0.6, 0.8, 0.3, 0.4}},
		{UnitNorm{}, []float32{3, 0.3, 4, 0.4}, []int{2, 2}, []float64{0.6, 0.6, 0.8, 0.8}},
		{UnitNorm{}, []float32{3, 4}, []int{2}, []float64{0.6, 0.8}},
		{MinMaxNorm{}, []float32{3, 0.3, 4, 0.4}, []int{2, 2}, []float64{0.6, 0.3, 0.8, 0.4}},
		{MinMaxNorm{MinValue: 1, MaxValue: 2, Rate: 0.5}, []float32{3, 0.3, 4, 0.4}, []int{2, 2}, []float64{2.1, 0.45, 2.8, 0.6}},
		{UnitNorm{}, []float32{0, 0}, []int{2}, []float64{0, 0}},
	} {
		for _, parts := range []int{1, 2, 3} {
			w := slices.Clone(c.w)
			for part := range parts {
				c.c.Apply(w, c.shape, part, parts)
			}
			for i, v := range w {
				if math.Abs(float64(v)-c.want[i]) > 2e-6 {
					t.Errorf("%#v in %d parts: value %d is %v, want %v", c.c, parts, i, v, c.want[i])
				}
			}
		}
	}
}

// TestParts: how many parts there are changes no bit.
func TestParts(t *testing.T) {
	shape := []int{7, 33}
	w := make([]float32, 7*33)
	for i := range w {
		w[i] = float32(math.Sin(float64(i)))
	}
	for _, c := range []Constraint{NonNeg{}, MaxNorm{MaxValue: 0.7}, UnitNorm{Axis: 1}, MinMaxNorm{Rate: 0.3}} {
		one := slices.Clone(w)
		c.Apply(one, shape, 0, 1)
		for _, parts := range []int{2, 5, 64} {
			many := slices.Clone(w)
			for part := range parts {
				c.Apply(many, shape, part, parts)
			}
			if !slices.Equal(many, one) {
				t.Errorf("%#v: not the same in %d parts", c, parts)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []Constraint{MaxNorm{MaxValue: -1}, MaxNorm{Axis: 2}, UnitNorm{Axis: -1}, MinMaxNorm{MinValue: 2}, MinMaxNorm{Rate: 2}, MinMaxNorm{Axis: 3}} {
		if c.Check([]int{2, 2}) == nil {
			t.Errorf("%#v: no error", c)
		}
	}
	for _, c := range []Constraint{NonNeg{}, MaxNorm{}, UnitNorm{Axis: 1}, MinMaxNorm{MinValue: 0.5}} {
		if err := c.Check([]int{2, 2}); err != nil {
			t.Errorf("%#v: %v", c, err)
		}
	}
}
