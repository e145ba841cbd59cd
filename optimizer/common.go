package optimizer

import (
	"errors"
	"fmt"
	"math"

	"recurve/tensor"
)

// Common are the arguments that every optimizer has. One step does, in this
// order: average the gradients of GradientAccumulationSteps batches; clip them;
// decay the weights; move them by the optimizer's rule; average the weights.
//
// ClipNorm, GlobalClipNorm and ClipValue exclude each other.
type Common struct {
	// WeightDecay takes lr*WeightDecay*w off each weight before it moves; default
	// 0, but 0.004 in AdamW.
	WeightDecay float64
	// ClipNorm is the greatest Euclidean norm of one variable's gradient: a
	// longer one is shortened to it. Default 0, none.
	ClipNorm float64
	// GlobalClipNorm is the greatest norm of all gradients together; default 0,
	// none. A gradient that is no number makes all of them NaN.
	GlobalClipNorm float64
	// ClipValue is the greatest size of any single value of a gradient; default
	// 0, none.
	ClipValue float64
	// UseEMA keeps an exponential moving average of the weights,
	// a = EMAMomentum*a + (1-EMAMomentum)*w, which takes their place at the end
	// of a fit.
	UseEMA bool
	// EMAMomentum, 0 to 1; default 0.99.
	EMAMomentum float64
	// EMAOverwriteFrequency puts the average in the weights' place every so many
	// steps; default 0, at the end of a fit only.
	EMAOverwriteFrequency int
	// GradientAccumulationSteps moves the weights once in so many batches, 2 or
	// more, along the mean of their gradients; default 0, after each. The
	// schedule of the learning rate counts batches, all else moves.
	GradientAccumulationSteps int
	// LossScaleFactor is kept for Keras' files. Recurve computes in float32,
	// where scaling the loss up and the gradients down again changes nothing.
	LossScaleFactor float64
}

// Shared returns the arguments that every optimizer has.
func (c Common) Shared() Common { return c }

func (c Common) check() error {
	clips := 0
	var errs []error
	for _, f := range []struct {
		name  string
		value float64
		clip  int
	}{
		{"WeightDecay", c.WeightDecay, 0}, {"ClipNorm", c.ClipNorm, 1}, {"GlobalClipNorm", c.GlobalClipNorm, 1},
		{"ClipValue", c.ClipValue, 1}, {"LossScaleFactor", c.LossScaleFactor, 0},
	} {
		errs = append(errs, notNegative(f.name, f.value))
		if f.value != 0 {
			clips += f.clip
		}
	}
	if clips > 1 {
		errs = append(errs, errors.New("ClipNorm, GlobalClipNorm, ClipValue: expected one of them, got more"))
	}
	errs = append(errs, share("EMAMomentum", c.EMAMomentum))
	if c.EMAOverwriteFrequency < 0 {
		errs = append(errs, fmt.Errorf("EMAOverwriteFrequency: expected 0 (never) or more, got %d", c.EMAOverwriteFrequency))
	}
	if n := c.GradientAccumulationSteps; n < 0 || n == 1 {
		errs = append(errs, fmt.Errorf("GradientAccumulationSteps: expected 2 or more, or 0 for none, got %d", n))
	}
	return errors.Join(errs...)
}

// common is Common at work.
type common struct {
	Common
	params   []*tensor.Param
	average  []*tensor.Param // nil without UseEMA
	gathered []*tensor.Param // sums of gradients; nil without accumulation
	blocks   blocks          // of nothing unless a norm is wanted

	// Of the step at work:
	due       bool    // the weights move
	first     bool    // nothing was averaged before
	overwrite bool    // the weights become their average
	rate      float32 // the learning rate
}

func newCommon(c Common, params []*tensor.Param) *common {
	r := &common{Common: c, params: params}
	if c.UseEMA {
		r.average = slots(params, "average")
	}
	if c.GradientAccumulationSteps > 0 {
		r.gathered = slots(params, "gradient_accumulator")
	}
	if c.ClipNorm > 0 || c.GlobalClipNorm > 0 {
		r.blocks = newBlocks(params)
	}
	return r
}

// variables stand before the rule's in Keras' files.
func (c *common) variables() []*tensor.Param {
	return append(append([]*tensor.Param{}, c.average...), c.gathered...)
}

// idle reports whether there is nothing to do.
func (c *common) idle() bool {
	return c.average == nil && c.gathered == nil && c.blocks.squares == nil && c.WeightDecay == 0 && c.ClipValue == 0
}

// begin starts step number n, counted from 1, and returns how often the weights
// have moved once it is done.
func (c *common) begin(n int64, rate float32) (moves int64) {
	k := int64(max(c.GradientAccumulationSteps, 1))
	before := (n - 1) / k
	c.due, c.first, c.rate = n%k == 0, before == 0, rate
	c.overwrite = c.EMAOverwriteFrequency > 0 && (before+1)%int64(c.EMAOverwriteFrequency) == 0
	return before + 1
}

// gather adds the gradient to those before, or on the step that moves the
// weights takes the mean of all.
func (c *common) gather(i, lo, hi int) {
	if c.gathered == nil {
		return
	}
	g, sum := c.params[i].Grad[lo:hi], c.gathered[i].Data[lo:hi]
	if !c.due {
		for j, d := range g {
			sum[j] += d
		}
		return
	}
	k := float32(c.GradientAccumulationSteps)
	for j, s := range sum {
		g[j] = (g[j] + s) / k
		sum[j] = 0
	}
}

// clip bounds the gradient.
func (c *common) clip(i, lo, hi int) {
	g := c.params[i].Grad[lo:hi]
	switch {
	case c.ClipNorm > 0:
		most := float32(c.ClipNorm)
		norm := max(c.blocks.norms[i], most)
		for j, d := range g {
			g[j] = d * most / norm
		}
	case c.GlobalClipNorm > 0:
		norm, most := c.blocks.norm, float32(c.GlobalClipNorm)
		scale := float32(most*min(1/norm, 1/most)) + (norm - norm) // NaN where the norm is no number
		for j := range g {
			g[j] *= scale
		}
	case c.ClipValue > 0:
		most := float32(c.ClipValue)
		for j, d := range g {
			g[j] = min(max(d, -most), most)
		}
	}
}

func (c *common) decay(i, lo, hi int) {
	if c.WeightDecay == 0 {
		return
	}
	share, w := float32(c.WeightDecay), c.params[i].Data[lo:hi]
	for j, v := range w {
		w[j] = v - float32(v*share*c.rate)
	}
}

// follow moves the average of the weights, and the weights to it where it is
// time.
func (c *common) follow(i, lo, hi int) {
	if c.average == nil {
		return
	}
	keep := float32(or(c.EMAMomentum, 0.99))
	if c.first {
		keep = 0
	}
	rest := 1 - keep
	a, w := c.average[i].Data[lo:hi], c.params[i].Data[lo:hi]
	for j, v := range w {
		a[j] = float32(keep*a[j]) + float32(rest*v)
	}
	if c.overwrite {
		copy(w, a)
	}
}

// blocks are the parameters' gradients in pieces, whose squares are added up
// each by itself: so a norm does not depend on who has added what.
type blocks struct {
	pieces  []piece
	squares []float64 // of a piece, the sum
	norms   []float32 // of a parameter
	norm    float32   // of all
}

type piece struct{ param, lo, hi int }

func newBlocks(params []*tensor.Param) blocks {
	const size = 4096
	b := blocks{norms: make([]float32, len(params))}
	for i, p := range params {
		for lo := 0; lo < p.Size(); lo += size {
			b.pieces = append(b.pieces, piece{i, lo, min(lo+size, p.Size())})
		}
	}
	b.squares = make([]float64, len(b.pieces))
	return b
}

// finish makes the norms of the squares.
func (b *blocks) finish() {
	all, i := 0.0, 0
	for param := range b.norms {
		sum := 0.0
		for ; i < len(b.pieces) && b.pieces[i].param == param; i++ {
			sum += b.squares[i]
		}
		b.norms[param] = float32(math.Sqrt(sum))
		all += sum
	}
	b.norm = float32(math.Sqrt(all))
}

// squares adds up squares, which are exact in float64, in eight sums.
func squares(g []float32) float64 {
	var s [8]float64
	for ; len(g) >= 8; g = g[8:] {
		for l := range s {
			s[l] += float64(float64(g[l]) * float64(g[l]))
		}
	}
	for l, d := range g {
		s[l] += float64(float64(d) * float64(d))
	}
	return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
}
