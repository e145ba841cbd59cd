// Package constraint owns the bounds that weights are held in after each step
// of an optimizer, by Keras' formulas and with Keras' defaults.
package constraint

import (
	"fmt"
	"math"
)

// Constraint describes a bound on a parameter.
type Constraint interface {
	// ClassName is Keras' name of the class, such as "MaxNorm".
	ClassName() string
	// Check names the first argument that makes no sense for a parameter of the
	// given shape.
	Check(shape []int) error
	// Apply moves the parameter's values, row-major, into the bound: it does
	// part number part, of parts. No two parts touch the same values, and how
	// many parts there are changes no bit.
	Apply(w []float32, shape []int, part, parts int)
}

// epsilon is what Keras adds to norms that it divides by.
const epsilon = 1e-7

// NonNeg sets values below 0 to 0.
type NonNeg struct{}

// ClassName implements [Constraint].
func (NonNeg) ClassName() string { return "NonNeg" }

// Check implements [Constraint].
func (NonNeg) Check([]int) error { return nil }

// Apply implements [Constraint].
func (NonNeg) Apply(w []float32, _ []int, part, parts int) {
	for i := len(w) * part / parts; i < len(w)*(part+1)/parts; i++ {
		if w[i] < 0 {
			w[i] = 0
		}
	}
}

// MaxNorm scales weight vectors down to a norm of at most MaxValue:
//
//	w *= min(norm, MaxValue) / (1e-7 + norm)
type MaxNorm struct {
	// MaxValue is the greatest norm; default 2.
	MaxValue float64
	// Axis that a vector lies along: 0 for the weights into one unit.
	Axis int
}

// ClassName implements [Constraint].
func (MaxNorm) ClassName() string { return "MaxNorm" }

// Check implements [Constraint].
func (c MaxNorm) Check(shape []int) error {
	if !(c.MaxValue >= 0) {
		return fmt.Errorf("MaxNorm: MaxValue: expected 0 or more, got %v", c.MaxValue)
	}
	return checkAxis("MaxNorm", c.Axis, shape)
}

// Apply implements [Constraint].
func (c MaxNorm) Apply(w []float32, shape []int, part, parts int) {
	most := c.MaxValue
	if most == 0 {
		most = 2
	}
	scaleVectors(w, shape, c.Axis, part, parts, func(norm float64) float64 { return min(norm, most) })
}

// UnitNorm scales weight vectors to a norm of 1: w /= 1e-7 + norm.
type UnitNorm struct {
	// Axis that a vector lies along: 0 for the weights into one unit.
	Axis int
}

// ClassName implements [Constraint].
func (UnitNorm) ClassName() string { return "UnitNorm" }

// Check implements [Constraint].
func (c UnitNorm) Check(shape []int) error { return checkAxis("UnitNorm", c.Axis, shape) }

// Apply implements [Constraint].
func (c UnitNorm) Apply(w []float32, shape []int, part, parts int) {
	scaleVectors(w, shape, c.Axis, part, parts, func(float64) float64 { return 1 })
}

// MinMaxNorm scales weight vectors towards a norm from MinValue to MaxValue:
//
//	w *= (Rate*clip(norm, MinValue, MaxValue) + (1-Rate)*norm) / (1e-7 + norm)
type MinMaxNorm struct {
	// MinValue is the smallest norm; default 0.
	MinValue float64
	// MaxValue is the greatest norm; default 1.
	MaxValue float64
	// Rate is how much of the way is gone at each step, above 0 to 1; default 1.
	Rate float64
	// Axis that a vector lies along: 0 for the weights into one unit.
	Axis int
}

// ClassName implements [Constraint].
func (MinMaxNorm) ClassName() string { return "MinMaxNorm" }

func (c MinMaxNorm) withDefaults() MinMaxNorm {
	if c.MaxValue == 0 {
		c.MaxValue = 1
	}
	if c.Rate == 0 {
		c.Rate = 1
	}
	return c
}

// Check implements [Constraint].
func (c MinMaxNorm) Check(shape []int) error {
	c = c.withDefaults()
	switch {
	case !(c.MinValue >= 0 && c.MinValue <= c.MaxValue):
		return fmt.Errorf("MinMaxNorm: expected 0 <= MinValue <= MaxValue, got %v and %v", c.MinValue, c.MaxValue)
	case !(c.Rate > 0 && c.Rate <= 1):
		return fmt.Errorf("MinMaxNorm: Rate: expected above 0, to 1, got %v", c.Rate)
	}
	return checkAxis("MinMaxNorm", c.Axis, shape)
}

// Apply implements [Constraint].
func (c MinMaxNorm) Apply(w []float32, shape []int, part, parts int) {
	c = c.withDefaults()
	scaleVectors(w, shape, c.Axis, part, parts, func(norm float64) float64 {
		return float64(c.Rate*min(max(norm, c.MinValue), c.MaxValue)) + float64((1-c.Rate)*norm)
	})
}

func checkAxis(class string, axis int, shape []int) error {
	if axis < 0 || axis >= len(shape) {
		return fmt.Errorf("%s: Axis: expected 0 to %d for a parameter of shape %v, got %d", class, len(shape)-1, shape, axis)
	}
	return nil
}

// scaleVectors scales the vectors along an axis from their norm to desired(norm).
func scaleVectors(w []float32, shape []int, axis, part, parts int, desired func(norm float64) float64) {
	outer, inner := 1, 1
	for i, d := range shape {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	n := shape[axis]
	for v := outer * inner * part / parts; v < outer*inner*(part+1)/parts; v++ {
		first := v/inner*n*inner + v%inner
		var squares float64
		for i := range n {
			x := float64(w[first+i*inner])
			squares += float64(x * x)
		}
		norm := math.Sqrt(squares)
		scale := float32(desired(norm) / (epsilon + norm))
		for i := range n {
			w[first+i*inner] *= scale
		}
	}
}
