package layer

import (
	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/regularizer"
	"recurve/tensor"
)

// GRU is the gated recurrent unit (Cho et al., 2014):
//
//	z = rec(x[t].Wz + bz + h[t-1].Uz + cz)    update gate
//	r = rec(x[t].Wr + br + h[t-1].Ur + cr)    reset gate
//	n = act(x[t].Wn + bn + r*(h[t-1].Un + cn))    candidate
//	h[t] = z*h[t-1] + (1-z)*n
//
// or, with ResetBefore, without the recurrent bias c and with the candidate
//
//	n = act(x[t].Wn + bn + (r*h[t-1]).Un)
//
// Input: (batch, steps, features). Output: h of the last step, (batch, Units),
// or with ReturnSequences of all steps, (batch, steps, Units). Variables, with
// the gates z, r, n side by side: kernel W (features, 3 Units),
// recurrent_kernel U (Units, 3 Units), bias (2, 3 Units) with the rows b and c,
// or with ResetBefore b alone (3 Units).
type GRU struct {
	// Units is the number of outputs. Needed.
	Units int
	// Activation; default tanh.
	Activation activation.Activation
	// RecurrentActivation; default sigmoid.
	RecurrentActivation activation.Activation
	// NoBias leaves the biases out (Keras: use_bias=False).
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
	// ResetBefore applies the reset gate before the product with U
	// (Keras: reset_after=False).
	ResetBefore bool
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
	// Name; default "gru".
	Name string
}

// ClassName implements [Layer].
func (GRU) ClassName() string { return "GRU" }

// Label implements [Layer].
func (l GRU) Label() string { return l.Name }

func (l GRU) build(b *builder, in Shape) (Operator, error) {
	biases := 2
	if l.ResetBefore {
		biases = 1
	}
	r, err := b.recurrent(in, cellOptions{
		layer: l, units: l.Units, gates: 3, biases: biases,
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
	return &gru{recurrent: r, resetBefore: l.ResetBefore,
		zr: r.stateProduct(0, 2*l.Units), n: r.stateProduct(2*l.Units, r.gates)}, nil
}

type gru struct {
	*recurrent
	resetBefore bool
	zr, n       stateProduct // h.(Uz|Ur), and (r*)h.Un
}

func (r *gru) Prepare(part, parts int) {
	r.input.prepare(part, parts)
	r.zr.prepare(part, parts)
	r.n.prepare(part, parts)
}

type gruWorkspace struct {
	recurrentWorkspace
	op    *gru
	gates timeline // z, r, n
	// inner is what the reset gate meets: h.Un + cn, or with ResetBefore r*h.
	inner  timeline
	dinner []float32 // gradient of inner
	// innerT is what the candidate's weights' gradient is made of beside dzt:
	// with ResetBefore each step's inner, else its gradient; transposed.
	innerT turned
}

func (r *gru) Workspace(run Run) Workspace {
	w := &gruWorkspace{recurrentWorkspace: r.workspace(run), op: r}
	kept := 1
	if run.Training {
		kept = run.Steps
	}
	w.gates, w.inner = newTimeline(kept, r.gates), newTimeline(kept, r.units)
	if !run.Training {
		return w
	}
	w.dzt = w.gates // a step's gates are read for the last time before
	w.innerT = newTurned(run.Steps, r.units)
	w.dinner = make([]float32, r.units*tensor.Lanes)
	return w
}

func (w *gruWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	op, k := w.op, w.op.k
	n := op.units * tensor.Lanes
	w.begin(tile, in)
	for s := w.first; s < w.last; s++ {
		h, g, inner := w.h.at(s), w.gates.at(s), w.inner.at(s)
		op.input.step(&w.x, g, tile, in, w.input(s))
		w.stateForward(op.zr, g[:2*n], h)
		if op.resetBefore {
			k.GRUGates(g[:2*n], op.rec)
			k.Mul(inner, g[n:2*n], w.candidateState(h))
			op.n.forward(g[2*n:], inner)
		} else {
			clear(inner)
			if op.bias != nil {
				c := op.bias.Data[op.gates:]
				k.AddBias(g[:2*n], c[:2*op.units])
				k.Broadcast(inner, c[2*op.units:])
			}
			k.GRUGates(g[:2*n], op.rec)
			w.stateForward(op.n, inner, h)
			k.MulAddTo(g[2*n:], g[n:2*n], inner)
		}
		k.GRUOutput(w.h.at(s+1), g, h, op.act)
		w.hold(w.h, s)
	}
	return w.end(tile)
}

func (w *gruWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	op, k, u := w.op, w.op.k, w.op.units
	n := u * tensor.Lanes
	w.beginBack(tile, dout)
	for s := w.last - 1; s >= w.first; s-- {
		w.addOutputGrad(dout, s)
		h, g, inner, dg := w.h.at(s), w.gates.at(s), w.inner.at(s), w.dz
		m := w.holdBack(s)
		k.GRUOutputGrad(dg, w.dh, w.dh, g, h, op.act)
		if m != nil {
			k.Select(dg[:n], dg[:n], nil, m)
			k.Select(dg[2*n:], dg[2*n:], nil, m)
			k.Select(w.dh, w.dh, w.held, m)
		}
		r, dr, dn := g[n:2*n], dg[n:2*n], dg[2*n:]
		if op.resetBefore {
			clear(w.dinner)
			op.n.backward(w.dinner, dn)
			k.Mul(dr, w.dinner, w.candidateState(h))
			if w.dropped.on {
				k.Mul(w.dinner, w.dinner, w.dropped.set(candidate))
			}
			k.MulAddTo(w.dh, w.dinner, r)
			copy(w.dinner, inner)
		} else {
			k.Mul(dr, dn, inner)
			k.Mul(w.dinner, dn, r)
			w.stateBackward(op.n, w.dh, w.dinner)
		}
		w.innerT.set(k, s, w.dinner)
		k.ActivateGrad(dg[:2*n], g[:2*n], nil, op.rec)
		w.stateBackward(op.zr, w.dh, dg[:2*n])
		w.keep(s)
	}
	w.weightGrads()
	return w.endBack(tile)
}

// candidate is the number of the candidate's gate.
const candidate = 2

// candidateState is the state as the candidate sees it.
func (w *gruWorkspace) candidateState(h []float32) []float32 {
	if w.dropped.on {
		return w.dropped.drop(w.op.k, candidate, h)
	}
	return h
}

// weightGrads makes the gradients of U and, without ResetBefore, of the
// recurrent bias c.
func (w *gruWorkspace) weightGrads() {
	op, dU, dzt, inner := w.op, w.grads[1], w.dzts(), w.innerT.from(w.first)
	u, rows := op.units, (w.last-w.first)*tensor.Lanes
	w.stateGrad(op.zr, dzt, op.gates)
	if op.resetBefore {
		op.n.weightGrad(dU, w.innerT, dzt[2*u:], op.gates, w.clock)
		return
	}
	w.stateGrad(op.n, inner, w.innerT.ld)
	if op.bias != nil {
		dc := w.grads[2][op.gates:]
		clear(dc)
		op.k.SumRows(dc[:2*u], dzt, op.gates, rows)
		op.k.SumRows(dc[2*u:], inner, w.innerT.ld, rows)
	}
}
