package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// RMSprop divides the gradient by a moving average of its size (Tieleman and
// Hinton, 2012):
//
//	v = rho*v + (1-rho)*g²        d = lr*g / sqrt(v + eps)        w -= d
//
// With Centered, the denominator is sqrt(v - a² + eps), a = rho*a + (1-rho)*g.
// With Momentum, m = momentum*m + d and w -= m.
type RMSprop struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// Rho is the decay of the averages, 0 to 1; default 0.9.
	Rho float64
	// Momentum, 0 to 1; default 0.
	Momentum float64
	// Epsilon; default 1e-7.
	Epsilon float64
	// Centered takes the variance rather than the mean square.
	Centered bool

	Common
}

// ClassName implements [Optimizer].
func (RMSprop) ClassName() string { return "RMSprop" }

// Rate implements [Optimizer].
func (o RMSprop) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o RMSprop) RateSchedule() Schedule { return o.Schedule }

func (o RMSprop) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Rho", o.Rho), share("Momentum", o.Momentum),
		positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o RMSprop) rule(params []*tensor.Param, k kernel.Kernels) rule {
	r := &rmsprop{params: params, k: k, rho: float32(or(o.Rho, 0.9)), rest: float32(1 - or(o.Rho, 0.9)),
		momentum: float32(o.Momentum), eps: float32(or(o.Epsilon, 1e-7)), v: slots(params, "velocity")}
	if o.Momentum > 0 {
		r.m = slots(params, "momentum")
	}
	if o.Centered {
		r.a = slots(params, "average_gradient")
	}
	return r
}

type rmsprop struct {
	params                   []*tensor.Param
	k                        kernel.Kernels
	v, m, a                  []*tensor.Param // m, a: nil unless wanted
	rho, rest, momentum, eps float32
	lr                       float32
}

// variables are, for all parameters, v, then m, then a.
func (r *rmsprop) variables() []*tensor.Param {
	return append(append(append([]*tensor.Param{}, r.v...), r.m...), r.a...)
}

func (r *rmsprop) begin(_ int64, rate float32) { r.lr = rate }

func (r *rmsprop) update(i, lo, hi int) {
	w, g, v := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi], r.v[i].Data[lo:hi]
	if r.m == nil && r.a == nil {
		r.k.RMSprop(w, g, v, r.lr, r.rho, r.rest, r.eps)
		return
	}
	for j, d := range g {
		v[j] = float32(r.rho*v[j]) + float32(r.rest*float32(d*d))
		den := v[j] + r.eps
		if r.a != nil {
			a := r.a[i].Data[lo:hi]
			a[j] = float32(r.rho*a[j]) + float32(r.rest*d)
			den = v[j] - float32(a[j]*a[j]) + r.eps
		}
		step := r.lr * d / sqrt(den)
		if r.m != nil {
			m := r.m[i].Data[lo:hi]
			m[j] = float32(r.momentum*m[j]) + step
			step = m[j]
		}
		w[j] -= step
	}
}
