package optimizer

import (
	"errors"
	"math"

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
	// Beta1 is the decay of the gradient's average, 0 to 1; default 0.9.
	Beta1 float64
	// Beta2 is the decay of the square's average, 0 to 1; default 0.999.
	Beta2 float64
	// Epsilon; default 1e-7.
	Epsilon float64
	// AMSGrad never lets the denominator shrink.
	AMSGrad bool
}

// ClassName implements [Optimizer].
func (Adam) ClassName() string { return "Adam" }

// Rate implements [Optimizer].
func (o Adam) Rate() float64 { return or(o.LearningRate, 0.001) }

func (o Adam) check() error {
	return errors.Join(positive("LearningRate", o.Rate()), share("Beta1", o.Beta1), share("Beta2", o.Beta2),
		positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o Adam) rule(params []*tensor.Param, k kernel.Kernels) rule {
	r := &adam{params: params, k: k, beta1: or(o.Beta1, 0.9), beta2: or(o.Beta2, 0.999), eps: float32(or(o.Epsilon, 1e-7)),
		m: slots(params, "momentum"), v: slots(params, "velocity")}
	if o.AMSGrad {
		r.vhat = slots(params, "velocity_hat")
	}
	return r
}

type adam struct {
	params       []*tensor.Param
	k            kernel.Kernels
	m, v, vhat   []*tensor.Param // vhat: nil without AMSGrad
	beta1, beta2 float64
	eps          float32
	alpha        float32 // the corrected learning rate
	c1, c2       float32 // 1-beta1, 1-beta2
}

// variables are m and v parameter by parameter, then all of vhat.
func (r *adam) variables() []*tensor.Param {
	var out []*tensor.Param
	for i := range r.m {
		out = append(out, r.m[i], r.v[i])
	}
	return append(out, r.vhat...)
}

func (r *adam) begin(t int64, rate float32) {
	r.alpha = float32(float64(rate) * math.Sqrt(1-elementary.Pow(r.beta2, t)) / (1 - elementary.Pow(r.beta1, t)))
	r.c1, r.c2 = float32(1-r.beta1), float32(1-r.beta2)
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
