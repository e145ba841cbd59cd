package recurve

import (
	"recurve/regularizer"
	"recurve/tensor"
)

// penalties add the regularizers of a model's parameters to its loss and their
// gradients to its own, and hold parameters in their constraints.
type penalties struct {
	regularized, constrained []*tensor.Param
	// sums are the penalties on one piece after the other, of pieceSize values
	// each: the order in which they are added up depends on no number of workers.
	sums []float64
}

const pieceSize = 4096

// newPenalties is nil where no parameter has any.
func newPenalties(params []*tensor.Param) *penalties {
	p := &penalties{}
	n := 0
	for _, v := range params {
		if v.Regularizer != nil {
			p.regularized = append(p.regularized, v)
			n += (len(v.Data) + pieceSize - 1) / pieceSize
		}
		if v.Constraint != nil {
			p.constrained = append(p.constrained, v)
		}
	}
	if p.regularized == nil && p.constrained == nil {
		return nil
	}
	p.sums = make([]float64, n)
	return p
}

// penalize is a stage: a worker's share of the penalties, and in training of
// their gradients.
func (p *penalties) penalize(part, parts int, training bool) {
	piece := 0
	for _, v := range p.regularized {
		for lo := 0; lo < len(v.Data); lo += pieceSize {
			if piece%parts == part {
				hi := min(lo+pieceSize, len(v.Data))
				p.sums[piece] = regularizer.Value(v.Regularizer, v.Data[lo:hi])
				if training {
					regularizer.AddGradient(v.Regularizer, v.Grad[lo:hi], v.Data[lo:hi], 1)
				}
			}
			piece++
		}
	}
}

// sum is the whole penalty.
func (p *penalties) sum() float64 {
	var s float64
	for _, v := range p.sums {
		s += v
	}
	return s
}

// constrain is a stage: a worker's share of the constraints.
func (p *penalties) constrain(part, parts int) {
	for _, v := range p.constrained {
		v.Constraint.Apply(v.Data, v.Shape, part, parts)
	}
}

// addPenalties sets the batch's penalty, and in training adds the gradients of
// the weights' regularizers.
func (e *engine) addPenalties(rows int) {
	e.penalty = 0
	for first := 0; first < rows; first += tensor.Lanes {
		e.penalty += e.activity[first/tensor.Lanes]
	}
	e.penalty /= float64(rows)
	if e.penalties != nil && e.penalties.regularized != nil {
		e.parts(e.penalize)
		e.penalty += e.penalties.sum()
	}
}
