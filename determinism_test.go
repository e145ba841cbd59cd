package recurve

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"recurve/activation"
	"recurve/constraint"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/regularizer"
)

// bits trains a model on 300 reviews for two epochs and returns its weights.
func bits(t *testing.T, opts Options, seed uint64, layers ...layer.Layer) [][]float32 {
	t.Helper()
	m, err := New(opts, layers...)
	if err != nil {
		t.Fatal(err)
	}
	data := textbookData(300)
	val := textbookData(50)
	_, err = m.Fit(context.Background(), data, FitOptions{
		Optimizer: optimizer.Adam{}, Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}},
		BatchSize: 100, Epochs: 2, Seed: seed, Validation: val,
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Weights()
}

// TestSameBits: the number of threads changes no bit of the weights.
func TestSameBits(t *testing.T) {
	out := layer.Dense{Units: 1, Activation: activation.Sigmoid}
	models := map[string][]layer.Layer{
		"lstm":         {layer.Embedding{InputDim: 500, OutputDim: 3}, layer.LSTM{Units: 4}, out},
		"gru gathered": {layer.Embedding{InputDim: 20000, OutputDim: 3}, layer.GRU{Units: 3}, out},
		"masked": {layer.Embedding{InputDim: 500, OutputDim: 3, MaskZero: true, EmbeddingsRegularizer: regularizer.L1L2{L1: 1e-4, L2: 1e-3}}, layer.Dropout{Rate: 0.2},
			layer.Bidirectional{Layer: layer.LSTM{Units: 3, RecurrentDropout: 0.2, ActivityRegularizer: regularizer.L2{}, KernelConstraint: constraint.UnitNorm{}}}, out},
		"stack dropout": {layer.Embedding{InputDim: 500, OutputDim: 3}, layer.Dropout{Rate: 0.3}, layer.Bidirectional{Layer: layer.SimpleRNN{Units: 3, ReturnSequences: true}}, layer.GRU{Units: 3, ResetBefore: true}, out},
	}
	for name, layers := range models {
		want := bits(t, Options{Seed: 1, Threads: 1}, 5, layers...)
		for _, threads := range []int{2, 3, 7} {
			got := bits(t, Options{Seed: 1, Threads: threads}, 5, layers...)
			for i := range want {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("%s: weight %d differs between 1 and %d threads", name, i, threads)
				}
			}
		}
		for what, other := range map[string][][]float32{
			"the fit's seed":   bits(t, Options{Seed: 1}, 6, layers...),
			"the model's seed": bits(t, Options{Seed: 2}, 5, layers...),
		} {
			if slices.Equal(other[0], want[0]) {
				t.Errorf("%s: %s makes no difference", name, what)
			}
		}
	}
}

// TestTeam: workers without a tile of their own help with large products, and
// change no bit.
func TestTeam(t *testing.T) {
	train := func(threads int) [][]float32 {
		m, err := New(Options{Seed: 1, Threads: threads}, layer.Embedding{InputDim: 50, OutputDim: 20},
			layer.LSTM{Units: 96, ReturnSequences: true}, layer.GRU{Units: 105}, layer.Dense{Units: 1, Activation: activation.Sigmoid})
		if err != nil {
			t.Fatal(err)
		}
		data := everywhereData(50)
		if _, err := m.Fit(context.Background(), data, FitOptions{Optimizer: optimizer.Adam{}, Loss: loss.BinaryCrossentropy{}, BatchSize: 20}); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Predict(context.Background(), data); err != nil {
			t.Fatal(err)
		}
		if threads > 1 && len(m.kernels.products) != threads {
			t.Errorf("%d threads: %d may have a product made by the team", threads, len(m.kernels.products))
		}
		return m.Weights()
	}
	want := train(1)
	for _, threads := range []int{2, 3, 7} {
		for i, w := range train(threads) {
			if !slices.Equal(w, want[i]) {
				t.Errorf("weight %d differs between 1 and %d threads", i, threads)
			}
		}
	}
}

// TestNoGoroutineLeft: fits, evaluations and predictions end their workers.
func TestNoGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	m := textbookModel(t, "lstm", Options{Threads: 5})
	data := textbookData(100)
	ctx, cancel := context.WithCancel(context.Background())
	_, err := m.Fit(ctx, data, FitOptions{Optimizer: optimizer.SGD{}, Loss: loss.BinaryCrossentropy{}, Epochs: 3,
		Callbacks: []Callback{cancelAt{cancel: cancel}}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled fit: %v", err)
	}
	if _, err := m.Evaluate(context.Background(), data, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Predict(context.Background(), data); err != nil {
		t.Fatal(err)
	}
	for range 100 { // workers end a little after their channel closes
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

type cancelAt struct {
	NopCallback
	cancel func()
}

func (c cancelAt) OnTrainBatchEnd(_ *Training, batch int, _ Logs) error {
	if batch == 1 {
		c.cancel()
	}
	return nil
}

func ExampleModel_Summary() {
	m, err := Sequential(
		layer.Input{Shape: []int{100}},
		layer.Embedding{InputDim: 500, OutputDim: 16},
		layer.LSTM{Units: 8},
		layer.Dense{Units: 1, Activation: activation.Sigmoid},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(m.Summary(80))
	// Output:
	// Model: "sequential"
	// ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
	// ┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
	// ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
	// │ embedding (Embedding)           │ (None, 100, 16)        │         8,000 │
	// ├─────────────────────────────────┼────────────────────────┼───────────────┤
	// │ lstm (LSTM)                     │ (None, 8)              │           800 │
	// ├─────────────────────────────────┼────────────────────────┼───────────────┤
	// │ dense (Dense)                   │ (None, 1)              │             9 │
	// └─────────────────────────────────┴────────────────────────┴───────────────┘
	//  Total params: 8,809 (34.41 KB)
	//  Trainable params: 8,809 (34.41 KB)
	//  Non-trainable params: 0 (0.00 B)
}
