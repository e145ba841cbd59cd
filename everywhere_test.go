package recurve

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"recurve/activation"
	"recurve/dataset"
	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/layer"
	"recurve/loss"
	"recurve/optimizer"
)

// everywhere is a model whose weights must come out alike on every processor.
type everywhere struct {
	name      string
	layers    []layer.Layer
	optimizer optimizer.Optimizer
	loss      loss.BinaryCrossentropy
	oneHot    bool
	digest    string // SHA-256 of weights and losses: plain Go on amd64
}

func everywhereModels() []everywhere {
	words := layer.Embedding{InputDim: 50, OutputDim: 5}
	out := layer.Dense{Units: 1, Activation: activation.Sigmoid}
	return []everywhere{
		{name: "lstm", layers: []layer.Layer{words, layer.LSTM{Units: 7}, out}, optimizer: optimizer.Adam{LearningRate: 0.01},
			digest: "10aff43337b31483544cbacde019f67f56019bcbdb34204f50a5a9d7691c6cf2"},
		{name: "wide lstm", layers: []layer.Layer{words, layer.LSTM{Units: 19}, out}, optimizer: optimizer.RMSprop{LearningRate: 0.01, Momentum: 0.5, Centered: true},
			digest: "709836bbba53a0917d3c5f8c05cf446c083bda8aa5e0f538305820a11928238f"},
		{name: "gru", layers: []layer.Layer{words, layer.GRU{Units: 8}, out}, optimizer: optimizer.RMSprop{LearningRate: 0.01},
			digest: "6d812d9cbac96de620b488cf7dc6281ec7b0bd7ec8469afc9c5425aa01a9d630"},
		{name: "gru, reset before", layers: []layer.Layer{words, layer.GRU{Units: 5, ResetBefore: true}, out}, optimizer: optimizer.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true},
			digest: "bfc230e3ece6e5bd955ab454e3113199e5f36ea3ba673a2c3dc2dff6f3404294"},
		{name: "gathered rnn", layers: []layer.Layer{layer.Embedding{InputDim: 5000, OutputDim: 6}, layer.SimpleRNN{Units: 9}, out}, optimizer: optimizer.Adam{AMSGrad: true},
			digest: "6f3f71fe4cb7399fb74eccd6c25fb4318cd9c9296dc33802923527bd86fd2339"},
		{name: "one-hot rnn", layers: []layer.Layer{layer.Input{Shape: []int{11, 50}}, layer.SimpleRNN{Units: 8}, out}, optimizer: optimizer.Adam{}, oneHot: true,
			digest: "4c986b5f5650f6ef56764c352b08e92e9d3b5928146c1c7300fd5350eba84736"},
		{name: "bidirectional with dropout", layers: []layer.Layer{words, layer.Dropout{Rate: 0.3},
			layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true}}, layer.Dropout{Rate: 0.2}, layer.Bidirectional{Layer: layer.GRU{Units: 4}, MergeMode: layer.Mul}, out},
			optimizer: optimizer.Adam{LearningRate: 0.01}, digest: "4e4e58176e2262e92a4a665ca3f37d5b377d8687642918b24fe138560192e38e"},
		{name: "all activations", layers: activationLayers(), optimizer: optimizer.SGD{LearningRate: 0.05}, loss: loss.BinaryCrossentropy{LabelSmoothing: 0.1},
			digest: "a960c306ded19612eb9f3aa7ae9db5eb05f51c509675f62ef72605e03d7a5b31"},
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
