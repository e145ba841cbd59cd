package recurve

import (
	"recurve/dataset"
	"recurve/internal/kernel"
	"recurve/layer"
	"recurve/loss"
	"recurve/optimizer"
	"recurve/tensor"
)

// engine takes batches through a network: it cuts a batch into tiles, runs as
// many at once as there are workers, and adds their gradients in the order of
// the tiles. It belongs to one run and allocates nothing after it is made.
type engine struct {
	ops     []layer.Operator
	kernels kernel.Kernels
	pool    *pool
	slots   []slot // a tile in flight each
	outputs int    // values of a sample's prediction
	targets int    // values of a sample's target
	steps   int    // predictions of a sample

	loss      loss.Loss // nil: predict only
	logits    bool      // loss works on what goes into the last activation
	optimizer *optimizer.State
	masking   *masking   // nil where no mask reaches the loss
	penalties *penalties // nil where no parameter is regularized or constrained

	// What the batch at work is, for the workers.
	data     *dataset.Dataset
	rows     []int // the batch's samples
	wave     int   // first tile in flight
	training bool
	key      uint64    // source of the batch's random numbers
	values   []float32 // losses, one a sample, without penalties
	penalty  float64   // of regularizers, on the batch
	activity []float64 // activity regularizers' part of it, one a tile
	preds    []float32 // predictions, samples x outputs

	// The stages, as the pool wants them.
	prepare, reduce, finish, penalize, constrain func(part int)
	forward, train                               func(slot int)
	run                                          func(tasks int, f func(task int)) // the pool's
}

// slot is a tile in flight and all that it needs.
type slot struct {
	tile   layer.Tile
	in     *tensor.Block // nil where the input are ids
	works  []layer.Workspace
	target []float32 // targets x lanes
	grad   *tensor.Block
	value  [tensor.Lanes]float32
}

// configure readies a network for a run. All engines of the run share it.
func configure(net *layer.Network, run layer.Run) {
	for _, op := range net.Operators {
		op.Configure(run)
	}
}

// newEngine makes an engine for batches of the run's size on a configured
// network. form is the compiled loss, or nil.
func newEngine(m *Model, run layer.Run, p *pool, form loss.Loss, opt *optimizer.State) *engine {
	net := m.net
	e := &engine{ops: net.Operators, kernels: m.kernels, pool: p, loss: form, optimizer: opt,
		slots: make([]slot, tilesInFlight(net, run, p.workers)), outputs: outputSize(net.Output(), run.Steps)}
	e.steps = e.outputs / net.Output().Features
	if form != nil {
		e.masking = newMasking(net, run)
		e.targets = e.steps * form.Targets(net.Output().Features)
	}
	if head, ok := e.last().(layer.Head); ok && form != nil {
		if l := form.OnLogits(head.HeadActivation()); l != nil {
			e.loss, e.logits = l, true
		}
		head.TakeLogits(e.logits)
	}
	for i := range e.slots {
		e.slots[i] = e.newSlot(net, run)
	}
	if form != nil {
		e.penalties = newPenalties(m.Params())
	}
	e.values = make([]float32, run.BatchSize)
	e.activity = make([]float64, run.Tiles())
	e.preds = make([]float32, run.BatchSize*e.outputs)
	e.forward, e.train = e.forwardTile, e.trainTile
	e.prepare, e.reduce, e.finish, e.run = e.prepareStage, e.reduceStage, e.finishStage, p.run
	e.penalize = func(part int) { e.penalties.penalize(part, p.workers, e.training) }
	e.constrain = func(part int) { e.penalties.constrain(part, p.workers) }
	return e
}

// tilesInFlight is a tile for each worker, or up to four where they are small:
// the more, the fewer stages a batch has. The result does not depend on it.
func tilesInFlight(net *layer.Network, run layer.Run, workers int) int {
	const most = 32 << 20 // bytes of all tiles together
	width := 0
	for _, op := range net.Operators {
		width += op.Output().Features
	}
	tile := 9 * width * run.Steps * tensor.Lanes * 4 // an LSTM keeps 8 values a unit and step, a GRU 9
	each := min(max(most/(tile*workers), 1), 4)
	return min(each*workers, run.Tiles())
}

// outputSize is the number of values in a prediction.
func outputSize(out layer.Shape, steps int) int {
	if out.Sequence {
		return steps * out.Features
	}
	return out.Features
}

func (e *engine) newSlot(net *layer.Network, run layer.Run) slot {
	s := slot{tile: layer.Tile{Steps: run.Steps}}
	if net.Input.IDs || run.OneHot {
		s.tile.IDs = make([]int32, run.Steps*tensor.Lanes)
	} else {
		s.in = tensor.NewBlock(run.Steps, net.Input.Features)
	}
	for _, op := range e.ops {
		s.works = append(s.works, op.Workspace(run))
	}
	if e.loss != nil {
		s.target = make([]float32, e.targets*tensor.Lanes)
		s.grad = tensor.NewBlock(e.steps, net.Output().Features)
	}
	return s
}

func (e *engine) last() layer.Operator { return e.ops[len(e.ops)-1] }

// weightsChanged must be called before the first batch and whenever the
// weights were changed by another hand.
func (e *engine) weightsChanged() { e.parts(e.prepare) }

// infer takes a batch forward. Its predictions and, where there is a loss, its
// losses are in preds and values.
func (e *engine) infer(data *dataset.Dataset, rows []int) {
	e.data, e.rows, e.training = data, rows, false
	for e.wave = 0; e.wave*tensor.Lanes < len(rows); e.wave += len(e.slots) {
		e.pool.run(e.tiles(), e.forward)
	}
	if e.masking != nil {
		e.meanOverCounted(len(rows))
	}
	e.addPenalties(len(rows))
}

// step takes a batch forward and backward and moves the weights. What infer
// leaves, it leaves too: from before the move.
func (e *engine) step(data *dataset.Dataset, rows []int, key uint64) {
	e.gradients(data, rows, key)
	e.optimizer.Step(e.pool.workers, e.run)
	if e.penalties != nil && e.penalties.constrained != nil {
		e.parts(e.constrain)
	}
	e.parts(e.prepare)
}

// gradients takes a batch forward and backward. The gradients are in the
// parameters' Grad.
func (e *engine) gradients(data *dataset.Dataset, rows []int, key uint64) {
	e.data, e.rows, e.key, e.training = data, rows, key, true
	if e.masking != nil {
		e.countSteps(data, rows)
	}
	for e.wave = 0; e.wave*tensor.Lanes < len(rows); e.wave += len(e.slots) {
		e.pool.run(e.tiles(), e.train)
		e.parts(e.reduce)
	}
	if e.masking != nil {
		e.meanOverCounted(len(rows))
	}
	e.parts(e.finish)
	e.addPenalties(len(rows))
}

// parts runs a stage in as many parts as there are workers.
func (e *engine) parts(stage func(part int)) { e.pool.run(e.pool.workers, stage) }

// tiles is how many slots the wave fills.
func (e *engine) tiles() int {
	return min(len(e.slots), (len(e.rows)+tensor.Lanes-1)/tensor.Lanes-e.wave)
}

func (e *engine) prepareStage(part int) {
	for _, op := range e.ops {
		op.Prepare(part, e.pool.workers)
		for _, p := range op.Params() {
			lo, hi := kernel.Span(len(p.Grad), part, e.pool.workers)
			clear(p.Grad[lo:hi])
		}
	}
}

// trainTile takes a slot's tile forward and backward.
func (e *engine) trainTile(i int) {
	e.forwardTile(i)
	s := &e.slots[i]
	d := s.grad
	for j := len(s.works) - 1; j >= 0; j-- {
		d = s.works[j].Backward(&s.tile, d)
	}
}

// first is the first of the batch's samples in a slot.
func (e *engine) first(i int) int { return (e.wave + i) * tensor.Lanes }

// reduceStage adds the wave's gradients to the parameters', tile by tile.
func (e *engine) reduceStage(part int) {
	parts := e.pool.workers
	for i := range e.tiles() {
		for j, op := range e.ops {
			work := e.slots[i].works[j]
			for k, g := range work.Gradients() {
				if g == nil {
					continue
				}
				lo, hi := kernel.Span(len(g), part, parts)
				e.kernels.Add(op.Params()[k].Grad[lo:hi], g[lo:hi])
			}
			op.Collect(work, part, parts)
		}
	}
}

func (e *engine) finishStage(part int) {
	for _, op := range e.ops {
		op.Finish(part, e.pool.workers)
	}
}

// load copies a tile of the batch, from the first sample on, into a slot.
func (e *engine) load(s *slot, first int) {
	t := &s.tile
	t.Samples, t.Batch = min(len(e.rows)-first, tensor.Lanes), len(e.rows)
	t.Training, t.Key = e.training, kernel.Mix(e.key+uint64(first))
	d := e.data
	load(t.IDs, e, first, t.Samples, d.IDs)
	if s.in != nil {
		load(s.in.Data, e, first, t.Samples, d.Features)
	}
	load(s.target, e, first, t.Samples, d.Y)
}

// load sets dst, values x lanes, to the values of as many samples as there are,
// and in the lanes behind to those of the first.
func load[T int32 | float32](dst []T, e *engine, first, samples int, values []T) {
	n := len(dst) / tensor.Lanes
	if n == 0 {
		return
	}
	var lanes [tensor.Lanes][]T
	for l := range lanes {
		row := e.rows[first]
		if l < samples {
			row = e.rows[first+l]
		}
		lanes[l] = values[row*n:][:n]
	}
	for i := range n {
		d := (*[tensor.Lanes]T)(dst[i*tensor.Lanes:])
		for l := range d {
			d[l] = lanes[l][i]
		}
	}
}

// forwardTile takes a slot's tile through the network and the loss.
func (e *engine) forwardTile(i int) {
	s, first := &e.slots[i], e.first(i)
	e.load(s, first)
	x := layer.Forward(e.ops, s.works, &s.tile, s.in)
	e.activity[first/tensor.Lanes] = s.tile.Penalty
	for lane := range s.tile.Samples {
		for o := range e.outputs {
			e.preds[(first+lane)*e.outputs+o] = x.Data[o*tensor.Lanes+lane]
		}
	}
	if e.loss == nil {
		return
	}
	if e.logits {
		x = s.works[len(s.works)-1].(layer.LogitsKeeper).Logits()
	}
	e.tileLoss(s, first, x)
}
