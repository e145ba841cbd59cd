package layer

import (
	"recurve/activation"
	"recurve/initializer"
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
		noBias: l.NoBias, sequences: l.ReturnSequences, backwards: l.GoBackwards,
		kernelInit: l.KernelInitializer, recurrentInit: l.RecurrentInitializer, biasInit: l.BiasInitializer,
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
		w.dzt = newTimeline(run.Steps, r.units, true)
	}
	return w
}

func (w *simpleRNNWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	c := w.begin(tile, in)
	for s := range tile.Steps {
		h := w.h.at(s + 1)
		op.input.step(w.z, tile, in, c.input(s))
		op.state.forward(w.z, w.h.at(s))
		copy(h, w.z)
		k.Activate(h, op.act)
	}
	return w.end(tile)
}

func (w *simpleRNNWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	clear(w.dh)
	for s := tile.Steps - 1; s >= 0; s-- {
		w.addOutputGrad(dout, s, tile.Steps)
		copy(w.dz, w.dh)
		k.ActivateGrad(w.dz, w.h.at(s+1), nil, op.act)
		clear(w.dh)
		op.state.backward(w.dh, w.dz)
		w.keep(s)
	}
	op.state.weightGrad(w.grads[1], w.ht, w.dzt.data, op.gates, tile.Steps)
	return w.endBack(tile)
}
