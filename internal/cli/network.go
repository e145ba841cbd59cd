package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/keras"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/text"
)

// modelNames are the models that train can make.
func modelNames() []string { return []string{"onehot", "rnn", "lstm", "gru", "bilstm"} }

// isModelFile tells a model file from a model's name.
func isModelFile(name string) bool {
	form, err := keras.FormOf(name)
	return err == nil && form != keras.Weights
}

// checkModel names a model that is neither known nor a file.
func checkModel(name string) error {
	if slices.Contains(modelNames(), name) || isModelFile(name) {
		return nil
	}
	return usagef("--model %s: expected %s, or a .keras or .h5 file to start from", name, orList(modelNames()...))
}

// layers describe the model of that name.
func (st settings) layers() []layer.Layer {
	words := []layer.Layer{
		layer.Input{Shape: []int{st.MaxLen}},
		layer.Embedding{InputDim: st.Vocab, OutputDim: st.Embedding},
	}
	var l layer.Layer
	switch st.Model {
	case "onehot":
		words = []layer.Layer{layer.Input{Shape: []int{st.MaxLen, st.Vocab}}}
		l = layer.SimpleRNN{Units: st.Units}
	case "rnn":
		l = layer.SimpleRNN{Units: st.Units}
	case "lstm":
		l = layer.LSTM{Units: st.Units}
	case "gru":
		l = layer.GRU{Units: st.Units}
	case "bilstm":
		l = layer.Bidirectional{Layer: layer.LSTM{Units: st.Units}}
	}
	return append(words, l, layer.Dense{Units: 1, Activation: activation.Sigmoid})
}

// newModel builds the model with its first weights, or reads the file to start
// from, and compiles it.
func (st settings) newModel(threads int) (*recurve.Model, error) {
	var m *recurve.Model
	var err error
	if isModelFile(st.Model) {
		m, err = loadToTrain(st.Model)
	} else {
		m, err = recurve.New(recurve.Options{Name: st.Model, Seed: uint64(st.Seed)}, st.layers()...)
	}
	if err != nil {
		return nil, err
	}
	if err := binary(m); err != nil {
		return nil, fmt.Errorf("%s can't be trained to tell two classes apart: %w", st.Model, err)
	}
	m.SetThreads(threads)
	o, err := st.optimizer()
	if err != nil {
		return nil, err
	}
	return m, compile(m, o)
}

// loadToTrain reads the model to start from. How it was compiled does not
// matter, as it is compiled anew; that a layer would train otherwise does.
func loadToTrain(path string) (*recurve.Model, error) {
	m, err := keras.Load(path)
	var unsupported *keras.UnsupportedError
	switch {
	case !errors.As(err, &unsupported):
		return m, err
	case strings.HasPrefix(unsupported.Where, "layer"):
		return nil, fmt.Errorf("%s can't be trained: Recurve does not have %s", path, unsupportedPart(unsupported))
	}
	return keras.LoadWith(path, keras.Options{NoCompile: true})
}

// compile gives a model the loss and the metric that are right for two classes.
func compile(m *recurve.Model, o optimizer.Optimizer) error {
	return m.Compile(recurve.CompileOptions{
		Optimizer: o, Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}},
	})
}

// binary reports why a model's output is not the probability of a class.
func binary(m *recurve.Model) error {
	ops := m.Network().Operators
	last := ops[len(ops)-1]
	d, ok := last.Layer().(layer.Dense)
	if out := last.Output(); ok && d.Activation == activation.Sigmoid && !out.Sequence && out.Features == 1 {
		return nil
	}
	return fmt.Errorf("its last layer is %s with output %s, not a Dense of 1 unit with sigmoid", last.Layer().ClassName(), last.Output())
}

// reading is how a model takes texts: word ids as they are, or as one-hot
// vectors.
type reading struct {
	vocab  int // ids it knows
	maxLen int // words it reads; 0: any number
	oneHot bool
}

// readingOf finds out how a model takes texts.
func readingOf(m *recurve.Model) (reading, error) {
	in := m.Network().Input
	r := reading{maxLen: in.Steps}
	switch e, ok := m.Network().Operators[0].Layer().(layer.Embedding); {
	case ok:
		r.vocab = e.InputDim
	case in.Sequence:
		r.vocab, r.oneHot = in.Features, true
	default:
		return r, fmt.Errorf("the model takes vectors of shape %s, not sequences of words", in)
	}
	if p := m.Text(); p != nil && r.maxLen == 0 {
		r.maxLen = p.Pad.MaxLen
	}
	return r, nil
}

// samples brings sequences into the form that the model takes. The processor,
// if there is one, says at which end they are padded and cut.
func (r reading) samples(s *dataset.Sequences, p *text.Processor) *dataset.Dataset {
	o := text.PadOptions{}
	if p != nil {
		o = p.Pad
	}
	o.MaxLen = r.maxLen
	d := s.PadWith(o)
	if r.oneHot {
		return d.OneHot(r.vocab)
	}
	return d
}
