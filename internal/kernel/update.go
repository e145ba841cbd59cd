package kernel

import "math"

func sqrt(v float32) float32 { return float32(math.Sqrt(float64(v))) }

// RMSprop implements [Kernels].
func (Go) RMSprop(w, g, v []float32, rate, rho, rest, eps float32) {
	w, v = w[:len(g)], v[:len(g)]
	for j, d := range g {
		v[j] = float32(rho*v[j]) + float32(rest*float32(d*d))
		w[j] -= rate * d / sqrt(v[j]+eps)
	}
}

// Adam implements [Kernels].
func (Go) Adam(w, g, m, v []float32, alpha, rest1, rest2, eps float32) {
	w, m, v = w[:len(g)], m[:len(g)], v[:len(g)]
	for j, d := range g {
		m[j] += float32((d - m[j]) * rest1)
		v[j] += float32((float32(d*d) - v[j]) * rest2)
		w[j] -= alpha * m[j] / (sqrt(v[j]) + eps)
	}
}
