package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Adagrad divides the gradient by the root of all its squares so far (Duchi et
// al., 2011):
//
//	a += g²        w -= lr*g / sqrt(a + eps)
type Adagrad struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// InitialAccumulatorValue is the first a; default 0.1.
	InitialAccumulatorValue float64
	// Epsilon; default 1e-7.
	Epsilon float64

	Common
}

// ClassName implements [Optimizer].
func (Adagrad) ClassName() string { return "Adagrad" }

// Rate implements [Optimizer].
func (o Adagrad) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Adagrad) RateSchedule() Schedule { return o.Schedule }

func (o Adagrad) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), positive("InitialAccumulatorValue", or(o.InitialAccumulatorValue, 0.1)),
		positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o Adagrad) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	return &adagrad{params: params, eps: float32(or(o.Epsilon, 1e-7)),
		a: filled(params, "accumulator", or(o.InitialAccumulatorValue, 0.1))}
}

type adagrad struct {
	params  []*tensor.Param
	a       []*tensor.Param
	eps, lr float32
}

func (r *adagrad) variables() []*tensor.Param { return r.a }

func (r *adagrad) begin(_ int64, rate float32) { r.lr = rate }

func (r *adagrad) update(i, lo, hi int) {
	w, g, a := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi], r.a[i].Data[lo:hi]
	for j, d := range g {
		a[j] += float32(d * d)
		w[j] -= r.lr * d / sqrt(a[j]+r.eps)
	}
}
