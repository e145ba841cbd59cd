package keras

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"recurve"
	"recurve/activation"
	"recurve/constraint"
	"recurve/initializer"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/regularizer"
)

// TestRandomModels writes and reads chains of any layers with any arguments.
func TestRandomModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := recurve.New(recurve.Options{Name: rapid.StringMatching(`[a-z_0-9]{1,9}`).Draw(t, "name"), Seed: 1}, drawLayers(t)...)
		if err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "compiled") {
			if err := m.Compile(drawCompile(t)); err != nil {
				t.Fatal(err)
			}
			if s := m.Optimizer(); s != nil {
				s.Iterations = rapid.Int64Range(0, math.MaxInt64).Draw(t, "iterations")
				if !s.Scheduled() {
					s.LearningRate = rapid.Float32Range(0, 1).Draw(t, "rate")
				}
				for i, v := range s.Variables() {
					v.Data[0] = float32(i) + 0.5
				}
			}
		}
		file := written(t, m)
		again, err := readBytes(file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		// The rate to begin with becomes that of the next step, as in Keras.
		if s, r := m.Optimizer(), again.Optimizer(); s != nil && r != nil {
			if r.LearningRate != s.LearningRate {
				t.Errorf("rate %v, want %v", r.LearningRate, s.LearningRate)
			}
			s.Optimizer = withRate(s.Optimizer, r.Optimizer.Rate())
			r.Optimizer = withRate(r.Optimizer, r.Optimizer.Rate())
		}
		same(t, again, m)
		for name, content := range contents(t, written(t, again)) {
			if name != metadataMember && !bytes.Equal(content, contents(t, file)[name]) {
				t.Errorf("%s: not the same bytes when read and written again:\n%s\n%s", name, content, contents(t, file)[name])
			}
		}
	})
}

func withRate(o optimizer.Optimizer, rate float64) optimizer.Optimizer {
	p := pointerTo(o)
	if f, _ := fieldsOf(p); *f.schedule == nil {
		*f.rate.at = rate
	}
	return reflect.ValueOf(p).Elem().Interface().(optimizer.Optimizer)
}

func drawLayers(t *rapid.T) []layer.Layer {
	var out []layer.Layer
	sequence := true
	switch rapid.IntRange(0, 3).Draw(t, "input") {
	case 0:
		out = append(out, layer.Embedding{InputDim: 5, OutputDim: 3, EmbeddingsInitializer: drawInitializer(t), MaskZero: rapid.Bool().Draw(t, "mask"),
			EmbeddingsRegularizer: drawRegularizer(t), EmbeddingsConstraint: drawConstraint(t)})
	case 1:
		out = append(out, layer.Input{Shape: []int{rapid.IntRange(0, 4).Draw(t, "steps")}, Name: "here"}, layer.Embedding{InputDim: 5, OutputDim: 3, Name: "words"})
	case 2:
		out = append(out, layer.Input{Shape: []int{rapid.IntRange(0, 4).Draw(t, "steps"), 3}})
	case 3:
		out, sequence = append(out, layer.Input{Shape: []int{3}}), false
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "layers") {
		name := rapid.SampledFrom([]string{"", fmt.Sprintf("layer_%d", i)}).Draw(t, "name")
		kind := rapid.IntRange(0, 8).Draw(t, "kind")
		switch {
		case kind == 6:
			out = append(out, layer.Activation{Name: name, Activation: rapid.SampledFrom([]activation.Activation{activation.Tanh, activation.ReLU}).Draw(t, "activation")})
		case kind == 7 && sequence:
			out = append(out, layer.Masking{Name: name, MaskValue: rapid.Float64Range(-1, 1).Draw(t, "mask")})
		case kind == 8 && sequence:
			out = append(out, layer.TimeDistributed{Name: name, Layer: layer.Dense{Units: 2, Name: "each", KernelRegularizer: drawRegularizer(t)}})
		case kind == 0 || kind > 1 && !sequence:
			out = append(out, layer.Dense{Units: 2, Name: name, NoBias: rapid.Bool().Draw(t, "bias"), KernelInitializer: drawInitializer(t),
				KernelRegularizer: drawRegularizer(t), BiasRegularizer: drawRegularizer(t), ActivityRegularizer: drawRegularizer(t),
				KernelConstraint: drawConstraint(t), BiasConstraint: drawConstraint(t),
				Activation: rapid.SampledFrom([]activation.Activation{activation.Default, activation.Sigmoid, activation.GELU}).Draw(t, "activation")})
		case kind == 1:
			out = append(out, layer.Dropout{Name: name, Rate: rapid.Float64Range(0, 1).Draw(t, "rate")})
		default:
			sequences := rapid.Bool().Draw(t, "sequences")
			out, sequence = append(out, drawRecurrent(t, kind, name, sequences)), sequences
		}
	}
	return out
}

func drawRecurrent(t *rapid.T, kind int, name string, sequences bool) layer.Layer {
	act := rapid.SampledFrom([]activation.Activation{activation.Default, activation.ReLU, activation.HardSigmoid}).Draw(t, "activation")
	noBias := rapid.Bool().Draw(t, "bias")
	back := rapid.Bool().Draw(t, "backwards")
	init := drawInitializer(t)
	switch kind {
	case 2:
		return layer.SimpleRNN{Units: 2, Name: name, Activation: act, NoBias: noBias, GoBackwards: back, ReturnSequences: sequences, KernelInitializer: init,
			ZeroOutputForMask: rapid.Bool().Draw(t, "zero"), Dropout: 0.25, KernelRegularizer: drawRegularizer(t), BiasConstraint: drawConstraint(t)}
	case 3:
		return layer.LSTM{Units: 2, Name: name, Activation: act, RecurrentActivation: act, NoBias: noBias, GoBackwards: back, ReturnSequences: sequences,
			BiasInitializer: initializer.Constant{Value: 2}, NoUnitForgetBias: rapid.Bool().Draw(t, "forget"), RecurrentDropout: 1,
			RecurrentRegularizer: drawRegularizer(t), ActivityRegularizer: drawRegularizer(t), KernelConstraint: drawConstraint(t)}
	case 4:
		return layer.GRU{Units: 2, Name: name, Activation: act, RecurrentActivation: act, NoBias: noBias, GoBackwards: back, ReturnSequences: sequences,
			RecurrentInitializer: init, ResetBefore: rapid.Bool().Draw(t, "before"), ZeroOutputForMask: rapid.Bool().Draw(t, "zero"),
			BiasRegularizer: drawRegularizer(t), RecurrentConstraint: drawConstraint(t)}
	}
	inner := drawRecurrent(t, rapid.IntRange(2, 4).Draw(t, "inner"), "", sequences)
	switch l := inner.(type) {
	case layer.SimpleRNN:
		l.GoBackwards = false
		inner = l
	case layer.LSTM:
		l.GoBackwards = false
		inner = l
	case layer.GRU:
		l.GoBackwards = false
		inner = l
	}
	inner = masklessly(inner)
	return layer.Bidirectional{Name: name, Layer: inner.(layer.Recurrent), MergeMode: layer.Merge(rapid.IntRange(0, 3).Draw(t, "merge"))}
}

// masklessly is the layer without the argument that Bidirectional sets itself.
func masklessly(l layer.Layer) layer.Layer {
	v := reflect.New(reflect.TypeOf(l)).Elem()
	v.Set(reflect.ValueOf(l))
	v.FieldByName("ZeroOutputForMask").SetBool(false)
	return v.Interface().(layer.Layer)
}

func drawRegularizer(t *rapid.T) regularizer.Regularizer {
	return rapid.SampledFrom([]regularizer.Regularizer{nil, regularizer.L1{}, regularizer.L1{Factor: 0.5}, regularizer.L2{}, regularizer.L2{Factor: 2},
		regularizer.L1L2{L2: 0.125}, regularizer.L1L2{L1: 0.01, L2: 0.01}}).Draw(t, "regularizer")
}

func drawConstraint(t *rapid.T) constraint.Constraint {
	return rapid.SampledFrom([]constraint.Constraint{nil, constraint.NonNeg{}, constraint.MaxNorm{}, constraint.MaxNorm{MaxValue: 3}, constraint.UnitNorm{},
		constraint.MinMaxNorm{}, constraint.MinMaxNorm{MinValue: 0.5, MaxValue: 2, Rate: 0.25}}).Draw(t, "constraint")
}

func drawInitializer(t *rapid.T) initializer.Initializer {
	return rapid.SampledFrom([]initializer.Initializer{
		nil, initializer.Zeros{}, initializer.Ones{}, initializer.Constant{Value: -0.25}, initializer.RandomUniform{MinVal: -2, MaxVal: 3},
		initializer.RandomNormal{Mean: 1}, initializer.TruncatedNormal{StdDev: 0.5}, initializer.GlorotNormal{}, initializer.HeUniform{},
		initializer.HeNormal{}, initializer.LecunUniform{}, initializer.LecunNormal{}, initializer.Orthogonal{Gain: 3},
	}).Draw(t, "initializer")
}

func drawCompile(t *rapid.T) recurve.CompileOptions {
	return recurve.CompileOptions{
		Optimizer: drawOptimizer(t),
		Loss:      rapid.SampledFrom([]loss.Loss{loss.BinaryCrossentropy{}, loss.BinaryCrossentropy{FromLogits: true, LabelSmoothing: 0.5}}).Draw(t, "loss"),
		Metrics: rapid.SampledFrom([][]metric.Metric{
			nil, {metric.Accuracy{}}, {metric.Accuracy{Name: "acc"}, metric.BinaryAccuracy{Name: "other"}},
		}).Draw(t, "metrics"),
	}
}
