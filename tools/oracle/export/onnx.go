package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/internal/atomicfile"
	"recurve/internal/numpy"
	"recurve/layer"
	"recurve/onnx"
)

// onnxCases are models whose forward passes differ: of all cases, those that do
// more than to be trained otherwise, and each form that layers take in ONNX.
func onnxCases() []testCase {
	out := slices.Concat(recurrentCases(), bidirectionalCases(), argumentCases(), activationCases(), []testCase{
		{name: "vectors", layers: []layer.Layer{vectors(5), layer.Dense{Units: 3}, sigmoid()}},
		{name: "one_hot", layers: []layer.Layer{vectors(0, vocabulary), layer.SimpleRNN{Units: 3}, sigmoid()}},
		{name: "features", layers: []layer.Layer{vectors(0, 3), layer.Dropout{Rate: 0.5}, layer.LSTM{Units: 3, ReturnSequences: true}}},
		{name: "fixed_steps", layers: []layer.Layer{ids(), embedding(), layer.GRU{Units: 3, ReturnSequences: true}, sigmoid()}},
		{name: "each_step", layers: []layer.Layer{embedding(), layer.LSTM{Units: 3, ReturnSequences: true},
			layer.TimeDistributed{Layer: layer.Dense{Units: 2, Activation: activation.ReLU}}, layer.Activation{Activation: activation.GELU}}},
		{name: "flatten", layers: []layer.Layer{ids(), embedding(), layer.SimpleRNN{Units: 3, ReturnSequences: true}, layer.Flatten{}, sigmoid()}},
		{name: "two_outputs", layers: []layer.Layer{embedding(), layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true}, MergeMode: layer.NoMerge}}},
		{name: "embedding_alone", layers: []layer.Layer{embedding()}},
		{name: "dropout_alone", layers: []layer.Layer{vectors(0, 3), layer.Dropout{Rate: 0.5}}},
		{name: "with_text", layers: around(layer.LSTM{Units: 3}), text: processor(), origin: &recurve.Origin{Data: "a few words"}},
		{name: "names", layers: []layer.Layer{layer.Input{Shape: []int{0}, Name: "review"}, layer.Embedding{InputDim: vocabulary, OutputDim: 3, Name: "words"},
			layer.LSTM{Units: 2, Name: "words/Gather"}, layer.Dense{Units: 2, Name: "constant/1"}}},
	})
	for _, sequences := range []bool{false, true} {
		for _, backwards := range []bool{false, true} {
			for _, l := range recurrentLayers(sequences, backwards) {
				out = append(out, testCase{name: fmt.Sprintf("alone_%s_%v_%v", describe(l), sequences, backwards),
					layers: []layer.Layer{embedding(), l}})
			}
		}
		out = append(out, maskedCases(sequences)...)
		for mode := layer.Concat; mode <= layer.Ave; mode++ {
			for _, l := range recurrentLayers(sequences, false) {
				out = append(out, testCase{name: fmt.Sprintf("both_%s_%v_%v", describe(l), mode, sequences),
					layers: []layer.Layer{embedding(), layer.Bidirectional{Layer: l, MergeMode: mode}}})
			}
		}
	}
	for a := activation.Linear; a < activation.SiLU; a++ {
		if a != activation.Tanh {
			gates := a
			if a == activation.Exponential { // as a GRU's gates it leaves float32's range within a few steps
				gates = activation.ReLU6
			}
			out = append(out,
				testCase{name: "rnn_act_" + a.String(), layers: around(layer.SimpleRNN{Units: 3, Activation: a})},
				testCase{name: "lstm_act_" + a.String(), layers: around(layer.LSTM{Units: 3, Activation: a})},
				testCase{name: "lstm_gates_" + a.String(), layers: around(layer.LSTM{Units: 3, RecurrentActivation: a})},
				testCase{name: "gru_act_" + a.String(), layers: around(layer.GRU{Units: 3, Activation: a})},
				testCase{name: "both_gru_gates_" + a.String(), layers: around(layer.Bidirectional{Layer: layer.GRU{Units: 3, RecurrentActivation: gates}})})
		}
	}
	return out
}

// maskedCases have steps that do not count: ids of 0, in any place, or vectors of
// zeros.
func maskedCases(sequences bool) []testCase {
	var out []testCase
	words := layer.Embedding{InputDim: 3, OutputDim: 4, MaskZero: true}
	for i, l := range []layer.Recurrent{
		layer.SimpleRNN{Units: 3, ReturnSequences: sequences}, layer.LSTM{Units: 3, ReturnSequences: sequences},
		layer.GRU{Units: 3, ReturnSequences: sequences}, layer.GRU{Units: 3, ReturnSequences: sequences, ResetBefore: true},
		layer.SimpleRNN{Units: 3, ReturnSequences: sequences, ZeroOutputForMask: true},
		layer.LSTM{Units: 3, ReturnSequences: sequences, ZeroOutputForMask: true, GoBackwards: true},
		layer.GRU{Units: 3, ReturnSequences: sequences, GoBackwards: true},
	} {
		name := fmt.Sprintf("masked_%d_%v", i, sequences)
		out = append(out, testCase{name: name, layers: []layer.Layer{words, l}},
			testCase{name: name + "_vectors", layers: []layer.Layer{vectors(0, 2), layer.Masking{}, l}},
			testCase{name: name + "_stacked", layers: []layer.Layer{words, layer.LSTM{Units: 2, ReturnSequences: true}, layer.Dropout{Rate: 0.5},
				layer.Dense{Units: 3, Activation: activation.ReLU}, l}})
		if i < 4 {
			out = append(out, testCase{name: name + "_both", layers: []layer.Layer{words, layer.Bidirectional{Layer: l, MergeMode: layer.Merge(i)}}})
		}
	}
	return out
}

// recurrentLayers are the recurrent layers, each as an operator of ONNX and as
// a Scan.
func recurrentLayers(sequences, backwards bool) []layer.Recurrent {
	var out []layer.Recurrent
	for _, a := range []activation.Activation{activation.Tanh, activation.SELU} {
		out = append(out, layer.SimpleRNN{Units: 3, Activation: a, ReturnSequences: sequences, GoBackwards: backwards},
			layer.LSTM{Units: 3, Activation: a, ReturnSequences: sequences, GoBackwards: backwards},
			layer.GRU{Units: 3, Activation: a, ReturnSequences: sequences, GoBackwards: backwards},
			layer.GRU{Units: 3, Activation: a, ReturnSequences: sequences, GoBackwards: backwards, ResetBefore: true})
	}
	return out
}

func describe(l layer.Recurrent) string {
	switch l := l.(type) {
	case layer.SimpleRNN:
		return "rnn_" + l.Activation.String()
	case layer.LSTM:
		return "lstm_" + l.Activation.String()
	case layer.GRU:
		if l.ResetBefore {
			return "gru_before_" + l.Activation.String()
		}
		return "gru_" + l.Activation.String()
	}
	panic("a recurrent layer without a name")
}

// writeONNX makes all ONNX cases in the folder, and Keras' own models: NAME.onnx,
// and NAME.npz with inputs x0, x1, ... and the predictions y0, y1, ... for them.
func writeONNX(dir string) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	all := onnxCases()
	for _, c := range all {
		if err := c.writeONNX(dir); err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	n, err := writeKerasONNX(dir)
	return len(all) + n, err
}

func (c testCase) writeONNX(dir string) error {
	m, err := recurve.New(recurve.Options{Name: c.modelName, Seed: 7}, c.layers...)
	if err != nil {
		return err
	}
	m.SetText(c.text)
	m.SetOrigin(c.origin)
	if err := m.SetWeights(randomWeights(m)); err != nil { // biases as well
		return err
	}
	if err := onnx.Export(filepath.Join(dir, c.name+onnx.Extension), m, onnx.Options{Version: "check"}); err != nil {
		return err
	}
	var arrays arrays
	for i, data := range differentSamples(m) {
		if shape := shapeOf(m.Network().Input, data); data.IDs != nil {
			add(&arrays, fmt.Sprintf("x%d", i), shape, data.IDs)
		} else {
			add(&arrays, fmt.Sprintf("x%d", i), shape, data.Features)
		}
		y, err := m.Predict(context.Background(), data)
		if err != nil {
			return err
		}
		add(&arrays, fmt.Sprintf("y%d", i), shapeOf(m.Network().Output(), data), flatten(y))
	}
	if arrays.err != nil {
		return arrays.err
	}
	return atomicfile.Write(filepath.Join(dir, c.name+".npz"), func(w io.Writer) error {
		return numpy.WriteNPZ(w, arrays.members...)
	})
}

func randomWeights(m *recurve.Model) [][]float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	weights := m.Weights()
	for _, w := range weights {
		for i := range w {
			w[i] = float32(rng.NormFloat64() / 3)
		}
	}
	return weights
}

// differentSamples are samples in batches of several sizes and, where the model
// lets any in, of several numbers of steps.
func differentSamples(m *recurve.Model) []*dataset.Dataset {
	var out []*dataset.Dataset
	in := m.Network().Input
	for _, size := range [][2]int{{samples, steps}, {1, 1}, {3, 13}, {17, 40}} {
		if in.Steps != 0 {
			size[1] = in.Steps
		}
		d := samplesOf(m, size[0], size[1])
		if len(m.Network().Operators) > 1 && m.Network().Operators[0].Output().Masked {
			pad(d)
		}
		out = append(out, d)
	}
	return out
}

// pad leaves nothing of the first samples, and of the next some steps, in front,
// behind or in between; ids fall below 3.
func pad(d *dataset.Dataset) {
	rng := rand.New(rand.NewPCG(5, 6))
	width := max(1, d.Width)
	for i := range d.N * d.Steps {
		sample, step := i/d.Steps, i%d.Steps
		masked := []bool{true, step < d.Steps/2, step > d.Steps/2, rng.IntN(2) == 0}[min(sample, 3)]
		for j := range width {
			switch {
			case d.IDs == nil && masked:
				d.Features[i*width+j] = 0
			case d.IDs != nil && masked:
				d.IDs[i] = 0
			case d.IDs != nil:
				d.IDs[i] = 1 + d.IDs[i]%2
			}
		}
	}
}

func shapeOf(s layer.Shape, data *dataset.Dataset) []int {
	shape := append([]int{data.N}, s.Dims()...)
	if s.Sequence {
		shape[1] = data.Steps
	}
	return shape
}
