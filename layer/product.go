package layer

import (
	"recurve/internal/kernel"
	"recurve/tensor"
)

// product is the input side of a recurrent layer: x[t].W + b for every time
// step, where W is the kernel (features x gates).
//
// Where the input are ids, the sums of a row are the same for every token of
// that id, so they are made once and looked up:
//
//   - one-hot ids pick a row of W + b;
//   - ids behind an Embedding E pick a row of E.W + b, if the embedding has
//     decided to fold.
//
// Looking up gives the same bits as gathering and multiplying. The gradient of
// the table is scattered by id and carried on to E, W and b once a batch.
type product struct {
	k              kernel.Kernels
	kernel         *tensor.Param
	bias, biasGrad []float32 // gates values; nil where there is no bias
	features       int
	gates          int
	trained        bool       // the layer before wants a gradient
	embedding      *embedding // the layer before, where it is one
	dropout        cellDropout

	mode      productMode
	turned    []float32 // W transposed, gates x features
	table     []float32 // rows x gates: lookups
	tableGrad []float32
}

type productMode uint8

const (
	multiply productMode = iota
	oneHot
	fold
)

func newProduct(k kernel.Kernels, in Shape, w *tensor.Param, bias, biasGrad []float32, dropout cellDropout) *product {
	p := &product{k: k, kernel: w, bias: bias, biasGrad: biasGrad, features: w.Shape[0], gates: w.Shape[1],
		trained: in.trained, embedding: in.embedding, dropout: dropout}
	if p.embedding != nil {
		p.embedding.products++
		p.embedding.dropped = p.embedding.dropped || dropout.input.on()
	}
	return p
}

func (p *product) configure(run Run) {
	p.mode = multiply
	rows := 0
	switch {
	case p.embedding != nil && p.embedding.folded:
		p.mode, rows = fold, p.embedding.rows
	case p.embedding == nil && run.OneHot && !p.trained:
		p.mode, rows = oneHot, p.features
	}
	if p.mode != oneHot {
		p.turned = make([]float32, p.gates*p.features)
	}
	if p.mode == multiply {
		return
	}
	p.table = make([]float32, rows*p.gates)
	switch {
	case !run.Training:
	case p.mode == oneHot:
		p.tableGrad = p.kernel.Grad
	default:
		p.tableGrad = make([]float32, rows*p.gates)
	}
}

// prepare turns W, and makes part of the table.
func (p *product) prepare(part, parts int) {
	w := p.kernel.Data
	if p.turned != nil {
		lo, hi := kernel.Span(p.gates, part, parts)
		turn(p.turned[lo*p.features:hi*p.features], w[lo:], p.features, p.gates)
	}
	if p.mode == multiply {
		return
	}
	lo, hi := kernel.Span(len(p.table)/p.gates, part, parts)
	for r := lo; r < hi; r++ {
		row := p.table[r*p.gates : (r+1)*p.gates]
		if p.bias == nil {
			clear(row)
		} else {
			copy(row, p.bias)
		}
	}
	rows := p.table[lo*p.gates : hi*p.gates]
	if p.mode == oneHot {
		p.k.Add(rows, w[lo*p.gates:hi*p.gates])
		return
	}
	p.k.Gemm(hi-lo, p.gates, p.features, rows, p.gates, p.embedding.table.Data[lo*p.features:], p.features, 1, w, p.gates)
	if p.tableGrad != nil {
		clear(p.tableGrad[lo*p.gates : hi*p.gates])
	}
}

// turn sets dst to the transpose of the first columns of w, which has rows
// rows of ld values: as many columns as dst holds.
func turn(dst, w []float32, rows, ld int) {
	for c := range len(dst) / rows {
		for r := range rows {
			dst[c*rows+r] = w[r*ld+c]
		}
	}
}

// productState is what a tile in flight needs of the product.
type productState struct {
	dkernel, dbias []float32 // the tile's own gradients, when multiplying
	xt             turned    // all steps' x, transposed, when multiplying
	dx             *tensor.Block
	dropped        dropped // zeros of the input

	// Of the last backward, for collect.
	tile  *Tile
	dzt   timeline
	clock clock
}

func (p *product) state(run Run) productState {
	var s productState
	if run.Training && p.mode == multiply {
		s.dkernel = make([]float32, len(p.kernel.Data))
		s.xt = newTurned(run.Steps, p.features)
		if p.trained {
			s.dx = tensor.NewBlock(run.Steps, p.features)
		}
		s.dropped = p.dropout.input.room(p.dropout.sets, p.features, run)
	}
	return s
}

// step sets z, gates x Lanes, to time step t's x.W + b.
func (p *product) step(s *productState, z []float32, tile *Tile, in *tensor.Block, t int) {
	if p.mode != multiply {
		p.k.Gather(z, p.table, tile.ids(t))
		return
	}
	if p.bias == nil {
		clear(z)
	} else {
		p.k.Broadcast(z, p.bias)
	}
	if s.dropped.on {
		p.stepDropped(s, z, in.Step(t))
		return
	}
	p.k.Gemm(p.gates, tensor.Lanes, p.features, z, tensor.Lanes, p.turned, p.features, 1, in.Step(t), tensor.Lanes)
}

// clock maps a layer's own time steps to the input's: a layer that goes
// backwards begins at the last.
type clock struct {
	steps     int
	backwards bool
	// Only steps from first to before last count in any lane.
	first, last int
	mask        *Mask // in the input's time; nil where all steps count
}

func newClock(tile *Tile, backwards bool) clock {
	c := clock{steps: tile.Steps, backwards: backwards, last: tile.Steps, mask: tile.Mask}
	if m := tile.Mask; m != nil {
		c.first, c.last = m.first, m.end
		if backwards {
			c.first, c.last = c.steps-m.end, c.steps-m.first
		}
		if c.first == c.last {
			c.first, c.last = 0, 0
		}
	}
	return c
}

// masked are the lanes that the layer's step s counts in (see [Mask]); nil
// where it counts in all.
func (c clock) masked(s int) []int32 {
	if c.mask == nil {
		return nil
	}
	if t := c.input(s); c.mask.partial[t] {
		return c.mask.Step(t)
	}
	return nil
}

// input is the input's time step for the layer's step s.
func (c clock) input(s int) int {
	if c.backwards {
		return c.steps - 1 - s
	}
	return s
}

// backwardStep takes the gradient of time step t's x.W + b to x.
func (p *product) backwardStep(s *productState, t int, dz []float32) {
	if s.dx == nil {
		return
	}
	d := s.dx.Step(t)
	clear(d)
	if s.dropped.on {
		p.backwardStepDropped(s, d, dz)
		return
	}
	p.k.Gemm(p.features, tensor.Lanes, p.gates, d, tensor.Lanes, p.kernel.Data, p.gates, 1, dz, tensor.Lanes)
}

// backward makes the gradients of W and b from all steps' dz, transposed, in
// the order of the layer's clock, and returns the gradient of the input.
func (p *product) backward(s *productState, tile *Tile, in *tensor.Block, dzt timeline, c clock) *tensor.Block {
	s.tile, s.dzt, s.clock = tile, dzt, c
	if p.mode != multiply {
		return nil
	}
	rows := (c.last - c.first) * tensor.Lanes
	dz := dzt.data[c.first*dzt.stride():]
	clear(s.dkernel)
	if s.dropped.on {
		p.kernelGradDropped(s, in, dz, c)
	} else {
		for i := c.first; i < c.last; i++ {
			s.xt.set(p.k, i, in.Step(c.input(i)))
		}
		p.k.Gemm(p.features, p.gates, rows, s.dkernel, p.gates, s.xt.from(c.first), 1, s.xt.ld, dz, p.gates)
	}
	if p.bias != nil {
		clear(s.dbias)
		p.k.SumRows(s.dbias, dz, p.gates, rows)
	}
	if s.dx != nil {
		s.dx.Steps = c.steps
		for i := range c.steps {
			if i < c.first || i >= c.last {
				clear(s.dx.Step(c.input(i)))
			}
		}
	}
	return s.dx
}

// collect scatters a tile's dz into the table's gradient, some columns of it.
func (p *product) collect(s *productState, part, parts int) {
	if p.mode == multiply {
		return
	}
	lo, hi := kernel.Columns(p.gates, part, parts)
	if lo == hi {
		return
	}
	for i := s.clock.first; i < s.clock.last; i++ {
		p.k.ScatterAdd(p.tableGrad, p.gates, s.tile.ids(s.clock.input(i)), s.dzt.at(i), lo, hi)
	}
}

// finish carries the table's gradient on to embeddings, kernel and bias.
func (p *product) finish(part, parts int) {
	if p.mode == multiply {
		return
	}
	rows := len(p.tableGrad) / p.gates
	lo, hi := kernel.Columns(p.gates, part, parts)
	if p.bias != nil {
		p.k.SumRows(p.biasGrad[lo:hi], p.tableGrad[lo:], p.gates, rows)
	}
	if p.mode == oneHot {
		return // the table's gradient is the kernel's
	}
	e := p.embedding.table
	p.k.Gemm(p.features, hi-lo, rows, p.kernel.Grad[lo:], p.gates, e.Data, 1, p.features, p.tableGrad[lo:], p.gates)
	lo, hi = kernel.Span(rows, part, parts)
	p.k.Gemm(hi-lo, p.features, p.gates, e.Grad[lo*p.features:], p.features, p.tableGrad[lo*p.gates:], p.gates, 1, p.turned, p.features)
}
