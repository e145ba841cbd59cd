package optimizer

import (
	"math"
	"slices"
	"testing"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// That the rules are Keras' is tested against real Keras in the root package
// (TestOracleTraining); here is what one can work out by hand.

func params() []*tensor.Param {
	a, b := tensor.NewParam("a", 3), tensor.NewParam("b", 2, 2)
	copy(a.Data, []float32{1, 2, 3})
	copy(b.Data, []float32{4, 5, 6, 7})
	copy(a.Grad, []float32{1, -1, 0})
	copy(b.Grad, []float32{0.5, 2, -3, 1})
	return []*tensor.Param{a, b}
}

func TestParts(t *testing.T) {
	for _, o := range []Optimizer{SGD{}, SGD{Momentum: 0.9, Nesterov: true}, RMSprop{}, RMSprop{Momentum: 0.5, Centered: true}, Adam{}, Adam{AMSGrad: true}} {
		var want [][]float32
		for parts := 1; parts <= 9; parts++ {
			p := params()
			s, err := New(o, p, kernel.Go{})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				s.Begin()
				for part := range parts {
					s.Update(part, parts)
				}
			}
			if s.Iterations != 3 {
				t.Errorf("%s: %d iterations, want 3", o.ClassName(), s.Iterations)
			}
			got := [][]float32{p[0].Data, p[1].Data}
			if want == nil {
				want = got
			}
			if !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
				t.Errorf("%s in %d parts: %v, in one %v", o.ClassName(), parts, got, want)
			}
		}
	}
}

func TestFirstStep(t *testing.T) {
	tests := []struct {
		o    Optimizer
		want float64 // of the first value, 1 with gradient 1
	}{
		{SGD{}, 1 - 0.01},
		{SGD{LearningRate: 0.5, Momentum: 0.9, Nesterov: true}, 1 - 0.95},
		{RMSprop{}, 1 - 0.001/math.Sqrt(0.1)},
		{RMSprop{Centered: true}, 1 - 0.001/math.Sqrt(0.1-0.01)},
		{Adam{}, 1 - 0.001}, // the averages' biases cancel
	}
	for _, tt := range tests {
		p := params()
		s, err := New(tt.o, p, kernel.Go{})
		if err != nil {
			t.Fatal(err)
		}
		s.Begin()
		s.Update(0, 1)
		if math.Abs(float64(p[0].Data[0])-tt.want) > 1e-6 {
			t.Errorf("%+v: %v, want %v", tt.o, p[0].Data[0], tt.want)
		}
	}
}

func TestVariableOrder(t *testing.T) {
	tests := map[string]struct {
		o    Optimizer
		want []string
	}{
		"sgd":      {SGD{}, nil},
		"rmsprop":  {RMSprop{Momentum: 0.1, Centered: true}, []string{"a_velocity", "b_velocity", "a_momentum", "b_momentum", "a_average_gradient", "b_average_gradient"}},
		"adam":     {Adam{AMSGrad: true}, []string{"a_momentum", "a_velocity", "b_momentum", "b_velocity", "a_velocity_hat", "b_velocity_hat"}},
		"momentum": {SGD{Momentum: 0.1}, []string{"a_momentum", "b_momentum"}},
	}
	for name, tt := range tests {
		s, err := New(tt.o, params(), kernel.Go{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range s.Variables() {
			got = append(got, v.Name)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func TestBadArguments(t *testing.T) {
	nan := math.NaN()
	for _, o := range []Optimizer{
		nil, SGD{LearningRate: nan}, SGD{LearningRate: -1}, SGD{LearningRate: math.Inf(1)}, SGD{Momentum: 1.5}, SGD{Momentum: nan},
		RMSprop{LearningRate: nan}, RMSprop{Rho: -1}, RMSprop{Epsilon: -1e-7}, RMSprop{Momentum: -0.1},
		Adam{LearningRate: nan}, Adam{Beta1: 2}, Adam{Beta2: nan}, Adam{Epsilon: nan},
	} {
		if _, err := New(o, params(), kernel.Go{}); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
