package optimizer

import (
	"errors"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Nadam is Adam with Nesterov's momentum (Dozat, 2016). The momentum grows with
// the steps:
//
//	b(t) = beta1*(1 - 0.96^t/2)        B(t) = b(1)*...*b(t)
//	m += (1-beta1)*(g - m)             v += (1-beta2)*(g² - v)
//	d = b(t+1)*m/(1-B(t+1)) + (1-b(t))*g/(1-B(t))
//	w -= lr*d / (sqrt(v/(1-beta2^t)) + eps)
type Nadam struct {
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

	Common
}

// ClassName implements [Optimizer].
func (Nadam) ClassName() string { return "Nadam" }

// Rate implements [Optimizer].
func (o Nadam) Rate() float64 { return firstRate(o.LearningRate, o.Schedule, 0.001) }

// RateSchedule implements [Optimizer].
func (o Nadam) RateSchedule() Schedule { return o.Schedule }

func (o Nadam) check() error {
	return errors.Join(checkRate(o.LearningRate, o.Schedule), share("Beta1", o.Beta1), share("Beta2", o.Beta2),
		positive("Epsilon", or(o.Epsilon, 1e-7)))
}

func (o Nadam) rule(params []*tensor.Param, _ kernel.Kernels) rule {
	beta1, beta2 := float32(or(o.Beta1, 0.9)), float32(or(o.Beta2, 0.999))
	product := &tensor.Param{Name: "momentum_product", Shape: []int{}, Data: []float32{1}}
	return &nadam{params: params, beta1: beta1, beta2: beta2, c1: 1 - beta1, c2: 1 - beta2, eps: float32(or(o.Epsilon, 1e-7)),
		m: slots(params, "momentum"), v: slots(params, "velocity"), product: product}
}

type nadam struct {
	params       []*tensor.Param
	m, v         []*tensor.Param
	product      *tensor.Param // B(t)
	beta1, beta2 float32
	c1, c2       float32 // 1-beta1, 1-beta2
	eps, lr      float32

	// Factors and divisors of the step: of m, of g, of v.
	ofM, ofG, overM, overG, overV float32
}

// variables are m and v parameter by parameter, then the product.
func (r *nadam) variables() []*tensor.Param { return append(pairs(r.m, r.v), r.product) }

func (r *nadam) begin(t int64, rate float32) {
	growth := func(t int64) float32 { return 1 - float32(0.5*exponent(0.96, t)) }
	now, next := float32(r.beta1*growth(t)), float32(r.beta1*growth(t+1))
	product := &r.product.Data[0]
	*product = float32(*product * r.beta1 * growth(t))
	r.lr, r.ofM, r.ofG = rate, next, 1-now
	r.overM, r.overG, r.overV = 1-float32(*product*next), 1-*product, 1-exponent(r.beta2, t)
}

func (r *nadam) update(i, lo, hi int) {
	w, g := r.params[i].Data[lo:hi], r.params[i].Grad[lo:hi]
	m, v := r.m[i].Data[lo:hi], r.v[i].Data[lo:hi]
	for j, d := range g {
		m[j] += float32((d - m[j]) * r.c1)
		v[j] += float32((float32(d*d) - v[j]) * r.c2)
		step := r.ofM*m[j]/r.overM + r.ofG*d/r.overG
		w[j] -= step * r.lr / (sqrt(v[j]/r.overV) + r.eps)
	}
}
