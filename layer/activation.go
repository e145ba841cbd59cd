package layer

import (
	"fmt"

	"recurve/activation"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// Activation applies an activation to each value: y = f(x).
//
// Input: vectors or sequences of vectors. Output: the same shape.
type Activation struct {
	// Activation f; default linear.
	Activation activation.Activation
	// Name; default "activation".
	Name string
}

// ClassName implements [Layer].
func (Activation) ClassName() string { return "Activation" }

// Label implements [Layer].
func (l Activation) Label() string { return l.Name }

func (l Activation) build(b *builder, in Shape) (Operator, error) {
	if in.IDs {
		return nil, fmt.Errorf("expected vectors or sequences of vectors, got %s; put an Embedding in front", in.describe())
	}
	if !l.Activation.Valid() {
		return nil, fmt.Errorf("Activation: %v is not known", l.Activation)
	}
	out := in
	out.embedding = nil
	o, err := b.operator(l, in, out)
	return &activate{operator: o, act: l.Activation.Or(activation.Linear).Kernel()}, err
}

type activate struct {
	operator
	act        kernel.Activation
	fromLogits bool // the loss works on the input
}

// HeadActivation implements [Head].
func (a *activate) HeadActivation() activation.Activation { return activation.Activation(a.act) }

// TakeLogits implements [Head].
func (a *activate) TakeLogits(yes bool) { a.fromLogits = yes }

type activateWorkspace struct {
	op    *activate
	in    *tensor.Block // of the last Forward
	y, dx *tensor.Block
}

func (a *activate) Workspace(run Run) Workspace {
	steps := a.steps(run)
	w := &activateWorkspace{op: a, y: tensor.NewBlock(steps, a.in.Features)}
	if run.Training {
		w.dx = tensor.NewBlock(steps, a.in.Features)
	}
	return w
}

// Logits implements [LogitsKeeper].
func (w *activateWorkspace) Logits() *tensor.Block { return w.in }

func (w *activateWorkspace) Gradients() [][]float32 { return nil }

func (w *activateWorkspace) Forward(_ *Tile, in *tensor.Block) *tensor.Block {
	w.in, w.y.Steps = in, in.Steps
	for t := range in.Steps {
		y := w.y.Step(t)
		copy(y, in.Step(t))
		w.op.k.Activate(y, w.op.act)
	}
	return w.y
}

func (w *activateWorkspace) Backward(_ *Tile, dout *tensor.Block) *tensor.Block {
	if w.op.fromLogits {
		return dout
	}
	w.dx.Steps = dout.Steps
	for t := range dout.Steps {
		dx := w.dx.Step(t)
		copy(dx, dout.Step(t))
		w.op.k.ActivateGrad(dx, w.y.Step(t), w.in.Step(t), w.op.act)
	}
	return w.dx
}
