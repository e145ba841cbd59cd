package recurve

import (
	"errors"
	"fmt"

	"recurve/dataset"
	"recurve/loss"
	"recurve/tensor"
)

// tileLoss sets values to the losses of a tile's samples, of which rows are the
// numbers, and in training the slot's gradient to that of the batch's loss:
//
//	sum over samples and time steps of weight x loss / (samples x steps)
//
// and where a mask reaches the loss, of those steps that count alone, divided by
// their number.
func (e *engine) tileLoss(s *slot, first int, pred *tensor.Block) {
	rows, values := e.rows[first:], e.values[first:first+s.tile.Samples]
	clear(values)
	predictions := len(e.rows) * e.steps
	if e.masking != nil {
		predictions = max(e.masking.valid, 1)
	}
	var grad []float32
	var scale [tensor.Lanes]float32
	n, targets := pred.Features*tensor.Lanes, e.targets/e.steps*tensor.Lanes
	for t := range e.steps {
		if e.training {
			grad = s.grad.Step(t)
		}
		for lane := range values {
			scale[lane] = e.weight(rows[lane], t) / float32(predictions)
		}
		loss.Tile(e.loss, s.value[:], grad, pred.Data[t*n:(t+1)*n], s.target[t*targets:(t+1)*targets], len(values), &scale)
		if e.masking != nil {
			e.masking.note(s.tile.Mask, first, len(values), t)
			mask := s.tile.Mask.Step(t)
			e.kernels.Select(s.value[:], s.value[:], nil, mask)
			e.kernels.Select(grad, grad, nil, mask)
		}
		for lane := range values {
			values[lane] += float32(e.weight(rows[lane], t) * s.value[lane])
		}
	}
	if e.masking != nil {
		return // see meanOverCounted
	}
	for lane := range values {
		values[lane] /= float32(e.steps)
	}
}

// weight is the weight of a sample's prediction for a time step.
func (e *engine) weight(row, step int) float32 {
	switch w := e.data.Weights; len(w) {
	case 0:
		return 1
	case e.data.N:
		return w[row]
	default:
		return w[row*e.steps+step]
	}
}

// weighClasses is data with the classes' weights for its predictions' weights. A
// class without one weighs 1. The class of several targets is the greatest's, that
// of one the target itself.
func (m *Model) weighClasses(data *dataset.Dataset, classes map[int]float32) (*dataset.Dataset, error) {
	if len(classes) == 0 {
		return data, nil
	}
	if data.Weights != nil {
		return nil, errors.New("ClassWeight: the data have weights of their own; give one or the other")
	}
	for class, w := range classes {
		if class < 0 || !(w >= 0) {
			return nil, fmt.Errorf("ClassWeight: expected classes from 0 and weights of 0 or more, got %v for class %d", w, class)
		}
	}
	targets := m.compiled.loss.Targets(m.net.Output().Features)
	out := *data
	out.Weights = make([]float32, len(data.Y)/targets)
	for i := range out.Weights {
		w, ok := classes[classOf(data.Y[i*targets:(i+1)*targets])]
		if !ok {
			w = 1
		}
		out.Weights[i] = w
	}
	return &out, nil
}

// classOf is the number of the class that a prediction's targets stand for.
func classOf(y []float32) int {
	if len(y) == 1 {
		return int(y[0] + 0.5)
	}
	best := 0
	for i, v := range y {
		if v > y[best] {
			best = i
		}
	}
	return best
}
