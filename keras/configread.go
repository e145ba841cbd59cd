package keras

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"recurve/activation"
	"recurve/initializer"
	"recurve/layer"
)

// maxLayers keeps a hostile file from costing more than its bytes are worth.
const maxLayers = 10_000

// config is what config.json says.
type config struct {
	name    string
	layers  []layer.Layer // an Input first, unless the shape is open
	compile json.RawMessage
}

// readConfig reads config.json.
func (r *reader) readConfig(b []byte) (*config, error) {
	if err := checkDepth(r.member, b); err != nil {
		return nil, err
	}
	var m model
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, &FormatError{Member: r.member, Problem: jsonProblem(err), Err: err}
	}
	c, err := r.sequential(m.object)
	if err != nil {
		return nil, err
	}
	out := &config{name: c.Name, compile: m.CompileConfig}
	for i, o := range c.Layers {
		l, err := r.layer(i, o)
		if err != nil {
			return nil, err
		}
		out.layers = append(out.layers, l)
	}
	return out, r.addInput(out, c)
}

// sequential reads the model's own arguments, of one of the classes that can be
// a chain of layers.
func (r *reader) sequential(o object) (*sequentialConfig, error) {
	switch {
	case o.ClassName == "":
		return nil, &FormatError{Member: r.member, Problem: "it describes no model: class_name is missing"}
	case !o.keras():
	case o.ClassName == "Sequential":
		return r.list(o.Config)
	case o.ClassName == "Functional", o.ClassName == "Model":
		return r.chain(o.Config)
	}
	return nil, &UnsupportedError{Where: "the model", Argument: "class_name", Value: o.ClassName,
		Reason: "a model of a class of your own cannot be read without its code; " +
			"if it is a chain of layers, make it a keras.Sequential of the same layers and save that"}
}

// list reads the arguments of a Sequential: up to Keras 2.2, the list of layers
// alone.
func (r *reader) list(raw json.RawMessage) (*sequentialConfig, error) {
	if bytes.HasPrefix(raw, []byte("[")) {
		raw = slices.Concat([]byte(`{"layers":`), raw, []byte("}"))
	}
	c := new(sequentialConfig)
	a := r.newArguments("the model", raw, c)
	a.base()
	if len(c.Layers) > maxLayers {
		a.damaged("it has %d layers; the most that is read is %d", len(c.Layers), maxLayers)
	}
	return c, a.err
}

// addInput puts an Input in front where the file gives the shape without an
// InputLayer.
func (r *reader) addInput(out *config, c *sequentialConfig) error {
	if len(out.layers) == 0 {
		return nil
	}
	if _, ok := out.layers[0].(layer.Input); ok {
		return nil
	}
	shape := c.BuildInputShape
	var first struct {
		BatchInputShape json.RawMessage `json:"batch_input_shape"` // Keras 2
	}
	a := r.newArguments("the model", c.Layers[0].Config, &first)
	if idle(shape) {
		shape = first.BatchInputShape
	}
	if idle(shape) {
		return a.err // the shape is not known; building will say whether it must be
	}
	in := a.inputShape("build_input_shape", shape)
	_, ids := out.layers[0].(layer.Embedding)
	open := ids && len(in) == 1 && in[0] == 0
	if a.err == nil && !open {
		out.layers = append([]layer.Layer{layer.Input{Shape: in}}, out.layers...)
	}
	return a.err
}

// whereLayer is a layer in words.
func whereLayer(name, class string) string { return fmt.Sprintf("layer %q (%s)", name, class) }

// layer reads layer number i.
func (r *reader) layer(i int, o object) (layer.Layer, error) {
	var c struct{ Name string }
	a := r.newArguments(fmt.Sprintf("layer %d (%s)", i+1, o.ClassName), o.Config, &c)
	if a.err != nil {
		return nil, a.err
	}
	if c.Name != "" {
		a.where = whereLayer(c.Name, o.ClassName)
	}
	// Within a Bidirectional it says nothing: there Keras sets it.
	if a.refuse("zero_output_for_mask"); a.err != nil {
		return nil, a.err
	}
	return r.layerAt(a.where, o)
}

func (r *reader) layerAt(where string, o object) (layer.Layer, error) {
	if !o.keras() {
		return nil, &UnsupportedError{Where: where, Reason: "it is a class of your own, which only Python code can make"}
	}
	var l layer.Layer
	var a *arguments
	switch o.ClassName {
	case "InputLayer":
		l, a = r.input(where, o.Config)
	case "Embedding":
		l, a = r.embedding(where, o.Config)
	case "Dense":
		l, a = r.dense(where, o.Config)
	case "Dropout":
		l, a = r.dropout(where, o.Config)
	case "SimpleRNN":
		l, a = r.simpleRNN(where, o.Config)
	case "LSTM":
		l, a = r.lstm(where, o.Config)
	case "GRU":
		l, a = r.gru(where, o.Config)
	case "CuDNNLSTM": // of Keras 2: the same layer, whose weights have another form
		l, a = r.lstm(where, o.Config)
	case "CuDNNGRU":
		l, a = r.gru(where, o.Config)
	case "Bidirectional":
		l, a = r.bidirectional(where, o.Config)
	default:
		return nil, &UnsupportedError{Where: where,
			Reason: "Recurve has Embedding, SimpleRNN, LSTM, GRU, Bidirectional, Dense and Dropout"}
	}
	return l, a.err
}

func (r *reader) input(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c inputConfig
	a := r.newArguments(where, raw, &c)
	a.refuse("sparse", "ragged", "optional")
	shape, name := c.BatchShape, "batch_shape"
	if idle(shape) {
		shape, name = c.BatchInputShape, "batch_input_shape"
	}
	return layer.Input{Shape: a.inputShape(name, shape), Name: c.Name}, a
}

// inputShape is a shape without the batch in front; 0 stands for any number.
func (a *arguments) inputShape(name string, raw json.RawMessage) []int {
	var dims []*int
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &dims); err != nil {
			a.damaged("%s: expected a list of sizes, got %s", name, shown(raw))
			return nil
		}
	}
	if len(dims) == 0 {
		a.damaged("%s: expected a list of sizes, got none", name)
		return nil
	}
	if len(dims) < 2 || len(dims) > 3 {
		a.unsupported(name, shown(raw), "Recurve takes vectors and sequences")
	}
	shape := make([]int, len(dims)-1)
	for i, d := range dims[1:] {
		if d != nil {
			a.atLeastOne(name, *d)
			shape[i] = *d
		}
	}
	return shape
}

func (r *reader) embedding(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c embeddingConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	a.refuse("mask_zero", "quantization_config", "lora_rank")
	a.refuseTraining("embeddings_regularizer", "activity_regularizer", "embeddings_constraint")
	a.atLeastOne("input_dim", c.InputDim)
	a.atLeastOne("output_dim", c.OutputDim)
	return layer.Embedding{Name: c.Name, InputDim: c.InputDim, OutputDim: c.OutputDim,
		EmbeddingsInitializer: a.initializer("embeddings_initializer", c.EmbeddingsInitializer, initializer.RandomUniform{})}, a
}

func (r *reader) dense(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c denseConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	a.refuse("quantization_config", "lora_rank")
	a.refuseTraining("kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint")
	a.atLeastOne("units", c.Units)
	return layer.Dense{Name: c.Name, Units: c.Units, NoBias: no(c.UseBias),
		Activation:        a.activation("activation", c.Activation, activation.Linear),
		KernelInitializer: a.initializer("kernel_initializer", c.KernelInitializer, initializer.GlorotUniform{}),
		BiasInitializer:   a.initializer("bias_initializer", c.BiasInitializer, initializer.Zeros{})}, a
}

func (r *reader) dropout(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c dropoutConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	a.refuseTraining("noise_shape")
	if !(c.Rate >= 0 && c.Rate <= 1) {
		a.damaged("rate: expected 0 to 1, got %v", float64(c.Rate))
	}
	return layer.Dropout{Name: c.Name, Rate: float64(c.Rate)}, a
}

// cell holds what is read the same way for SimpleRNN, LSTM and GRU.
type cell struct {
	activation              activation.Activation
	kernel, recurrent, bias initializer.Initializer
}

func (a *arguments) cell(c *recurrentConfig) cell {
	a.base()
	a.refuse("return_state", "stateful", "time_major")
	a.refuseTraining("dropout", "recurrent_dropout", "kernel_regularizer", "recurrent_regularizer", "bias_regularizer",
		"activity_regularizer", "kernel_constraint", "recurrent_constraint", "bias_constraint")
	a.atLeastOne("units", c.Units)
	return cell{
		activation: a.gate("activation", c.Activation, activation.Tanh),
		kernel:     a.initializer("kernel_initializer", c.KernelInitializer, initializer.GlorotUniform{}),
		recurrent:  a.initializer("recurrent_initializer", c.RecurrentInitializer, initializer.Orthogonal{}),
		bias:       a.initializer("bias_initializer", c.BiasInitializer, initializer.Zeros{}),
	}
}

func (r *reader) simpleRNN(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c recurrentConfig
	a := r.newArguments(where, raw, &c)
	v := a.cell(&c)
	return layer.SimpleRNN{Name: c.Name, Units: c.Units, NoBias: no(c.UseBias), ReturnSequences: c.ReturnSequences,
		GoBackwards: c.GoBackwards, Activation: v.activation,
		KernelInitializer: v.kernel, RecurrentInitializer: v.recurrent, BiasInitializer: v.bias}, a
}

func (r *reader) lstm(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c lstmConfig
	a := r.newArguments(where, raw, &c)
	v := a.cell(&c.recurrentConfig)
	return layer.LSTM{Name: c.Name, Units: c.Units, NoBias: no(c.UseBias), ReturnSequences: c.ReturnSequences,
		GoBackwards: c.GoBackwards, Activation: v.activation,
		RecurrentActivation: a.gate("recurrent_activation", c.RecurrentActivation, activation.Sigmoid),
		KernelInitializer:   v.kernel, RecurrentInitializer: v.recurrent, BiasInitializer: v.bias,
		NoUnitForgetBias: no(c.UnitForgetBias)}, a
}

func (r *reader) gru(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c gruConfig
	a := r.newArguments(where, raw, &c)
	v := a.cell(&c.recurrentConfig)
	return layer.GRU{Name: c.Name, Units: c.Units, NoBias: no(c.UseBias), ReturnSequences: c.ReturnSequences,
		GoBackwards: c.GoBackwards, Activation: v.activation,
		RecurrentActivation: a.gate("recurrent_activation", c.RecurrentActivation, activation.Sigmoid),
		KernelInitializer:   v.kernel, RecurrentInitializer: v.recurrent, BiasInitializer: v.bias,
		ResetBefore: r.resetBefore(where, c.ResetAfter)}, a
}

// resetBefore reports where the reset gate stands. A GRU whose argument is not
// there is one of early Keras 2, whose default was the other, or on CuDNN.
func (r *reader) resetBefore(where string, resetAfter *bool) bool {
	if resetAfter == nil && r.keras2() {
		return !strings.Contains(where, "(CuDNNGRU)")
	}
	return no(resetAfter)
}

// no reports whether an argument that is true by default is false.
func no(v *bool) bool { return v != nil && !*v }

// bidirectional reads the wrapper and both layers in it, which must be alike.
func (r *reader) bidirectional(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c bidirectionalConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	out := layer.Bidirectional{Name: c.Name}
	if mode, ok := a.all["merge_mode"]; ok {
		out.MergeMode = a.mergeMode(c.MergeMode, mode)
	}
	if a.err != nil {
		return nil, a
	}
	forward, back := r.half(a, c.Layer)
	if back && a.err == nil {
		a.unsupported("layer.go_backwards", "true", "the wrapped layer must read forwards; Bidirectional adds the other")
	}
	if c.BackwardLayer != nil {
		backward, back := r.half(a, *c.BackwardLayer)
		if a.err == nil && (!back || unnamed(backward) != unnamed(forward)) {
			a.unsupported("backward_layer", c.BackwardLayer.ClassName, "it must be the forward layer with go_backwards=true; here the two differ")
		}
	}
	out.Layer = forward
	return out, a
}

func (a *arguments) mergeMode(mode *string, raw json.RawMessage) layer.Merge {
	if mode != nil {
		if m, err := layer.ParseMerge(*mode); err == nil {
			return m
		}
	}
	a.unsupported("merge_mode", shown(raw), "Recurve merges by concat, sum, mul or ave")
	return layer.Concat
}

// half reads one of the layers in a Bidirectional, as one that reads forwards,
// and whether it does not.
func (r *reader) half(a *arguments, o object) (layer.Recurrent, bool) {
	if a.err != nil {
		return nil, false
	}
	var c struct{ Name string }
	inner := r.newArguments(a.where, o.Config, &c)
	if a.fail(inner.err); a.err != nil {
		return nil, false
	}
	l, err := r.layerAt(whereLayer(c.Name, o.ClassName)+" in "+a.where, o)
	a.fail(err)
	switch l := l.(type) {
	case layer.SimpleRNN:
		back := l.GoBackwards
		l.Name, l.GoBackwards = strings.TrimPrefix(c.Name, forwardPrefix), false
		return l, back
	case layer.LSTM:
		back := l.GoBackwards
		l.Name, l.GoBackwards = strings.TrimPrefix(c.Name, forwardPrefix), false
		return l, back
	case layer.GRU:
		back := l.GoBackwards
		l.Name, l.GoBackwards = strings.TrimPrefix(c.Name, forwardPrefix), false
		return l, back
	}
	a.unsupported("layer", o.ClassName, "Recurve wraps SimpleRNN, LSTM and GRU")
	return nil, false
}

// unnamed is the layer without its name.
func unnamed(l layer.Recurrent) layer.Recurrent {
	switch l := l.(type) {
	case layer.SimpleRNN:
		l.Name = ""
		return l
	case layer.LSTM:
		l.Name = ""
		return l
	case layer.GRU:
		l.Name = ""
		return l
	}
	return l
}
