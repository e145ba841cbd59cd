package loss

import (
	"recurve/activation"
	"recurve/internal/elementary"
)

// KLDivergence is the divergence of Kullback and Leibler, the sum over outputs of
// y*log(y/p), with y and p clipped to [1e-7, 1]; outside, the gradient is 0.
//
// Targets are 0 to 1.
type KLDivergence struct{ each }

// ClassName implements [Loss].
func (KLDivergence) ClassName() string { return "KLDivergence" }

// Check implements [Loss].
func (KLDivergence) Check() error { return nil }

// CheckTargets implements [Loss].
func (l KLDivergence) CheckTargets(y []float32, _ int) error { return checkShares(l.ClassName(), y) }

// OnLogits implements [Loss].
func (KLDivergence) OnLogits(activation.Activation) Loss { return nil }

// Row implements [Loss].
func (KLDivergence) Row(grad, pred, target []float32, stride int, scale float64) float64 {
	var value float64
	for i := 0; i < len(pred); i += stride {
		p := float64(min(max(pred[i], epsilon), 1))
		y := float64(min(max(target[i], epsilon), 1))
		value += float64(y * (elementary.Log(y) - elementary.Log(p)))
		if grad != nil {
			grad[i] = 0
			if pred[i] >= epsilon && pred[i] <= 1 {
				grad[i] = float32(-y / p * scale)
			}
		}
	}
	return value
}
