package loss

import (
	"fmt"
	"math"

	"recurve/activation"
	"recurve/internal/elementary"
)

// CategoricalCrossentropy is the cross-entropy of a choice among classes,
//
//	-sum over classes of y*log(p)
//
// where the p are first divided by their sum and then clipped to [1e-7, 1-1e-7]
// in float32; outside, the gradient is 0. Of logits (FromLogits, or behind a last
// softmax, as Keras does on TensorFlow) log(p) is x - log(sum of e^x), which needs
// no clipping.
//
// Targets are 0 to 1, one a class: one-hot, or shares.
type CategoricalCrossentropy struct {
	each
	// FromLogits takes predictions for logits.
	FromLogits bool
	// LabelSmoothing s moves the targets to y*(1-s) + s/classes; 0 to 1, default 0.
	LabelSmoothing float64
}

// ClassName implements [Loss].
func (CategoricalCrossentropy) ClassName() string { return "CategoricalCrossentropy" }

// Check implements [Loss].
func (l CategoricalCrossentropy) Check() error {
	return checkSmoothing(l.ClassName(), l.LabelSmoothing)
}

// CheckTargets implements [Loss].
func (l CategoricalCrossentropy) CheckTargets(y []float32, outputs int) error {
	if err := checkClasses(l.ClassName(), outputs); err != nil {
		return err
	}
	return checkShares(l.ClassName(), y)
}

// OnLogits implements [Loss].
func (l CategoricalCrossentropy) OnLogits(last activation.Activation) Loss {
	if l.FromLogits || last != activation.Softmax {
		return nil
	}
	l.FromLogits = true
	return l
}

// Row implements [Loss].
func (l CategoricalCrossentropy) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	classes := (len(pred) + stride - 1) / stride
	keep, add := 1-l.LabelSmoothing, l.LabelSmoothing/float64(classes)
	y := func(i int) float64 { return float64(float64(target[i])*keep) + add }
	if l.FromLogits {
		return logitsCrossentropy(grad, pred, y, stride, scale)
	}
	return sharesCrossentropy(grad, pred, y, stride, scale)
}

// SparseCategoricalCrossentropy is [CategoricalCrossentropy] with the number of
// the class, from 0, for a target.
type SparseCategoricalCrossentropy struct {
	// FromLogits takes predictions for logits.
	FromLogits bool
}

// ClassName implements [Loss].
func (SparseCategoricalCrossentropy) ClassName() string { return "SparseCategoricalCrossentropy" }

// Check implements [Loss].
func (SparseCategoricalCrossentropy) Check() error { return nil }

// Targets implements [Loss].
func (SparseCategoricalCrossentropy) Targets(int) int { return 1 }

// CheckTargets implements [Loss].
func (l SparseCategoricalCrossentropy) CheckTargets(y []float32, outputs int) error {
	if err := checkClasses(l.ClassName(), outputs); err != nil {
		return err
	}
	for i, v := range y {
		if c := int(v); !(v >= 0) || c >= outputs || float32(c) != v {
			return fmt.Errorf("target %d is %v; %s expects the number of a class, 0 to %d, as the model has %d outputs", i, v, l.ClassName(), outputs-1, outputs)
		}
	}
	return nil
}

// OnLogits implements [Loss].
func (l SparseCategoricalCrossentropy) OnLogits(last activation.Activation) Loss {
	if l.FromLogits || last != activation.Softmax {
		return nil
	}
	l.FromLogits = true
	return l
}

// Row implements [Loss].
func (l SparseCategoricalCrossentropy) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	class := int(target[0]) * stride
	y := func(i int) float64 {
		if i == class {
			return 1
		}
		return 0
	}
	if l.FromLogits {
		return logitsCrossentropy(grad, pred, y, stride, scale)
	}
	return sharesCrossentropy(grad, pred, y, stride, scale)
}

// checkClasses checks a model's outputs: float32 holds numbers of classes exactly
// up to 2^24.
func checkClasses(class string, outputs int) error {
	switch {
	case outputs < 2:
		return fmt.Errorf("%s expects an output for each of 2 classes or more, the model has %d; for a yes or no of one output use BinaryCrossentropy", class, outputs)
	case outputs > 1<<24:
		return fmt.Errorf("%s: expected at most %d classes, got %d", class, 1<<24, outputs)
	}
	return nil
}

// logitsCrossentropy is the cross-entropy of logits; y(i) is the target that
// belongs to pred[i].
func logitsCrossentropy(grad, pred []float32, y func(i int) float64, stride int, scale float64) float64 {
	top := math.Inf(-1)
	for i := 0; i < len(pred); i += stride {
		top = max(top, float64(pred[i]))
	}
	var sum, all, right float64 // of e^x, of targets, of targets times logits
	for i := 0; i < len(pred); i += stride {
		x := float64(pred[i]) - top
		sum += elementary.Exp(x)
		if t := y(i); t != 0 {
			all += t
			right += float64(t * x)
		}
	}
	if grad != nil {
		for i := 0; i < len(pred); i += stride {
			p := elementary.Exp(float64(pred[i])-top) / sum
			grad[i] = float32((float64(p*all) - y(i)) * scale)
		}
	}
	return float64(all*elementary.Log(sum)) - right
}

// sharesCrossentropy is the cross-entropy of probabilities.
func sharesCrossentropy(grad, pred []float32, y func(i int) float64, stride int, scale float64) float64 {
	const lo, hi = epsilon, 1 - epsilon
	var sum float64
	for i := 0; i < len(pred); i += stride {
		sum += float64(pred[i])
	}
	// share is p divided by the sum, clipped, and whether the clip let it be.
	share := func(i int) (float64, bool) {
		p := float32(float64(pred[i]) / sum)
		return float64(min(max(p, lo), hi)), p >= lo && p <= hi
	}
	var value, all float64 // all: the targets that the gradient knows of
	for i := 0; i < len(pred); i += stride {
		t := y(i)
		if t == 0 {
			continue
		}
		p, free := share(i)
		value -= float64(t * elementary.Log(p))
		if free {
			all += t
		}
	}
	for i := 0; i < len(pred) && grad != nil; i += stride {
		d := all
		if t := y(i); t != 0 {
			if p, free := share(i); free {
				d -= t / p
			}
		}
		grad[i] = float32(d / sum * scale)
	}
	return value
}
