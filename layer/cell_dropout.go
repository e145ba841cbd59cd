package layer

import (
	"fmt"

	"recurve/internal/kernel"
	"recurve/tensor"
)

// cellDropout is dropout inside a recurrent layer: of the input x on its way
// into the product with W, and of the state h on its way into the product with
// U. A sample's zeros are the same at all time steps. Without dropout of the
// state all gates share the input's zeros; with it each gate has its own, of
// both.
type cellDropout struct {
	salt         uint64
	input, state zeroing
	sets         int // of zeros of the input: 1, or one a gate
	gates        int // how many gates, each with its own zeros of the state
}

// zeroing is one rate of dropout; the zero value drops nothing.
type zeroing struct {
	below uint64 // of 2^24: a random number under it drops the value
	scale float32
}

func (z zeroing) on() bool { return z.below > 0 }

// newZeroing takes a rate for the argument field. A rate of 1 drops all, or, as
// in Keras' gated cells, nothing.
func newZeroing(field string, rate float64, gated bool) (zeroing, error) {
	switch {
	case !(rate >= 0 && rate <= 1):
		return zeroing{}, fmt.Errorf("%s: expected 0 to 1, got %v", field, rate)
	case rate == 1 && gated:
		return zeroing{}, nil
	case rate == 1:
		return zeroing{below: 1 << 24}, nil
	}
	return zeroing{below: uint64(rate * (1 << 24)), scale: float32(1 / (1 - rate))}, nil
}

// draw fills dst with 0 and the scale, by the numbers of one random stream.
func (z zeroing) draw(dst []float32, stream uint64) {
	for i := range dst {
		if dst[i] = z.scale; kernel.Mix(stream+uint64(i))>>40 < z.below {
			dst[i] = 0
		}
	}
}

func newCellDropout(b *builder, c cellOptions) (cellDropout, error) {
	d := cellDropout{salt: b.stream(), sets: 1, gates: c.gates}
	var err error
	gated := c.gates > 1
	if d.input, err = newZeroing("Dropout", c.dropout, gated); err != nil {
		return d, err
	}
	if c.recurrentDropout > 0 {
		d.sets = c.gates
	}
	d.state, err = newZeroing("RecurrentDropout", c.recurrentDropout, gated)
	return d, err
}

// dropped holds a tile's zeros of one side of a cell: sets of features x Lanes.
type dropped struct {
	zeros []float32 // nil where nothing is dropped
	one   []float32 // room for one step's product
	size  int       // of a set
	on    bool      // for the tile at work
}

func (z zeroing) room(sets, features int, run Run) dropped {
	if !z.on() || !run.Training {
		return dropped{}
	}
	n := features * tensor.Lanes
	return dropped{zeros: make([]float32, sets*n), one: make([]float32, n), size: n}
}

// draw decides on a tile's zeros.
func (d *dropped) draw(z zeroing, tile *Tile, stream uint64) {
	if d.on = d.zeros != nil && tile.Training; d.on {
		z.draw(d.zeros, kernel.Mix(tile.Key+stream))
	}
}

// set is one of the sets.
func (d *dropped) set(i int) []float32 { return d.zeros[i*d.size : (i+1)*d.size] }

// drop is x with set i's zeros.
func (d *dropped) drop(k kernel.Kernels, i int, x []float32) []float32 {
	k.Mul(d.one, x, d.set(i))
	return d.one
}

// stepDropped is step where the input has zeros: gates that share them at once.
func (p *product) stepDropped(s *productState, z, x []float32) {
	n := p.gates / p.dropout.sets
	for i := range p.dropout.sets {
		p.k.Gemm(n, tensor.Lanes, p.features, z[i*n*tensor.Lanes:], tensor.Lanes, p.turned[i*n*p.features:], p.features, 1,
			s.dropped.drop(p.k, i, x), tensor.Lanes)
	}
}

// backwardStepDropped is backwardStep where the input has zeros.
func (p *product) backwardStepDropped(s *productState, dx, dz []float32) {
	n := p.gates / p.dropout.sets
	for i := range p.dropout.sets {
		one := s.dropped.one
		clear(one)
		p.k.Gemm(p.features, tensor.Lanes, n, one, tensor.Lanes, p.kernel.Data[i*n:], p.gates, 1, dz[i*n*tensor.Lanes:], tensor.Lanes)
		p.k.MulAddTo(dx, one, s.dropped.set(i))
	}
}

// kernelGradDropped makes the gradient of W where the input has zeros.
func (p *product) kernelGradDropped(s *productState, in *tensor.Block, dzt []float32, c clock) {
	n := p.gates / p.dropout.sets
	for i := range p.dropout.sets {
		for t := c.first; t < c.last; t++ {
			s.xt.set(p.k, t, s.dropped.drop(p.k, i, in.Step(c.input(t))))
		}
		p.k.Gemm(p.features, n, (c.last-c.first)*tensor.Lanes, s.dkernel[i*n:], p.gates, s.xt.from(c.first), 1, s.xt.ld, dzt[i*n:], p.gates)
	}
}

// stateForward is z += h.U, each gate with its zeros in h.
func (w *recurrentWorkspace) stateForward(p stateProduct, z, h []float32) {
	if !w.dropped.on {
		p.forward(z, h)
		return
	}
	for lo := 0; lo < p.n; lo += p.r.units {
		p.gate(lo).forward(z[lo*tensor.Lanes:], w.dropped.drop(p.r.k, (p.lo+lo)/p.r.units, h))
	}
}

// stateBackward is dh += dz.U^T, each gate with its zeros.
func (w *recurrentWorkspace) stateBackward(p stateProduct, dh, dz []float32) {
	if !w.dropped.on {
		p.backward(dh, dz)
		return
	}
	for lo := 0; lo < p.n; lo += p.r.units {
		clear(w.dropped.one)
		p.gate(lo).backward(w.dropped.one, dz[lo*tensor.Lanes:])
		p.r.k.MulAddTo(dh, w.dropped.one, w.dropped.set((p.lo+lo)/p.r.units))
	}
}

// stateGrad is the gradient of U from the states; see stateProduct.weightGrad.
func (w *recurrentWorkspace) stateGrad(p stateProduct, dzt []float32, ld int) {
	if !w.dropped.on {
		p.weightGrad(w.grads[1], w.ht, dzt, ld, w.clock)
		return
	}
	for lo := 0; lo < p.n; lo += p.r.units {
		for s := w.first; s < w.last; s++ {
			w.ht.set(p.r.k, s, w.dropped.drop(p.r.k, (p.lo+lo)/p.r.units, w.h.at(s)))
		}
		p.gate(lo).weightGrad(w.grads[1], w.ht, dzt[lo:], ld, w.clock)
	}
}

// gate is the product with the columns of one gate, lo columns on.
func (p stateProduct) gate(lo int) stateProduct {
	u := p.r.units
	return stateProduct{r: p.r, lo: p.lo + lo, n: u, turned: p.turned[lo*u : (lo+u)*u]}
}
