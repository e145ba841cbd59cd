package layer

import (
	"errors"
	"fmt"

	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/regularizer"
	"recurve/tensor"
)

// Dense is the fully connected layer: y = act(x.W + b).
//
// Input: vectors, (batch, features), or sequences of them, (batch, steps,
// features), each step for itself. Output: the same with Units features.
// Variables: kernel W (features, Units), bias b (Units).
type Dense struct {
	// Units is the number of outputs. Needed.
	Units int
	// Activation; default linear.
	Activation activation.Activation
	// NoBias leaves b out (Keras: use_bias=False).
	NoBias bool
	// KernelInitializer; default GlorotUniform.
	KernelInitializer initializer.Initializer
	// BiasInitializer; default Zeros.
	BiasInitializer initializer.Initializer
	// KernelRegularizer is a penalty on W; default none.
	KernelRegularizer regularizer.Regularizer
	// BiasRegularizer is a penalty on the bias; default none.
	BiasRegularizer regularizer.Regularizer
	// ActivityRegularizer is a penalty on the layer's output, divided by the
	// number of samples in the batch; default none.
	ActivityRegularizer regularizer.Regularizer
	// KernelConstraint bounds W; default none.
	KernelConstraint constraint.Constraint
	// BiasConstraint bounds the bias; default none.
	BiasConstraint constraint.Constraint
	// Name; default "dense".
	Name string
}

// ClassName implements [Layer].
func (Dense) ClassName() string { return "Dense" }

// Label implements [Layer].
func (l Dense) Label() string { return l.Name }

func (l Dense) build(b *builder, in Shape) (Operator, error) {
	if in.IDs {
		return nil, fmt.Errorf("expected vectors or sequences of vectors, got %s; put an Embedding in front", in.describe())
	}
	if err := atLeastOne("Units", l.Units); err != nil {
		return nil, err
	}
	if !l.Activation.Valid() {
		return nil, fmt.Errorf("Activation: %v is not known", l.Activation)
	}
	out := Shape{Sequence: in.Sequence, Steps: in.Steps, Features: l.Units, Masked: in.Masked, trained: true}
	o, err := b.operator(l, in, out)
	if err != nil {
		return nil, err
	}
	d := &dense{operator: o, act: l.Activation.Or(activation.Linear).Kernel(),
		turned: make([]float32, l.Units*in.Features)}
	if d.kernel, err = b.param(&d.operator, l.KernelInitializer, initializer.GlorotUniform{}, "kernel", in.Features, l.Units); err != nil {
		return nil, err
	}
	if err := errors.Join(bound{l.KernelRegularizer, l.KernelConstraint}.set(d.kernel, "Kernel"), d.penalize(l.ActivityRegularizer)); err != nil {
		return nil, err
	}
	if l.NoBias {
		return d, nil
	}
	if d.bias, err = b.param(&d.operator, l.BiasInitializer, initializer.Zeros{}, "bias", l.Units); err != nil {
		return nil, err
	}
	return d, bound{l.BiasRegularizer, l.BiasConstraint}.set(d.bias, "Bias")
}

type dense struct {
	operator
	act          kernel.Activation
	kernel, bias *tensor.Param
	turned       []float32 // W transposed
	fromLogits   bool      // the loss works on the pre-activation
}

// Head is an operator that ends with an activation which a loss can take over,
// to work on the pre-activation (the logits).
type Head interface {
	Operator
	// HeadActivation is the activation that ends the layer; linear where something
	// else needs the layer's output.
	HeadActivation() activation.Activation
	// TakeLogits lets Backward take gradients with respect to the logits, or,
	// as at first, with respect to the output.
	TakeLogits(bool)
}

// LogitsKeeper is the workspace of a Head.
type LogitsKeeper interface {
	Workspace
	// Logits are the last Forward's pre-activations.
	Logits() *tensor.Block
}

func (d *dense) HeadActivation() activation.Activation {
	if d.activity != nil {
		return activation.Linear
	}
	return activation.Activation(d.act)
}

func (d *dense) TakeLogits(yes bool) { d.fromLogits = yes }

func (d *dense) Prepare(part, parts int) {
	lo, hi := kernel.Span(d.out.Features, part, parts)
	turn(d.turned[lo*d.in.Features:hi*d.in.Features], d.kernel.Data[lo:], d.in.Features, d.out.Features)
}

type denseWorkspace struct {
	op       *dense
	in       *tensor.Block // of the last Forward
	z, y, dz *tensor.Block
	dzt      []float32 // a step's dz, transposed
	dx       *tensor.Block
	grads    [][]float32 // kernel, bias
}

func (d *dense) Workspace(run Run) Workspace {
	steps := d.steps(run)
	w := &denseWorkspace{op: d, z: tensor.NewBlock(steps, d.out.Features), y: tensor.NewBlock(steps, d.out.Features)}
	if !run.Training {
		return w
	}
	w.dz = tensor.NewBlock(steps, d.out.Features)
	w.dzt = make([]float32, d.out.Features*tensor.Lanes)
	if d.in.trained {
		w.dx = tensor.NewBlock(steps, d.in.Features)
	}
	for _, p := range d.params {
		w.grads = append(w.grads, make([]float32, len(p.Data)))
	}
	return w
}

func (w *denseWorkspace) Logits() *tensor.Block { return w.z }

func (w *denseWorkspace) Gradients() [][]float32 { return w.grads }

func (w *denseWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	w.in, w.z.Steps, w.y.Steps = in, in.Steps, in.Steps
	for t := range in.Steps {
		z, y := w.z.Step(t), w.y.Step(t)
		if op.bias == nil {
			clear(z)
		} else {
			k.Broadcast(z, op.bias.Data)
		}
		k.Gemm(op.out.Features, tensor.Lanes, op.in.Features, z, tensor.Lanes, op.turned, op.in.Features, 1, in.Step(t), tensor.Lanes)
		copy(y, z)
		activate(k, y, op.act)
	}
	op.addPenalty(tile, w.y)
	return w.y
}

func (w *denseWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	op, k, steps := w.op, w.op.k, w.in.Steps
	op.addPenaltyGrad(tile, dout, w.y)
	units, features := op.out.Features, op.in.Features
	w.dz.Steps = steps
	for _, g := range w.grads {
		clear(g)
	}
	for t := range steps {
		dz := w.dz.Step(t)
		copy(dz, dout.Step(t))
		if !op.fromLogits {
			activateGrad(k, dz, w.y.Step(t), w.z.Step(t), op.act)
		}
		k.Transpose(w.dzt, units, dz)
		k.Gemm(features, units, tensor.Lanes, w.grads[0], units, w.in.Step(t), tensor.Lanes, 1, w.dzt, units)
		if op.bias != nil {
			k.SumRows(w.grads[1], w.dzt, units, tensor.Lanes)
		}
	}
	if w.dx == nil {
		return nil
	}
	w.dx.Steps = steps
	for t := range steps {
		dx := w.dx.Step(t)
		clear(dx)
		k.Gemm(features, tensor.Lanes, units, dx, tensor.Lanes, op.kernel.Data, units, 1, w.dz.Step(t), tensor.Lanes)
	}
	return w.dx
}
