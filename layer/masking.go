package layer

import (
	"errors"
	"fmt"

	"recurve/tensor"
)

// Masking masks the time steps in which all features equal MaskValue, and sets
// them to zero: layers behind that know masks pass over them. An earlier mask
// is forgotten.
//
// Input: sequences of vectors, (batch, steps, features). Output: the same.
type Masking struct {
	// MaskValue; default 0.
	MaskValue float64
	// Name; default "masking".
	Name string
}

// ClassName implements [Layer].
func (Masking) ClassName() string { return "Masking" }

// Label implements [Layer].
func (l Masking) Label() string { return l.Name }

func (l Masking) build(b *builder, in Shape) (Operator, error) {
	if in.IDs {
		return nil, errors.New("expected sequences of vectors, got ids; set MaskZero in the Embedding instead")
	}
	if !in.Sequence {
		return nil, fmt.Errorf("expected sequences of vectors, got %s", in.describe())
	}
	out := in
	out.Masked, out.embedding = true, nil
	o, err := b.operator(l, in, out)
	return &masking{operator: o, value: float32(l.MaskValue)}, err
}

type masking struct {
	operator
	value float32
}

// Counted implements [Masker].
func (m *masking) Counted(_ []int32, features []float32) int {
	n := 0
	for i := 0; i < len(features); i += m.in.Features {
		for _, v := range features[i : i+m.in.Features] {
			if v != m.value {
				n++
				break
			}
		}
	}
	return n
}

type maskingWorkspace struct {
	op      *masking
	mask    *Mask
	out, dx *tensor.Block
}

func (m *masking) Workspace(run Run) Workspace {
	w := &maskingWorkspace{op: m, mask: newMask(run.Steps), out: tensor.NewBlock(run.Steps, m.in.Features)}
	if run.Training && m.in.trained {
		w.dx = tensor.NewBlock(run.Steps, m.in.Features)
	}
	return w
}

func (w *maskingWorkspace) Gradients() [][]float32 { return nil }

func (w *maskingWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	for t := range in.Steps {
		row := w.mask.Step(t)
		clear(row)
		for i, v := range in.Step(t) {
			if v != w.op.value {
				row[i%tensor.Lanes] = -1
			}
		}
	}
	w.mask.scan(in.Steps)
	tile.Mask = w.mask
	w.out.Steps = in.Steps
	selectAll(w.op.k, w.out, in, w.mask)
	return w.out
}

func (w *maskingWorkspace) Backward(_ *Tile, dout *tensor.Block) *tensor.Block {
	if w.dx == nil {
		return nil
	}
	w.dx.Steps = dout.Steps
	selectAll(w.op.k, w.dx, dout, w.mask)
	return w.dx
}
