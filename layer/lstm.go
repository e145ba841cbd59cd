package layer

import (
	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/regularizer"
	"recurve/tensor"
)

// LSTM is the long short-term memory layer (Hochreiter and Schmidhuber, 1997),
// with a forget gate:
//
//	i = rec(x[t].Wi + h[t-1].Ui + bi)    input gate
//	f = rec(x[t].Wf + h[t-1].Uf + bf)    forget gate
//	g = act(x[t].Wg + h[t-1].Ug + bg)    candidate
//	o = rec(x[t].Wo + h[t-1].Uo + bo)    output gate
//	c[t] = f*c[t-1] + i*g
//	h[t] = o*act(c[t])
//
// Input: (batch, steps, features). Output: h of the last step, (batch, Units),
// or with ReturnSequences of all steps, (batch, steps, Units). Variables, with
// the gates i, f, g, o side by side: kernel W (features, 4 Units),
// recurrent_kernel U (Units, 4 Units), bias b (4 Units).
type LSTM struct {
	// Units is the number of outputs. Needed.
	Units int
	// Activation; default tanh.
	Activation activation.Activation
	// RecurrentActivation; default sigmoid.
	RecurrentActivation activation.Activation
	// NoBias leaves b out (Keras: use_bias=False).
	NoBias bool
	// KernelInitializer; default GlorotUniform.
	KernelInitializer initializer.Initializer
	// RecurrentInitializer; default Orthogonal.
	RecurrentInitializer initializer.Initializer
	// BiasInitializer; default Zeros.
	BiasInitializer initializer.Initializer
	// NoUnitForgetBias leaves the forget gate's bias to BiasInitializer;
	// otherwise it begins at 1 (Keras: unit_forget_bias=False).
	NoUnitForgetBias bool
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
	// ActivityRegularizer is a penalty on the layer's output, divided by the
	// number of samples in the batch; default none.
	ActivityRegularizer regularizer.Regularizer
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
	// the product with U. Where it is above 0, each gate has its own zeros, here
	// and in the input; otherwise all gates share those of the input.
	RecurrentDropout float64
	// Name; default "lstm".
	Name string
}

// ClassName implements [Layer].
func (LSTM) ClassName() string { return "LSTM" }

// Label implements [Layer].
func (l LSTM) Label() string { return l.Name }

func (l LSTM) build(b *builder, in Shape) (Operator, error) {
	r, err := b.recurrent(in, cellOptions{
		layer: l, units: l.Units, gates: 4, biases: 1,
		activation: l.Activation.Or(activation.Tanh), recurrent: l.RecurrentActivation.Or(activation.Sigmoid),
		noBias: l.NoBias, sequences: l.ReturnSequences, backwards: l.GoBackwards, zeroed: l.ZeroOutputForMask,
		kernelInit: l.KernelInitializer, recurrentInit: l.RecurrentInitializer, biasInit: l.BiasInitializer,
		activity:        l.ActivityRegularizer,
		kernel:          bound{l.KernelRegularizer, l.KernelConstraint},
		recurrentKernel: bound{l.RecurrentRegularizer, l.RecurrentConstraint},
		bias:            bound{l.BiasRegularizer, l.BiasConstraint},
		dropout:         l.Dropout, recurrentDropout: l.RecurrentDropout,
	})
	if err != nil {
		return nil, err
	}
	if r.bias != nil && !l.NoUnitForgetBias {
		for u := range l.Units {
			r.bias.Data[l.Units+u] = 1
		}
	}
	return &lstm{recurrent: r, state: r.stateProduct(0, r.gates)}, nil
}

type lstm struct {
	*recurrent
	state stateProduct // h.U
}

func (r *lstm) Prepare(part, parts int) {
	r.input.prepare(part, parts)
	r.state.prepare(part, parts)
}

type lstmWorkspace struct {
	recurrentWorkspace
	op    *lstm
	gates timeline // i, f, g, o
	c     timeline // like h
	cact  timeline // act(c)
	dc    []float32
	dheld []float32 // like held, for dc
}

func (r *lstm) Workspace(run Run) Workspace {
	w := &lstmWorkspace{recurrentWorkspace: r.workspace(run), op: r}
	kept := 1
	if run.Training {
		kept = run.Steps
		w.dc, w.dheld = make([]float32, r.units*tensor.Lanes), make([]float32, len(w.held))
	}
	w.gates, w.cact = newTimeline(kept, r.gates), newTimeline(kept, r.units)
	w.c = newTimeline(r.states(run), r.units)
	w.dzt = w.gates // a step's gates are read for the last time before
	return w
}

func (w *lstmWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	w.begin(tile, in)
	clear(w.c.at(w.first))
	for s := w.first; s < w.last; s++ {
		z := w.gates.at(s)
		op.input.step(&w.x, z, tile, in, w.input(s))
		w.stateForward(op.state, z, w.h.at(s))
		k.LSTM(w.h.at(s+1), w.c.at(s+1), w.cact.at(s), z, w.c.at(s), op.act, op.rec)
		w.hold(w.h, s)
		w.hold(w.c, s)
	}
	return w.end(tile)
}

func (w *lstmWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	w.beginBack(tile, dout)
	clear(w.dc)
	for s := w.last - 1; s >= w.first; s-- {
		w.addOutputGrad(dout, s)
		m := w.holdBack(s)
		if m != nil {
			copy(w.dheld, w.dc)
		}
		k.LSTMGrad(w.dz, w.dc, w.dh, w.gates.at(s), w.cact.at(s), w.c.at(s), op.act, op.rec)
		if m != nil {
			k.Select(w.dz, w.dz, nil, m)
			k.Select(w.dc, w.dc, w.dheld, m)
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
