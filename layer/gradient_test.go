package layer

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"recurve/activation"
)

// TestGradients compares each layer's gradients with central differences of
// its forward pass along random directions. The forward pass is float32: with
// steps of 1/128 its rounding and the differences' own error are each near
// 1e-4 of the derivative, so 1e-3 is allowed.
func TestGradients(t *testing.T) {
	tests := []struct {
		name   string
		layers []Layer
		shape  []int
		vocab  int
	}{
		{"SimpleRNN", []Layer{SimpleRNN{Units: 3}}, []int{17, 5, 2}, 0},
		{"SimpleRNN sequences backwards", []Layer{SimpleRNN{Units: 3, ReturnSequences: true, GoBackwards: true}}, []int{3, 5, 2}, 0},
		{"LSTM", []Layer{LSTM{Units: 3}}, []int{17, 5, 2}, 0},
		{"LSTM softsign", []Layer{LSTM{Units: 3, Activation: activation.Softsign, ReturnSequences: true}}, []int{3, 5, 2}, 0},
		{"GRU", []Layer{GRU{Units: 3}}, []int{17, 5, 2}, 0},
		{"GRU reset before", []Layer{GRU{Units: 3, ResetBefore: true, ReturnSequences: true}}, []int{3, 5, 2}, 0},
		{"Bidirectional", []Layer{Bidirectional{Layer: GRU{Units: 2, ReturnSequences: true}, MergeMode: Mul}}, []int{3, 4, 2}, 0},
		{"Dense", []Layer{Dense{Units: 3, Activation: activation.GELU}}, []int{17, 4}, 0},
		{"Dense on sequences", []Layer{Dense{Units: 3, Activation: activation.SiLU}}, []int{3, 5, 4}, 0},
		{"Dense softmax", []Layer{Dense{Units: 5, Activation: activation.Softmax}}, []int{17, 4}, 0},
		{"Dense softmax on sequences", []Layer{Dense{Units: 3, Activation: activation.Softmax}}, []int{3, 5, 4}, 0},
		{"Dropout", []Layer{Dropout{Rate: 0.4}, Dense{Units: 2}, Dropout{Rate: 0.3}}, []int{17, 5, 4}, 0},
		{"Embedding folded", []Layer{Embedding{InputDim: 5, OutputDim: 3}, LSTM{Units: 3}, Dense{Units: 1}}, []int{17, 6}, 5},
		{"Embedding gathered", []Layer{Embedding{InputDim: 50, OutputDim: 3}, GRU{Units: 3}, Dense{Units: 1}}, []int{2, 6}, 50},
		{"Embedding behind dropout", []Layer{Embedding{InputDim: 5, OutputDim: 3}, Dropout{Rate: 0.2}, SimpleRNN{Units: 3}}, []int{17, 6}, 5},
		{"masked SimpleRNN", []Layer{Embedding{InputDim: 3, OutputDim: 3, MaskZero: true}, SimpleRNN{Units: 3, ReturnSequences: true}}, []int{17, 6}, 3},
		{"masked LSTM", []Layer{Embedding{InputDim: 3, OutputDim: 3, MaskZero: true}, LSTM{Units: 3}, Dense{Units: 1}}, []int{17, 6}, 3},
		{"masked GRU", []Layer{Embedding{InputDim: 50, OutputDim: 3, MaskZero: true}, GRU{Units: 3, ReturnSequences: true, ZeroOutputForMask: true}}, []int{3, 6}, 2},
		{"masked GRU reset before", []Layer{Embedding{InputDim: 3, OutputDim: 3, MaskZero: true}, GRU{Units: 3, ResetBefore: true, GoBackwards: true}}, []int{17, 6}, 3},
		{"masked Bidirectional", []Layer{Embedding{InputDim: 3, OutputDim: 3, MaskZero: true}, Bidirectional{Layer: LSTM{Units: 2, ReturnSequences: true}}, GRU{Units: 2}}, []int{17, 6}, 3},
		{"SimpleRNN dropout", []Layer{SimpleRNN{Units: 3, Dropout: 0.3, RecurrentDropout: 0.4}}, []int{17, 5, 4}, 0},
		{"LSTM dropout", []Layer{LSTM{Units: 3, Dropout: 0.3}}, []int{17, 5, 4}, 0},
		{"LSTM recurrent dropout", []Layer{LSTM{Units: 4, Dropout: 0.3, RecurrentDropout: 0.4, ReturnSequences: true}}, []int{3, 5, 4}, 0},
		{"GRU recurrent dropout", []Layer{GRU{Units: 4, Dropout: 0.3, RecurrentDropout: 0.4}}, []int{17, 5, 4}, 0},
		{"GRU reset before recurrent dropout", []Layer{GRU{Units: 4, RecurrentDropout: 0.4, ResetBefore: true}}, []int{17, 5, 4}, 0},
		{"Embedding dropout in cells", []Layer{Embedding{InputDim: 5, OutputDim: 3}, Bidirectional{Layer: GRU{Units: 2, Dropout: 0.4, RecurrentDropout: 0.2}}}, []int{17, 6}, 5},
		{"TimeDistributed and Activation", []Layer{TimeDistributed{Layer: Dense{Units: 3}}, Activation{Activation: activation.SiLU}, Flatten{}, Dense{Units: 2}}, []int{3, 5, 4}, 0},
		{"Embedding folded twice", []Layer{Embedding{InputDim: 5, OutputDim: 3}, Bidirectional{Layer: LSTM{Units: 2}}}, []int{17, 6}, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(7, 7))
			random := func(n int) []float32 {
				x := make([]float32, n)
				for i := range x {
					x[i] = float32(rng.NormFloat64())
				}
				return x
			}
			r := newRig(t, tt.layers, tt.shape, tt.vocab > 0, 2)
			n := 1
			for _, d := range tt.shape {
				n *= d
			}
			x := random(n)
			var ids []int32
			if tt.vocab > 0 {
				for range n {
					ids = append(ids, rng.Int32N(int32(tt.vocab)))
				}
			}
			for _, p := range r.params {
				for i := range p.Data {
					p.Data[i] = float32(rng.NormFloat64() * 0.5)
				}
			}
			y, _ := r.pass(x, ids, make([]float32, 1<<16))
			dy := random(len(y))
			_, dx := r.pass(x, ids, dy)
			analytic := map[string][]float32{"x": dx}
			values := map[string][]float32{"x": x}
			for i, p := range r.params {
				name := fmt.Sprintf("%d %s", i, p.Name)
				analytic[name], values[name] = append([]float32{}, p.Grad...), p.Data
			}
			lossAt := func(v, dir []float32, step float32) float64 {
				for i := range v {
					v[i] += step * dir[i]
				}
				y, _ := r.pass(x, ids, dy)
				for i := range v {
					v[i] -= step * dir[i]
				}
				var s float64
				for i := range y {
					s += float64(y[i]) * float64(dy[i])
				}
				return s
			}
			for name, v := range values {
				if name == "x" && ids != nil {
					continue
				}
				dir := random(len(v))
				var want, size float64
				for i, g := range analytic[name] {
					want += float64(g) * float64(dir[i])
					size += float64(g) * float64(g)
				}
				const h = 1.0 / 128
				got := (8*(lossAt(v, dir, h)-lossAt(v, dir, -h)) - (lossAt(v, dir, 2*h) - lossAt(v, dir, -2*h))) / (12 * h)
				if d := math.Abs(got - want); d > 1e-3*max(math.Sqrt(size), 0.1) {
					t.Errorf("%s: slope %g by differences, %g by gradient (size %g)", name, got, want, math.Sqrt(size))
				}
			}
		})
	}
}
