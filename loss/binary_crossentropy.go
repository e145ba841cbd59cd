package loss

import (
	"fmt"
	"math"

	"recurve/activation"
	"recurve/internal/elementary"
	"recurve/tensor"
)

// BinaryCrossentropy is the cross-entropy of yes-or-no answers,
//
//	-y*log(p) - (1-y)*log(1-p)
//
// with p clipped to [1e-7, 1-1e-7] in float32; outside, the gradient is 0. Of a
// logit x (FromLogits, or behind a last sigmoid, as Keras does on TensorFlow) it
// is max(x, 0) - x*y + log(1 + e^-|x|), which needs no clipping.
//
// Targets are 0 to 1.
type BinaryCrossentropy struct {
	// FromLogits takes predictions for logits.
	FromLogits bool
	// LabelSmoothing s moves the targets to y*(1-s) + s/2; 0 to 1, default 0.
	LabelSmoothing float64
}

// ClassName implements [Loss].
func (BinaryCrossentropy) ClassName() string { return "BinaryCrossentropy" }

// Check implements [Loss].
func (l BinaryCrossentropy) Check() error {
	if !(l.LabelSmoothing >= 0 && l.LabelSmoothing <= 1) {
		return fmt.Errorf("BinaryCrossentropy: LabelSmoothing: expected 0 to 1, got %v", l.LabelSmoothing)
	}
	return nil
}

// CheckTargets implements [Loss].
func (BinaryCrossentropy) CheckTargets(y []float32) error {
	for i, v := range y {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("target %d is %v; BinaryCrossentropy expects 0 to 1", i, v)
		}
	}
	return nil
}

// OnLogits implements [Loss].
func (l BinaryCrossentropy) OnLogits(last activation.Activation) Loss {
	if l.FromLogits || last != activation.Sigmoid {
		return nil
	}
	l.FromLogits = true
	return l
}

// Tile implements [Loss].
func (l BinaryCrossentropy) Tile(value, grad, pred, target []float32, samples int, scale float32) {
	clear(value)
	clear(grad)
	outputs := len(pred) / tensor.Lanes
	mean := 1 / float64(outputs)
	for o := range outputs {
		for lane := range samples {
			i := o*tensor.Lanes + lane
			y := float64(float64(target[i])*(1-l.LabelSmoothing)) + float64(l.LabelSmoothing/2)
			v, d := l.one(pred[i], y)
			value[lane] += float32(v * mean)
			if grad != nil {
				grad[i] = float32(d * mean * float64(scale))
			}
		}
	}
}

// one is the loss of one prediction and its derivative.
func (l BinaryCrossentropy) one(pred float32, y float64) (value, slope float64) {
	if l.FromLogits {
		x := float64(pred)
		e := elementary.Exp(-math.Abs(x))
		p := 1 / (1 + e)
		if x < 0 {
			p = e / (1 + e)
		}
		return max(x, 0) - float64(x*y) + elementary.Log1p(e), p - y
	}
	const lo, hi float32 = 1e-7, 1 - 1e-7 // hi is 0.99999988 in float32
	clipped := min(max(pred, lo), hi)
	p, q := float64(clipped), float64(1-clipped) // 1-p in float32, as in Keras
	value = -float64(y*elementary.Log(p)) - float64((1-y)*elementary.Log(q))
	if pred < lo || pred > hi {
		return value, 0
	}
	return value, (1-y)/q - y/p
}
