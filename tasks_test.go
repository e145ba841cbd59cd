package recurve

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"recurve/activation"
	"recurve/dataset"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// The fixtures in testdata/tasks were made by tools/oracle/tasks.py with real
// Keras: training with many classes, a class each step, values, weights.

type task struct {
	name    string
	behind  []layer.Layer // the embedding
	compile CompileOptions
	classes map[int]float32
}

func tasks() []task {
	softmax := func(n int) layer.Layer { return layer.Dense{Units: n, Activation: activation.Softmax} }
	accuracy := []metric.Metric{metric.Accuracy{}}
	return []task{
		{name: "sparse", behind: []layer.Layer{layer.LSTM{Units: 5}, softmax(4)}, classes: map[int]float32{0: 2, 1: 0.5, 3: 1.25},
			compile: CompileOptions{Optimizer: optimizer.Adam{LearningRate: 0.01}, Loss: loss.SparseCategoricalCrossentropy{},
				Metrics: []metric.Metric{metric.Accuracy{}, metric.SparseTopKCategoricalAccuracy{K: 2, Name: "top2"}}, WeightedMetrics: accuracy}},
		{name: "categorical", behind: []layer.Layer{layer.GRU{Units: 5}, softmax(4)},
			compile: CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.3}, Loss: loss.CategoricalCrossentropy{LabelSmoothing: 0.1},
				Metrics:         []metric.Metric{metric.Accuracy{Name: "acc"}, metric.AUC{Name: "AUC"}, metric.F1Score{Average: metric.Macro}},
				WeightedMetrics: []metric.Metric{metric.CategoricalCrossentropy{}, metric.AUC{Name: "AUC"}}}},
		{name: "from_logits", behind: []layer.Layer{layer.SimpleRNN{Units: 5}, layer.Dense{Units: 4}},
			compile: CompileOptions{Optimizer: optimizer.RMSprop{LearningRate: 0.01}, Loss: loss.SparseCategoricalCrossentropy{FromLogits: true}, Metrics: accuracy}},
		{name: "each_step", behind: []layer.Layer{layer.LSTM{Units: 5, ReturnSequences: true}, softmax(3)},
			compile: CompileOptions{Optimizer: optimizer.Adam{LearningRate: 0.01}, Loss: loss.SparseCategoricalCrossentropy{}, Metrics: accuracy,
				WeightedMetrics: []metric.Metric{metric.SparseCategoricalAccuracy{}}}},
		{name: "each_step_one_hot", behind: []layer.Layer{layer.GRU{Units: 4, ReturnSequences: true}, softmax(3)},
			compile: CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.5}, Loss: loss.KLDivergence{},
				Metrics: []metric.Metric{metric.Accuracy{}, metric.CosineSimilarity{}}}},
		{name: "softmax_mse", behind: []layer.Layer{layer.SimpleRNN{Units: 5}, softmax(4)},
			compile: CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.5}, Loss: loss.MeanSquaredError{},
				Metrics: []metric.Metric{metric.MeanAbsoluteError{Name: "mae"}, metric.RootMeanSquaredError{Name: "RootMeanSquaredError"}, metric.Precision{Name: "Precision"}}}},
		{name: "values", behind: []layer.Layer{layer.GRU{Units: 5}, layer.Dense{Units: 2}},
			compile: CompileOptions{Optimizer: optimizer.Adam{LearningRate: 0.02}, Loss: loss.Huber{Delta: 0.5},
				Metrics:         []metric.Metric{metric.MeanSquaredError{Name: "mse"}, metric.R2Score{Name: "R2Score"}, metric.Mean[loss.Huber]{}},
				WeightedMetrics: []metric.Metric{metric.MeanSquaredError{Name: "mse"}}}},
		{name: "binary", behind: []layer.Layer{layer.LSTM{Units: 4}, layer.Dense{Units: 1, Activation: activation.Sigmoid}}, classes: map[int]float32{0: 0.75, 1: 1.5},
			compile: CompileOptions{Optimizer: optimizer.RMSprop{LearningRate: 0.01}, Loss: loss.BinaryCrossentropy{},
				Metrics:         []metric.Metric{metric.Precision{Name: "Precision"}, metric.Recall{Name: "Recall"}, metric.TruePositives{Name: "TruePositives"}, metric.Accuracy{}},
				WeightedMetrics: []metric.Metric{metric.AUC{}, metric.Accuracy{}}}},
		{name: "hinge", behind: []layer.Layer{layer.LSTM{Units: 4}, layer.Dense{Units: 1, Activation: activation.Tanh}},
			compile: CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.1}, Loss: loss.SquaredHinge{}, Metrics: []metric.Metric{metric.Hinge{}}}},
	}
}

// taskData are a fixture's samples, with prefix "" or "val_".
func taskData(t *testing.T, a archive, prefix string) *dataset.Dataset {
	t.Helper()
	x, err := a.z.Array(prefix + "x")
	if err != nil {
		t.Fatal(err)
	}
	y := a.floats(prefix + "y")
	d := &dataset.Dataset{N: x.Shape[0], Steps: x.Shape[1], Y: y, Outputs: len(y) / x.Shape[0]}
	if d.IDs, err = x.Int32s(); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(a.z.Names(), prefix+"s") {
		d.Weights = a.floats(prefix + "s")
	}
	return d
}

// TestOracleTasks follows Keras through three epochs.
func TestOracleTasks(t *testing.T) {
	for _, c := range tasks() {
		t.Run(c.name, func(t *testing.T) {
			a := open(t, "testdata/tasks/"+c.name+".npz")
			m, err := New(Options{Threads: 2}, append([]layer.Layer{layer.Embedding{InputDim: 20, OutputDim: 4}}, c.behind...)...)
			if err != nil {
				t.Fatal(err)
			}
			var w [][]float32
			for i := range m.Params() {
				w = append(w, a.floats(fmt.Sprintf("w%d", i)))
			}
			if err := m.SetWeights(w); err != nil {
				t.Fatal(err)
			}
			if err := m.Compile(c.compile); err != nil {
				t.Fatal(err)
			}
			data := taskData(t, a, "")
			h, err := m.Fit(context.Background(), data, FitOptions{BatchSize: 32, Epochs: 3, NoShuffle: true, Validation: taskData(t, a, "val_"), ClassWeight: c.classes})
			if err != nil {
				t.Fatal(err)
			}
			names := 0
			for _, name := range a.z.Names() {
				if len(h.Values(name)) > 0 {
					names++
				}
			}
			if want := 2 * (1 + len(m.MetricNames())); names != want || len(h.Names()) != want {
				t.Errorf("history has %q, Keras' %q", h.Names(), a.z.Names())
			}
			for _, name := range h.Names() {
				var got []float32
				for _, v := range h.Values(name) {
					got = append(got, float32(v))
				}
				near(t, name, got, a.floats(name), 1e-4)
			}
			for i, p := range m.Params() {
				near(t, fmt.Sprintf("weight %d (%s)", i, p.Name), p.Data, a.floats(fmt.Sprintf("f%d", i)), 1e-4)
			}
			p, err := m.Predict(context.Background(), data)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "p", flatten(p), a.floats("p"), 1e-4)
		})
	}
}

// TestTaskAllocations: a training step with its metrics allocates nothing.
func TestTaskAllocations(t *testing.T) {
	for _, c := range tasks() {
		m, err := New(Options{Threads: 2}, append([]layer.Layer{layer.Embedding{InputDim: 20, OutputDim: 4}}, c.behind...)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Compile(c.compile); err != nil {
			t.Fatal(err)
		}
		data := taskData(t, open(t, "testdata/tasks/"+c.name+".npz"), "")
		run := layer.Run{BatchSize: 32, Steps: data.Steps, Training: true}
		p := m.kernels.start(2, m.net, run)
		configure(m.net, run)
		e, meter, rows := newEngine(m, run, p, m.compiled.loss, m.compiled.optimizer), newMeter(m), upTo(32)
		e.weightsChanged()
		step := func() {
			e.step(data, rows, 0)
			meter.update(e, data, rows)
		}
		step()
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("%s: %v allocations in a training step, want none", c.name, n)
		}
		p.close()
	}
}

// TestTaskBits: the number of threads changes no bit.
func TestTaskBits(t *testing.T) {
	for _, c := range tasks() {
		var want [][]float32
		for _, threads := range []int{1, 3} {
			m, err := New(Options{Seed: 1, Threads: threads}, append([]layer.Layer{layer.Embedding{InputDim: 20, OutputDim: 4}}, c.behind...)...)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Compile(c.compile); err != nil {
				t.Fatal(err)
			}
			data := taskData(t, open(t, "testdata/tasks/"+c.name+".npz"), "")
			h, err := m.Fit(context.Background(), data, FitOptions{BatchSize: 50, Epochs: 2, ClassWeight: c.classes})
			if err != nil {
				t.Fatal(err)
			}
			got := m.Weights()
			for _, name := range h.Names() {
				for _, v := range h.Values(name) {
					got = append(got, []float32{float32(v)})
				}
			}
			if want == nil {
				want = got
			}
			for i := range want {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("%s: array %d differs between 1 and %d threads", c.name, i, threads)
				}
			}
		}
	}
}

// TestTaskErrors: what does not fit together is named before anything is done.
func TestTaskErrors(t *testing.T) {
	model := func(out layer.Layer) *Model {
		m, err := New(Options{}, layer.Embedding{InputDim: 20, OutputDim: 2}, layer.SimpleRNN{Units: 2}, out)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	four := layer.Dense{Units: 4, Activation: activation.Softmax}
	data := func(y ...float32) *dataset.Dataset {
		return &dataset.Dataset{N: 2, Steps: 3, IDs: make([]int32, 6), Y: y, Outputs: len(y) / 2}
	}
	weighted := data(0, 1)
	weighted.Weights = []float32{1, 2, 3, 4}
	negative := data(0, 1)
	negative.Weights = []float32{1, -2}
	fine := data(0, 1)
	fine.Weights = []float32{1, 2}
	sparse := FitOptions{Optimizer: optimizer.SGD{}, Loss: loss.SparseCategoricalCrossentropy{}}
	with := func(o FitOptions, change func(*FitOptions)) FitOptions {
		change(&o)
		return o
	}
	for _, c := range []struct {
		out  layer.Layer
		data *dataset.Dataset
		opts FitOptions
		want string
	}{
		{four, data(0, 4), sparse, "target 1 is 4; SparseCategoricalCrossentropy expects the number of a class, 0 to 3"},
		{four, data(0.5, 1), sparse, "target 0 is 0.5"},
		{four, data(0, 0, 0, 1, 1, 0, 0, 0), sparse, "expected 1 targets a sample"},
		{layer.Dense{Units: 1}, data(0, 1), sparse, "for a yes or no of one output use BinaryCrossentropy"},
		{four, data(0, 1), with(sparse, func(o *FitOptions) { o.Metrics = []metric.Metric{metric.CategoricalAccuracy{}} }), "use one of the metrics called Sparse"},
		{four, data(0, 1), with(sparse, func(o *FitOptions) { o.Loss = loss.CategoricalCrossentropy{} }), "expected 4 targets a sample"},
		{four, data(0, 1), with(sparse, func(o *FitOptions) { o.Metrics = []metric.Metric{metric.Accuracy{}, metric.Accuracy{}} }), `two metrics are called "accuracy"`},
		{four, data(0, 1), with(sparse, func(o *FitOptions) { o.Loss = loss.MeanSquaredError{}; o.Metrics = []metric.Metric{metric.F1Score{}} }), "set Average"},
		{four, weighted, sparse, "a weight for each of 2 samples"},
		{four, negative, sparse, "weight 1 is -2"},
		{four, fine, with(sparse, func(o *FitOptions) { o.ClassWeight = map[int]float32{1: 2} }), "give one or the other"},
		{four, data(0, 1), with(sparse, func(o *FitOptions) { o.ClassWeight = map[int]float32{1: -2} }), "for class 1"},
		{layer.Dense{Units: 1}, data(0, -1), with(sparse, func(o *FitOptions) { o.Loss = loss.Hinge{} }), "target 0 is 0 and target 1 is -1"},
	} {
		_, err := model(c.out).Fit(context.Background(), c.data, c.opts)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// TestDirections: what goes up, what down, and what has no better way.
func TestDirections(t *testing.T) {
	counts, err := New(Options{}, layer.Input{Shape: []int{3}}, layer.Dense{Units: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := counts.Compile(CompileOptions{Loss: loss.MeanSquaredError{}, Metrics: []metric.Metric{metric.TruePositives{}, metric.MeanSquaredError{Name: "mse"}},
		WeightedMetrics: []metric.Metric{metric.Recall{}, metric.MeanSquaredError{Name: "mse"}}}); err != nil {
		t.Fatal(err)
	}
	training := Training{Model: counts}
	for name, want := range map[string]string{"val_loss": "1 true", "true_positives": "2 false", "mse": "1 true", "val_weighted_mse": "1 true", "recall": "0 true", "x": "0 false"} {
		if d, ok := training.Direction(name); fmt.Sprint(d, ok) != want {
			t.Errorf("direction of %s: %v %v, want %s", name, d, ok, want)
		}
	}
}
