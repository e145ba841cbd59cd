package layer

import (
	"recurve/internal/kernel"
	"recurve/tensor"
)

// activate replaces a time step's x by f(x); it knows Softmax besides what
// kernels know.
func activate(k kernel.Kernels, x []float32, f kernel.Activation) {
	if f == kernel.Softmax {
		softmax(k, x)
		return
	}
	k.Activate(x, f)
}

// activateGrad turns d, a gradient with respect to y = f(z), into one with
// respect to z.
func activateGrad(k kernel.Kernels, d, y, z []float32, f kernel.Activation) {
	if f == kernel.Softmax {
		softmaxGrad(d, y)
		return
	}
	k.ActivateGrad(d, y, z, f)
}

// softmax replaces each lane's x, features x 16, by
//
//	y = e^(x-m) / sum over features of e^(x-m), m being the greatest x
func softmax(k kernel.Kernels, x []float32) {
	top := *row(x, 0)
	for i := 1; i < len(x)/tensor.Lanes; i++ {
		for l, v := range row(x, i) {
			top[l] = max(top[l], v)
		}
	}
	for i := range len(x) / tensor.Lanes {
		r := row(x, i)
		for l := range r {
			r[l] -= top[l]
		}
	}
	k.Activate(x, kernel.Exponential)
	var sum [tensor.Lanes]float64
	for i := range len(x) / tensor.Lanes {
		for l, v := range row(x, i) {
			sum[l] += float64(v)
		}
	}
	for i := range len(x) / tensor.Lanes {
		r := row(x, i)
		for l := range r {
			r[l] = float32(float64(r[l]) / sum[l])
		}
	}
}

// softmaxGrad replaces d by y*(d - sum over features of d*y).
func softmaxGrad(d, y []float32) {
	var sum [tensor.Lanes]float64
	for i := range len(d) / tensor.Lanes {
		r, v := row(d, i), row(y, i)
		for l := range r {
			sum[l] += float64(float64(r[l]) * float64(v[l]))
		}
	}
	for i := range len(d) / tensor.Lanes {
		r, v := row(d, i), row(y, i)
		for l := range r {
			r[l] = float32(float64(v[l]) * (float64(r[l]) - sum[l]))
		}
	}
}

// row is the 16 lanes of feature i.
func row(x []float32, i int) *[tensor.Lanes]float32 {
	return (*[tensor.Lanes]float32)(x[i*tensor.Lanes:])
}
