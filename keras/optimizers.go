package keras

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"

	"recurve/optimizer"
)

// An optimizer or a schedule is read and written by a list of its arguments:
// Keras' name of each, where it stands in the description, and what its zero
// value there means.
type optimizerFields struct {
	numbers  []numberField
	flags    []flagField
	counts   []countField
	steps    *[]int64    // a schedule's boundaries
	values   *[]float64  // and the rates between them
	rate     numberField // an optimizer's; the next three, too
	schedule *optimizer.Schedule
	common   *optimizer.Common
	decay    float64 // the default of common.WeightDecay
}

type numberField struct {
	name string
	at   *float64
	def  float64
	zero *bool // stands for 0 where at cannot; nil where 0 is the default or there is no way to say it
}

type flagField struct {
	name string
	at   *bool
}

type countField struct {
	name string
	at   *int
}

// optimizerOf is the optimizer that c names, as a pointer to its zero value;
// nil for one that Recurve does not have.
func optimizerOf(c choice) any {
	for _, o := range []any{
		&optimizer.RMSprop{}, &optimizer.SGD{}, &optimizer.Adam{}, &optimizer.AdamW{}, &optimizer.Adagrad{}, &optimizer.Adadelta{},
		&optimizer.Adamax{}, &optimizer.Nadam{}, &optimizer.Lion{}, &optimizer.Ftrl{},
	} {
		if c.same(o.(optimizer.Optimizer).ClassName()) {
			return o
		}
	}
	return nil
}

// scheduleOf is optimizerOf for a schedule.
func scheduleOf(c choice) any {
	for _, s := range []any{
		&optimizer.ExponentialDecay{}, &optimizer.InverseTimeDecay{}, &optimizer.PiecewiseConstantDecay{}, &optimizer.PolynomialDecay{},
		&optimizer.CosineDecay{}, &optimizer.CosineDecayRestarts{},
	} {
		if c.same(s.(optimizer.Schedule).ClassName()) {
			return s
		}
	}
	return nil
}

// epsilon is the default of every optimizer that has one.
const epsilon = 1e-7

// fieldsOf lists the arguments of the optimizer or schedule that description
// points at; false where Keras has none of its class.
func fieldsOf(description any) (f optimizerFields, ok bool) {
	number := func(name string, at *float64, def float64) {
		f.numbers = append(f.numbers, numberField{name, at, def, nil})
	}
	rate := func(at *float64, def float64, s *optimizer.Schedule, c *optimizer.Common) {
		f.rate = numberField{"learning_rate", at, def, nil}
		f.schedule, f.common = s, c
	}
	betas := func(beta1, beta2 *float64, def float64) {
		number("beta_1", beta1, 0.9)
		number("beta_2", beta2, def)
	}
	switch o := description.(type) {
	case *optimizer.RMSprop:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		f.numbers = []numberField{{"rho", &o.Rho, 0.9, nil}, {"momentum", &o.Momentum, 0, nil}, {"epsilon", &o.Epsilon, epsilon, nil}}
		f.flags = []flagField{{"centered", &o.Centered}}
	case *optimizer.SGD:
		rate(&o.LearningRate, 0.01, &o.Schedule, &o.Common)
		number("momentum", &o.Momentum, 0)
		f.flags = []flagField{{"nesterov", &o.Nesterov}}
	case *optimizer.Adam:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		betas(&o.Beta1, &o.Beta2, 0.999)
		number("epsilon", &o.Epsilon, epsilon)
		f.flags = []flagField{{"amsgrad", &o.AMSGrad}}
	case *optimizer.AdamW:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		f.decay = 0.004
		betas(&o.Beta1, &o.Beta2, 0.999)
		number("epsilon", &o.Epsilon, epsilon)
		f.flags = []flagField{{"amsgrad", &o.AMSGrad}}
	case *optimizer.Adagrad:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		f.numbers = []numberField{{"initial_accumulator_value", &o.InitialAccumulatorValue, 0.1, nil}, {"epsilon", &o.Epsilon, epsilon, nil}}
	case *optimizer.Adadelta:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		f.numbers = []numberField{{"rho", &o.Rho, 0.95, nil}, {"epsilon", &o.Epsilon, epsilon, nil}}
	case *optimizer.Adamax:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		betas(&o.Beta1, &o.Beta2, 0.999)
		number("epsilon", &o.Epsilon, epsilon)
	case *optimizer.Nadam:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		betas(&o.Beta1, &o.Beta2, 0.999)
		number("epsilon", &o.Epsilon, epsilon)
	case *optimizer.Lion:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		betas(&o.Beta1, &o.Beta2, 0.99)
	case *optimizer.Ftrl:
		rate(&o.LearningRate, 0.001, &o.Schedule, &o.Common)
		f.numbers = []numberField{{"learning_rate_power", &o.LearningRatePower, -0.5, nil}, {"initial_accumulator_value", &o.InitialAccumulatorValue, 0.1, nil},
			{"l1_regularization_strength", &o.L1RegularizationStrength, 0, nil}, {"l2_regularization_strength", &o.L2RegularizationStrength, 0, nil},
			{"l2_shrinkage_regularization_strength", &o.L2ShrinkageRegularizationStrength, 0, nil}, {"beta", &o.Beta, 0, nil}}
	default:
		return scheduleFields(description)
	}
	return f, true
}

// scheduleFields is fieldsOf for schedules.
func scheduleFields(description any) (f optimizerFields, ok bool) {
	number := func(name string, at *float64, def float64) {
		f.numbers = append(f.numbers, numberField{name, at, def, nil})
	}
	switch s := description.(type) {
	case *optimizer.ExponentialDecay:
		number("initial_learning_rate", &s.InitialLearningRate, 0)
		number("decay_steps", &s.DecaySteps, 0)
		number("decay_rate", &s.DecayRate, 0)
		f.flags = []flagField{{"staircase", &s.Staircase}}
		return f, true
	case *optimizer.InverseTimeDecay:
		number("initial_learning_rate", &s.InitialLearningRate, 0)
		number("decay_steps", &s.DecaySteps, 0)
		number("decay_rate", &s.DecayRate, 0)
		f.flags = []flagField{{"staircase", &s.Staircase}}
		return f, true
	case *optimizer.PiecewiseConstantDecay:
		f.steps, f.values = &s.Boundaries, &s.Values
		return f, true
	case *optimizer.PolynomialDecay:
		number("initial_learning_rate", &s.InitialLearningRate, 0)
		number("decay_steps", &s.DecaySteps, 0)
		f.numbers = append(f.numbers, numberField{"end_learning_rate", &s.EndLearningRate, 1e-4, &s.ToZero})
		number("power", &s.Power, 1)
		f.flags = []flagField{{"cycle", &s.Cycle}}
		return f, true
	case *optimizer.CosineDecay:
		number("initial_learning_rate", &s.InitialLearningRate, 0)
		number("decay_steps", &s.DecaySteps, 0)
		number("alpha", &s.Alpha, 0)
		number("warmup_target", &s.WarmupTarget, 0)
		number("warmup_steps", &s.WarmupSteps, 0)
		return f, true
	case *optimizer.CosineDecayRestarts:
		number("initial_learning_rate", &s.InitialLearningRate, 0)
		number("first_decay_steps", &s.FirstDecaySteps, 0)
		number("t_mul", &s.TMul, 2)
		number("m_mul", &s.MMul, 1)
		number("alpha", &s.Alpha, 0)
		return f, true
	}
	return f, false
}

// commonFields are the arguments that every optimizer has. Those of averages
// matter with use_ema only.
func commonFields(c *optimizer.Common, decay float64) optimizerFields {
	f := optimizerFields{
		numbers: []numberField{
			{"weight_decay", &c.WeightDecay, decay, nil}, {"clipnorm", &c.ClipNorm, 0, nil}, {"global_clipnorm", &c.GlobalClipNorm, 0, nil},
			{"clipvalue", &c.ClipValue, 0, nil}, {"loss_scale_factor", &c.LossScaleFactor, 0, nil},
		},
		flags:  []flagField{{"use_ema", &c.UseEMA}},
		counts: []countField{{"gradient_accumulation_steps", &c.GradientAccumulationSteps}},
	}
	if c.UseEMA {
		f.numbers = append(f.numbers, numberField{"ema_momentum", &c.EMAMomentum, 0.99, nil})
		f.counts = append(f.counts, countField{"ema_overwrite_frequency", &c.EMAOverwriteFrequency})
	}
	return f
}

// read sets the fields to the arguments. null is an argument that is not there.
func (f optimizerFields) read(a *arguments) {
	one := func(name string, to any) bool {
		raw := a.all[name]
		if len(raw) == 0 || string(raw) == "null" {
			return false
		}
		if err := json.Unmarshal(raw, to); err != nil {
			a.damaged("%s: %s", name, jsonProblem(err))
		}
		return true
	}
	for _, n := range f.numbers {
		v := n.def
		if !one(n.name, &v) {
			continue
		}
		switch {
		case v == n.def:
			v = 0
		case v == 0 && n.zero != nil:
			*n.zero = true
		case v == 0:
			a.nonZero(n.name, 0)
		}
		*n.at = v
	}
	for _, n := range f.flags {
		one(n.name, n.at)
	}
	for _, n := range f.counts {
		one(n.name, n.at)
	}
	if f.values != nil {
		var steps []float64 // Keras rounds them towards zero
		one("boundaries", &steps)
		one("values", f.values)
		for _, s := range steps {
			*f.steps = append(*f.steps, int64(min(s, 1<<53)))
		}
	}
}

// write adds the arguments to a configuration: all numbers and flags, or of those
// that every optimizer has the ones that are set, which Keras 3.0 may not know.
func (f optimizerFields) write(config map[string]any, set bool) {
	for _, n := range f.numbers {
		if v := or(*n.at, n.def); v != 0 || !set {
			config[n.name] = float(v)
		}
		if n.zero != nil && *n.zero {
			config[n.name] = float(0)
		}
	}
	for _, n := range f.flags {
		if *n.at || !set {
			config[n.name] = *n.at
		}
	}
	for _, n := range f.counts {
		if *n.at != 0 {
			config[n.name] = *n.at
		}
	}
	if f.values != nil {
		values := []float{}
		for _, v := range *f.values {
			values = append(values, float(v))
		}
		config["boundaries"], config["values"] = *f.steps, values
	}
}

// readCommon reads what every optimizer may have.
func (f optimizerFields) readCommon(a *arguments) {
	if string(a.all["use_ema"]) == "true" {
		f.common.UseEMA = true
	}
	commonFields(f.common, f.decay).read(a)
}

// schedule reads the schedule that raw describes; nil where that fails.
func (r *reader) schedule(outer *arguments, raw json.RawMessage) optimizer.Schedule {
	var c choice
	if err := json.Unmarshal(raw, &c); err != nil {
		outer.damaged("learning_rate: %s", jsonProblem(err))
		return nil
	}
	s := scheduleOf(c)
	if s == nil {
		outer.unsupportedTraining("learning_rate", shown(raw), "Recurve has Keras' own schedules")
		return nil
	}
	a := r.newArguments(outer.where+": the schedule "+c.Name, c.Config, &struct{}{})
	f, _ := fieldsOf(s)
	f.read(a)
	outer.fail(a.err)
	return reflect.ValueOf(s).Elem().Interface().(optimizer.Schedule)
}

// scheduleChoice is the schedule with all its arguments.
func scheduleChoice(s optimizer.Schedule) (choice, error) {
	f, ok := fieldsOf(pointerTo(s))
	if !ok {
		return choice{}, fmt.Errorf("the schedule %s (%T) has no form in a .keras file", s.ClassName(), s)
	}
	config := map[string]any{}
	f.write(config, false)
	if config["warmup_target"] == float(0) {
		delete(config, "warmup_target") // in Keras, 0 is one
		delete(config, "warmup_steps")
	}
	for _, name := range []string{"decay_steps", "first_decay_steps", "warmup_steps"} {
		if v, ok := config[name].(float); ok && math.Abs(float64(v)) < 1<<53 && float64(v) == math.Trunc(float64(v)) {
			config[name] = int64(v)
		}
	}
	raw, err := json.Marshal(config)
	return choice{Name: s.ClassName(), Module: "keras.optimizers.schedules", Config: raw}, err
}

// pointerTo points at a copy of the value.
func pointerTo(v any) any {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}
