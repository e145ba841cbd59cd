package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Ftrl follows the regularized leader (McMahan et al., 2013), for models that
// are wide and shallow; with L1 it sets weights to exactly 0:
//
//	a' = a + g²        z += g + 2*shrinkage*w - (a'^p - a^p)/lr*w        p = -LearningRatePower
//	w = (clip(z, -L1, L1) - z) / (a'^p/lr + 2*(L2 + Beta/(2*lr)))        a = a'
type Ftrl struct {
	// LearningRate; default 0.001.
	LearningRate float64
	// Schedule gives the learning rate in LearningRate's stead; default none.
	Schedule Schedule
	// LearningRatePower, below 0; default -0.5.
	LearningRatePower float64
	// InitialAccumulatorValue is the first a; default 0.1.
	InitialAccumulatorValue float64
	// L1RegularizationStrength, 0 or more; default 0.
	L1RegularizationStrength float64
	// L2RegularizationStrength, 0 or more; default 0.
	L2RegularizationStrength float64
	// L2ShrinkageRegularizationStrength pulls at the weights only where they move;
	// default 0.
	L2ShrinkageRegularizationStrength float64
	// Beta of the paper; default 0.
	Beta float64

	Common
}

// ClassName implements [Optimizer].
func (Ftrl) ClassName() string { return "Ftrl" }

// Rate implements [Optimizer].
func (o Ftrl) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Ftrl) RateSchedule() Schedule { return o.Schedule }

func (o Ftrl) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), notNegative("-LearningRatePower", -o.LearningRatePower),
		positive("InitialAccumulatorValue", or(o.InitialAccumulatorValue, 0.1)), notNegative("L1RegularizationStrength", o.L1RegularizationStrength),
		notNegative("L2RegularizationStrength", o.L2RegularizationStrength),
		notNegative("L2ShrinkageRegularizationStrength", o.L2ShrinkageRegularizationStrength), notNegative("Beta", o.Beta))
}

func (o Ftrl) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	return &ftrl{params: params, a: filled(params, "accumulator", or(o.InitialAccumulatorValue, 0.1)), z: slots(params, "linear"),
		power: float32(-or(o.LearningRatePower, -0.5)), l1: float32(o.L1RegularizationStrength), l2: float32(o.L2RegularizationStrength),
		shrinkage: float32(2 * o.L2ShrinkageRegularizationStrength), beta: float32(o.Beta)}
}

type ftrl struct {
	params                         []*tensor.Param
	a, z                           []*tensor.Param
	power, l1, l2, shrinkage, beta float32 // shrinkage: twice
	lr, square                     float32 // square: what is added to the divisor
}

func (r *ftrl) variables() []*tensor.Param { return pairs(r.a, r.z) }

func (r *ftrl) begin(_ int64, rate float32) {
	r.lr, r.square = rate, 2*(r.l2+r.beta/(2*rate))
}

func (r *ftrl) update(i, lo, hi int) {
	w, g := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi]
	a, z := r.a[i].Data[lo:hi], r.z[i].Data[lo:hi]
	for j, d := range g {
		sum := a[j] + float32(d*d)
		now := r.root(sum)
		z[j] += d + float32(r.shrinkage*w[j]) - float32((now-r.root(a[j]))/r.lr*w[j])
		w[j] = (min(max(z[j], -r.l1), r.l1) - z[j]) / (now/r.lr + r.square)
		a[j] = sum
	}
}

// root is v to the power.
func (r *ftrl) root(v float32) float32 {
	if r.power == 0.5 {
		return sqrt(v)
	}
	return power(v, r.power)
}
