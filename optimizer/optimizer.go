// Package optimizer owns the rules that move a model's parameters along their
// gradients, by Keras' formulas and with Keras' defaults.
//
// An optimizer is described by a plain struct; [New] sets it to work on a
// model's parameters. All state is float32 and stands in the order of Keras'
// files.
package optimizer

import (
	"errors"
	"fmt"
	"math"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Optimizer describes an update rule.
type Optimizer interface {
	// ClassName is Keras' name of the class, such as "RMSprop".
	ClassName() string
	// Rate is the learning rate to begin with.
	Rate() float64
	// check names the first argument that makes no sense.
	check() error
	// rule starts the update rule on the parameters.
	rule(params []*tensor.Param, k kernel.Kernels) rule
}

// rule is an optimizer at work.
type rule interface {
	// variables are the state, in the order of Keras' files.
	variables() []*tensor.Param
	// begin fixes the constants of step number t, counted from 1.
	begin(t int64, rate float32)
	// update moves values lo to hi of parameter i.
	update(i, lo, hi int)
}

// State is an optimizer at work on a model.
type State struct {
	// Optimizer is the description.
	Optimizer Optimizer
	// Iterations is how many steps were taken.
	Iterations int64
	// LearningRate of the next step; callbacks may change it.
	LearningRate float32

	params []*tensor.Param
	total  int
	rule   rule
}

// New sets an optimizer to work on params. An argument that makes no sense is
// an error. k does the arithmetic.
func New(o Optimizer, params []*tensor.Param, k kernel.Kernels) (*State, error) {
	if o == nil {
		return nil, errors.New("no optimizer given; set one such as optimizer.RMSprop{}")
	}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", o.ClassName(), err)
	}
	s := &State{Optimizer: o, LearningRate: float32(o.Rate()), params: params, rule: o.rule(params, k)}
	for _, p := range params {
		s.total += p.Size()
	}
	return s, nil
}

// Variables are the moving averages and the like that the optimizer keeps, in
// the order in which Keras saves them behind the iteration and the learning
// rate.
func (s *State) Variables() []*tensor.Param { return s.rule.variables() }

// Begin starts a step: it must be called once before the parts of Update.
func (s *State) Begin() {
	s.Iterations++
	s.rule.begin(s.Iterations, s.LearningRate)
}

// Update does part number part, of parts, of the step. No two parts touch the
// same values.
func (s *State) Update(part, parts int) {
	lo, hi := s.total*part/parts, s.total*(part+1)/parts
	for i, p := range s.params {
		n := p.Size()
		if a, b := max(lo, 0), min(hi, n); a < b {
			s.rule.update(i, a, b)
		}
		lo, hi = lo-n, hi-n
	}
}

// slots makes a zero variable for each parameter.
func slots(params []*tensor.Param, name string) []*tensor.Param {
	out := make([]*tensor.Param, len(params))
	for i, p := range params {
		out[i] = &tensor.Param{Name: p.Name + "_" + name, Shape: p.Shape, Data: make([]float32, p.Size())}
	}
	return out
}

// or is v, or def where v is zero.
func or(v, def float64) float64 {
	if v == 0 {
		return def
	}
	return v
}

// positive and share check an argument.
func positive(field string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: expected a positive number, got %v", field, v)
	}
	return nil
}

func share(field string, v float64) error {
	if !(v >= 0 && v <= 1) {
		return fmt.Errorf("%s: expected 0 to 1, got %v", field, v)
	}
	return nil
}

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }
