package recurve

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"recurve/activation"
	"recurve/constraint"
	"recurve/dataset"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/regularizer"
)

// textbookData are random reviews in the shape of the text-book's.
func textbookData(n int) *dataset.Dataset {
	rng := rand.New(rand.NewPCG(1, 1))
	d := &dataset.Dataset{N: n, Steps: 100, Outputs: 1}
	for range n * d.Steps {
		d.IDs = append(d.IDs, rng.Int32N(500))
	}
	for range n {
		d.Y = append(d.Y, float32(rng.IntN(2)))
	}
	return d
}

// textbookModel is a model of the text-book: onehot, rnn, lstm or gru.
func textbookModel(b testing.TB, kind string, opts Options) *Model {
	layers := []layer.Layer{layer.Input{Shape: []int{100}}, layer.Embedding{InputDim: 500, OutputDim: 16}}
	switch kind {
	case "onehot":
		layers = []layer.Layer{layer.Input{Shape: []int{100, 500}}, layer.SimpleRNN{Units: 8}}
	case "rnn":
		layers = append(layers, layer.SimpleRNN{Units: 8})
	case "lstm":
		layers = append(layers, layer.LSTM{Units: 8})
	case "gru":
		layers = append(layers, layer.GRU{Units: 8})
	}
	m, err := New(opts, append(layers, layer.Dense{Units: 1, Activation: activation.Sigmoid})...)
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// textbookStepper is a stepper on 64 reviews.
func textbookStepper(tb testing.TB, kind string, threads int) (step func(), done func()) {
	data := textbookData(64)
	if kind == "onehot" {
		data = data.OneHot(500)
	}
	return stepper(tb, textbookModel(tb, kind, Options{Threads: threads}), data)
}

// stepper is a fit, taken apart: one call is one batch.
func stepper(tb testing.TB, m *Model, data *dataset.Dataset) (step func(), done func()) {
	o := CompileOptions{Optimizer: optimizer.RMSprop{LearningRate: 1e-4}, Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}}}
	if err := m.Compile(o); err != nil {
		tb.Fatal(err)
	}
	fit := FitOptions{BatchSize: data.N, Epochs: 1, Callbacks: []Callback{NopCallback{}}}
	run, err := m.fitRun(data, fit)
	if err != nil {
		tb.Fatal(err)
	}
	p := m.kernels.start(m.Threads(), m.net, run)
	f := newFitting(context.Background(), m, data, fit, run, p)
	step = func() {
		if err := f.batches(0); err != nil {
			tb.Fatal(err)
		}
	}
	step()
	return step, p.close
}

// BenchmarkStep is a training step on 64 reviews of 100 words; one operation is
// one step. An epoch of 20,000 reviews has 313.
func BenchmarkStep(b *testing.B) {
	for _, kind := range []string{"onehot", "rnn", "lstm", "gru"} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", kind, threads), func(b *testing.B) {
				step, done := textbookStepper(b, kind, threads)
				defer done()
				b.ReportAllocs()
				for b.Loop() {
					step()
				}
			})
		}
	}
}

func TestNoAllocationPerStep(t *testing.T) {
	for _, kind := range []string{"onehot", "rnn", "lstm", "gru"} {
		step, done := textbookStepper(t, kind, 2)
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("%s: %v allocations in a training step, want none", kind, n)
		}
		done()
	}
	masked := layer.Embedding{InputDim: 500, OutputDim: 4, MaskZero: true, EmbeddingsConstraint: constraint.MaxNorm{Axis: 1}}
	m, err := New(Options{Threads: 2}, masked, layer.GRU{Units: 4, ReturnSequences: true, Dropout: 0.1, RecurrentDropout: 0.1, KernelRegularizer: regularizer.L2{}},
		layer.Dense{Units: 1, Activation: activation.Sigmoid, ActivityRegularizer: regularizer.L1{}})
	if err != nil {
		t.Fatal(err)
	}
	data := textbookData(64)
	data.Y, data.Outputs = make([]float32, data.N*data.Steps), data.Steps
	step, done := stepper(t, m, data)
	defer done()
	if n := testing.AllocsPerRun(20, step); n != 0 {
		t.Errorf("masked: %v allocations in a training step, want none", n)
	}
}

// BenchmarkPredictOne is the latency of one review of 100 words.
func BenchmarkPredictOne(b *testing.B) {
	for _, kind := range []string{"rnn", "lstm", "gru"} {
		b.Run(kind, func(b *testing.B) {
			m, data := textbookModel(b, kind, Options{}), textbookData(1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := m.Predict(context.Background(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLargeStep is a training step of LSTM(512) on 16 reviews, one tile: a
// second thread has only the team's products to do.
func BenchmarkLargeStep(b *testing.B) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			m, err := New(Options{Threads: threads}, layer.Embedding{InputDim: 500, OutputDim: 128}, layer.LSTM{Units: 512}, layer.Dense{Units: 1})
			if err != nil {
				b.Fatal(err)
			}
			step, done := stepper(b, m, textbookData(16))
			defer done()
			for b.Loop() {
				step()
			}
		})
	}
}
