// Package regularizer owns the penalties on large weights and activations that
// are added to the loss, by Keras' formulas and with Keras' defaults.
package regularizer

import (
	"fmt"
	"math"
)

// Regularizer describes a penalty. All are sums of the form
//
//	l1 * sum |x|  +  l2 * sum x*x
type Regularizer interface {
	// ClassName is Keras' name of the class, such as "L2".
	ClassName() string
	// Check names the first argument that makes no sense.
	Check() error
	// Factors are l1 and l2.
	Factors() (l1, l2 float64)
}

// L1 is the penalty l1 * sum |x| (the lasso): it draws values to exactly 0.
type L1 struct {
	// Factor l1; default 0.01.
	Factor float64
}

// ClassName implements [Regularizer].
func (L1) ClassName() string { return "L1" }

// Check implements [Regularizer].
func (r L1) Check() error { return check("L1: Factor", r.Factor) }

// Factors implements [Regularizer].
func (r L1) Factors() (l1, l2 float64) { return or(r.Factor), 0 }

// L2 is the penalty l2 * sum x*x (ridge, without the half that some put in
// front).
type L2 struct {
	// Factor l2; default 0.01.
	Factor float64
}

// ClassName implements [Regularizer].
func (L2) ClassName() string { return "L2" }

// Check implements [Regularizer].
func (r L2) Check() error { return check("L2: Factor", r.Factor) }

// Factors implements [Regularizer].
func (r L2) Factors() (l1, l2 float64) { return 0, or(r.Factor) }

// L1L2 is the sum of both penalties (the elastic net).
type L1L2 struct {
	// L1 and L2 are the factors; default 0, as in Keras' class of that name.
	L1, L2 float64
}

// ClassName implements [Regularizer].
func (L1L2) ClassName() string { return "L1L2" }

// Check implements [Regularizer].
func (r L1L2) Check() error {
	if err := check("L1L2: L1", r.L1); err != nil {
		return err
	}
	return check("L1L2: L2", r.L2)
}

// Factors implements [Regularizer].
func (r L1L2) Factors() (l1, l2 float64) { return r.L1, r.L2 }

func or(factor float64) float64 {
	if factor == 0 {
		return 0.01
	}
	return factor
}

func check(field string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 0) {
		return fmt.Errorf("%s: expected 0 or more, got %v", field, v)
	}
	return nil
}

// Value is the penalty on x, summed in the order of x.
func Value(r Regularizer, x []float32) float64 {
	l1, l2 := r.Factors()
	var abs, squares float64
	for _, v := range x {
		abs += math.Abs(float64(v))
		squares += float64(float64(v) * float64(v))
	}
	return float64(l1*abs) + float64(l2*squares)
}

// AddGradient adds scale times the penalty's gradient at x to grad:
//
//	l1*sign(x) + 2*l2*x
func AddGradient(r Regularizer, grad, x []float32, scale float64) {
	l1, l2 := r.Factors()
	a, b := float32(l1*scale), float32(2*l2*scale)
	for i, v := range x {
		g := float32(b * v)
		switch {
		case v > 0:
			g += a
		case v < 0:
			g -= a
		}
		grad[i] += g
	}
}
