package onnx

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/layer"
	"recurve/text"
)

// words is the number of ids, and features that of values a step.
const (
	words    = 6
	features = 3
)

// forms are the recurrent layers, with an activation that ONNX' recurrent
// operators know, and one that they do not.
func forms(sequences, backwards bool) map[string]layer.Recurrent {
	out := map[string]layer.Recurrent{}
	for _, a := range []activation.Activation{activation.Tanh, activation.SELU} {
		out["rnn_"+a.String()] = layer.SimpleRNN{Units: 2, Activation: a, ReturnSequences: sequences, GoBackwards: backwards}
		out["lstm_"+a.String()] = layer.LSTM{Units: 2, Activation: a, ReturnSequences: sequences, GoBackwards: backwards}
		out["gru_"+a.String()] = layer.GRU{Units: 2, Activation: a, ReturnSequences: sequences, GoBackwards: backwards}
		out["gru_before_"+a.String()] = layer.GRU{Units: 2, Activation: a, ReturnSequences: sequences, GoBackwards: backwards, ResetBefore: true}
	}
	return out
}

func embedded(layers ...layer.Layer) []layer.Layer {
	return append([]layer.Layer{layer.Embedding{InputDim: words, OutputDim: features}}, layers...)
}

func cases() map[string][]layer.Layer {
	vectors := layer.Input{Shape: []int{features}}
	out := map[string][]layer.Layer{
		"embedding":     embedded(),
		"dropout":       {vectors, layer.Dropout{Rate: 0.5}},
		"sequences":     {layer.Input{Shape: []int{0, features}}, layer.Dropout{Rate: 0.5}, layer.GRU{Units: 2}},
		"dense_steps":   embedded(layer.Dense{Units: 2}, layer.LSTM{Units: 3, ReturnSequences: true}, layer.Dense{Units: 1}),
		"stacked":       embedded(layer.LSTM{Units: 2, ReturnSequences: true}, layer.GRU{Units: 3, ReturnSequences: true}, layer.SimpleRNN{Units: 2}),
		"no_bias":       embedded(layer.LSTM{Units: 2, NoBias: true, ReturnSequences: true}, layer.GRU{Units: 2, NoBias: true}),
		"no_bias_scan":  embedded(layer.GRU{Units: 2, NoBias: true, Activation: activation.ReLU6}, layer.Dense{Units: 2, NoBias: true}),
		"half_the_bias": embedded(layer.Bidirectional{Layer: layer.GRU{Units: 2, NoBias: true, ResetBefore: true}}),
		"each_step": embedded(layer.LSTM{Units: 2, ReturnSequences: true},
			layer.TimeDistributed{Layer: layer.Dense{Units: 3, Activation: activation.ReLU}}, layer.TimeDistributed{Layer: layer.Dropout{Rate: 0.5}}),
		"activation":     embedded(layer.GRU{Units: 2}, layer.Activation{Activation: activation.GELU}),
		"flatten_vector": {vectors, layer.Flatten{}, layer.Dense{Units: 1}},
		"flatten":        {layer.Input{Shape: []int{4, features}}, layer.SimpleRNN{Units: 2, ReturnSequences: true}, layer.Flatten{}, layer.Dense{Units: 1}},
		"taken_names": {layer.Embedding{InputDim: words, OutputDim: features, Name: "input_layer"}, layer.GRU{Units: 2, Name: "input_layer/Gather"},
			layer.Dense{Units: 1, Name: "constant/[0]"}},
	}
	for _, sequences := range []bool{false, true} {
		for _, backwards := range []bool{false, true} {
			for name, l := range forms(sequences, backwards) {
				out[fmt.Sprintf("%s_%v_%v", name, sequences, backwards)] = embedded(l)
			}
		}
		for mode := layer.Concat; mode <= layer.Ave; mode++ {
			for name, l := range forms(sequences, false) {
				out[fmt.Sprintf("both_%v_%s_%v", mode, name, sequences)] = embedded(layer.Bidirectional{Layer: l, MergeMode: mode})
			}
		}
	}
	masked := layer.Embedding{InputDim: words, OutputDim: features, MaskZero: true}
	for _, sequences := range []bool{false, true} {
		for name, l := range forms(sequences, false) {
			out[fmt.Sprintf("mask_%s_%v", name, sequences)] = []layer.Layer{masked, layer.Dense{Units: 2}, layer.Dropout{Rate: 0.5}, l}
			out[fmt.Sprintf("mask_both_%s_%v", name, sequences)] = []layer.Layer{masked, layer.Bidirectional{Layer: l}}
		}
		for _, backwards := range []bool{false, true} {
			out[fmt.Sprintf("mask_zeroed_%v_%v", sequences, backwards)] = []layer.Layer{masked,
				layer.GRU{Units: 2, ReturnSequences: sequences, GoBackwards: backwards, ZeroOutputForMask: true}}
		}
	}
	out["mask_vectors"] = []layer.Layer{layer.Input{Shape: []int{0, features}}, layer.Masking{MaskValue: 1}, layer.LSTM{Units: 2}}
	out["mask_stacked"] = []layer.Layer{masked, layer.LSTM{Units: 2, ReturnSequences: true}, layer.SimpleRNN{Units: 2}, layer.Dense{Units: 1}}
	for a := activation.Default; a.Valid(); a++ {
		out["dense_"+a.String()] = []layer.Layer{vectors, layer.Dense{Units: 5, Activation: a}}
		if a.InCells() {
			out["lstm_"+a.String()] = embedded(layer.LSTM{Units: 2, Activation: a})
			out["gates_"+a.String()] = embedded(layer.Bidirectional{Layer: layer.LSTM{Units: 2, RecurrentActivation: a, Activation: activation.ELU}})
		}
	}
	return out
}

// modelOf has random weights, so that no bias is zero.
func modelOf(t *testing.T, layers []layer.Layer) *recurve.Model {
	t.Helper()
	m, err := recurve.Sequential(layers...)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	weights := m.Weights()
	for _, w := range weights {
		for i := range w {
			w[i] = float32(rng.NormFloat64() / 2)
		}
	}
	if err := m.SetWeights(weights); err != nil {
		t.Fatal(err)
	}
	return m
}

// inputOf are samples for the model, and the same as ONNX takes them.
func inputOf(m *recurve.Model, samples, steps int) (*dataset.Dataset, array) {
	rng := rand.New(rand.NewPCG(3, 4))
	in := m.Network().Input
	d := &dataset.Dataset{N: samples, Steps: steps}
	a := array{dims: []int{samples, steps}}
	if in.IDs {
		for range samples * steps {
			d.IDs = append(d.IDs, max(0, rng.Int32N(words+3)-3)) // many are 0
			a.data = append(a.data, float64(d.IDs[len(d.IDs)-1]))
		}
		return d, a
	}
	d.Width = in.Features
	if a.dims = append(a.dims, in.Features); !in.Sequence {
		d.Steps, a.dims = 1, []int{samples, in.Features}
	}
	for i := range size(a.dims) {
		d.Features = append(d.Features, float32(rng.NormFloat64()))
		if i/in.Features%4 > 1 { // what a Masking of 1 masks
			d.Features[i] = 1
		}
		a.data = append(a.data, float64(d.Features[len(d.Features)-1]))
	}
	return d, a
}

func written(t *testing.T, m *recurve.Model, o Options) decoded {
	t.Helper()
	var b, again bytes.Buffer
	if err := Write(&b, m, o); err != nil {
		t.Fatal(err)
	}
	if err := Write(&again, m, o); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("the same model is written differently")
	}
	return decode(t, b.Bytes())
}

// TestSamePredictions runs each graph by ONNX' formulas and wants what the
// model predicts.
func TestSamePredictions(t *testing.T) {
	for name, layers := range cases() {
		t.Run(name, func(t *testing.T) {
			m := modelOf(t, layers)
			g := decodeGraph(t, written(t, m, Options{}).messages(t, 7)[0])
			for _, s := range [][2]int{{1, 1}, {3, 4}} {
				if fixed := m.Network().Input.Steps; fixed > 0 {
					s[1] = fixed
				}
				data, x := inputOf(m, s[0], s[1])
				want, err := m.Predict(context.Background(), data)
				if err != nil {
					t.Fatal(err)
				}
				same(t, g.evaluate(t, nil, x)[0], slices.Concat(want...))
			}
		})
	}
}

func same(t *testing.T, got array, want []float32) {
	t.Helper()
	if len(got.data) != len(want) {
		t.Fatalf("%d values of shape %v, want %d", len(got.data), got.dims, len(want))
	}
	for i, v := range want {
		if d := math.Abs(got.data[i] - float64(v)); !(d <= 1e-6*max(1, math.Abs(float64(v)))) {
			t.Fatalf("value %d of %v is %v, want %v", i, got.dims, got.data[i], v)
		}
	}
}

// TestOperators says which nodes layers become.
func TestOperators(t *testing.T) {
	for _, c := range []struct {
		layers []layer.Layer
		want   string
	}{
		{embedded(layer.LSTM{Units: 2}, layer.Dense{Units: 1, Activation: activation.Sigmoid}), "Transpose Gather LSTM Squeeze MatMul Add Sigmoid"},
		{embedded(layer.GRU{Units: 2, ReturnSequences: true}, layer.Dropout{Rate: 0.5}, layer.SimpleRNN{Units: 2, GoBackwards: true}),
			"Transpose Gather GRU Squeeze RNN Squeeze"},
		{embedded(layer.LSTM{Units: 2, ReturnSequences: true, GoBackwards: true}), "Transpose Gather LSTM Squeeze Slice Transpose"},
		{embedded(layer.Bidirectional{Layer: layer.LSTM{Units: 2}}), "Transpose Gather LSTM Transpose Reshape"},
		{embedded(layer.Bidirectional{Layer: layer.LSTM{Units: 2}, MergeMode: layer.Mul}), "Transpose Gather LSTM ReduceProd"},
		{[]layer.Layer{layer.Embedding{InputDim: words, OutputDim: features, MaskZero: true}, layer.SimpleRNN{Units: 2}},
			"Transpose Gather Cast Unsqueeze MatMul Add Shape Gather Concat ConstantOfShape Scan"},
		{embedded(layer.SimpleRNN{Units: 2, Activation: activation.SELU}), "Transpose Gather MatMul Add Shape Gather Concat ConstantOfShape Scan"},
	} {
		var ops []string
		for _, n := range decodeGraph(t, written(t, modelOf(t, c.layers), Options{}).messages(t, 7)[0]).nodes {
			ops = append(ops, n.op)
		}
		if got := strings.Join(ops, " "); got != c.want {
			t.Errorf("%s: got %s, want %s", describe(modelOf(t, c.layers).Network()), got, c.want)
		}
	}
}

// TestForm looks at what is around the nodes.
func TestForm(t *testing.T) {
	m := modelOf(t, []layer.Layer{layer.Input{Shape: []int{7}, Name: "review"}, layer.Embedding{InputDim: words, OutputDim: features, Name: "words"},
		layer.LSTM{Units: 2, Name: "memory", ReturnSequences: true}, layer.Dense{Units: 4, Name: "praise"}})
	p, err := text.Build([]string{"good film"}, text.Tokenizer{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	m.SetText(p)
	m.SetOrigin(&recurve.Origin{Data: "a few words", Epoch: 3})
	file := written(t, m, Options{Version: "1.2.3"})
	if file.int(1) != 7 || file.messages(t, 8)[0].int(2) != 13 || file.text(2) != "recurve" || file.text(3) != "1.2.3" {
		t.Errorf("IR version %d, opset %d, producer %q %q", file.int(1), file.messages(t, 8)[0].int(2), file.text(2), file.text(3))
	}
	if got, want := file.text(6), "Exported from Recurve: Embedding, LSTM, Dense."; got != want {
		t.Errorf("doc string %q, want %q", got, want)
	}
	g := decodeGraph(t, file.messages(t, 7)[0])
	want := map[string]string{"review": "6[batch,time]", "praise": "1[batch,time,4]"}
	if diff := cmp.Diff(want, g.shapes); diff != "" {
		t.Errorf("inputs and outputs (-want +got):\n%s", diff)
	}
	wantShapes := map[string][]int{"words/embeddings": {words, features}, "memory/W": {1, 8, features}, "memory/R": {1, 8, 2}, "memory/B": {1, 16},
		"constant/[1]": {1}, "praise/kernel": {2, 4}, "praise/bias": {4}}
	shapes := map[string][]int{}
	for name, c := range g.constants {
		shapes[name] = c.dims
	}
	if diff := cmp.Diff(wantShapes, shapes); diff != "" {
		t.Errorf("constants (-want +got):\n%s", diff)
	}

	metadata := map[string]string{}
	for _, e := range file.messages(t, 14) {
		metadata[e.text(1)] = e.text(2)
	}
	var back text.Processor
	if err := json.Unmarshal([]byte(metadata["recurve.text"]), &back); err != nil || !slices.Equal(back.Vocabulary.Words(), p.Vocabulary.Words()) {
		t.Errorf("the vocabulary comes back as %v (%v)", back.Vocabulary, err)
	}
	var origin recurve.Origin
	if err := json.Unmarshal([]byte(metadata["recurve.origin"]), &origin); err != nil || origin.Epoch != 3 {
		t.Errorf("the origin comes back as %+v (%v)", origin, err)
	}
	if n := len(written(t, m, Options{NoMetadata: true})[14]); n != 0 {
		t.Errorf("%d metadata are written where none are wanted", n)
	}
}

// TestGateOrder holds an LSTM's weights against Keras' by hand: Keras has the
// gates i, f, c, o in columns, ONNX i, o, f, c in rows.
func TestGateOrder(t *testing.T) {
	m := modelOf(t, []layer.Layer{layer.Input{Shape: []int{0, 2}}, layer.LSTM{Units: 1}})
	if err := m.SetWeights([][]float32{{1, 2, 3, 4, 5, 6, 7, 8}, {9, 10, 11, 12}, {13, 14, 15, 16}}); err != nil {
		t.Fatal(err)
	}
	g := decodeGraph(t, written(t, m, Options{}).messages(t, 7)[0])
	for name, want := range map[string][]float64{
		"lstm/W": {1, 5, 4, 8, 2, 6, 3, 7}, "lstm/R": {9, 12, 10, 11}, "lstm/B": {13, 16, 14, 15, 0, 0, 0, 0},
	} {
		if got := g.constants[name].data; !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestExport(t *testing.T) {
	m := modelOf(t, embedded(layer.LSTM{Units: 2}))
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := Export(path, m, Options{}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Write(&b, m, Options{}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("the file has %d bytes (%v), want %d", len(got), err, b.Len())
	}
	nowhere := filepath.Join(t.TempDir(), "no", "m.onnx")
	if err := Export(nowhere, m, Options{}); err == nil || !strings.HasPrefix(err.Error(), "export "+nowhere+": ") {
		t.Errorf("a folder that isn't there: %v", err)
	}
	if err := Write(failing{}, m, Options{}); err == nil {
		t.Error("an error of the writer is lost")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

// odd is a layer that the package has not heard of.
type odd struct{ layer.Dense }

func (odd) ClassName() string { return "Odd" }

type oddOperator struct{ layer.Operator }

func (oddOperator) Layer() layer.Layer { return odd{} }

func TestUnknownLayer(t *testing.T) {
	net := modelOf(t, embedded(layer.LSTM{Units: 2}, layer.Dense{Units: 1, Name: "strange"})).Network()
	net.Operators[2] = oddOperator{net.Operators[2]}
	_, err := graphOf("model", net)
	if want := `layer "strange" (Odd): it has no form in ONNX yet; the layers that have one are`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSignature(t *testing.T) {
	for _, c := range []struct {
		layers []layer.Layer
		want   string
	}{
		{embedded(layer.LSTM{Units: 2}), "input_layer: int32 [batch, time] -> lstm: float32 [batch, 2]"},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}, Name: "x"}, layer.Dense{Units: 2}}, "x: float32 [batch, time, 3] -> dense: float32 [batch, time, 2]"},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}}, layer.Flatten{}}, "input_layer: float32 [batch, 5, 3] -> flatten: float32 [batch, 15]"},
		{embedded(layer.Bidirectional{Layer: layer.GRU{Units: 2}, MergeMode: layer.NoMerge}),
			"input_layer: int32 [batch, time] -> bidirectional/forward: float32 [batch, 2], bidirectional/backward: float32 [batch, 2]"},
	} {
		in, out, err := Signature(modelOf(t, c.layers))
		if got := strings.Join(in, ", ") + " -> " + strings.Join(out, ", "); err != nil || got != c.want {
			t.Errorf("got %s (%v), want %s", got, err, c.want)
		}
	}
}

// TestTwoOutputs wants what the model predicts side by side as two outputs.
func TestTwoOutputs(t *testing.T) {
	for name, l := range forms(true, false) {
		m := modelOf(t, embedded(layer.Bidirectional{Layer: l, MergeMode: layer.NoMerge}))
		g := decodeGraph(t, written(t, m, Options{}).messages(t, 7)[0])
		data, x := inputOf(m, 3, 4)
		want, err := m.Predict(context.Background(), data)
		if err != nil {
			t.Fatal(err)
		}
		out := g.evaluate(t, nil, x)
		if len(out) != 2 {
			t.Fatalf("%s: %d outputs, want 2", name, len(out))
		}
		same(t, concatenated(2, out...), slices.Concat(want...))
	}
}
