package layer

import (
	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/regularizer"
	"recurve/tensor"
)

// SimpleRNN is the fully connected recurrent layer:
//
//	h[t] = act(x[t].W + b + h[t-1].U)
//
// Input: (batch, steps, features). Output: h of the last step, (batch, Units),
// or with ReturnSequences of all steps, (batch, steps, Units). Variables:
// kernel W (features, Units), recurrent_kernel U (Units, Units), bias b (Units).
type SimpleRNN struct {
	// Units is the number of outputs. Needed.
	Units int
	// Activation; default tanh.
	Activation activation.Activation
	// NoBias leaves b out (Keras: use_bias=False).
	NoBias bool
	// KernelInitializer; default GlorotUniform.
	KernelInitializer initializer.Initializer
	// RecurrentInitializer; default Orthogonal.
	RecurrentInitializer initializer.Initializer
	// BiasInitializer; default Zeros.
	BiasInitializer initializer.Initializer
	// ReturnSequences returns the state of every step, not only of the last.
	ReturnSequences bool
	// GoBackwards reads the sequence from its end; the returned sequence stays
	// in that order.
	GoBackwards bool
	// ZeroOutputForMask returns zeros where a step is masked, rather than the
	// output before it.
	ZeroOutputForMask bool
	// KernelRegularizer is a penalty on W; default none.
	KernelRegularizer regularizer.Regularizer
	// RecurrentRegularizer is a penalty on U; default none.
	RecurrentRegularizer regularizer.Regularizer
	// BiasRegularizer is a penalty on the bias; default none.
	BiasRegularizer regularizer.Regularizer
	// KernelConstraint bounds W; default none.
	KernelConstraint constraint.Constraint
	// RecurrentConstraint bounds U; default none.
	RecurrentConstraint constraint.Constraint
	// BiasConstraint bounds the bias; default none.
	BiasConstraint constraint.Constraint
	// Dropout is the share of input features that are set to zero in training,
	// 0 to 1: for each sample its own, the same at all time steps; the others
	// are divided by 1 - Dropout.
	Dropout float64
	// RecurrentDropout is the same for the features of h[t-1] on their way into
	// the product with U.
	RecurrentDropout float64
	// Name; default "simple_rnn".
	Name string
}

// ClassName implements [Layer].
func (SimpleRNN) ClassName() string { return "SimpleRNN" }

// Label implements [Layer].
func (l SimpleRNN) Label() string { return l.Name }

func (l SimpleRNN) build(b *builder, in Shape) (Operator, error) {
	r, err := b.recurrent(in, cellOptions{
		layer: l, units: l.Units, gates: 1, biases: 1, activation: l.Activation.Or(activation.Tanh),
		noBias: l.NoBias, sequences: l.ReturnSequences, backwards: l.GoBackwards, zeroed: l.ZeroOutputForMask,
		kernelInit: l.KernelInitializer, recurrentInit: l.RecurrentInitializer, biasInit: l.BiasInitializer,
		kernel:          bound{l.KernelRegularizer, l.KernelConstraint},
		recurrentKernel: bound{l.RecurrentRegularizer, l.RecurrentConstraint},
		bias:            bound{l.BiasRegularizer, l.BiasConstraint},
		dropout:         l.Dropout, recurrentDropout: l.RecurrentDropout,
	})
	if err != nil {
		return nil, err
	}
	return &simpleRNN{recurrent: r, state: r.stateProduct(0, r.gates)}, nil
}

type simpleRNN struct {
	*recurrent
	state stateProduct // h.U
}

func (r *simpleRNN) Prepare(part, parts int) {
	r.input.prepare(part, parts)
	r.state.prepare(part, parts)
}

type simpleRNNWorkspace struct {
	recurrentWorkspace
	op *simpleRNN
	z  []float32 // the pre-activation
}

func (r *simpleRNN) Workspace(run Run) Workspace {
	w := &simpleRNNWorkspace{recurrentWorkspace: r.workspace(run), op: r, z: make([]float32, r.units*tensor.Lanes)}
	if run.Training {
		w.dzt = newTimeline(run.Steps, r.units)
	}
	return w
}

func (w *simpleRNNWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	w.begin(tile, in)
	for s := w.first; s < w.last; s++ {
		h := w.h.at(s + 1)
		op.input.step(&w.x, w.z, tile, in, w.input(s))
		w.stateForward(op.state, w.z, w.h.at(s))
		copy(h, w.z)
		k.Activate(h, op.act)
		w.hold(w.h, s)
	}
	return w.end(tile)
}

func (w *simpleRNNWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	w.beginBack(tile, dout)
	for s := w.last - 1; s >= w.first; s-- {
		w.addOutputGrad(dout, s)
		copy(w.dz, w.dh)
		k.ActivateGrad(w.dz, w.h.at(s+1), nil, op.act)
		if m := w.holdBack(s); m != nil {
			k.Select(w.dz, w.dz, nil, m)
			copy(w.dh, w.held)
		} else {
			clear(w.dh)
		}
		w.stateBackward(op.state, w.dh, w.dz)
		w.keep(s)
	}
	w.stateGrad(op.state, w.dzts(), op.gates)
	return w.endBack(tile)
}
