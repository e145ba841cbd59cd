package loss

import (
	"math"

	"recurve/activation"
	"recurve/internal/elementary"
)

// BinaryCrossentropy is the cross-entropy of yes-or-no answers,
//
//	-y*log(p) - (1-y)*log(1-p)
//
// with p clipped to [1e-7, 1-1e-7] in float32; outside, the gradient is 0. Of a
// logit x (FromLogits, or behind a last sigmoid, as Keras does on TensorFlow) it
// is max(x, 0) - x*y + log(1 + e^-|x|), which needs no clipping. It is the mean
// over outputs.
//
// Targets are 0 to 1.
type BinaryCrossentropy struct {
	each
	// FromLogits takes predictions for logits.
	FromLogits bool
	// LabelSmoothing s moves the targets to y*(1-s) + s/2; 0 to 1, default 0.
	LabelSmoothing float64
}

// ClassName implements [Loss].
func (BinaryCrossentropy) ClassName() string { return "BinaryCrossentropy" }

// Check implements [Loss].
func (l BinaryCrossentropy) Check() error { return checkSmoothing(l.ClassName(), l.LabelSmoothing) }

// CheckTargets implements [Loss].
func (l BinaryCrossentropy) CheckTargets(y []float32, _ int) error {
	return checkShares(l.ClassName(), y)
}

// OnLogits implements [Loss].
func (l BinaryCrossentropy) OnLogits(last activation.Activation) Loss {
	if l.FromLogits || last != activation.Sigmoid {
		return nil
	}
	l.FromLogits = true
	return l
}

// Row implements [Loss].
func (l BinaryCrossentropy) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	return meanRow(l, grad, pred, target, stride, scale)
}

func (l BinaryCrossentropy) one(pred, target float32) (value, slope float64) {
	y := smoothed(target, l.LabelSmoothing)
	if !l.FromLogits {
		return clippedCrossentropy(pred, y)
	}
	x := float64(pred)
	e := elementary.Exp(-math.Abs(x))
	p := 1 / (1 + e)
	if x < 0 {
		p = e / (1 + e)
	}
	return max(x, 0) - float64(x*y) + elementary.Log1p(e), p - y
}

// smoothed moves a target of a yes-or-no answer towards 1/2.
func smoothed(y float32, s float64) float64 {
	return float64(float64(y)*(1-s)) + float64(s/2)
}

// clippedCrossentropy is the cross-entropy of a probability.
func clippedCrossentropy(pred float32, y float64) (value, slope float64) {
	const lo, hi = epsilon, 1 - epsilon // hi is 0.99999988 in float32
	clipped := min(max(pred, lo), hi)
	p, q := float64(clipped), float64(1-clipped) // 1-p in float32, as in Keras
	value = -float64(y*elementary.Log(p)) - float64((1-y)*elementary.Log(q))
	if pred < lo || pred > hi {
		return value, 0
	}
	return value, (1-y)/q - y/p
}
