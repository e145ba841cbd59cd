package layer

import (
	"fmt"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// Dropout sets a share of its input to zero in training, each value for
// itself, and divides the others by 1 - Rate (Srivastava et al., 2014).
// Otherwise it passes its input on. The choice follows from the fit's seed.
//
// Input: vectors or sequences of vectors. Output: the same shape.
type Dropout struct {
	// Rate is the share of values set to zero: 0 to 1.
	Rate float64
	// Name; default "dropout".
	Name string
}

// ClassName implements [Layer].
func (Dropout) ClassName() string { return "Dropout" }

// Label implements [Layer].
func (l Dropout) Label() string { return l.Name }

func (l Dropout) build(b *builder, in Shape) (Operator, error) {
	if in.IDs {
		return nil, fmt.Errorf("expected vectors or sequences of vectors, got %s; put an Embedding in front", in.describe())
	}
	if !(l.Rate >= 0 && l.Rate <= 1) {
		return nil, fmt.Errorf("Rate: expected 0 to 1, got %v", l.Rate)
	}
	out := in
	out.embedding = nil
	o, err := b.operator(l, in, out)
	if err != nil {
		return nil, err
	}
	d := &dropout{operator: o, salt: b.stream(), below: uint64(l.Rate * (1 << 24))}
	if l.Rate < 1 {
		d.scale = float32(1 / (1 - l.Rate))
	}
	return d, nil
}

type dropout struct {
	operator
	salt  uint64 // tells the model's dropout layers apart
	below uint64 // of 2^24: a random number under it drops the value
	scale float32
}

type dropoutWorkspace struct {
	op      *dropout
	out, dx *tensor.Block
}

func (d *dropout) Workspace(run Run) Workspace {
	steps := d.steps(run)
	w := &dropoutWorkspace{op: d}
	if run.Training {
		w.out, w.dx = tensor.NewBlock(steps, d.in.Features), tensor.NewBlock(steps, d.in.Features)
	}
	return w
}

func (w *dropoutWorkspace) Gradients() [][]float32 { return nil }

func (w *dropoutWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	if !tile.Training || w.op.below == 0 {
		return in
	}
	w.out.Steps = in.Steps
	w.apply(tile.Key, w.out, in)
	return w.out
}

func (w *dropoutWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	if w.op.below == 0 {
		return dout
	}
	w.dx.Steps = dout.Steps
	w.apply(tile.Key, w.dx, dout)
	return w.dx
}

// apply drops the same values for the same key: the mask need not be kept.
func (w *dropoutWorkspace) apply(key uint64, dst, src *tensor.Block) {
	n := src.Steps * src.Features * tensor.Lanes
	key = kernel.Mix(key + w.op.salt)
	for i, v := range src.Data[:n] {
		if kernel.Mix(key+uint64(i))>>40 < w.op.below {
			v = 0
		} else {
			v *= w.op.scale
		}
		dst.Data[i] = v
	}
}
