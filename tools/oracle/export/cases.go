package main

import (
	"fmt"
	"time"

	"recurve"
	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/regularizer"
	"recurve/text"
)

// testCase is a model to be written.
type testCase struct {
	name      string
	modelName string
	layers    []layer.Layer
	// compile says how the model is compiled; nil for not at all.
	compile *recurve.CompileOptions
	// epochs of training before the model is written.
	epochs int
	text   *text.Processor
	origin *recurve.Origin
}

// The sizes of all models.
const (
	vocabulary = 20
	steps      = 7
	samples    = 24
	batch      = 8
)

func ids() layer.Layer                    { return layer.Input{Shape: []int{steps}} }
func vectors(features ...int) layer.Layer { return layer.Input{Shape: features} }
func embedding() layer.Layer              { return layer.Embedding{InputDim: vocabulary, OutputDim: 4} }
func sigmoid() layer.Layer                { return layer.Dense{Units: 1, Activation: activation.Sigmoid} }

// around puts a layer between an embedding and the output.
func around(l ...layer.Layer) []layer.Layer {
	return append(append([]layer.Layer{embedding()}, l...), sigmoid())
}

func cases() []testCase {
	all := [][]testCase{toolboxCases(), recurrentCases(), bidirectionalCases(), argumentCases(), activationCases(), compileCases(), lossCases(), {
		{name: "initializers", layers: initializerLayers()},
		{name: "named", modelName: "critic", layers: []layer.Layer{
			layer.Input{Shape: []int{0}, Name: "review"}, layer.Embedding{InputDim: vocabulary, OutputDim: 3, Name: "words"},
			layer.Bidirectional{Layer: layer.LSTM{Units: 2, Name: "memory"}, Name: "both_ways"},
			layer.Dense{Units: 1, Activation: activation.Sigmoid, Name: "praise"}}},
		{name: "vectors", layers: []layer.Layer{vectors(5), layer.Dense{Units: 3}, sigmoid()}, compile: compiled(optimizer.SGD{}), epochs: 1},
		{name: "one_hot", layers: []layer.Layer{vectors(steps, vocabulary), layer.SimpleRNN{Units: 3}, sigmoid()},
			compile: compiled(optimizer.RMSprop{}), epochs: 1},
		{name: "each_step", layers: []layer.Layer{ids(), embedding(), layer.GRU{Units: 3, ReturnSequences: true}, sigmoid()},
			compile: compiled(optimizer.Adam{}), epochs: 1},
		{name: "with_text", layers: around(layer.LSTM{Units: 3}), compile: compiled(optimizer.RMSprop{}), epochs: 2,
			text: processor(), origin: &recurve.Origin{Data: "a few words", Samples: samples, Epoch: 2, Logs: recurve.Logs{"loss": 0.5},
				Seed: 1, Kernel: "go", Threads: 2, Date: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Software: "export"}},
	}}
	var out []testCase
	for _, c := range all {
		out = append(out, c...)
	}
	return out
}

func processor() *text.Processor {
	p, err := text.Build([]string{"one good film", "one bad film", "good, good"}, text.Tokenizer{}, vocabulary)
	if err != nil {
		panic(err) // the texts are these
	}
	p.Pad.MaxLen = steps
	p.Labels = []string{"blame", "praise"}
	return p
}

func compiled(o optimizer.Optimizer) *recurve.CompileOptions {
	return &recurve.CompileOptions{Optimizer: o, Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}}}
}

func recurrentCases() []testCase {
	return []testCase{
		{name: "simple_rnn", layers: around(layer.SimpleRNN{Units: 5}), compile: compiled(optimizer.RMSprop{}), epochs: 2},
		{name: "lstm", layers: around(layer.LSTM{Units: 5}), compile: compiled(optimizer.RMSprop{}), epochs: 2},
		{name: "gru", layers: around(layer.GRU{Units: 5}), compile: compiled(optimizer.RMSprop{}), epochs: 2},
		{name: "gru_before", layers: around(layer.GRU{Units: 5, ResetBefore: true}), compile: compiled(optimizer.RMSprop{}), epochs: 2},
		{name: "stacked", layers: []layer.Layer{ids(), embedding(), layer.LSTM{Units: 4, ReturnSequences: true},
			layer.LSTM{Units: 3, ReturnSequences: true}, layer.GRU{Units: 3, ReturnSequences: true}, layer.SimpleRNN{Units: 2},
			layer.Dense{Units: 3, Activation: activation.ReLU}, sigmoid()}, compile: compiled(optimizer.Adam{}), epochs: 2},
		{name: "dropout", layers: around(layer.Dropout{Rate: 0.25}, layer.LSTM{Units: 3}, layer.Dropout{Rate: 0.5}),
			compile: compiled(optimizer.RMSprop{}), epochs: 1},
		{name: "many_layers", layers: around(many(12)...), compile: compiled(optimizer.Adam{}), epochs: 1},
	}
}

// many layers of one class have numbers of more than one digit.
func many(n int) []layer.Layer {
	var out []layer.Layer
	for range n {
		out = append(out, layer.GRU{Units: 2, ReturnSequences: true})
	}
	return append(out, layer.GRU{Units: 2})
}

func bidirectionalCases() []testCase {
	var out []testCase
	for i, mode := range []layer.Merge{layer.Concat, layer.Sum, layer.Mul, layer.Ave} {
		for j, l := range []layer.Recurrent{layer.SimpleRNN{Units: 3}, layer.LSTM{Units: 3, ReturnSequences: true},
			layer.GRU{Units: 3}, layer.GRU{Units: 3, ResetBefore: true, NoBias: true}} {
			if i != j && i != 0 { // each layer by concat, each mode once
				continue
			}
			layers := []layer.Layer{layer.Bidirectional{Layer: l, MergeMode: mode}}
			if _, ok := l.(layer.LSTM); ok {
				layers = append(layers, layer.Bidirectional{Layer: layer.LSTM{Units: 2}})
			}
			out = append(out, testCase{name: fmt.Sprintf("bidirectional_%v_%d", mode, j), layers: around(layers...),
				compile: compiled(optimizer.Adam{}), epochs: 1})
		}
	}
	return out
}

func argumentCases() []testCase {
	return []testCase{
		{name: "rnn_no_bias", layers: around(layer.SimpleRNN{Units: 3, NoBias: true}, layer.Dense{Units: 2, NoBias: true})},
		{name: "lstm_no_bias", layers: around(layer.LSTM{Units: 3, NoBias: true})},
		{name: "gru_no_bias", layers: around(layer.GRU{Units: 3, NoBias: true}), compile: compiled(optimizer.SGD{}), epochs: 1},
		{name: "gru_before_no_bias", layers: around(layer.GRU{Units: 3, NoBias: true, ResetBefore: true})},
		{name: "rnn_backwards", layers: around(layer.SimpleRNN{Units: 3, GoBackwards: true})},
		{name: "lstm_backwards", layers: around(layer.LSTM{Units: 3, GoBackwards: true, ReturnSequences: true}, layer.LSTM{Units: 2})},
		{name: "gru_backwards", layers: around(layer.GRU{Units: 3, GoBackwards: true})},
		{name: "no_forget_bias", layers: around(layer.LSTM{Units: 3, NoUnitForgetBias: true})},
		{name: "rnn_relu", layers: around(layer.SimpleRNN{Units: 3, Activation: activation.ReLU})},
		{name: "lstm_activations", layers: around(layer.LSTM{Units: 3, Activation: activation.Softsign, RecurrentActivation: activation.HardSigmoid})},
		{name: "gru_activations", layers: around(layer.GRU{Units: 3, Activation: activation.Linear, RecurrentActivation: activation.Softplus})},
		{name: "three_outputs", layers: []layer.Layer{ids(), embedding(), layer.LSTM{Units: 3}, layer.Dense{Units: 3, Activation: activation.Sigmoid}},
			compile: compiled(optimizer.Adam{}), epochs: 1},
	}
}

// toolboxCases have masks, bounds, dropout in cells, and layers around layers.
func toolboxCases() []testCase {
	masked := layer.Embedding{InputDim: vocabulary, OutputDim: 4, MaskZero: true}
	bounded := layer.Embedding{InputDim: vocabulary, OutputDim: 4, EmbeddingsRegularizer: regularizer.L2{Factor: 0.002}, EmbeddingsConstraint: constraint.UnitNorm{Axis: 1}}
	each := layer.TimeDistributed{Layer: layer.Dense{Units: 3, Activation: activation.ReLU, KernelConstraint: constraint.MaxNorm{MaxValue: 0.5}}}
	return []testCase{
		{name: "mask_zero", layers: []layer.Layer{ids(), masked, layer.LSTM{Units: 3}, sigmoid()}, compile: compiled(optimizer.Adam{}), epochs: 2},
		{name: "mask_zero_bidirectional", layers: []layer.Layer{ids(), masked, layer.Bidirectional{Layer: layer.GRU{Units: 2, ReturnSequences: true}}, each,
			layer.SimpleRNN{Units: 3, ZeroOutputForMask: true}, sigmoid()}, compile: compiled(optimizer.RMSprop{}), epochs: 1},
		{name: "mask_zero_each_step", layers: []layer.Layer{ids(), masked, layer.GRU{Units: 3, ReturnSequences: true, ZeroOutputForMask: true}, sigmoid()},
			compile: compiled(optimizer.SGD{LearningRate: 0.5}), epochs: 1},
		{name: "masking", layers: []layer.Layer{vectors(steps, 3), layer.Masking{}, layer.LSTM{Units: 3, ReturnSequences: true}, layer.LSTM{Units: 2}, sigmoid()},
			compile: compiled(optimizer.SGD{}), epochs: 1},
		{name: "flatten", layers: []layer.Layer{vectors(steps, 3), layer.LSTM{Units: 3, ReturnSequences: true}, layer.Flatten{}, sigmoid()},
			compile: compiled(optimizer.SGD{}), epochs: 1},
		{name: "masking_value", layers: []layer.Layer{vectors(steps, 3), layer.Masking{MaskValue: -1.5}, layer.GRU{Units: 3}, layer.Activation{Activation: activation.SiLU}, sigmoid()}},
		{name: "bounded", layers: []layer.Layer{ids(), bounded,
			layer.LSTM{Units: 3, ReturnSequences: true, KernelRegularizer: regularizer.L1{}, RecurrentRegularizer: regularizer.L2{}, BiasRegularizer: regularizer.L1L2{L1: 0.25},
				ActivityRegularizer: regularizer.L2{Factor: 0.125}, KernelConstraint: constraint.MaxNorm{}, RecurrentConstraint: constraint.MinMaxNorm{}, BiasConstraint: constraint.NonNeg{}},
			layer.GRU{Units: 3, KernelConstraint: constraint.MinMaxNorm{MinValue: 0.25, MaxValue: 0.75, Rate: 0.5, Axis: 1}},
			layer.Dense{Units: 1, Activation: activation.Sigmoid, ActivityRegularizer: regularizer.L1{Factor: 0.5}}}, compile: compiled(optimizer.Adam{}), epochs: 2},
		{name: "dropout_inside", layers: around(layer.Bidirectional{Layer: layer.LSTM{Units: 3, ReturnSequences: true, Dropout: 0.25, RecurrentDropout: 0.5}},
			layer.SimpleRNN{Units: 3, Dropout: 1})},
		{name: "unmerged", layers: []layer.Layer{ids(), embedding(), layer.Bidirectional{Layer: layer.GRU{Units: 3}, MergeMode: layer.NoMerge}}},
	}
}

func activationCases() []testCase {
	var out []testCase
	for a := activation.Linear; a.Valid(); a++ {
		if a == activation.Keras2HardSigmoid {
			continue // Keras 3 has none such
		}
		out = append(out, testCase{name: "dense_" + a.String(), layers: []layer.Layer{vectors(5), layer.Dense{Units: 4, Activation: a}}})
	}
	return out
}

// initializerLayers name every initializer, with and without its defaults.
func initializerLayers() []layer.Layer {
	out := []layer.Layer{layer.Embedding{InputDim: vocabulary, OutputDim: 3, EmbeddingsInitializer: initializer.RandomUniform{MinVal: -1, MaxVal: 0.5}}}
	for _, i := range []initializer.Initializer{
		initializer.RandomUniform{}, initializer.RandomNormal{}, initializer.RandomNormal{Mean: 0.25, StdDev: 2}, initializer.TruncatedNormal{},
		initializer.TruncatedNormal{Mean: -0.5, StdDev: 0.5}, initializer.GlorotNormal{}, initializer.HeUniform{}, initializer.HeNormal{},
		initializer.LecunUniform{}, initializer.LecunNormal{}, initializer.Orthogonal{Gain: 0.5},
	} {
		out = append(out, layer.Dense{Units: 3, Activation: activation.Tanh, KernelInitializer: i, BiasInitializer: initializer.Ones{}})
	}
	return append(out,
		layer.LSTM{Units: 3, KernelInitializer: initializer.HeNormal{}, RecurrentInitializer: initializer.GlorotUniform{},
			BiasInitializer: initializer.Constant{Value: 0.5}, ReturnSequences: true},
		layer.SimpleRNN{Units: 2, KernelInitializer: initializer.Orthogonal{}, RecurrentInitializer: initializer.Zeros{}})
}

func compileCases() []testCase {
	var out []testCase
	add := func(name string, o recurve.CompileOptions, epochs int) {
		out = append(out, testCase{name: name, layers: around(layer.SimpleRNN{Units: 3}), compile: &o, epochs: epochs})
	}
	for name, o := range map[string]optimizer.Optimizer{
		"rmsprop":          optimizer.RMSprop{LearningRate: 0.01, Rho: 0.8, Epsilon: 1e-5},
		"rmsprop_momentum": optimizer.RMSprop{Momentum: 0.5},
		"rmsprop_centered": optimizer.RMSprop{Momentum: 0.9, Centered: true},
		"sgd":              optimizer.SGD{LearningRate: 1},
		"sgd_momentum":     optimizer.SGD{Momentum: 0.9},
		"sgd_nesterov":     optimizer.SGD{LearningRate: 0.1, Momentum: 0.5, Nesterov: true},
		"adam":             optimizer.Adam{LearningRate: 0.002, Beta1: 0.8, Beta2: 0.99, Epsilon: 1e-4},
		"adam_amsgrad":     optimizer.Adam{AMSGrad: true},
		"adamw":            optimizer.AdamW{LearningRate: 0.01, Common: optimizer.Common{WeightDecay: 0.1, ClipValue: 0.02}},
		"adagrad":          optimizer.Adagrad{LearningRate: 0.1, InitialAccumulatorValue: 0.5, Common: optimizer.Common{ClipNorm: 0.05}},
		"adadelta":         optimizer.Adadelta{LearningRate: 1, Rho: 0.75, Common: optimizer.Common{GlobalClipNorm: 0.05}},
		"adamax":           optimizer.Adamax{LearningRate: 0.01, Common: optimizer.Common{GradientAccumulationSteps: 3}},
		"nadam":            optimizer.Nadam{LearningRate: 0.01, Beta1: 0.75, Common: optimizer.Common{LossScaleFactor: 8}},
		"lion":             optimizer.Lion{Schedule: optimizer.CosineDecay{InitialLearningRate: 0.01, DecaySteps: 10}},
		"ftrl":             optimizer.Ftrl{LearningRate: 0.1, L1RegularizationStrength: 0.01, LearningRatePower: -0.25},
		"ema":              optimizer.SGD{Common: optimizer.Common{UseEMA: true, EMAMomentum: 0.75, EMAOverwriteFrequency: 3}},
		"exponential":      optimizer.Adam{Schedule: optimizer.ExponentialDecay{InitialLearningRate: 0.01, DecaySteps: 2.5, DecayRate: 0.5}},
		"inverse_time":     optimizer.SGD{Schedule: optimizer.InverseTimeDecay{InitialLearningRate: 0.1, DecaySteps: 2, DecayRate: 1, Staircase: true}},
		"piecewise":        optimizer.SGD{Schedule: optimizer.PiecewiseConstantDecay{Boundaries: []int64{2, 4}, Values: []float64{0.1, 0.05, 0.01}}},
		"polynomial":       optimizer.SGD{Momentum: 0.5, Schedule: optimizer.PolynomialDecay{InitialLearningRate: 0.1, DecaySteps: 3, ToZero: true, Cycle: true}},
		"restarts":         optimizer.Nadam{Schedule: optimizer.CosineDecayRestarts{InitialLearningRate: 0.01, FirstDecaySteps: 3, TMul: 1.5, Alpha: 0.1}},
		"warmup":           optimizer.AdamW{Schedule: optimizer.CosineDecay{DecaySteps: 10, WarmupTarget: 0.01, WarmupSteps: 4}},
	} {
		add(name, *compiled(o), 2)
	}
	add("not_trained", *compiled(optimizer.Adam{}), 0)
	add("from_logits", recurve.CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.1}, Loss: loss.BinaryCrossentropy{FromLogits: true}}, 1)
	add("smoothed", recurve.CompileOptions{Optimizer: optimizer.SGD{}, Loss: loss.BinaryCrossentropy{LabelSmoothing: 0.125},
		Metrics: []metric.Metric{metric.Accuracy{Name: "acc"}, metric.BinaryAccuracy{Threshold: 0.25, Name: "quick"}, metric.BinaryAccuracy{Threshold: 0.75, Name: "accuracy"}}}, 1)
	add("no_optimizer", recurve.CompileOptions{Loss: loss.BinaryCrossentropy{}}, 0)
	return out
}
