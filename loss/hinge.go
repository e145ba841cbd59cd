package loss

import (
	"fmt"
	"math"

	"recurve/activation"
)

// signs is embedded in the losses of targets that are -1 or 1.
type signs struct{ plain }

// CheckTargets implements [Loss].
func (signs) CheckTargets(y []float32, _ int) error {
	zero, minus := -1, -1
	for i, v := range y {
		switch v {
		case 0:
			zero = i
		case -1:
			minus = i
		case 1:
		default:
			return fmt.Errorf("target %d is %v; the hinge losses expect -1 or 1, or 0 or 1", i, v)
		}
	}
	if zero >= 0 && minus >= 0 {
		return fmt.Errorf("target %d is 0 and target %d is -1; the hinge losses expect -1 or 1, or 0 or 1", zero, minus)
	}
	return nil
}

// signed is the target -1 or 1.
func signed(y float32) float64 {
	if y == 0 {
		return -1
	}
	return float64(y)
}

// Hinge is max(1 - y*p, 0), the mean over outputs.
//
// Targets are -1 or 1; where they are 0 or 1, 0 stands for -1.
type Hinge struct{ signs }

// ClassName implements [Loss].
func (Hinge) ClassName() string { return "Hinge" }

// Row implements [Loss].
func (l Hinge) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (Hinge) one(pred, target float32) (value, slope float64) {
	y := signed(target)
	v := 1 - float64(y*float64(pred))
	if v <= 0 {
		return 0, 0
	}
	return v, -y
}

// SquaredHinge is max(1 - y*p, 0)^2, the mean over outputs.
//
// Targets are -1 or 1; where they are 0 or 1, 0 stands for -1.
type SquaredHinge struct{ signs }

// ClassName implements [Loss].
func (SquaredHinge) ClassName() string { return "SquaredHinge" }

// Row implements [Loss].
func (l SquaredHinge) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (SquaredHinge) one(pred, target float32) (value, slope float64) {
	v, d := Hinge{}.one(pred, target)
	return v * v, 2 * v * d
}

// CategoricalHinge is max(neg - pos + 1, 0), where pos = sum of y*p and neg = the
// greatest of (1-y)*p: the right class' output should be 1 above the others'.
//
// Targets are 0 to 1, one a class.
type CategoricalHinge struct{ each }

// ClassName implements [Loss].
func (CategoricalHinge) ClassName() string { return "CategoricalHinge" }

// Check implements [Loss].
func (CategoricalHinge) Check() error { return nil }

// CheckTargets implements [Loss].
func (l CategoricalHinge) CheckTargets(y []float32, _ int) error {
	return checkShares(l.ClassName(), y)
}

// OnLogits implements [Loss].
func (CategoricalHinge) OnLogits(activation.Activation) Loss { return nil }

// Row implements [Loss].
func (CategoricalHinge) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	other := func(i int) float64 { return (1 - float64(target[i])) * float64(pred[i]) }
	pos, neg, greatest := 0.0, math.Inf(-1), 0 // greatest: how many share the place
	for i := 0; i < len(pred); i += stride {
		pos += float64(float64(target[i]) * float64(pred[i]))
		switch v := other(i); {
		case v > neg:
			neg, greatest = v, 1
		case v == neg:
			greatest++
		}
	}
	value := neg - pos + 1
	if value <= 0 {
		value, scale = 0, 0
	}
	for i := 0; i < len(pred) && grad != nil; i += stride {
		d := -float64(target[i])
		if other(i) == neg {
			d += (1 - float64(target[i])) / float64(greatest)
		}
		grad[i] = float32(d * scale)
	}
	return value
}
