package optimizer

import (
	"recurve/internal/kernel"
	"recurve/tensor"
)

// AdamW is [Adam] with weights that decay (Loshchilov and Hutter, 2019): before
// each move,
//
//	w -= lr*WeightDecay*w
//
// It is Adam with a WeightDecay of 0.004 by default, under a name of its own.
type AdamW struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// Beta1 is the decay of the gradient's average, 0 to 1; default 0.9.
	Beta1 float64
	// Beta2 is the decay of the square's average, 0 to 1; default 0.999.
	Beta2 float64
	// Epsilon; default 1e-7.
	Epsilon float64
	// AMSGrad never lets the denominator shrink.
	AMSGrad bool

	Common
}

// adam is the same but for the default of WeightDecay.
func (o AdamW) adam() Adam {
	a := Adam(o)
	a.WeightDecay = or(o.WeightDecay, 0.004)
	return a
}

// ClassName implements [Optimizer].
func (AdamW) ClassName() string { return "AdamW" }

// Rate implements [Optimizer].
func (o AdamW) Rate() float64 { return o.adam().Rate() }

// RateSchedule implements [Optimizer].
func (o AdamW) RateSchedule() Schedule { return o.Schedule }

// Shared implements [Optimizer].
func (o AdamW) Shared() Common { return o.adam().Common }

func (o AdamW) check() error { return o.adam().check() }

func (o AdamW) rule(params []*tensor.Param, k kernel.Kernels) rule { return o.adam().rule(params, k) }
