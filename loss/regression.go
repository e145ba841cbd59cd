package loss

import (
	"fmt"
	"math"

	"recurve/activation"
	"recurve/internal/elementary"
)

// MeanSquaredError is (p-y)^2, the mean over outputs.
type MeanSquaredError struct{ plain }

// ClassName implements [Loss].
func (MeanSquaredError) ClassName() string { return "MeanSquaredError" }

// Row implements [Loss].
func (l MeanSquaredError) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (MeanSquaredError) one(pred, target float32) (value, slope float64) {
	e := float64(pred) - float64(target)
	return e * e, 2 * e
}

// MeanAbsoluteError is |p-y|, the mean over outputs.
type MeanAbsoluteError struct{ plain }

// ClassName implements [Loss].
func (MeanAbsoluteError) ClassName() string { return "MeanAbsoluteError" }

// Row implements [Loss].
func (l MeanAbsoluteError) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (MeanAbsoluteError) one(pred, target float32) (value, slope float64) {
	e := float64(pred) - float64(target)
	return math.Abs(e), sign(e)
}

// MeanAbsolutePercentageError is 100*|p-y| / max(|y|, 1e-7), the mean over
// outputs.
type MeanAbsolutePercentageError struct{ plain }

// ClassName implements [Loss].
func (MeanAbsolutePercentageError) ClassName() string { return "MeanAbsolutePercentageError" }

// Row implements [Loss].
func (l MeanAbsolutePercentageError) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (MeanAbsolutePercentageError) one(pred, target float32) (value, slope float64) {
	e := float64(pred) - float64(target)
	per := 100 / max(math.Abs(float64(target)), float64(epsilon))
	return math.Abs(e) * per, sign(e) * per
}

// MeanSquaredLogarithmicError is (log(p+1) - log(y+1))^2, the mean over outputs;
// p and y below 1e-7 count as 1e-7.
type MeanSquaredLogarithmicError struct{ plain }

// ClassName implements [Loss].
func (MeanSquaredLogarithmicError) ClassName() string { return "MeanSquaredLogarithmicError" }

// Row implements [Loss].
func (l MeanSquaredLogarithmicError) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (MeanSquaredLogarithmicError) one(pred, target float32) (value, slope float64) {
	p := float64(max(pred, epsilon) + 1) // in float32, as in Keras
	y := float64(max(target, epsilon) + 1)
	e := elementary.Log(p) - elementary.Log(y)
	if pred >= epsilon {
		slope = 2 * e / p
	}
	return e * e, slope
}

// Huber is e^2/2 where the error e = p-y is at most Delta, and beyond it the
// straight line Delta*|e| - Delta^2/2; the mean over outputs.
type Huber struct {
	each
	// Delta is the error from which the loss is straight; default 1.
	Delta float64
}

// ClassName implements [Loss].
func (Huber) ClassName() string { return "Huber" }

// Check implements [Loss].
func (l Huber) Check() error {
	if !(l.Delta >= 0) {
		return fmt.Errorf("Huber: Delta: expected above 0, got %v", l.Delta)
	}
	return nil
}

// CheckTargets implements [Loss].
func (Huber) CheckTargets(y []float32, _ int) error { return checkNumbers(y) }

// OnLogits implements [Loss].
func (Huber) OnLogits(activation.Activation) Loss { return nil }

// Row implements [Loss].
func (l Huber) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (l Huber) one(pred, target float32) (value, slope float64) {
	delta := l.Delta
	if delta == 0 {
		delta = 1
	}
	e := float64(pred) - float64(target)
	if a := math.Abs(e); a > delta {
		return float64(delta*a) - float64(0.5*delta*delta), delta * sign(e)
	}
	return 0.5 * e * e, e
}

// LogCosh is log(cosh(p-y)), the mean over outputs.
type LogCosh struct{ plain }

// ClassName implements [Loss].
func (LogCosh) ClassName() string { return "LogCosh" }

// Row implements [Loss].
func (l LogCosh) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (LogCosh) one(pred, target float32) (value, slope float64) {
	e := float64(pred) - float64(target)
	a := math.Abs(e)
	d := -elementary.Expm1(-2 * a) // 1 - e^-2a
	// log(cosh) is a + log((1 + e^-2a)/2).
	return a + elementary.Log1p(-d/2), sign(e) * d / (2 - d)
}

// Poisson is p - y*log(p + 1e-7), the mean over outputs: what is left of the
// likelihood of a count y where p is expected.
type Poisson struct{ plain }

// ClassName implements [Loss].
func (Poisson) ClassName() string { return "Poisson" }

// Row implements [Loss].
func (l Poisson) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (Poisson) one(pred, target float32) (value, slope float64) {
	y, above := float64(target), float64(pred+epsilon) // in float32, as in Keras
	return float64(pred) - float64(y*elementary.Log(above)), 1 - y/above
}
