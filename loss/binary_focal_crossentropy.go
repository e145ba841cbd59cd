package loss

import (
	"fmt"

	"recurve/activation"
	"recurve/internal/elementary"
)

// BinaryFocalCrossentropy is [BinaryCrossentropy] in which answers that are
// right already count less,
//
//	(1-q)^Gamma * crossentropy, where q = y*p + (1-y)*(1-p)
//
// the mean over outputs. p is the prediction, or the sigmoid of a logit.
//
// Targets are 0 to 1.
type BinaryFocalCrossentropy struct {
	each
	// Gamma, 0 or more; default 2. NoFocus stands for 0.
	Gamma float64
	// NoFocus sets Gamma to 0.
	NoFocus bool
	// ApplyClassBalancing multiplies by y*Alpha + (1-y)*(1-Alpha).
	ApplyClassBalancing bool
	// Alpha is the weight of class 1; default 0.25.
	Alpha float64
	// FromLogits takes predictions for logits.
	FromLogits bool
	// LabelSmoothing s moves the targets to y*(1-s) + s/2; 0 to 1, default 0.
	LabelSmoothing float64
}

// ClassName implements [Loss].
func (BinaryFocalCrossentropy) ClassName() string { return "BinaryFocalCrossentropy" }

// Check implements [Loss].
func (l BinaryFocalCrossentropy) Check() error {
	switch {
	case !(l.Gamma >= 0) || l.NoFocus && l.Gamma != 0:
		return fmt.Errorf("BinaryFocalCrossentropy: Gamma: expected 0 or more, and none with NoFocus, got %v", l.Gamma)
	case !(l.Alpha >= 0 && l.Alpha <= 1):
		return fmt.Errorf("BinaryFocalCrossentropy: Alpha: expected 0 to 1, got %v", l.Alpha)
	}
	return checkSmoothing(l.ClassName(), l.LabelSmoothing)
}

// CheckTargets implements [Loss].
func (l BinaryFocalCrossentropy) CheckTargets(y []float32, _ int) error {
	return checkShares(l.ClassName(), y)
}

// OnLogits implements [Loss].
func (BinaryFocalCrossentropy) OnLogits(activation.Activation) Loss { return nil }

// Row implements [Loss].
func (l BinaryFocalCrossentropy) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (l BinaryFocalCrossentropy) one(pred, target float32) (value, slope float64) {
	gamma, alpha := l.Gamma, l.Alpha
	if gamma == 0 && !l.NoFocus {
		gamma = 2
	}
	if alpha == 0 {
		alpha = 0.25
	}
	inner := 1.0 // slope of the sigmoid
	if l.FromLogits {
		p := 1 / (1 + elementary.Exp(-float64(pred)))
		inner = p * (1 - p)
		pred = float32(p)
	}
	y := smoothed(target, l.LabelSmoothing)
	entropy, dEntropy := clippedCrossentropy(pred, y)
	p := float64(pred)
	wrong := 1 - (float64(y*p) + float64((1-y)*(1-p)))
	focus, dFocus := power(wrong, gamma)
	weight := 1.0
	if l.ApplyClassBalancing {
		weight = float64(y*alpha) + float64((1-y)*(1-alpha))
	}
	slope = float64(dFocus*(1-2*y)*entropy) + float64(focus*dEntropy)
	return weight * focus * entropy, weight * slope * inner
}

// power is x^g, x >= 0, and its derivative with respect to x.
func power(x, g float64) (value, slope float64) {
	switch {
	case g == 0:
		return 1, 0
	case g == 1:
		return x, 1
	case g == 2:
		return x * x, 2 * x
	case x <= 0:
		return 0, 0
	}
	value = elementary.Exp(g * elementary.Log(x))
	return value, g * value / x
}
