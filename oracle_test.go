package recurve

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"recurve/activation"
	"recurve/dataset"
	"recurve/internal/numpy"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// The fixtures in testdata/train were made by tools/oracle/gradients.py
// and train.py with real Keras: predictions and gradients in float64, training
// in float32.

// archive is an .npz fixture.
type archive struct {
	t *testing.T
	z *numpy.NPZ
}

func open(t *testing.T, path string) archive {
	t.Helper()
	z, err := numpy.ReadNPZFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive{t, z}
}

func (a archive) floats(name string) []float32 {
	a.t.Helper()
	x, err := a.z.Array(name)
	if err != nil {
		a.t.Fatal(err)
	}
	return x.Float32s()
}

// near compares with a tolerance relative to the array's greatest value.
func near(t *testing.T, what string, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	scale := 1e-2
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tol*scale) {
			t.Errorf("%s: value %d is %g, want %g (off by %.1e of %g)", what, i, got[i], want[i], d/scale, scale)
			return
		}
	}
}

func flatten(rows [][]float32) []float32 {
	var out []float32
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

// trainData are the fixtures' samples for a model.
func trainData(t *testing.T, model string) (train, val *dataset.Dataset) {
	t.Helper()
	a := open(t, "testdata/train/data.npz")
	load := func(ids, y string) *dataset.Dataset {
		x, err := a.z.Array(ids)
		if err != nil {
			t.Fatal(err)
		}
		flat, err := x.Int32s()
		if err != nil {
			t.Fatal(err)
		}
		rows := make([][]int32, x.Shape[0])
		for i := range rows {
			rows[i] = flat[i*x.Shape[1] : (i+1)*x.Shape[1]]
		}
		d, err := dataset.FromIDs(rows, a.floats(y))
		if err != nil {
			t.Fatal(err)
		}
		if model == "one_hot" {
			d = d.OneHot(20)
		}
		return d
	}
	return load("ids", "y"), load("val_ids", "val_y")
}

// trainModel is the fixtures' model of that name, with its first weights.
func trainModel(t *testing.T, name string, threads int) *Model {
	t.Helper()
	layers := []layer.Layer{layer.Embedding{InputDim: 20, OutputDim: 4}}
	switch name {
	case "one_hot":
		layers = []layer.Layer{layer.Input{Shape: []int{9, 20}}, layer.SimpleRNN{Units: 5}}
	case "simple_rnn":
		layers = append(layers, layer.SimpleRNN{Units: 5})
	case "lstm":
		layers = append(layers, layer.LSTM{Units: 5})
	case "gru":
		layers = append(layers, layer.GRU{Units: 5})
	case "gru_before":
		layers = append(layers, layer.GRU{Units: 5, ResetBefore: true})
	default:
		t.Fatalf("no model %q", name)
	}
	layers = append(layers, layer.Dense{Units: 1, Activation: activation.Sigmoid})
	m, err := New(Options{Threads: threads}, layers...)
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, "testdata/train/"+name+".npz")
	var w [][]float32
	for i := range m.Params() {
		w = append(w, a.floats(fmt.Sprintf("w%d", i)))
	}
	if err := m.SetWeights(w); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOracleModels(t *testing.T) {
	for _, name := range []string{"one_hot", "simple_rnn", "lstm", "gru", "gru_before"} {
		t.Run(name, func(t *testing.T) {
			a := open(t, "testdata/train/"+name+".npz")
			m := trainModel(t, name, 2)
			train, val := trainData(t, name)
			for _, d := range []struct {
				name string
				data *dataset.Dataset
			}{{"p", train}, {"val_p", val}} {
				p, err := m.Predict(context.Background(), d.data)
				if err != nil {
					t.Fatal(err)
				}
				near(t, d.name, flatten(p), a.floats(d.name), 1e-6)
			}

			if err := m.Compile(CompileOptions{Loss: loss.BinaryCrossentropy{}, Optimizer: optimizer.SGD{}}); err != nil {
				t.Fatal(err)
			}
			run := layer.Run{BatchSize: 32, Steps: 9, OneHot: name == "one_hot", Training: true}
			p := m.kernels.start(2, m.net, run)
			defer p.close()
			configure(m.net, run)
			e := newEngine(m, run, p, m.compiled.loss, nil)
			e.weightsChanged()
			e.gradients(train, upTo(32), 0)
			var sum float64
			for _, v := range e.values {
				sum += float64(v)
			}
			near(t, "loss", []float32{float32(sum / 32)}, a.floats("loss"), 1e-6)
			for i, p := range m.Params() {
				near(t, fmt.Sprintf("gradient %d (%s)", i, p.Name), p.Grad, a.floats(fmt.Sprintf("g%d", i)), 2e-6)
			}
		})
	}
}

type trainCase struct {
	Name, Model string
	Optimizer   struct {
		Class  string
		Config struct {
			Rate     float64 `json:"learning_rate"`
			Momentum float64
			Nesterov bool
			Centered bool
			AMSGrad  bool
		}
	}
}

func (c trainCase) optimizer(t *testing.T) optimizer.Optimizer {
	o := c.Optimizer.Config
	switch c.Optimizer.Class {
	case "SGD":
		return optimizer.SGD{LearningRate: o.Rate, Momentum: o.Momentum, Nesterov: o.Nesterov}
	case "RMSprop":
		return optimizer.RMSprop{LearningRate: o.Rate, Momentum: o.Momentum, Centered: o.Centered}
	case "Adam":
		return optimizer.Adam{LearningRate: o.Rate, AMSGrad: o.AMSGrad}
	}
	t.Fatalf("no optimizer %q", c.Optimizer.Class)
	return nil
}

// TestOracleTraining follows Keras through one step and three epochs.
func TestOracleTraining(t *testing.T) {
	b, err := os.ReadFile("testdata/train/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []trainCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			a := open(t, "testdata/train/"+c.Name+".npz")
			train, val := trainData(t, c.Model)
			options := FitOptions{Optimizer: c.optimizer(t), Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}},
				BatchSize: 32, Epochs: 3, NoShuffle: true, Validation: val}

			one := trainModel(t, c.Model, 2)
			first := options
			first.Epochs, first.Validation = 1, nil
			first.Callbacks = []Callback{stopAfterOne{}}
			if _, err := one.Fit(context.Background(), train, first); err != nil {
				t.Fatal(err)
			}
			for i, p := range one.Params() {
				near(t, fmt.Sprintf("weight %d (%s) after one step", i, p.Name), p.Data, a.floats(fmt.Sprintf("s%d", i)), 1e-6)
			}

			m := trainModel(t, c.Model, 2)
			h, err := m.Fit(context.Background(), train, options)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"loss", "accuracy", "val_loss", "val_accuracy"} {
				var got []float32
				for _, v := range h.Values(name) {
					got = append(got, float32(v))
				}
				near(t, name, got, a.floats(name), 1e-4)
			}
			for i, p := range m.Params() {
				near(t, fmt.Sprintf("weight %d (%s) after three epochs", i, p.Name), p.Data, a.floats(fmt.Sprintf("f%d", i)), 1e-4)
			}
			state := m.Optimizer()
			near(t, "iterations", []float32{float32(state.Iterations)}, a.floats("o0"), 0)
			near(t, "learning rate", []float32{state.LearningRate}, a.floats("o1"), 0)
			for i, v := range state.Variables() {
				near(t, fmt.Sprintf("optimizer variable %d (%s)", i+2, v.Name), v.Data, a.floats(fmt.Sprintf("o%d", i+2)), 1e-4)
			}
		})
	}
}

type stopAfterOne struct{ NopCallback }

func (stopAfterOne) OnTrainBatchEnd(t *Training, _ int, _ Logs) error {
	t.Stop()
	return nil
}
