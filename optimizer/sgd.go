package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// SGD is gradient descent, with or without momentum:
//
//	w -= lr*g                                 Momentum = 0
//	m = momentum*m - lr*g    w += m           Momentum > 0
//	                         w += momentum*m - lr*g    and Nesterov
type SGD struct {
	// LearningRate; default 0.01.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// Momentum, 0 to 1; default 0.
	Momentum float64
	// Nesterov looks ahead along the momentum.
	Nesterov bool

	Common
}

// ClassName implements [Optimizer].
func (SGD) ClassName() string { return "SGD" }

// Rate implements [Optimizer].
func (o SGD) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.01) }

// RateSchedule implements [Optimizer].
func (o SGD) RateSchedule() Schedule { return o.Schedule }

func (o SGD) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Momentum", o.Momentum))
}

func (o SGD) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	r := &sgd{SGD: o, params: params, momentum: float32(o.Momentum)}
	if o.Momentum != 0 {
		r.m = slots(params, "momentum")
	}
	return r
}

type sgd struct {
	SGD
	params   []*tensor.Param
	m        []*tensor.Param
	momentum float32
	lr       float32
}

func (r *sgd) variables() []*tensor.Param { return r.m }

func (r *sgd) begin(_ int64, rate float32) { r.lr = rate }

func (r *sgd) update(i, lo, hi int) {
	w, g := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi]
	if r.m == nil {
		for j, d := range g {
			w[j] -= float32(r.lr * d)
		}
		return
	}
	m := r.m[i].Data[lo:hi]
	for j, d := range g {
		step := r.lr * d
		m[j] = float32(r.momentum*m[j]) - float32(step)
		if r.Nesterov {
			w[j] += float32(r.momentum*m[j]) - float32(step)
		} else {
			w[j] += m[j]
		}
	}
}
