package layer

import (
	"fmt"
	"math"

	"recurve/constraint"
	"recurve/regularizer"
	"recurve/tensor"
)

// bound is what a description says about the values of one parameter.
type bound struct {
	regularizer regularizer.Regularizer
	constraint  constraint.Constraint
}

// set gives the bound to a parameter. field is the parameter's part of the
// arguments' names: "Kernel" of KernelRegularizer.
func (b bound) set(p *tensor.Param, field string) error {
	if b.regularizer != nil {
		if err := b.regularizer.Check(); err != nil {
			return fmt.Errorf("%sRegularizer: %w", field, err)
		}
	}
	if b.constraint != nil {
		if err := b.constraint.Check(p.Shape); err != nil {
			return fmt.Errorf("%sConstraint: %w", field, err)
		}
	}
	p.Regularizer, p.Constraint = b.regularizer, b.constraint
	return nil
}

// penalize gives the operator a penalty on its output.
func (o *operator) penalize(r regularizer.Regularizer) error {
	if r == nil {
		return nil
	}
	if err := r.Check(); err != nil {
		return fmt.Errorf("ActivityRegularizer: %w", err)
	}
	o.activity = r
	return nil
}

// addPenalty adds the penalty on a tile's output to the tile's.
func (o *operator) addPenalty(tile *Tile, y *tensor.Block) {
	if o.activity == nil {
		return
	}
	l1, l2 := o.activity.Factors()
	var abs, squares float64
	for i, v := range y.Data[:y.Steps*y.Features*tensor.Lanes] {
		if i%tensor.Lanes < tile.Samples {
			abs += math.Abs(float64(v))
			squares += float64(float64(v) * float64(v))
		}
	}
	tile.Penalty += float64(l1*abs) + float64(l2*squares)
}

// addPenaltyGrad adds the gradient of the penalty on y, which is a mean over the
// batch's samples, to dout.
func (o *operator) addPenaltyGrad(tile *Tile, dout, y *tensor.Block) {
	if o.activity == nil {
		return
	}
	for row := 0; row < y.Steps*y.Features*tensor.Lanes; row += tensor.Lanes {
		used := row + tile.Samples
		regularizer.AddGradient(o.activity, dout.Data[row:used], y.Data[row:used], 1/float64(tile.Batch))
	}
}
