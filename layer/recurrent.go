package layer

import (
	"fmt"

	"recurve/activation"
	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// recurrent is what SimpleRNN, LSTM and GRU have in common: the variables, the
// input product, and the way through time.
type recurrent struct {
	operator
	units     int
	gates     int               // units times the number of gates
	act, rec  kernel.Activation // rec: the gates'
	sequences bool
	backwards bool
	input     *product
	kernel    *tensor.Param // U: the recurrent kernel, units x gates
	bias      *tensor.Param // nil without
}

// cellOptions are the arguments that all recurrent layers have.
type cellOptions struct {
	layer                               Layer
	units, gates                        int // gates: how many
	biases                              int // rows of the bias: 1, or 2 for a GRU with ResetAfter
	activation, recurrent               activation.Activation
	noBias, sequences, backwards        bool
	kernelInit, recurrentInit, biasInit initializer.Initializer
}

func (b *builder) recurrent(in Shape, c cellOptions) (*recurrent, error) {
	if err := sequenceOfVectors(in); err != nil {
		return nil, err
	}
	if err := atLeastOne("Units", c.units); err != nil {
		return nil, err
	}
	for _, a := range []struct {
		field string
		act   activation.Activation
	}{{"Activation", c.activation}, {"RecurrentActivation", c.recurrent}} {
		if !a.act.Valid() || !a.act.InCells() {
			return nil, fmt.Errorf("%s: %v is not supported in a recurrent layer", a.field, a.act)
		}
	}
	out := Shape{Features: c.units, trained: true}
	if c.sequences {
		out.Sequence, out.Steps = true, in.Steps
	}
	o, err := b.operator(c.layer, in, out)
	if err != nil {
		return nil, err
	}
	r := &recurrent{operator: o, units: c.units, gates: c.units * c.gates, act: c.activation.Kernel(), rec: c.recurrent.Kernel(),
		sequences: c.sequences, backwards: c.backwards}
	w, err := b.param(&r.operator, c.kernelInit, initializer.GlorotUniform{}, "kernel", in.Features, r.gates)
	if err != nil {
		return nil, err
	}
	if r.kernel, err = b.param(&r.operator, c.recurrentInit, initializer.Orthogonal{}, "recurrent_kernel", c.units, r.gates); err != nil {
		return nil, err
	}
	var bias, biasGrad []float32
	if !c.noBias {
		shape := []int{r.gates}
		if c.biases > 1 {
			shape = []int{c.biases, r.gates}
		}
		if r.bias, err = b.param(&r.operator, c.biasInit, initializer.Zeros{}, "bias", shape...); err != nil {
			return nil, err
		}
		bias, biasGrad = r.bias.Data[:r.gates], r.bias.Grad[:r.gates]
	}
	r.input = newProduct(b.Kernels, in, w, bias, biasGrad)
	return r, nil
}

func (r *recurrent) Configure(run Run) { r.input.configure(run) }

// Collect implements [Operator].
func (r *recurrent) Collect(tile Workspace, part, parts int) {
	r.input.collect(tile.(interface{ product() *productState }).product(), part, parts)
}

func (r *recurrent) Finish(part, parts int) { r.input.finish(part, parts) }

// OneHotReader is an operator that takes one-hot vectors as ids.
type OneHotReader interface{ ReadsOneHot() }

// ReadsOneHot implements [OneHotReader].
func (r *recurrent) ReadsOneHot() {}

// recurrentWorkspace is what the cells' workspaces share.
type recurrentWorkspace struct {
	op    *recurrent
	in    *tensor.Block // of the last Forward
	x     productState
	clock clock
	h     timeline  // hidden states: step s reads h.at(s) and writes h.at(s+1)
	dz    []float32 // gradient of one step's gate inputs
	dh    []float32
	// What the weights' gradients are made of, once all steps are done: each
	// step's dz and h, transposed.
	dzt   timeline
	ht    turned
	out   tensor.Block
	grads [][]float32 // kernel, recurrent kernel, bias
}

// workspace is sized for the run; outside training a state overwrites the one
// before, unless the layer returns them all.
func (r *recurrent) workspace(run Run) recurrentWorkspace {
	w := recurrentWorkspace{op: r, x: r.input.state(run), out: tensor.Block{Steps: 1, Features: r.units}}
	w.h = newTimeline(run.Steps+1, r.units, run.Training || r.sequences)
	if !run.Training {
		return w
	}
	w.dz, w.dh = make([]float32, r.gates*tensor.Lanes), make([]float32, r.units*tensor.Lanes)
	w.ht = newTurned(run.Steps, r.units)
	w.grads = [][]float32{w.x.dkernel, make([]float32, len(r.kernel.Data))}
	if r.bias != nil {
		// A GRU's second row is the tile's own even where the first is the
		// input product's, made by lookup.
		dbias := make([]float32, len(r.bias.Data))
		if w.x.dbias = dbias[:r.gates]; r.input.mode != multiply && len(dbias) == r.gates {
			dbias = nil
		}
		w.grads = append(w.grads, dbias)
	}
	return w
}

func (w *recurrentWorkspace) product() *productState { return &w.x }

func (w *recurrentWorkspace) Gradients() [][]float32 { return w.grads }

// begin readies a tile's way forward.
func (w *recurrentWorkspace) begin(tile *Tile, in *tensor.Block) clock {
	w.in = in
	w.clock = clock{steps: tile.Steps, backwards: w.op.backwards}
	clear(w.h.at(0))
	return w.clock
}

// end is the layer's output: the last state, or all of them.
func (w *recurrentWorkspace) end(tile *Tile) *tensor.Block {
	w.out.Data = w.h.at(tile.Steps)
	if w.op.sequences {
		w.out.Steps = tile.Steps
		w.out.Data = w.h.data[w.h.stride:]
	}
	return &w.out
}

// keep puts step s's dz and h away, and takes the gradient to the input.
func (w *recurrentWorkspace) keep(s int) {
	w.op.k.Transpose(w.dzt.at(s), w.op.gates, w.dz)
	w.ht.set(w.op.k, s, w.h.at(s))
	w.op.input.backwardStep(&w.x, w.in, w.clock.input(s), w.dz)
}

// endBack makes the gradients of the input product's weights and returns that
// of the layer's input.
func (w *recurrentWorkspace) endBack(tile *Tile) *tensor.Block {
	return w.op.input.backward(&w.x, tile, w.in, w.dzt, w.clock)
}

// addOutputGrad adds to dh what the loss wants of step s's output.
func (w *recurrentWorkspace) addOutputGrad(dout *tensor.Block, s, steps int) {
	if w.op.sequences {
		w.op.k.Add(w.dh, dout.Step(s))
	} else if s == steps-1 {
		w.op.k.Add(w.dh, dout.Step(0))
	}
}

// stateProduct is the product of a state with columns lo to hi of the recurrent
// kernel U.
type stateProduct struct {
	r      *recurrent
	lo, n  int
	turned []float32 // those columns as rows: n x units
}

func (r *recurrent) stateProduct(lo, hi int) stateProduct {
	return stateProduct{r: r, lo: lo, n: hi - lo, turned: make([]float32, (hi-lo)*r.units)}
}

func (p stateProduct) prepare(part, parts int) {
	lo, hi := kernel.Span(p.n, part, parts)
	turn(p.turned[lo*p.r.units:hi*p.r.units], p.r.kernel.Data[p.lo+lo:], p.r.units, p.r.gates)
}

// forward is z += h.U.
func (p stateProduct) forward(z, h []float32) {
	p.r.k.Gemm(p.n, tensor.Lanes, p.r.units, z, tensor.Lanes, p.turned, p.r.units, 1, h, tensor.Lanes)
}

// backward is dh += dz.U^T.
func (p stateProduct) backward(dh, dz []float32) {
	p.r.k.Gemm(p.r.units, tensor.Lanes, p.n, dh, tensor.Lanes, p.r.kernel.Data[p.lo:], p.r.gates, 1, dz, tensor.Lanes)
}

// weightGrad sets dU to the gradient of U: of all steps, the transposed states
// and the transposed dz in rows of ld values.
func (p stateProduct) weightGrad(dU []float32, ht turned, dzt []float32, ld, steps int) {
	for u := range p.r.units {
		clear(dU[u*p.r.gates+p.lo:][:p.n])
	}
	p.r.k.Gemm(p.r.units, p.n, steps*tensor.Lanes, dU[p.lo:], p.r.gates, ht.data, 1, ht.ld, dzt, ld)
}

// timeline is a buffer of rows x Lanes for every step of time, or one buffer
// for all of them.
type timeline struct {
	data         []float32
	rows, stride int
}

func newTimeline(steps, rows int, keep bool) timeline {
	n := rows * tensor.Lanes
	if !keep {
		return timeline{data: make([]float32, n), rows: rows}
	}
	return timeline{data: make([]float32, steps*n), rows: rows, stride: n}
}

func (l timeline) at(s int) []float32 { return l.data[s*l.stride:][:l.rows*tensor.Lanes] }

// turned holds rows x Lanes for every step of time, transposed: a matrix of
// steps x Lanes rows of ld values, in the order of time and lanes.
type turned struct {
	data []float32
	ld   int
}

// newTurned keeps rows from lying a power of two apart: they would meet in the
// same few places of a cache.
func newTurned(steps, rows int) turned {
	ld := rows
	if rows%256 == 0 {
		ld += tensor.Lanes
	}
	return turned{make([]float32, steps*tensor.Lanes*ld), ld}
}

// set transposes step s's x.
func (t turned) set(k kernel.Kernels, s int, x []float32) {
	k.Transpose(t.data[s*tensor.Lanes*t.ld:], t.ld, x)
}
