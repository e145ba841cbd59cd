package loss

import (
	"math"
	"testing"

	"recurve/activation"
	"recurve/tensor"
)

// one evaluates a loss on one prediction.
func one(l Loss, pred, target float32) (value, grad float32) {
	g := make([]float32, 1)
	v := l.Row(g, []float32{pred}, []float32{target}, 1, 1)
	return float32(v), g[0]
}

// The values with clipping are what real Keras gives (its reference: the
// clip to [1e-7, 1-1e-7] happens in float32); the rest is the formula.
func TestBinaryCrossentropy(t *testing.T) {
	plain, logits := BinaryCrossentropy{}, BinaryCrossentropy{FromLogits: true}
	tests := []struct {
		l            BinaryCrossentropy
		pred, y      float32
		value, slope float64
	}{
		{plain, 1, 0, 15.942385, 0},
		{plain, 0, 1, 16.118096, 0},
		{plain, 0, 0, 1.1920929e-07, 0},
		{plain, 0.25, 1, math.Log(4), -4},
		{plain, 0.25, 0, -math.Log(0.75), 1 / 0.75},
		{logits, 40, 0, 40, 1},
		{logits, -200, 1, 200, -1},
		{logits, 0, 1, math.Ln2, -0.5},
		{BinaryCrossentropy{LabelSmoothing: 0.2}, 0.5, 1, math.Ln2, (0.5 - 0.9) / 0.25},
	}
	for _, tt := range tests {
		v, g := one(tt.l, tt.pred, tt.y)
		if math.Abs(float64(v)-tt.value) > 1e-6*max(1, tt.value) || math.Abs(float64(v)-tt.value) > 1e-4*tt.value+1e-12 {
			t.Errorf("%+v(%g, %g) = %v, want %v", tt.l, tt.pred, tt.y, v, tt.value)
		}
		if math.Abs(float64(g)-tt.slope) > 1e-6*max(1, math.Abs(tt.slope)) {
			t.Errorf("%+v(%g, %g) has slope %v, want %v", tt.l, tt.pred, tt.y, g, tt.slope)
		}
	}
}

// Lanes that are not in use have neither loss nor gradient, several outputs
// are averaged, and the scale reaches only the gradient.
func TestTile(t *testing.T) {
	const outputs, samples = 2, 3
	n := outputs * tensor.Lanes
	p, y := make([]float32, n), make([]float32, n)
	for i := range p {
		p[i] = 0.25
	}
	v, g := make([]float32, tensor.Lanes), make([]float32, n)
	for i := range v {
		v[i] = 9
	}
	for i := range g {
		g[i] = 9
	}
	scale := [tensor.Lanes]float32{0.5, 0.25, 1}
	Tile(BinaryCrossentropy{}, v, g, p, y, samples, &scale)
	for lane := range tensor.Lanes {
		wantV, wantG := -math.Log(0.75), float64(scale[lane])*0.5/0.75
		if lane >= samples {
			wantV, wantG = 0, 0
		}
		if math.Abs(float64(v[lane])-wantV) > 1e-6 || math.Abs(float64(g[lane])-wantG) > 1e-6 || math.Abs(float64(g[tensor.Lanes+lane])-wantG) > 1e-6 {
			t.Errorf("lane %d: value %v, slopes %v %v; want %v, %v", lane, v[lane], g[lane], g[tensor.Lanes+lane], wantV, wantG)
		}
	}
	Tile(BinaryCrossentropy{}, v, nil, p, y, samples, &scale) // no gradient wanted
}

func TestOnLogits(t *testing.T) {
	if l := (BinaryCrossentropy{LabelSmoothing: 0.1}).OnLogits(activation.Sigmoid); l != (BinaryCrossentropy{LabelSmoothing: 0.1, FromLogits: true}) {
		t.Errorf("behind a sigmoid: %+v", l)
	}
	if l := (BinaryCrossentropy{}).OnLogits(activation.Tanh); l != nil {
		t.Errorf("behind tanh: %+v", l)
	}
	if l := (BinaryCrossentropy{FromLogits: true}).OnLogits(activation.Sigmoid); l != nil {
		t.Errorf("of a sigmoid taken for a logit: %+v", l)
	}
}

func TestCheck(t *testing.T) {
	for _, s := range []float64{-0.1, 1.1, math.NaN()} {
		if err := (BinaryCrossentropy{LabelSmoothing: s}).Check(); err == nil {
			t.Errorf("label smoothing %v: no error", s)
		}
	}
	for _, y := range []float32{-1, 2, float32(math.NaN())} {
		if err := (BinaryCrossentropy{}).CheckTargets([]float32{0, 1, y}, 1); err == nil {
			t.Errorf("target %v: no error", y)
		}
	}
}
