package recurve

import (
	"recurve/dataset"
	"recurve/layer"
	"recurve/tensor"
)

// masking is what an engine needs where a mask reaches the loss: then a batch's
// loss is the mean over the steps that count, as in Keras, not over all.
type masking struct {
	masker layer.Masker // makes the mask from the model's input; nil where the mask depends on more
	steps  int
	counts []bool // of the batch at work, samples x steps
	valid  int    // how many of the batch's steps count
}

// newMasking is nil where no mask reaches the output.
func newMasking(net *layer.Network, run layer.Run) *masking {
	if !net.Output().Masked {
		return nil
	}
	m := &masking{steps: run.Steps, counts: make([]bool, run.BatchSize*run.Steps)}
	for i, op := range net.Operators {
		if masker, ok := op.(layer.Masker); ok && op.Output().Masked {
			if m.masker = nil; i == 0 {
				m.masker = masker
			}
		}
	}
	return m
}

// counted is how many steps of a batch's samples count.
func (m *masking) counted(rows int) int {
	n := 0
	for _, yes := range m.counts[:rows*m.steps] {
		if yes {
			n++
		}
	}
	return n
}

// countSteps finds out, ahead of a training step, how many steps count.
func (e *engine) countSteps(data *dataset.Dataset, rows []int) {
	m := e.masking
	m.valid = 0
	if m.masker == nil { // go and see
		for e.wave = 0; e.wave*tensor.Lanes < len(rows); e.wave += len(e.slots) {
			e.pool.run(e.tiles(), e.forward)
		}
		m.valid = m.counted(len(rows))
		return
	}
	for _, r := range rows {
		var ids []int32
		var features []float32
		if data.IDs != nil {
			ids = data.IDs[r*m.steps : (r+1)*m.steps]
		} else {
			n := m.steps * e.ops[0].Input().Features
			features = data.Features[r*n : (r+1)*n]
		}
		m.valid += m.masker.Counted(ids, features)
	}
}

// note takes down which of a tile's steps count.
func (m *masking) note(mask *layer.Mask, first, samples, step int) {
	for lane := range samples {
		m.counts[(first+lane)*m.steps+step] = mask.Counts(step, lane)
	}
}

// meanOverCounted scales the sums of samples so that their mean is the mean over
// the batch's steps that count; 0 where none does.
func (e *engine) meanOverCounted(rows int) {
	valid := e.masking.counted(rows)
	scale := float64(rows) / float64(max(valid, 1))
	for i, v := range e.values[:rows] {
		e.values[i] = float32(float64(v) * scale)
	}
}
