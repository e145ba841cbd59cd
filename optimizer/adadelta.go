package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Adadelta scales the gradient by the sizes of past moves over those of past
// gradients (Zeiler, 2012):
//
//	a = rho*a + (1-rho)*g²        d = g * sqrt(s + eps) / sqrt(a + eps)
//	s = rho*s + (1-rho)*d²        w -= lr*d
//
// The paper's own form has a learning rate of 1.
type Adadelta struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// Rho is the decay of the averages, 0 to 1; default 0.95.
	Rho float64
	// Epsilon; default 1e-7.
	Epsilon float64

	Common
}

// ClassName implements [Optimizer].
func (Adadelta) ClassName() string { return "Adadelta" }

// Rate implements [Optimizer].
func (o Adadelta) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Adadelta) RateSchedule() Schedule { return o.Schedule }

func (o Adadelta) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Rho", o.Rho), positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o Adadelta) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	rho := or(o.Rho, 0.95)
	return &adadelta{params: params, rho: float32(rho), rest: float32(1 - rho), eps: float32(or(o.Epsilon, 1e-7)),
		a: slots(params, "accumulated_grad"), s: slots(params, "accumulated_delta_var")}
}

type adadelta struct {
	params             []*tensor.Param
	a, s               []*tensor.Param
	rho, rest, eps, lr float32
}

func (r *adadelta) variables() []*tensor.Param { return pairs(r.a, r.s) }

func (r *adadelta) begin(_ int64, rate float32) { r.lr = rate }

func (r *adadelta) update(i, lo, hi int) {
	w, g := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi]
	a, s := r.a[i].Data[lo:hi], r.s[i].Data[lo:hi]
	for j, d := range g {
		a[j] = float32(r.rho*a[j]) + float32(r.rest*float32(d*d))
		d = sqrt(s[j]+r.eps) * d / sqrt(a[j]+r.eps)
		s[j] = float32(r.rho*s[j]) + float32(r.rest*float32(d*d))
		w[j] -= float32(r.lr * d)
	}
}
