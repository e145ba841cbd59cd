package initializer

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Orthogonal makes a matrix with orthonormal rows or columns, whichever are
// fewer, times Gain (0 means 1): the Q of the QR decomposition of normal
// numbers in which R's diagonal is positive.
type Orthogonal struct{ Gain float64 }

// ClassName implements [Initializer].
func (Orthogonal) ClassName() string { return "Orthogonal" }

// Fill implements [Initializer].
func (o Orthogonal) Fill(dst []float32, shape []int, rng *rand.Rand) error {
	if len(shape) < 2 {
		return fmt.Errorf("the Orthogonal initializer needs a weight of at least two dimensions, got shape %v", shape)
	}
	gain := o.Gain
	if gain == 0 {
		gain = 1
	}
	if math.IsNaN(gain) || math.IsInf(gain, 0) {
		return fmt.Errorf("the Orthogonal initializer with gain %v: expected a finite number", gain)
	}
	cols := shape[len(shape)-1]
	rows := len(dst) / cols
	// The vectors to be made orthonormal: the rows of a wide matrix, the
	// columns of a tall one.
	count, length, byRow := cols, rows, false
	if rows < cols {
		count, length, byRow = rows, cols, true
	}
	v := make([][]float64, count)
	for i := range v {
		v[i] = make([]float64, length)
		for j := range v[i] {
			v[i][j] = normal(rng)
		}
	}
	gramSchmidt(v)
	for i := range v {
		for j, x := range v[i] {
			if byRow {
				dst[i*cols+j] = float32(gain * x)
			} else {
				dst[j*cols+i] = float32(gain * x)
			}
		}
	}
	return nil
}

// gramSchmidt makes the vectors orthonormal in place, each against those
// before it. A library's QR sums in an order that depends on the processor;
// weights must not. The error is float64's rounding times the condition of a
// random matrix: far below float32's.
func gramSchmidt(v [][]float64) {
	for i, x := range v {
		for _, q := range v[:i] {
			d := dot(q, x)
			for j := range x {
				x[j] -= float64(d * q[j])
			}
		}
		norm := math.Sqrt(dot(x, x))
		for j := range x {
			x[j] /= norm
		}
	}
}

// dot sums in four strands, to hide the latency of each.
func dot(a, b []float64) float64 {
	b = b[:len(a)]
	var s [4]float64
	n := len(a) &^ 3
	for i := 0; i < n; i += 4 {
		s[0] += float64(a[i] * b[i])
		s[1] += float64(a[i+1] * b[i+1])
		s[2] += float64(a[i+2] * b[i+2])
		s[3] += float64(a[i+3] * b[i+3])
	}
	for i := n; i < len(a); i++ {
		s[0] += float64(a[i] * b[i])
	}
	return (s[0] + s[1]) + (s[2] + s[3])
}
