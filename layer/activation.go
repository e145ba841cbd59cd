package layer

import (
	"fmt"

	"recurve/activation"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// Activation applies an activation to each value, or Softmax to a time step's: y = f(x).
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
	return &activationOperator{operator: o, act: l.Activation.Or(activation.Linear).Kernel()}, err
}

type activationOperator struct {
	operator
	act        kernel.Activation
	fromLogits bool // the loss works on the input
}

// HeadActivation implements [Head].
func (a *activationOperator) HeadActivation() activation.Activation {
	return activation.Activation(a.act)
}

// TakeLogits implements [Head].
func (a *activationOperator) TakeLogits(yes bool) { a.fromLogits = yes }

type activationWorkspace struct {
	op    *activationOperator
	in    *tensor.Block // of the last Forward
	y, dx *tensor.Block
}

func (a *activationOperator) Workspace(run Run) Workspace {
	steps := a.steps(run)
	w := &activationWorkspace{op: a, y: tensor.NewBlock(steps, a.in.Features)}
	if run.Training {
		w.dx = tensor.NewBlock(steps, a.in.Features)
	}
	return w
}

// Logits implements [LogitsKeeper].
func (w *activationWorkspace) Logits() *tensor.Block { return w.in }

func (w *activationWorkspace) Gradients() [][]float32 { return nil }

func (w *activationWorkspace) Forward(_ *Tile, in *tensor.Block) *tensor.Block {
	w.in, w.y.Steps = in, in.Steps
	for t := range in.Steps {
		y := w.y.Step(t)
		copy(y, in.Step(t))
		activate(w.op.k, y, w.op.act)
	}
	return w.y
}

func (w *activationWorkspace) Backward(_ *Tile, dout *tensor.Block) *tensor.Block {
	if w.op.fromLogits {
		return dout
	}
	w.dx.Steps = dout.Steps
	for t := range dout.Steps {
		dx := w.dx.Step(t)
		copy(dx, dout.Step(t))
		activateGrad(w.op.k, dx, w.y.Step(t), w.in.Step(t), w.op.act)
	}
	return w.dx
}
