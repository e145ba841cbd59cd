// Package optimizer owns the rules that move a model's parameters along their
// gradients, by Keras' formulas and with Keras' defaults: the optimizers, what
// all of them may be given besides ([Common]), and schedules of the learning
// rate.
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
	// RateSchedule gives the rate of each step; nil where it stays as it is set.
	RateSchedule() Schedule
	// Shared returns the arguments that every optimizer has.
	Shared() Common
	// check names the first argument that makes no sense.
	check() error
	// rule starts the update rule on the parameters.
	rule(params []*tensor.Param, k kernel.Kernels) rule
}

// rule is an optimizer at work.
type rule interface {
	// variables are the state, in the order of Keras' files.
	variables() []*tensor.Param
	// begin fixes the constants of move number t, counted from 1.
	begin(t int64, rate float32)
	// update moves values lo to hi of parameter i.
	update(i, lo, hi int)
}

// State is an optimizer at work on a model.
type State struct {
	// Optimizer is the description.
	Optimizer Optimizer
	// Iterations is how many steps were taken. With GradientAccumulationSteps,
	// not all of them have moved the weights.
	Iterations int64
	// LearningRate of the next step, where no schedule gives it. Callbacks use
	// Rate and SetRate.
	LearningRate float32

	params   []*tensor.Param
	total    int
	rule     rule
	common   *common
	schedule Schedule

	parts         int // of the step at work
	measure, move func(part int)
}

// New sets an optimizer to work on params. An argument that makes no sense is
// an error. k does the arithmetic.
func New(o Optimizer, params []*tensor.Param, k kernel.Kernels) (*State, error) {
	if o == nil {
		return nil, errors.New("no optimizer given; set one such as optimizer.RMSprop{}")
	}
	if err := errors.Join(o.check(), o.Shared().check()); err != nil {
		return nil, fmt.Errorf("%s: %w", o.ClassName(), err)
	}
	s := &State{Optimizer: o, LearningRate: float32(o.Rate()), params: params, rule: o.rule(params, k),
		common: newCommon(o.Shared(), params), schedule: o.RateSchedule()}
	for _, p := range params {
		s.total += p.Size()
	}
	s.measure, s.move = s.measurePart, s.movePart
	return s, nil
}

// Variables are the moving averages and the like that the optimizer keeps, in
// the order in which Keras saves them behind the iteration and, where no
// schedule gives it, the learning rate.
func (s *State) Variables() []*tensor.Param {
	return append(s.common.variables(), s.rule.variables()...)
}

// Scheduled reports whether a schedule gives the learning rate.
func (s *State) Scheduled() bool { return s.schedule != nil }

// Rate is the learning rate of the next step.
func (s *State) Rate() float32 {
	if s.schedule != nil {
		return s.schedule.Rate(s.Iterations)
	}
	return s.LearningRate
}

// SetRate sets the learning rate from the next step on, 0 or more. Where a
// schedule gives it, that is an error, as in Keras.
func (s *State) SetRate(rate float64) error {
	if s.schedule != nil {
		return fmt.Errorf("%s: the learning rate cannot be set: the schedule %s gives it; compile with a LearningRate instead",
			s.Optimizer.ClassName(), s.schedule.ClassName())
	}
	if err := notNegative("learning rate", float64(float32(rate))); err != nil {
		return fmt.Errorf("%s: %w", s.Optimizer.ClassName(), err)
	}
	s.LearningRate = float32(rate)
	return nil
}

// Step moves the parameters along their gradients, which are changed on the
// way. run calls f with every number below parts, at the same time if it likes,
// and returns when all are done. The result does not depend on parts.
func (s *State) Step(parts int, run func(parts int, f func(part int))) {
	rate := s.Rate()
	s.Iterations++
	s.parts = parts
	moves := s.common.begin(s.Iterations, rate)
	if s.common.due {
		s.rule.begin(moves, rate)
		if s.common.blocks.squares != nil {
			run(parts, s.measure)
			s.common.blocks.finish()
		}
	}
	run(parts, s.move)
}

// Finish puts the averages of the weights in their place where UseEMA keeps
// them, as Keras does at the end of a fit, and reports whether it did.
func (s *State) Finish() bool {
	if s.common.average == nil || s.Iterations == 0 {
		return false
	}
	for i, p := range s.params {
		copy(p.Data, s.common.average[i].Data)
	}
	return true
}

// measurePart does a part of a step's norms.
func (s *State) measurePart(part int) {
	b := &s.common.blocks
	lo, hi := kernel.Span(len(b.pieces), part, s.parts)
	for i := lo; i < hi; i++ {
		p := b.pieces[i]
		s.common.gather(p.param, p.lo, p.hi)
		b.squares[i] = squares(s.params[p.param].Grad[p.lo:p.hi])
	}
}

// movePart does a part of a step. No two parts touch the same values.
func (s *State) movePart(part int) {
	lo, hi := kernel.Span(s.total, part, s.parts)
	for i, p := range s.params {
		n := p.Size()
		if a, b := max(lo, 0), min(hi, n); a < b {
			s.moveRange(i, a, b)
		}
		lo, hi = lo-n, hi-n
	}
}

// moveRange moves values lo to hi of parameter i.
func (s *State) moveRange(i, lo, hi int) {
	c := s.common
	if c.idle() {
		s.rule.update(i, lo, hi)
		return
	}
	const piece = 4096 // stays in the cache from one loop to the next
	for ; lo < hi; lo += piece {
		end := min(lo+piece, hi)
		if !c.due || c.blocks.squares == nil {
			c.gather(i, lo, end)
		}
		if c.due {
			c.clip(i, lo, end)
			c.decay(i, lo, end)
			s.rule.update(i, lo, end)
		}
		c.follow(i, lo, end)
	}
}

// slots makes a zero variable for each parameter.
func slots(params []*tensor.Param, name string) []*tensor.Param {
	return filled(params, name, 0)
}

// filled makes a variable of equal values for each parameter.
func filled(params []*tensor.Param, name string, value float64) []*tensor.Param {
	out := make([]*tensor.Param, len(params))
	for i, p := range params {
		out[i] = &tensor.Param{Name: p.Name + "_" + name, Shape: p.Shape, Data: make([]float32, p.Size())}
		if value != 0 {
			for j := range out[i].Data {
				out[i].Data[j] = float32(value)
			}
		}
	}
	return out
}

// pairs are two variables of each parameter, parameter by parameter.
func pairs(a, b []*tensor.Param) []*tensor.Param {
	var out []*tensor.Param
	for i := range a {
		out = append(out, a[i], b[i])
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

// firstRate is the learning rate to begin with.
func firstRate(rate float64, s Schedule, def float64) float64 {
	if s != nil {
		return float64(s.Rate(0))
	}
	return or(rate, def)
}

// checkRate, positive, notNegative and share check arguments.
func checkRate(rate float64, s Schedule) error {
	switch {
	case s == nil && rate == 0:
		return nil
	case s == nil:
		return positive("LearningRate", rate)
	case rate != 0:
		return fmt.Errorf("LearningRate: expected none beside a Schedule, got %v", rate)
	}
	if err := s.check(); err != nil {
		return fmt.Errorf("%s: %w", s.ClassName(), err)
	}
	return nil
}

func positive(field string, v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: expected a positive number, got %v", field, v)
	}
	return nil
}

func notNegative(field string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: expected a number of 0 or more, got %v", field, v)
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
