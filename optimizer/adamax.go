package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Adamax is Adam with the greatest size of the gradient for its mean square
// (Kingma and Ba, 2015, section 7):
//
//	m += (1-beta1)*(g - m)        u = max(beta2*u, |g|)
//	w -= lr*m / ((1-beta1^t) * (u + eps))
type Adamax struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// Beta1 is the decay of the gradient's average, 0 to 1; default 0.9.
	Beta1 float64
	// Beta2 is the decay of the greatest size, 0 to 1; default 0.999.
	Beta2 float64
	// Epsilon; default 1e-7.
	Epsilon float64

	Common
}

// ClassName implements [Optimizer].
func (Adamax) ClassName() string { return "Adamax" }

// Rate implements [Optimizer].
func (o Adamax) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Adamax) RateSchedule() Schedule { return o.Schedule }

func (o Adamax) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Beta1", o.Beta1), share("Beta2", o.Beta2),
		positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o Adamax) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	beta1 := or(o.Beta1, 0.9)
	return &adamax{params: params, beta1: float32(beta1), beta2: float32(or(o.Beta2, 0.999)), c1: float32(1 - beta1),
		eps: float32(or(o.Epsilon, 1e-7)), m: slots(params, "momentum"), u: slots(params, "norm")}
}

type adamax struct {
	params           []*tensor.Param
	m, u             []*tensor.Param
	beta1, beta2, c1 float32 // c1: 1-beta1
	eps, lr          float32
	rest             float32 // 1-beta1^t
}

func (r *adamax) variables() []*tensor.Param { return pairs(r.m, r.u) }

func (r *adamax) begin(t int64, rate float32) { r.lr, r.rest = rate, 1-exponent(r.beta1, t) }

func (r *adamax) update(i, lo, hi int) {
	w, g := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi]
	m, u := r.m[i].Data[lo:hi], r.u[i].Data[lo:hi]
	for j, d := range g {
		m[j] += float32((d - m[j]) * r.c1)
		u[j] = max(r.beta2*u[j], d, -d)
		w[j] -= r.lr * m[j] / float32(r.rest*(u[j]+r.eps))
	}
}
