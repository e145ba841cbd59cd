package recurve

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"recurve/activation"
	"recurve/constraint"
	"recurve/dataset"
	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/layer"
	"recurve/loss"
	"recurve/optimizer"
	"recurve/regularizer"
)

// everywhere is a model whose weights must come out alike on every processor.
type everywhere struct {
	name      string
	layers    []layer.Layer
	optimizer optimizer.Optimizer
	loss      loss.Loss // nil: binary cross-entropy
	oneHot    bool
	digest    string // SHA-256 of weights and losses: plain Go on amd64
}

func everywhereModels() []everywhere {
	words := layer.Embedding{InputDim: 50, OutputDim: 5}
	masked := words
	masked.MaskZero = true
	out := layer.Dense{Units: 1, Activation: activation.Sigmoid}
	return []everywhere{
		{name: "lstm", layers: []layer.Layer{words, layer.LSTM{Units: 7}, out}, optimizer: optimizer.Adam{LearningRate: 0.01},
			digest: "9a9025d7ba6f120da70996770d1450aca86e3812296f872c3c6a669491e0b8a0"},
		{name: "wide lstm", layers: []layer.Layer{words, layer.LSTM{Units: 19}, out}, optimizer: optimizer.RMSprop{LearningRate: 0.01, Momentum: 0.5, Centered: true},
			digest: "f3b8441aea34206c76f2735163945bc0345cbf3a3b15d8fed56313cecec81df1"},
		{name: "gru", layers: []layer.Layer{words, layer.GRU{Units: 8}, out}, optimizer: optimizer.RMSprop{LearningRate: 0.01},
			digest: "d8954d1fa9b67f424ed515c29993fd136c885260044f53ea63f7e1bb059681eb"},
		{name: "gru, reset before", layers: []layer.Layer{words, layer.GRU{Units: 5, ResetBefore: true}, out}, optimizer: optimizer.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true},
			digest: "522b2d6f74f8fc9bd3c2665b2e38be8a8067d3ea5fde4fe0ee27492bf306e9af"},
		{name: "gathered rnn", layers: []layer.Layer{layer.Embedding{InputDim: 5000, OutputDim: 6}, layer.SimpleRNN{Units: 9}, out}, optimizer: optimizer.Adam{AMSGrad: true},
			digest: "ca8177f88db4205b96b7f14a7472fc264fb6763dcb9406bbacfeeccb0d30842a"},
		{name: "one-hot rnn", layers: []layer.Layer{layer.Input{Shape: []int{11, 50}}, layer.SimpleRNN{Units: 8}, out}, optimizer: optimizer.Adam{}, oneHot: true,
			digest: "c64dc29faa809aef0b936474cb58658b510d2faa9f72ce7f163351d15fc97901"},
		{name: "bidirectional with dropout", layers: []layer.Layer{words, layer.Dropout{Rate: 0.3},
			layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true}}, layer.Dropout{Rate: 0.2}, layer.Bidirectional{Layer: layer.GRU{Units: 4}, MergeMode: layer.Mul}, out},
			optimizer: optimizer.Adam{LearningRate: 0.01}, digest: "3c02db7ff595449db01b54c7f5b3c1d933943f8bb3c6fd36ce51944647eab5de"},
		{name: "masked", layers: []layer.Layer{masked, layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true}},
			layer.GRU{Units: 4, ResetBefore: true, GoBackwards: true}, out}, optimizer: optimizer.Adam{LearningRate: 0.01}, digest: "d5d2e7e6e9bcf969ac7f69b5f25077d1c422a235f2171d39e7cef1428097086a"},
		{name: "dropout in cells, bounded", layers: []layer.Layer{masked,
			layer.LSTM{Units: 5, Dropout: 0.2, RecurrentDropout: 0.3, ReturnSequences: true, KernelRegularizer: regularizer.L1{Factor: 0.001},
				ActivityRegularizer: regularizer.L2{Factor: 0.002}, RecurrentConstraint: constraint.MaxNorm{MaxValue: 0.9}},
			layer.GRU{Units: 4, Dropout: 0.2, KernelConstraint: constraint.MinMaxNorm{Rate: 0.7}, BiasRegularizer: regularizer.L2{}}, out},
			optimizer: optimizer.RMSprop{LearningRate: 0.01}, digest: "bfae2040a80a473bbd5c6c5a997ee9fe8e5371ec31d4cf31059d4ae87df1c124"},
		{name: "all activations", layers: activationLayers(), optimizer: optimizer.SGD{LearningRate: 0.05}, loss: loss.BinaryCrossentropy{LabelSmoothing: 0.1},
			digest: "aba753b6103c7f696b1905bcb1bfdfbf486701782a90302d669cc4866180fa11"},
		{name: "classes", layers: []layer.Layer{words, layer.LSTM{Units: 7}, layer.Dense{Units: 5, Activation: activation.Softmax}},
			optimizer: optimizer.Adam{LearningRate: 0.01}, loss: loss.SparseCategoricalCrossentropy{},
			digest: "92b7dcbdec1ff52641dcb715e30c2ef55e02b7668119c796da319822fd75e8ba"},
		{name: "softmax", layers: []layer.Layer{words, layer.GRU{Units: 7}, layer.Dense{Units: 5, Activation: activation.Softmax}, layer.Dense{Units: 1}},
			optimizer: optimizer.Adam{LearningRate: 0.01}, loss: loss.LogCosh{},
			digest: "c2677d79e25362cbae87f3ab29373b65f80613e49651b999af0ebab68b28c407"},
	}
}

// activationLayers are a Dense layer for each activation, from normal numbers,
// and an end that keeps the loss from the logits.
func activationLayers() []layer.Layer {
	layers := []layer.Layer{layer.Embedding{InputDim: 50, OutputDim: 5, EmbeddingsInitializer: initializer.RandomNormal{StdDev: 0.5}},
		layer.SimpleRNN{Units: 6, Activation: activation.Softsign, RecurrentInitializer: initializer.HeNormal{}}}
	for a := activation.Tanh; a <= activation.GELU; a++ {
		layers = append(layers, layer.Dense{Units: 6, Activation: a, KernelInitializer: initializer.HeNormal{}, BiasInitializer: initializer.TruncatedNormal{StdDev: 0.3}})
	}
	return append(layers, layer.Dense{Units: 1, Activation: activation.HardSigmoid})
}

// everywhereData are 75 sequences of 11 ids below ids, the same on every machine.
func everywhereData(ids uint64) *dataset.Dataset {
	d := &dataset.Dataset{N: 75, Steps: 11, Outputs: 1}
	for i := range d.N {
		for s := range d.Steps {
			d.IDs = append(d.IDs, int32(kernel.Mix(uint64(i*d.Steps+s))%ids))
		}
		d.Y = append(d.Y, float32(i%2))
	}
	return d
}

// train fits the model for two epochs and returns the digest of its weights and
// losses.
func (e everywhere) train(t *testing.T) string {
	t.Helper()
	m, err := New(Options{Seed: 7, Threads: 2}, e.layers...)
	if err != nil {
		t.Fatal(err)
	}
	ids := uint64(50)
	if first, ok := e.layers[0].(layer.Embedding); ok {
		ids = uint64(first.InputDim)
	}
	data := everywhereData(ids)
	if e.oneHot {
		data = data.OneHot(50)
	}
	if e.loss == nil {
		e.loss = loss.BinaryCrossentropy{}
	}
	before := m.Weights()
	h, err := m.Fit(context.Background(), data, FitOptions{Optimizer: e.optimizer, Loss: e.loss, Epochs: 2, Seed: 3, Validation: data})
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	write := func(v any) {
		if err := binary.Write(hash, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	for i, w := range m.Weights() {
		if slices.Equal(w, before[i]) || slices.ContainsFunc(w, func(v float32) bool { return v != v }) {
			t.Errorf("%s: weight %d has learned nothing: %v", e.name, i, w)
		}
		write(w)
	}
	write(h.Values("loss"))
	write(h.Values("val_loss"))
	return fmt.Sprintf("%x", hash.Sum(nil))
}

// TestSameBitsEverywhere: the same seeds give the same weights and losses on every
// processor and with every set of kernels that it can run.
func TestSameBitsEverywhere(t *testing.T) {
	for _, set := range []string{"go", "avx2", "avx512", "neon"} {
		t.Run(set, func(t *testing.T) {
			if _, err := kernel.Choose(set); err != nil {
				t.Skip(err)
			}
			t.Setenv("RECURVE_KERNEL", set)
			for _, e := range everywhereModels() {
				if got := e.train(t); got != e.digest {
					t.Errorf("%s: the SHA-256 of weights and losses is\n%s, want\n%s", e.name, got, e.digest)
				}
			}
		})
	}
}
