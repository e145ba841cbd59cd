package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Lion moves every weight by the learning rate, up or down (Chen et al., 2023):
//
//	w -= lr*sign(beta1*m + (1-beta1)*g)        m = beta2*m + (1-beta2)*g
//
// It wants a learning rate 3 to 10 times smaller than Adam's.
type Lion struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// Beta1 is the share of the momentum in a move, 0 to 1; default 0.9.
	Beta1 float64
	// Beta2 is the decay of the momentum, 0 to 1; default 0.99.
	Beta2 float64

	Common
}

// ClassName implements [Optimizer].
func (Lion) ClassName() string { return "Lion" }

// Rate implements [Optimizer].
func (o Lion) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Lion) RateSchedule() Schedule { return o.Schedule }

func (o Lion) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Beta1", o.Beta1), share("Beta2", o.Beta2))
}

func (o Lion) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	beta1, beta2 := float32(or(o.Beta1, 0.9)), float32(or(o.Beta2, 0.99))
	return &lion{params: params, beta1: beta1, beta2: beta2, c1: 1 - beta1, c2: 1 - beta2, m: slots(params, "momentum")}
}

type lion struct {
	params                   []*tensor.Param
	m                        []*tensor.Param
	beta1, beta2, c1, c2, lr float32 // c1, c2: 1-beta1, 1-beta2
}

func (r *lion) variables() []*tensor.Param { return r.m }

func (r *lion) begin(_ int64, rate float32) { r.lr = rate }

func (r *lion) update(i, lo, hi int) {
	w, g, m := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi], r.m[i].Data[lo:hi]
	for j, d := range g {
		switch way := float32(r.beta1*m[j]) + float32(r.c1*d); {
		case way > 0:
			w[j] -= r.lr
		case way < 0:
			w[j] += r.lr
		case way != way:
			w[j] = way
		}
		m[j] = float32(r.beta2*m[j]) + float32(r.c2*d)
	}
}
