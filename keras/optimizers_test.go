package keras

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"recurve/optimizer"
)

// drawOptimizer draws one of any class with any arguments; nil now and then.
func drawOptimizer(t *rapid.T) optimizer.Optimizer {
	o := rapid.SampledFrom([]optimizer.Optimizer{
		nil, optimizer.RMSprop{}, optimizer.SGD{}, optimizer.Adam{}, optimizer.AdamW{}, optimizer.Adagrad{}, optimizer.Adadelta{},
		optimizer.Adamax{}, optimizer.Nadam{}, optimizer.Lion{}, optimizer.Ftrl{},
	}).Draw(t, "optimizer")
	if o == nil {
		return nil
	}
	p := pointerTo(o)
	f, ok := fieldsOf(p)
	if !ok {
		t.Fatalf("%T has no fields", o)
	}
	drawFields(t, f)
	*f.schedule = drawSchedule(t)
	c := commonFields(f.common, f.decay)
	for i, n := range c.numbers {
		// Not two ways to clip at once.
		if !strings.Contains(n.name, "clip") || i == rapid.IntRange(1, 3).Draw(t, "clip") {
			*n.at = rapid.SampledFrom([]float64{0, 0.125, 2}).Draw(t, n.name)
		}
		if strings.Contains(n.name, "clip") && *n.at != 0 {
			break
		}
	}
	f.common.GradientAccumulationSteps = rapid.SampledFrom([]int{0, 2, 5}).Draw(t, "gradient_accumulation_steps")
	if f.common.UseEMA = rapid.Bool().Draw(t, "use_ema"); f.common.UseEMA {
		f.common.EMAMomentum = rapid.SampledFrom([]float64{0, 0.5}).Draw(t, "ema_momentum")
		f.common.EMAOverwriteFrequency = rapid.IntRange(0, 3).Draw(t, "ema_overwrite_frequency")
	}
	return reflect.ValueOf(p).Elem().Interface().(optimizer.Optimizer)
}

func drawSchedule(t *rapid.T) optimizer.Schedule {
	s := rapid.SampledFrom([]optimizer.Schedule{
		nil, nil, nil, optimizer.ExponentialDecay{DecaySteps: 4.5, DecayRate: 0.5}, optimizer.InverseTimeDecay{DecaySteps: 4},
		optimizer.PiecewiseConstantDecay{Boundaries: []int64{3, 9}, Values: []float64{1, 0.5, 0}}, optimizer.PolynomialDecay{DecaySteps: 7},
		optimizer.PolynomialDecay{DecaySteps: 7, ToZero: true}, optimizer.CosineDecay{DecaySteps: 1, WarmupTarget: 2, WarmupSteps: 3},
		optimizer.CosineDecay{InitialLearningRate: 1, DecaySteps: 1e6}, optimizer.CosineDecayRestarts{FirstDecaySteps: 8, TMul: 1, MMul: 0.5},
	}).Draw(t, "schedule")
	return s
}

// drawFields sets an optimizer's own numbers and flags.
func drawFields(t *rapid.T, f optimizerFields) {
	for _, n := range f.numbers {
		v := rapid.SampledFrom([]float64{0, 0.25, 0.375}).Draw(t, n.name)
		if n.def < 0 {
			v = -v
		}
		*n.at = v
	}
	for _, n := range f.flags {
		*n.at = rapid.Bool().Draw(t, n.name)
	}
}

// TestEveryArgument: what a description can say, a file can.
func TestEveryArgument(t *testing.T) {
	for _, v := range []any{
		optimizer.RMSprop{}, optimizer.SGD{}, optimizer.Adam{}, optimizer.AdamW{}, optimizer.Adagrad{}, optimizer.Adadelta{},
		optimizer.Adamax{}, optimizer.Nadam{}, optimizer.Lion{}, optimizer.Ftrl{}, optimizer.ExponentialDecay{}, optimizer.InverseTimeDecay{},
		optimizer.PiecewiseConstantDecay{}, optimizer.PolynomialDecay{}, optimizer.CosineDecay{}, optimizer.CosineDecayRestarts{},
	} {
		f, ok := fieldsOf(pointerTo(v))
		got := len(f.numbers) + len(f.flags)
		for _, n := range f.numbers {
			if n.zero != nil {
				got++
			}
		}
		if f.common != nil {
			got += 3 // with the rate and the schedule
		}
		if f.values != nil {
			got += 2
		}
		if want := reflect.TypeOf(v).NumField(); !ok || got != want {
			t.Errorf("%T: %d of %d fields", v, got, want)
		}
	}
	f := commonFields(&optimizer.Common{UseEMA: true}, 0)
	if got, want := len(f.numbers)+len(f.flags)+len(f.counts), reflect.TypeOf(optimizer.Common{}).NumField(); got != want {
		t.Errorf("Common: %d of %d fields", got, want)
	}
}
