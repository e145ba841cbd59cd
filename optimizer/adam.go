package optimizer

import (
	"errors"

	"recurve/internal/elementary"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// Adam follows moving averages of the gradient and its square (Kingma and Ba,
// 2015), in the form that corrects the learning rate rather than the averages:
//
//	m += (1-beta1)*(g - m)    v += (1-beta2)*(g² - v)
//	w -= lr*sqrt(1-beta2^t)/(1-beta1^t) * m / (sqrt(v) + eps)
//
// With AMSGrad, the greatest v so far stands for v (Reddi et al., 2018).
type Adam struct {
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

// ClassName implements [Optimizer].
func (Adam) ClassName() string { return "Adam" }

// Rate implements [Optimizer].
func (o Adam) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Adam) RateSchedule() Schedule { return o.Schedule }

func (o Adam) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Beta1", o.Beta1), share("Beta2", o.Beta2),
		positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o Adam) rule(params []*tensor.Param, k kernel.Kernels) rule {
	beta1, beta2 := or(o.Beta1, 0.9), or(o.Beta2, 0.999)
	r := &adam{params: params, k: k, beta1: float32(beta1), beta2: float32(beta2), c1: float32(1 - beta1), c2: float32(1 - beta2),
		eps: float32(or(o.Epsilon, 1e-7)), m: slots(params, "momentum"), v: slots(params, "velocity")}
	if o.AMSGrad {
		r.vhat = slots(params, "velocity_hat")
	}
	return r
}

type adam struct {
	params       []*tensor.Param
	k            kernel.Kernels
	m, v, vhat   []*tensor.Param // vhat: nil without AMSGrad
	beta1, beta2 float32
	c1, c2       float32 // 1-beta1, 1-beta2
	eps          float32
	alpha        float32 // the corrected learning rate
}

// variables are m and v parameter by parameter, then all of vhat.
func (r *adam) variables() []*tensor.Param { return append(pairs(r.m, r.v), r.vhat...) }

// begin computes in float32 as Keras does: where t is small, 1-beta2^t has few
// digits, and they count.
func (r *adam) begin(t int64, rate float32) {
	r.alpha = rate * sqrt(1-exponent(r.beta2, t)) / (1 - exponent(r.beta1, t))
}

func (r *adam) update(i, lo, hi int) {
	w, g := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi]
	m, v := r.m[i].Data[lo:hi], r.v[i].Data[lo:hi]
	if r.vhat == nil {
		r.k.Adam(w, g, m, v, r.alpha, r.c1, r.c2, r.eps)
		return
	}
	size := r.vhat[i].Data[lo:hi]
	for j, d := range g {
		m[j] += float32((d - m[j]) * r.c1)
		v[j] += float32((float32(d*d) - v[j]) * r.c2)
		size[j] = max(size[j], v[j])
		w[j] -= r.alpha * m[j] / (sqrt(size[j]) + r.eps)
	}
}

// exponent is beta^t in float32.
func exponent(beta float32, t int64) float32 { return float32(elementary.Pow(float64(beta), t)) }
