package keras

import (
	"encoding/json"
	"fmt"

	"recurve/constraint"
	"recurve/regularizer"
)

// boundsConfig are the arguments of layers that keep weights small: regularizers and
// constraints. A layer writes those that it has.
type boundsConfig struct {
	EmbeddingsRegularizer choice `json:"embeddings_regularizer,omitzero"`
	KernelRegularizer     choice `json:"kernel_regularizer,omitzero"`
	RecurrentRegularizer  choice `json:"recurrent_regularizer,omitzero"`
	BiasRegularizer       choice `json:"bias_regularizer,omitzero"`
	ActivityRegularizer   choice `json:"activity_regularizer,omitzero"`
	EmbeddingsConstraint  choice `json:"embeddings_constraint,omitzero"`
	KernelConstraint      choice `json:"kernel_constraint,omitzero"`
	RecurrentConstraint   choice `json:"recurrent_constraint,omitzero"`
	BiasConstraint        choice `json:"bias_constraint,omitzero"`
}

// The arguments of regularizers and constraints.
type l1Config struct {
	L1 float `json:"l1"`
}

type l2Config struct {
	L2 float `json:"l2"`
}

type l1l2Config struct {
	L1 float `json:"l1"`
	L2 float `json:"l2"`
}

type maxNormConfig struct {
	MaxValue float `json:"max_value"`
	Axis     int   `json:"axis"`
}

type unitNormConfig struct {
	Axis int `json:"axis"`
}

type minMaxNormConfig struct {
	MinValue float `json:"min_value"`
	MaxValue float `json:"max_value"`
	Rate     float `json:"rate"`
	Axis     int   `json:"axis"`
}

// defaultFactor is Keras' default of a regularizer.
const defaultFactor = 0.01

// regularizer reads a regularizer; nil for none.
func (a *arguments) regularizer(name string, c choice) regularizer.Regularizer {
	if c.Name == "" {
		return nil
	}
	r, err := parseRegularizer(c)
	switch {
	case err != nil:
		a.damaged("%s: %s", name, jsonProblem(err))
	case r == nil:
		a.unsupportedTraining(name, shown(c.raw), "")
	default:
		if l1, l2 := r.Factors(); l1 == 0 && l2 == 0 {
			return nil
		}
		if err := r.Check(); err != nil {
			a.damaged("%s: %v", name, err)
		}
	}
	return r
}

// parseRegularizer is nil for one that Recurve does not have.
func parseRegularizer(c choice) (regularizer.Regularizer, error) {
	config := c.Config
	if config == nil {
		config = json.RawMessage("{}")
	}
	switch squeeze(c.Name) {
	case "l1":
		v := l1Config{defaultFactor}
		err := json.Unmarshal(config, &v)
		return oneFactor(v.L1, func(f float64) regularizer.Regularizer { return regularizer.L1{Factor: f} }), err
	case "l2":
		v := l2Config{defaultFactor}
		err := json.Unmarshal(config, &v)
		return oneFactor(v.L2, func(f float64) regularizer.Regularizer { return regularizer.L2{Factor: f} }), err
	case "l1l2":
		var v l1l2Config
		if c.Name == "l1_l2" && c.Config == nil {
			v = l1l2Config{defaultFactor, defaultFactor} // the name means more than the class
		}
		err := json.Unmarshal(config, &v)
		return regularizer.L1L2{L1: float64(v.L1), L2: float64(v.L2)}, err
	}
	return nil, nil
}

// oneFactor makes a regularizer of one factor, in which 0 stands for the default;
// Keras writes some of them rounded to float32.
func oneFactor(f float, of func(float64) regularizer.Regularizer) regularizer.Regularizer {
	switch {
	case f == 0:
		return regularizer.L1L2{}
	case float32(f) == float32(defaultFactor):
		return of(0)
	}
	return of(float64(f))
}

// constraint reads a constraint; nil for none.
func (a *arguments) constraint(name string, c choice) constraint.Constraint {
	if c.Name == "" {
		return nil
	}
	v, err := parseConstraint(c)
	if err != nil {
		a.damaged("%s: %s", name, jsonProblem(err))
	} else if v == nil {
		a.unsupportedTraining(name, shown(c.raw), "")
	}
	return v
}

// parseConstraint is nil for one that Recurve does not have.
func parseConstraint(c choice) (constraint.Constraint, error) {
	config := c.Config
	if config == nil {
		config = json.RawMessage("{}")
	}
	switch squeeze(c.Name) {
	case "nonneg", "nonnegative":
		return constraint.NonNeg{}, nil
	case "maxnorm":
		v := maxNormConfig{MaxValue: 2}
		err := unmarshalAxis(config, &v)
		if v.MaxValue == 0 {
			return nil, err // all weights zero
		}
		return constraint.MaxNorm{MaxValue: unless0(v.MaxValue, 2), Axis: v.Axis}, err
	case "unitnorm":
		var v unitNormConfig
		err := unmarshalAxis(config, &v)
		return constraint.UnitNorm{Axis: v.Axis}, err
	case "minmaxnorm":
		v := minMaxNormConfig{MaxValue: 1, Rate: 1}
		err := unmarshalAxis(config, &v)
		if v.MaxValue == 0 || v.Rate == 0 {
			return nil, err
		}
		return constraint.MinMaxNorm{MinValue: float64(v.MinValue), MaxValue: unless0(v.MaxValue, 1), Rate: unless0(v.Rate, 1), Axis: v.Axis}, err
	}
	return nil, nil
}

// unmarshalAxis decodes arguments of which the axis may be a list of one.
func unmarshalAxis(config json.RawMessage, to any) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(config, &all); err != nil {
		return err
	}
	var list []json.RawMessage
	if json.Unmarshal(all["axis"], &list) == nil && len(list) == 1 {
		all["axis"] = list[0]
		b, err := json.Marshal(all)
		if err != nil {
			return err
		}
		config = b
	}
	return json.Unmarshal(config, to)
}

// regularizerChoice is nothing for no regularizer.
func regularizerChoice(r regularizer.Regularizer) (choice, error) {
	if r == nil {
		return choice{}, nil
	}
	l1, l2 := r.Factors()
	var config any
	switch r.(type) {
	case regularizer.L1:
		config = l1Config{float(l1)}
	case regularizer.L2:
		config = l2Config{float(l2)}
	case regularizer.L1L2:
		config = l1l2Config{float(l1), float(l2)}
	default:
		return choice{}, fmt.Errorf("the regularizer %s (%T) has no form in a .keras file", r.ClassName(), r)
	}
	return classChoice("keras.regularizers", r.ClassName(), config)
}

// constraintChoice is nothing for no constraint.
func constraintChoice(c constraint.Constraint) (choice, error) {
	var config any
	switch c := c.(type) {
	case nil:
		return choice{}, nil
	case constraint.NonNeg:
		config = struct{}{}
	case constraint.MaxNorm:
		config = maxNormConfig{float(or(c.MaxValue, 2)), c.Axis}
	case constraint.UnitNorm:
		config = unitNormConfig{c.Axis}
	case constraint.MinMaxNorm:
		config = minMaxNormConfig{float(c.MinValue), float(or(c.MaxValue, 1)), float(or(c.Rate, 1)), c.Axis}
	default:
		return choice{}, fmt.Errorf("the constraint %s (%T) has no form in a .keras file", c.ClassName(), c)
	}
	return classChoice("keras.constraints", c.ClassName(), config)
}

func classChoice(module, class string, config any) (choice, error) {
	raw, err := json.Marshal(config)
	return choice{Name: class, Module: module, Config: raw}, err
}

// regularized and constrained are a bound on its way into a config.
type regularized struct {
	to   *choice
	from regularizer.Regularizer
}

type constrained struct {
	to   *choice
	from constraint.Constraint
}

func setBounds(regularizers []regularized, constraints []constrained) error {
	for _, r := range regularizers {
		var err error
		if *r.to, err = regularizerChoice(r.from); err != nil {
			return err
		}
	}
	for _, c := range constraints {
		var err error
		if *c.to, err = constraintChoice(c.from); err != nil {
			return err
		}
	}
	return nil
}
