package optimizer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
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
	for _, o := range []Optimizer{
		SGD{}, SGD{Momentum: 0.9, Nesterov: true}, RMSprop{}, RMSprop{Momentum: 0.5, Centered: true}, Adam{}, Adam{AMSGrad: true}, AdamW{},
		Adagrad{}, Adadelta{}, Adamax{}, Nadam{}, Lion{}, Ftrl{LearningRatePower: -0.3}, SGD{Common: Common{ClipNorm: 0.5, WeightDecay: 0.1}},
		Nadam{Common: Common{GlobalClipNorm: 0.5, GradientAccumulationSteps: 2, UseEMA: true, EMAOverwriteFrequency: 2}},
	} {
		var want [][]float32
		for parts := 1; parts <= 9; parts++ {
			p := params()
			s, err := New(o, p, kernel.Go{})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				s.Step(parts, inTurn)
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
		{AdamW{Common: Common{WeightDecay: 5}}, 1 - 0.005 - 0.001},
		{Adagrad{}, 1 - 0.001/math.Sqrt(1.1)},
		{Adadelta{LearningRate: 1}, 1 - math.Sqrt(1e-7/0.05)},
		{Adamax{}, 1 - 0.001},
		{Lion{LearningRate: 0.25}, 0.75},
		{SGD{Common: Common{ClipValue: 0.5}}, 1 - 0.005},
		{SGD{Common: Common{ClipNorm: 1}}, 1 - 0.01/math.Sqrt2}, // of (1, -1, 0)
		{SGD{Common: Common{GradientAccumulationSteps: 2}}, 1},
		{SGD{Schedule: PiecewiseConstantDecay{Boundaries: []int64{5}, Values: []float64{0.25, 1}}}, 0.75},
	}
	for _, tt := range tests {
		p := params()
		s, err := New(tt.o, p, kernel.Go{})
		if err != nil {
			t.Fatal(err)
		}
		s.Step(1, inTurn)
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
		"nadam": {Nadam{Common: Common{UseEMA: true, GradientAccumulationSteps: 2}}, []string{"a_average", "b_average", "a_gradient_accumulator",
			"b_gradient_accumulator", "a_momentum", "a_velocity", "b_momentum", "b_velocity", "momentum_product"}},
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
		Adam{LearningRate: nan}, Adam{Beta1: 2}, Adam{Beta2: nan}, Adam{Epsilon: nan}, AdamW{LearningRate: -1}, AdamW{Common: Common{WeightDecay: -1}},
		Adagrad{InitialAccumulatorValue: -1}, Adadelta{Rho: 2}, Adamax{Beta1: -1}, Nadam{Beta2: 3}, Lion{Beta1: nan}, Ftrl{LearningRatePower: 0.5},
		Ftrl{Beta: -1}, SGD{Common: Common{ClipNorm: 1, ClipValue: 1}}, SGD{Common: Common{GlobalClipNorm: nan}}, SGD{Common: Common{EMAMomentum: 2}},
		SGD{Common: Common{GradientAccumulationSteps: 1}}, SGD{Common: Common{EMAOverwriteFrequency: -1}}, SGD{Common: Common{LossScaleFactor: -2}},
		Adam{Schedule: ExponentialDecay{}}, Adam{LearningRate: 1, Schedule: CosineDecay{DecaySteps: 1}}, Adam{Schedule: InverseTimeDecay{DecayRate: 1}},
		Adam{Schedule: PiecewiseConstantDecay{}}, Adam{Schedule: PiecewiseConstantDecay{Boundaries: []int64{2, 2}, Values: []float64{1, 1, 1}}},
		Adam{Schedule: PiecewiseConstantDecay{Boundaries: []int64{2}, Values: []float64{1}}}, Adam{Schedule: PolynomialDecay{DecaySteps: nan}},
		Adam{Schedule: PolynomialDecay{DecaySteps: 1, EndLearningRate: 1, ToZero: true}}, Adam{Schedule: CosineDecay{DecaySteps: 1, WarmupSteps: 1}},
		Adam{Schedule: CosineDecayRestarts{FirstDecaySteps: 1, TMul: 0.5}},
	} {
		if _, err := New(o, params(), kernel.Go{}); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestRate(t *testing.T) {
	s, err := New(SGD{}, params(), kernel.Go{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetRate(0.5); err != nil || s.Rate() != 0.5 || s.Scheduled() {
		t.Errorf("rate %v with error %v, want 0.5", s.Rate(), err)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1), 1e39} {
		if err := s.SetRate(bad); err == nil || s.Rate() != 0.5 {
			t.Errorf("rate %v set to %v, want an error", s.Rate(), bad)
		}
	}
	o := SGD{Schedule: ExponentialDecay{InitialLearningRate: 1, DecaySteps: 1, DecayRate: 0.5}}
	if s, err = New(o, params(), kernel.Go{}); err != nil {
		t.Fatal(err)
	}
	s.Step(1, inTurn)
	s.Step(1, inTurn)
	if s.Rate() != 0.25 || !s.Scheduled() {
		t.Errorf("rate %v after two steps, want 0.25", s.Rate())
	}
	if err := s.SetRate(1); err == nil || !strings.Contains(err.Error(), "ExponentialDecay") {
		t.Errorf("error %v, want one that names the schedule", err)
	}
}

// TestNorms: a norm is the same whoever adds up which squares, and exact.
func TestNorms(t *testing.T) {
	big := tensor.NewParam("big", 10_000)
	for i := range big.Grad {
		big.Grad[i] = float32(i%7) - 3
	}
	for _, parts := range []int{1, 2, 5} {
		s, err := New(SGD{LearningRate: 1, Common: Common{ClipNorm: 1}}, []*tensor.Param{big}, kernel.Go{})
		if err != nil {
			t.Fatal(err)
		}
		want := math.Sqrt(1428*28 + 9 + 4 + 1 + 0) // of -3, -2, ..., 3 again and again
		s.Step(parts, inTurn)
		if got := s.common.blocks.norm; got != float32(want) {
			t.Errorf("norm %v in %d parts, want %v", got, parts, want)
		}
		for i := range big.Grad {
			big.Grad[i] = float32(i%7) - 3
		}
	}
}

func TestStepAllocates(t *testing.T) {
	s, err := New(Nadam{Schedule: CosineDecay{DecaySteps: 9}, Common: Common{ClipNorm: 1, UseEMA: true, WeightDecay: 1}}, params(), kernel.Go{})
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(9, func() { s.Step(2, inTurn) }); n > 0 {
		t.Errorf("%v allocations a step, want none", n)
	}
}

// TestSameBitsEverywhere compares with the SHA-256 of results on amd64.
func TestSameBitsEverywhere(t *testing.T) {
	hash := sha256.New()
	all := Common{WeightDecay: 0.01, GlobalClipNorm: 3, UseEMA: true, EMAOverwriteFrequency: 3, GradientAccumulationSteps: 2}
	for _, o := range []Optimizer{
		SGD{Momentum: 0.9, Common: all}, RMSprop{Schedule: CosineDecay{InitialLearningRate: 0.01, DecaySteps: 20}, Common: all},
		Adam{Schedule: ExponentialDecay{InitialLearningRate: 0.01, DecaySteps: 3, DecayRate: 0.7}, Common: all}, AdamW{AMSGrad: true},
		Adagrad{Common: Common{ClipNorm: 0.3}}, Adadelta{LearningRate: 1, Common: all}, Adamax{Common: all}, Nadam{Common: all}, Lion{Common: all},
		Ftrl{LearningRatePower: -0.7, Beta: 1, L1RegularizationStrength: 0.01, Common: all}, Nadam{}, Ftrl{},
		SGD{Schedule: PolynomialDecay{InitialLearningRate: 0.1, DecaySteps: 9, Power: 0.7}},
		SGD{Schedule: CosineDecayRestarts{InitialLearningRate: 0.1, FirstDecaySteps: 3, TMul: 1.3}},
	} {
		p := []*tensor.Param{tensor.NewParam("a", 33, 4), tensor.NewParam("b", 5)}
		s, err := New(o, p, kernel.Go{})
		if err != nil {
			t.Fatal(err)
		}
		for step := range uint64(12) {
			for i := range p[0].Grad {
				p[0].Grad[i] = float32(int64(kernel.Mix(step<<20+uint64(i)))) * 1e-19
			}
			copy(p[1].Grad, p[0].Grad)
			s.Step(3, inTurn)
		}
		for _, v := range append(p, s.Variables()...) {
			if slices.ContainsFunc(v.Data, func(x float32) bool { return x != x }) {
				t.Errorf("%s: %s has NaN", o.ClassName(), v.Name)
			}
			if err := binary.Write(hash, binary.LittleEndian, v.Data); err != nil {
				t.Fatal(err)
			}
		}
	}
	const want = "24ff3b18bd6289553dcd78d8b731c4ceef6511213bd8616af9c678323d0bf62d"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("the SHA-256 of weights and state is\n%s, want\n%s", got, want)
	}
}
