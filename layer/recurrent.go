package layer

import (
	"errors"
	"fmt"

	"recurve/activation"
	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/regularizer"
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
	zeroed    bool // outputs of masked steps are zero
	input     *product
	dropout   cellDropout
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
	zeroed                              bool
	activity                            regularizer.Regularizer
	kernel, recurrentKernel, bias       bound
	dropout, recurrentDropout           float64
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
		out.Sequence, out.Steps, out.Masked = true, in.Steps, in.Masked
	}
	o, err := b.operator(c.layer, in, out)
	if err != nil {
		return nil, err
	}
	r := &recurrent{operator: o, units: c.units, gates: c.units * c.gates, act: c.activation.Kernel(), rec: c.recurrent.Kernel(),
		sequences: c.sequences, backwards: c.backwards, zeroed: c.zeroed && in.Masked}
	w, err := b.param(&r.operator, c.kernelInit, initializer.GlorotUniform{}, "kernel", in.Features, r.gates)
	if err != nil {
		return nil, err
	}
	if r.kernel, err = b.param(&r.operator, c.recurrentInit, initializer.Orthogonal{}, "recurrent_kernel", c.units, r.gates); err != nil {
		return nil, err
	}
	if err := errors.Join(c.kernel.set(w, "Kernel"), c.recurrentKernel.set(r.kernel, "Recurrent"), r.penalize(c.activity)); err != nil {
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
		if err := c.bias.set(r.bias, "Bias"); err != nil {
			return nil, err
		}
		bias, biasGrad = r.bias.Data[:r.gates], r.bias.Grad[:r.gates]
	}
	if r.dropout, err = newCellDropout(b, c); err != nil {
		return nil, err
	}
	r.input = newProduct(b.Kernels, in, w, bias, biasGrad, r.dropout)
	return r, nil
}

func (r *recurrent) Configure(run Run) { r.input.configure(run) }

// Collect implements [Operator].
func (r *recurrent) Collect(tile Workspace, part, parts int) {
	r.input.collect(tile.(interface{ product() *productState }).product(), part, parts)
}

func (r *recurrent) Finish(part, parts int) { r.input.finish(part, parts) }

// OneHotReader is an operator that takes one-hot vectors as ids.
type OneHotReader interface {
	// ReadsOneHot reports whether it does so in training too.
	ReadsOneHot() (inTraining bool)
}

// ReadsOneHot implements [OneHotReader]. With zeros in the input, there are no
// longer as few sums as ids.
func (r *recurrent) ReadsOneHot() bool { return !r.dropout.input.on() }

// recurrentWorkspace is what the cells' workspaces share.
type recurrentWorkspace struct {
	op    *recurrent
	in    *tensor.Block // of the last Forward
	x     productState
	clock           // of the last Forward
	h     timeline  // hidden states: step s reads h.at(s) and writes h.at(s+1)
	dz    []float32 // gradient of one step's gate inputs
	dh    []float32
	held  []float32 // where the input is masked: dh of the lanes that pass over a step
	// What the weights' gradients are made of, once all steps are done: each
	// step's dz and h, transposed.
	dzt     timeline
	ht      turned
	dropped dropped // zeros of h in the products with U
	out     tensor.Block
	grads   [][]float32 // kernel, recurrent kernel, bias
}

// states is how many states of a run are kept: outside training a state
// overwrites the one before, or with a mask, which may hold that, the one before
// that.
func (r *recurrent) states(run Run) int {
	switch {
	case run.Training:
		return run.Steps + 1
	case r.in.Masked:
		return 2
	}
	return 1
}

// workspace is sized for the run.
func (r *recurrent) workspace(run Run) recurrentWorkspace {
	w := recurrentWorkspace{op: r, x: r.input.state(run), out: tensor.Block{Steps: 1, Features: r.units}}
	switch {
	case r.sequences:
		w.h = newTimeline(run.Steps+1, r.units)
		if r.zeroed {
			w.out.Data = make([]float32, run.Steps*r.units*tensor.Lanes)
		}
	default:
		w.h = newTimeline(r.states(run), r.units)
		if r.zeroed {
			w.out.Data = make([]float32, r.units*tensor.Lanes)
		}
	}
	if !run.Training {
		return w
	}
	w.dz, w.dh = make([]float32, r.gates*tensor.Lanes), make([]float32, r.units*tensor.Lanes)
	w.ht = newTurned(run.Steps, r.units)
	w.dropped = r.dropout.state.room(r.dropout.gates, r.units, run)
	if r.in.Masked {
		w.held = make([]float32, r.units*tensor.Lanes)
	}
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
func (w *recurrentWorkspace) begin(tile *Tile, in *tensor.Block) {
	w.in = in
	w.clock = newClock(tile, w.op.backwards)
	clear(w.h.at(w.first))
	w.x.dropped.draw(w.op.dropout.input, tile, w.op.dropout.salt<<1)
	w.dropped.draw(w.op.dropout.state, tile, w.op.dropout.salt<<1+1)
}

// hold takes lanes that step s is masked for back to the state before.
func (w *recurrentWorkspace) hold(states timeline, s int) {
	if m := w.masked(s); m != nil {
		w.op.k.Select(states.at(s+1), states.at(s+1), states.at(s), m)
	}
}

// end is the layer's output.
func (w *recurrentWorkspace) end(tile *Tile) *tensor.Block {
	y := w.output()
	w.op.addPenalty(tile, y)
	return y
}

// output is the last state, or all of them.
func (w *recurrentWorkspace) output() *tensor.Block {
	if !w.op.sequences {
		last := w.h.at(w.last)
		switch {
		case !w.op.zeroed:
			w.out.Data = last
		case w.mask != nil:
			w.op.k.Select(w.out.Data, last, nil, w.mask.Step(w.input(w.steps-1)))
		}
		return &w.out
	}
	w.out.Steps = w.steps
	for s := range w.first { // before the first step that counts
		clear(w.h.at(s + 1))
	}
	for s := w.last; s < w.steps; s++ {
		copy(w.h.at(s+1), w.h.at(w.last))
	}
	states := tensor.Block{Steps: w.steps, Features: w.op.units, Data: w.h.data[w.h.stride():]}
	if !w.op.zeroed {
		w.out.Data = states.Data
		return &w.out
	}
	for s := range w.steps {
		w.op.k.Select(w.out.Step(s), states.Step(s), nil, w.mask.Step(w.input(s)))
	}
	return &w.out
}

// beginBack readies the way back, with what the loss wants of outputs behind the
// last step that counts: they are the state after that.
func (w *recurrentWorkspace) beginBack(tile *Tile, dout *tensor.Block) {
	w.op.addPenaltyGrad(tile, dout, &w.out)
	clear(w.dh)
	switch {
	case !w.op.sequences && w.op.zeroed:
		w.op.k.Select(w.held, dout.Step(0), nil, w.mask.Step(w.input(w.steps-1)))
		w.op.k.Add(w.dh, w.held)
	case !w.op.sequences:
		w.op.k.Add(w.dh, dout.Step(0))
	case !w.op.zeroed:
		for s := w.steps - 1; s >= w.last; s-- {
			w.op.k.Add(w.dh, dout.Step(s))
		}
	}
}

// keep puts step s's dz and h away, and takes the gradient to the input.
func (w *recurrentWorkspace) keep(s int) {
	w.op.k.Transpose(w.dzt.at(s), w.op.gates, w.dz)
	if !w.dropped.on {
		w.ht.set(w.op.k, s, w.h.at(s))
	}
	w.op.input.backwardStep(&w.x, w.input(s), w.dz)
}

// dzts are the transposed dz from the first step that counts on.
func (w *recurrentWorkspace) dzts() []float32 { return w.dzt.data[w.first*w.dzt.stride():] }

// endBack makes the gradients of the input product's weights and returns that
// of the layer's input.
func (w *recurrentWorkspace) endBack(tile *Tile) *tensor.Block {
	return w.op.input.backward(&w.x, tile, w.in, w.dzt, w.clock)
}

// addOutputGrad adds to dh what the loss wants of step s's output.
func (w *recurrentWorkspace) addOutputGrad(dout *tensor.Block, s int) {
	if !w.op.sequences {
		return
	}
	d := dout.Step(s)
	if m := w.masked(s); m != nil && w.op.zeroed {
		w.op.k.Select(w.held, d, nil, m)
		d = w.held
	}
	w.op.k.Add(w.dh, d)
}

// holdBack notes, of the gradient of the states after step s, that of the lanes
// which pass over the step. It reports the lanes that do not, or nil for all.
func (w *recurrentWorkspace) holdBack(s int) []int32 {
	m := w.masked(s)
	if m != nil {
		w.op.k.Select(w.held, nil, w.dh, m)
	}
	return m
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

// weightGrad sets dU to the gradient of U: of all the clock's steps that count,
// the transposed states and the transposed dz, which begin with the first of them,
// dz in rows of ld values.
func (p stateProduct) weightGrad(dU []float32, ht turned, dzt []float32, ld int, c clock) {
	for u := range p.r.units {
		clear(dU[u*p.r.gates+p.lo:][:p.n])
	}
	p.r.k.Gemm(p.r.units, p.n, (c.last-c.first)*tensor.Lanes, dU[p.lo:], p.r.gates, ht.from(c.first), 1, ht.ld, dzt, ld)
}

// timeline is a buffer of rows x Lanes for each of the last count steps of time.
type timeline struct {
	data        []float32
	rows, count int
}

func newTimeline(count, rows int) timeline {
	return timeline{data: make([]float32, count*rows*tensor.Lanes), rows: rows, count: count}
}

func (l timeline) stride() int { return l.rows * tensor.Lanes }

func (l timeline) at(s int) []float32 { return l.data[s%l.count*l.stride():][:l.stride()] }

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

// from is what is held from step s on.
func (t turned) from(s int) []float32 { return t.data[s*tensor.Lanes*t.ld:] }
