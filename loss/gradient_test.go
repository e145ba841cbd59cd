package loss

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// all are the losses, each with targets that suit it.
func all() []struct {
	loss   Loss
	target func(r *rand.Rand) float32
} {
	share := func(r *rand.Rand) float32 { return r.Float32() }
	yes := func(r *rand.Rand) float32 { return float32(r.IntN(2)) }
	number := func(r *rand.Rand) float32 { return float32(3 * r.NormFloat64()) }
	sign := func(r *rand.Rand) float32 { return float32(2*r.IntN(2) - 1) }
	class := func(r *rand.Rand) float32 { return float32(r.IntN(4)) }
	return []struct {
		loss   Loss
		target func(r *rand.Rand) float32
	}{
		{MeanSquaredError{}, number}, {MeanAbsoluteError{}, number}, {MeanAbsolutePercentageError{}, number}, {MeanSquaredLogarithmicError{}, number},
		{Huber{}, number}, {Huber{Delta: 0.3}, number}, {LogCosh{}, number}, {Poisson{}, share}, {KLDivergence{}, share}, {CosineSimilarity{}, number},
		{Hinge{}, sign}, {SquaredHinge{}, yes}, {CategoricalHinge{}, share},
		{BinaryCrossentropy{}, share}, {BinaryCrossentropy{FromLogits: true, LabelSmoothing: 0.1}, yes},
		{BinaryFocalCrossentropy{}, yes}, {BinaryFocalCrossentropy{FromLogits: true, Gamma: 1.5, ApplyClassBalancing: true}, yes}, {BinaryFocalCrossentropy{NoFocus: true}, share},
		{CategoricalCrossentropy{}, share}, {CategoricalCrossentropy{FromLogits: true, LabelSmoothing: 0.1}, share},
		{SparseCategoricalCrossentropy{}, class}, {SparseCategoricalCrossentropy{FromLogits: true}, class},
	}
}

// TestGradients compares gradients with differences of the loss, which is
// computed in float64: of predictions between 0 and 1, that every loss takes.
func TestGradients(t *testing.T) {
	const outputs, h = 4, 1.0 / 4096
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range all() {
		for range 20 {
			p, y, g := make([]float32, outputs), make([]float32, c.loss.Targets(outputs)), make([]float32, outputs)
			for i := range p {
				p[i] = float32(r.IntN(700)+100) / 1024 // so that p +- h is exact
			}
			for i := range y {
				y[i] = c.target(r)
			}
			const scale = 0.75
			c.loss.Row(g, p, y, 1, scale)
			for i, v := range p {
				at := func(v float32) float64 {
					q := slices.Clone(p)
					q[i] = v
					return c.loss.Row(nil, q, y, 1, 0)
				}
				up, down, here := at(v+h), at(v-h), at(v)
				left, right := (here-down)/h, (up-here)/h
				want := scale * (up - down) / (2 * h)
				if math.Abs(float64(g[i])-want) > 2e-3*math.Abs(want)+1e-5 && math.Abs(left-right) < 0.05*math.Abs(left)+0.01 { // else at a kink
					t.Errorf("%#v(%v, %v): slope %d is %v, want %v", c.loss, p, y, i, g[i], want)
				}
			}
		}
	}
}

// TestSameBitsEverywhere: values and gradients are the same on every processor;
// the digest is that of amd64.
func TestSameBitsEverywhere(t *testing.T) {
	hash := sha256.New()
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range all() {
		for n := range 200 {
			p, y, g := make([]float32, 4), make([]float32, c.loss.Targets(4)), make([]float32, 4)
			for i := range p {
				p[i] = r.Float32()
				if n%2 == 0 {
					p[i] = float32(20 * r.NormFloat64())
				}
			}
			for i := range y {
				y[i] = c.target(r)
			}
			v := c.loss.Row(g, p, y, 1, 0.3)
			if v != v { // NaN has many bits
				v, g = 0, nil
			}
			for i := range g {
				if g[i] != g[i] {
					g[i] = 0
				}
			}
			if err := binary.Write(hash, binary.LittleEndian, append(g, float32(v))); err != nil {
				t.Fatal(err)
			}
		}
	}
	const want = "cd3d971fde2775cb9f41b4f493ab6e53260036c0935dc6bbf062bf559140b9d3"
	if got := fmt.Sprintf("%x", hash.Sum(nil)); got != want {
		t.Errorf("the SHA-256 of values and gradients is\n%s, want\n%s", got, want)
	}
}
