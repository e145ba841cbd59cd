package layer

import (
	"errors"
	"fmt"

	"recurve/tensor"
)

// Flatten lays the vectors of all time steps one behind the other. A mask ends
// here: masked steps take part.
//
// Input: sequences of vectors of a fixed length, (batch, steps, features).
// Output: (batch, steps*features). Vectors stay as they are.
type Flatten struct {
	// Name; default "flatten".
	Name string
}

// ClassName implements [Layer].
func (Flatten) ClassName() string { return "Flatten" }

// Label implements [Layer].
func (l Flatten) Label() string { return l.Name }

func (l Flatten) build(b *builder, in Shape) (Operator, error) {
	switch {
	case in.IDs:
		return nil, fmt.Errorf("expected vectors or sequences of vectors, got %s; put an Embedding in front", in.describe())
	case in.Sequence && in.Steps == 0:
		return nil, errors.New("expected sequences of a fixed length, got any; put layer.Input{Shape: []int{steps}} or {steps, features} in front of the model")
	}
	out := Shape{Features: max(in.Steps, 1) * in.Features, trained: in.trained}
	o, err := b.operator(l, in, out)
	return &flatten{o}, err
}

type flatten struct{ operator }

type flattenWorkspace struct {
	op      *flatten
	out, dx tensor.Block
}

func (f *flatten) Workspace(Run) Workspace { return &flattenWorkspace{op: f} }

func (w *flattenWorkspace) Gradients() [][]float32 { return nil }

// Forward looks at the same values in another way: the layout has the order of
// time, then of features.
func (w *flattenWorkspace) Forward(_ *Tile, in *tensor.Block) *tensor.Block {
	w.out = tensor.Block{Steps: 1, Features: w.op.out.Features, Data: in.Data}
	return &w.out
}

func (w *flattenWorkspace) Backward(_ *Tile, dout *tensor.Block) *tensor.Block {
	w.dx = tensor.Block{Steps: max(w.op.in.Steps, 1), Features: w.op.in.Features, Data: dout.Data}
	return &w.dx
}
