package keras

import (
	"encoding/json"
	"fmt"
	"strings"

	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/layer"
	"recurve/regularizer"
)

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
	case "TimeDistributed":
		l, a = r.timeDistributed(where, o.Config)
	case "Activation":
		l, a = r.activationLayer(where, o.Config)
	case "Masking":
		l, a = r.masking(where, o.Config)
	case "Flatten":
		l, a = r.flatten(where, o.Config)
	default:
		return nil, &UnsupportedError{Where: where,
			Reason: "Recurve has Embedding, SimpleRNN, LSTM, GRU, Bidirectional, TimeDistributed, Dense, Activation, Dropout, Masking and Flatten"}
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
	a.refuse("quantization_config", "lora_rank")
	a.refuseTraining("activity_regularizer")
	a.atLeastOne("input_dim", c.InputDim)
	a.atLeastOne("output_dim", c.OutputDim)
	return layer.Embedding{Name: c.Name, InputDim: c.InputDim, OutputDim: c.OutputDim, MaskZero: c.MaskZero,
		EmbeddingsRegularizer: a.regularizer("embeddings_regularizer", c.EmbeddingsRegularizer),
		EmbeddingsConstraint:  a.constraint("embeddings_constraint", c.EmbeddingsConstraint),
		EmbeddingsInitializer: a.initializer("embeddings_initializer", c.EmbeddingsInitializer, initializer.RandomUniform{})}, a
}

func (r *reader) dense(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c denseConfig
	a := r.newArguments(where, raw, &c)
	a.base()
	a.refuse("quantization_config", "lora_rank")
	a.atLeastOne("units", c.Units)
	return layer.Dense{Name: c.Name, Units: c.Units, NoBias: no(c.UseBias),
		KernelRegularizer:   a.regularizer("kernel_regularizer", c.KernelRegularizer),
		BiasRegularizer:     a.regularizer("bias_regularizer", c.BiasRegularizer),
		ActivityRegularizer: a.regularizer("activity_regularizer", c.ActivityRegularizer),
		KernelConstraint:    a.constraint("kernel_constraint", c.KernelConstraint),
		BiasConstraint:      a.constraint("bias_constraint", c.BiasConstraint),
		Activation:          a.activation("activation", c.Activation, activation.Linear),
		KernelInitializer:   a.initializer("kernel_initializer", c.KernelInitializer, initializer.GlorotUniform{}),
		BiasInitializer:     a.initializer("bias_initializer", c.BiasInitializer, initializer.Zeros{})}, a
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

	kernelPenalty, recurrentPenalty, biasPenalty, activityPenalty regularizer.Regularizer
	kernelBound, recurrentBound, biasBound                        constraint.Constraint
}

func (a *arguments) cell(c *recurrentConfig) cell {
	a.base()
	a.refuse("return_state", "stateful", "time_major")
	a.atLeastOne("units", c.Units)
	a.share("dropout", c.Dropout)
	a.share("recurrent_dropout", c.RecurrentDropout)
	return cell{
		activation: a.gate("activation", c.Activation, activation.Tanh),
		kernel:     a.initializer("kernel_initializer", c.KernelInitializer, initializer.GlorotUniform{}),
		recurrent:  a.initializer("recurrent_initializer", c.RecurrentInitializer, initializer.Orthogonal{}),
		bias:       a.initializer("bias_initializer", c.BiasInitializer, initializer.Zeros{}),

		kernelPenalty:    a.regularizer("kernel_regularizer", c.KernelRegularizer),
		recurrentPenalty: a.regularizer("recurrent_regularizer", c.RecurrentRegularizer),
		biasPenalty:      a.regularizer("bias_regularizer", c.BiasRegularizer),
		activityPenalty:  a.regularizer("activity_regularizer", c.ActivityRegularizer),
		kernelBound:      a.constraint("kernel_constraint", c.KernelConstraint),
		recurrentBound:   a.constraint("recurrent_constraint", c.RecurrentConstraint),
		biasBound:        a.constraint("bias_constraint", c.BiasConstraint),
	}
}

func (r *reader) simpleRNN(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c recurrentConfig
	a := r.newArguments(where, raw, &c)
	v := a.cell(&c)
	return layer.SimpleRNN{Name: c.Name, Units: c.Units, ZeroOutputForMask: c.ZeroOutputForMask,
		KernelRegularizer: v.kernelPenalty, RecurrentRegularizer: v.recurrentPenalty, BiasRegularizer: v.biasPenalty,
		KernelConstraint: v.kernelBound, RecurrentConstraint: v.recurrentBound, BiasConstraint: v.biasBound,
		Dropout: float64(c.Dropout), RecurrentDropout: float64(c.RecurrentDropout),
		NoBias: no(c.UseBias), ReturnSequences: c.ReturnSequences,
		GoBackwards: c.GoBackwards, Activation: v.activation,
		KernelInitializer: v.kernel, RecurrentInitializer: v.recurrent, BiasInitializer: v.bias}, a
}

func (r *reader) lstm(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c lstmConfig
	a := r.newArguments(where, raw, &c)
	v := a.cell(&c.recurrentConfig)
	return layer.LSTM{Name: c.Name, Units: c.Units, ZeroOutputForMask: c.ZeroOutputForMask,
		KernelRegularizer: v.kernelPenalty, RecurrentRegularizer: v.recurrentPenalty, BiasRegularizer: v.biasPenalty, ActivityRegularizer: v.activityPenalty,
		KernelConstraint: v.kernelBound, RecurrentConstraint: v.recurrentBound, BiasConstraint: v.biasBound,
		Dropout: float64(c.Dropout), RecurrentDropout: float64(c.RecurrentDropout),
		NoBias: no(c.UseBias), ReturnSequences: c.ReturnSequences,
		GoBackwards: c.GoBackwards, Activation: v.activation,
		RecurrentActivation: a.gate("recurrent_activation", c.RecurrentActivation, activation.Sigmoid),
		KernelInitializer:   v.kernel, RecurrentInitializer: v.recurrent, BiasInitializer: v.bias,
		NoUnitForgetBias: no(c.UnitForgetBias)}, a
}

func (r *reader) gru(where string, raw json.RawMessage) (layer.Layer, *arguments) {
	var c gruConfig
	a := r.newArguments(where, raw, &c)
	v := a.cell(&c.recurrentConfig)
	return layer.GRU{Name: c.Name, Units: c.Units, ZeroOutputForMask: c.ZeroOutputForMask,
		KernelRegularizer: v.kernelPenalty, RecurrentRegularizer: v.recurrentPenalty, BiasRegularizer: v.biasPenalty, ActivityRegularizer: v.activityPenalty,
		KernelConstraint: v.kernelBound, RecurrentConstraint: v.recurrentBound, BiasConstraint: v.biasBound,
		Dropout: float64(c.Dropout), RecurrentDropout: float64(c.RecurrentDropout),
		NoBias: no(c.UseBias), ReturnSequences: c.ReturnSequences,
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

// share checks a rate.
func (a *arguments) share(name string, v float) {
	if !(v >= 0 && v <= 1) {
		a.damaged("%s: expected 0 to 1, got %v", name, float64(v))
	}
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
	if string(raw) == "null" {
		return layer.NoMerge
	}
	a.unsupported("merge_mode", shown(raw), "Recurve merges by concat, sum, mul or ave, or not at all")
	return layer.Concat
}

// half reads one of the layers in a Bidirectional, as one that reads forwards,
// and whether it does not. What it returns for masked steps says nothing: there
// Bidirectional decides.
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
		l.Name, l.GoBackwards, l.ZeroOutputForMask = strings.TrimPrefix(c.Name, forwardPrefix), false, false
		return l, back
	case layer.LSTM:
		back := l.GoBackwards
		l.Name, l.GoBackwards, l.ZeroOutputForMask = strings.TrimPrefix(c.Name, forwardPrefix), false, false
		return l, back
	case layer.GRU:
		back := l.GoBackwards
		l.Name, l.GoBackwards, l.ZeroOutputForMask = strings.TrimPrefix(c.Name, forwardPrefix), false, false
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
