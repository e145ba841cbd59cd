package recurve

import (
	"context"
	"fmt"
	"testing"

	"recurve/activation"
	"recurve/constraint"
	"recurve/dataset"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/regularizer"
)

// The fixtures in testdata/toolbox were made by tools/oracle/toolbox.py with
// real Keras: training with masked losses, regularizers and constraints.

type toolboxModel struct {
	name      string
	optimizer optimizer.Optimizer
	layers    []layer.Layer
}

func toolboxModels() []toolboxModel {
	words := layer.Embedding{InputDim: 20, OutputDim: 4}
	masked := words
	masked.MaskZero = true
	out := layer.Dense{Units: 1, Activation: activation.Sigmoid}
	small, held, end := words, words, out
	small.EmbeddingsRegularizer = regularizer.L2{Factor: 0.003}
	held.EmbeddingsConstraint = constraint.UnitNorm{Axis: 1}
	end.ActivityRegularizer = regularizer.L1L2{L1: 0.1, L2: 0.3}
	return []toolboxModel{
		{"masked_loss", optimizer.SGD{LearningRate: 0.5}, []layer.Layer{masked, layer.GRU{Units: 5, ReturnSequences: true}, out}},
		{"masked_within", optimizer.SGD{LearningRate: 0.5}, []layer.Layer{layer.Input{Shape: []int{9, 3}},
			layer.SimpleRNN{Units: 2, Activation: activation.ReLU, ReturnSequences: true}, layer.Masking{}, layer.LSTM{Units: 3, ReturnSequences: true}, out}},
		{"masked_bidirectional", optimizer.Adam{LearningRate: 0.01}, []layer.Layer{masked,
			layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true, ActivityRegularizer: regularizer.L2{Factor: 0.02}}},
			layer.TimeDistributed{Layer: layer.Dense{Units: 2, Activation: activation.ReLU, KernelRegularizer: regularizer.L1{Factor: 0.001}}}, out}},
		{"regularized", optimizer.Adam{LearningRate: 0.01}, []layer.Layer{small,
			layer.LSTM{Units: 5, KernelRegularizer: regularizer.L1{Factor: 0.002}, RecurrentRegularizer: regularizer.L2{},
				BiasRegularizer: regularizer.L1L2{L1: 0.001, L2: 0.02}, ActivityRegularizer: regularizer.L2{Factor: 0.05}},
			layer.Dense{Units: 3, Activation: activation.ReLU, ActivityRegularizer: regularizer.L1{}, BiasRegularizer: regularizer.L2{Factor: 0.1}},
			layer.Dense{Units: 1, Activation: activation.Sigmoid, KernelRegularizer: regularizer.L2{Factor: 0.05}}}},
		{"regularized_end", optimizer.SGD{LearningRate: 0.1}, []layer.Layer{words, layer.SimpleRNN{Units: 5, KernelRegularizer: regularizer.L2{Factor: 0.01}}, end}},
		{"constrained", optimizer.RMSprop{LearningRate: 0.05}, []layer.Layer{held,
			layer.GRU{Units: 5, KernelConstraint: constraint.MaxNorm{MaxValue: 0.8},
				RecurrentConstraint: constraint.MinMaxNorm{MinValue: 0.5, MaxValue: 0.9, Rate: 0.6, Axis: 1}, BiasConstraint: constraint.NonNeg{}},
			layer.Dense{Units: 4, KernelConstraint: constraint.UnitNorm{}, BiasConstraint: constraint.MaxNorm{MaxValue: 0.1}},
			layer.Dense{Units: 1, Activation: activation.Sigmoid, KernelConstraint: constraint.MaxNorm{}}}},
	}
}

// toolboxData are a fixture's samples, x and y or val_x and val_y.
func toolboxData(t *testing.T, a archive, prefix string) *dataset.Dataset {
	t.Helper()
	x, err := a.z.Array(prefix + "x")
	if err != nil {
		t.Fatal(err)
	}
	y := a.floats(prefix + "y")
	d := &dataset.Dataset{N: x.Shape[0], Steps: x.Shape[1], Y: y, Outputs: len(y) / x.Shape[0]}
	if len(x.Shape) == 3 {
		d.Width, d.Features = x.Shape[2], x.Float32s()
	} else if d.IDs, err = x.Int32s(); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOracleToolbox(t *testing.T) {
	for _, c := range toolboxModels() {
		t.Run(c.name, func(t *testing.T) {
			a := open(t, "testdata/toolbox/"+c.name+".npz")
			m, err := New(Options{Threads: 2}, c.layers...)
			if err != nil {
				t.Fatal(err)
			}
			var w [][]float32
			for i := range m.Params() {
				w = append(w, a.floats(fmt.Sprintf("w%d", i)))
			}
			if err := m.SetWeights(w); err != nil {
				t.Fatal(err)
			}
			data := toolboxData(t, a, "")
			h, err := m.Fit(context.Background(), data, FitOptions{Optimizer: c.optimizer, Loss: loss.BinaryCrossentropy{},
				Metrics: []metric.Metric{metric.Accuracy{}}, BatchSize: 32, Epochs: 3, NoShuffle: true, Validation: toolboxData(t, a, "val_")})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"loss", "accuracy", "val_loss", "val_accuracy"} {
				if name == "accuracy" && m.Network().Output().Masked {
					continue // Keras on JAX does not mask it
				}
				var got []float32
				for _, v := range h.Values(name) {
					got = append(got, float32(v))
				}
				near(t, name, got, a.floats(name), 1e-4)
			}
			for i, p := range m.Params() {
				near(t, fmt.Sprintf("weight %d (%s)", i, p.Name), p.Data, a.floats(fmt.Sprintf("f%d", i)), 1e-4)
			}
			p, err := m.Predict(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "p", flatten(p), a.floats("p"), 1e-4)
		})
	}
}
