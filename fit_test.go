package recurve

import (
	"context"
	"errors"
	"math"
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

func TestBuildErrors(t *testing.T) {
	tests := []struct {
		layers []layer.Layer
		want   string // part of the message
	}{
		{nil, "at least one layer"},
		{[]layer.Layer{layer.LSTM{Units: 8}}, "layer 1 (LSTM): the input's shape is not known"},
		{[]layer.Layer{layer.Input{Shape: []int{3}}}, "a layer behind its Input"},
		{[]layer.Layer{layer.Embedding{InputDim: 5, OutputDim: 2}, layer.Input{Shape: []int{3}}}, "layer 2 (Input)"},
		{[]layer.Layer{layer.Embedding{OutputDim: 2}}, "InputDim: expected at least 1, got 0"},
		{[]layer.Layer{layer.Embedding{InputDim: 5, OutputDim: 2}, layer.LSTM{}}, "layer 2 (LSTM): Units: expected at least 1, got 0"},
		{[]layer.Layer{layer.Embedding{InputDim: 5, OutputDim: 2}, layer.LSTM{Units: 2}, layer.GRU{Units: 2, Name: "second"}}, `layer 3 "second" (GRU): expected sequences of vectors, got vectors, shape (None, 2); set ReturnSequences`},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}}, layer.Embedding{InputDim: 5, OutputDim: 2}}, "wants ids of shape {steps}"},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}}, layer.LSTM{Units: 2, Activation: activation.GELU}}, "Activation: gelu is not supported in a recurrent layer"},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}}, layer.Dropout{Rate: math.NaN()}}, "Rate: expected 0 to 1, got NaN"},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}}, layer.Bidirectional{}}, "expected a recurrent layer, got none"},
		{[]layer.Layer{layer.Input{Shape: []int{5, 3}}, layer.Bidirectional{Layer: layer.LSTM{}}}, "forward_lstm (LSTM): Units"},
		{[]layer.Layer{layer.Input{Shape: []int{3}}, layer.Dense{Units: 1, Name: "d"}, layer.Dense{Units: 1, Name: "d"}}, `the name "d" is taken`},
		{[]layer.Layer{layer.Input{Shape: []int{0, 0}}, layer.LSTM{Units: 1}}, "at least 1 feature"},
		{[]layer.Layer{nil}, "layer 1 is nil"},
	}
	for _, tt := range tests {
		if _, err := Sequential(tt.layers...); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v: error %v, want one with %q", tt.layers, err, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	m, err := Sequential(layer.Input{Shape: []int{4, 2}}, layer.LSTM{Units: 2, ReturnSequences: true}, layer.LSTM{Units: 2, ReturnSequences: true, Name: "own"},
		layer.SimpleRNN{Units: 2, ReturnSequences: true}, layer.LSTM{Units: 2, ReturnSequences: true}, layer.LSTM{Units: 2})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, op := range m.Network().Operators {
		got = append(got, op.Name())
	}
	if want := []string{"lstm", "own", "simple_rnn", "lstm_1", "lstm_2"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
}

// smallModel is Embedding(9, 2), LSTM(2), Dense(1) for 4 steps.
func smallModel(t *testing.T) *Model {
	t.Helper()
	m, err := Sequential(layer.Input{Shape: []int{4}}, layer.Embedding{InputDim: 9, OutputDim: 2}, layer.LSTM{Units: 2}, layer.Dense{Units: 1, Activation: activation.Sigmoid})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// smallData are n samples of 4 ids below 9.
func smallData(n int) *dataset.Dataset {
	d := &dataset.Dataset{N: n, Steps: 4, Outputs: 1}
	for i := range n * 4 {
		d.IDs = append(d.IDs, int32(i*7%9))
	}
	for i := range n {
		d.Y = append(d.Y, float32(i%2))
	}
	return d
}

func fitOptions(o FitOptions) FitOptions {
	if o.Optimizer == nil {
		o.Optimizer = optimizer.SGD{}
	}
	if o.Loss == nil {
		o.Loss = loss.BinaryCrossentropy{}
	}
	return o
}

func TestFitErrors(t *testing.T) {
	changed := func(change func(d *dataset.Dataset)) *dataset.Dataset {
		d := smallData(3)
		change(d)
		return d
	}
	good := smallData(3)
	tests := []struct {
		name string
		data *dataset.Dataset
		o    FitOptions
		want string
	}{
		{"no data", nil, fitOptions(FitOptions{}), "no data given"},
		{"negative epochs", good, fitOptions(FitOptions{Epochs: -1}), "epochs: expected 1 or more, got -1"},
		{"negative batch", good, fitOptions(FitOptions{BatchSize: -2}), "batch size: expected 1 or more, got -2"},
		{"buckets in order", good, fitOptions(FitOptions{NoShuffle: true, BucketByLength: true}), "NoShuffle and BucketByLength: expected one of them"},
		{"NaN learning rate", good, fitOptions(FitOptions{Optimizer: optimizer.SGD{LearningRate: math.NaN()}}), "SGD: LearningRate: expected a positive number, got NaN"},
		{"no loss", good, FitOptions{Optimizer: optimizer.SGD{}}, "no loss given"},
		{"no optimizer", good, FitOptions{Loss: loss.BinaryCrossentropy{}}, "no optimizer given"},
		{"two metrics", good, fitOptions(FitOptions{Metrics: []metric.Metric{metric.Accuracy{}, metric.Accuracy{}}}), `two metrics are called "accuracy"`},
		{"other length", changed(func(d *dataset.Dataset) { d.Steps, d.IDs = 3, d.IDs[:9] }), fitOptions(FitOptions{}), "training data: expected sequences of 4 steps, got 3"},
		{"unknown id", changed(func(d *dataset.Dataset) { d.IDs[6] = 9 }), fitOptions(FitOptions{}), "sample 1, step 2: id 9, but the Embedding has rows for 0 to 8"},
		{"no targets", changed(func(d *dataset.Dataset) { d.Y, d.Outputs = nil, 0 }), fitOptions(FitOptions{}), "expected targets, 1 a sample, got none"},
		{"target 2", changed(func(d *dataset.Dataset) { d.Y[1] = 2 }), fitOptions(FitOptions{}), "target 1 is 2"},
		{"validation of another length", good, fitOptions(FitOptions{Validation: changed(func(d *dataset.Dataset) { d.Steps, d.IDs = 3, d.IDs[:9] })}), "validation data: expected sequences of 4 steps"},
		{"vectors", changed(func(d *dataset.Dataset) { d.IDs, d.Width, d.Features = nil, 1, make([]float32, 12) }), fitOptions(FitOptions{}), "expected ids for the Embedding"},
		{"one-hot", good.OneHot(9), fitOptions(FitOptions{}), "expected ids for the Embedding"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := smallModel(t)
			before := m.Weights()
			_, err := m.Fit(context.Background(), tt.data, tt.o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
			if m.Compiled() {
				t.Error("the failed fit left the model compiled")
			}
			for i, w := range m.Weights() {
				if !slices.Equal(w, before[i]) {
					t.Errorf("the failed fit changed weight %d", i)
				}
			}
		})
	}
}

// diary notes which of its methods are called, and fails where it is told to.
type diary struct {
	events []string
	fail   string
	cancel func()
}

var errDiary = errors.New("told to fail")

func (d *diary) note(event string) error {
	d.events = append(d.events, event)
	if d.cancel != nil && event == "batch" {
		d.cancel()
	}
	if event == d.fail {
		return errDiary
	}
	return nil
}

func (d *diary) OnTrainBegin(*Training) error               { return d.note("begin") }
func (d *diary) OnEpochBegin(*Training, int) error          { return d.note("epoch") }
func (d *diary) OnTrainBatchEnd(*Training, int, Logs) error { return d.note("batch") }
func (d *diary) OnEpochEnd(*Training, int, Logs) error      { return d.note("end of epoch") }
func (d *diary) OnTrainEnd(*Training) error                 { return d.note("end") }

func TestCallbackOrder(t *testing.T) {
	fit := func(d *diary) (*History, error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		if d.cancel != nil {
			d.cancel = cancel
		}
		return smallModel(t).Fit(ctx, smallData(5), fitOptions(FitOptions{Epochs: 2, BatchSize: 3, Callbacks: []Callback{d}}))
	}
	tests := []struct {
		diary *diary
		want  string
		err   error
		epoch int // epochs in the history
	}{
		{&diary{}, "begin, epoch, batch, batch, end of epoch, epoch, batch, batch, end of epoch, end", nil, 2},
		{&diary{fail: "begin"}, "begin, end", errDiary, 0},
		{&diary{fail: "batch"}, "begin, epoch, batch, end", errDiary, 0},
		{&diary{fail: "end of epoch"}, "begin, epoch, batch, batch, end of epoch, end", errDiary, 1},
		{&diary{fail: "end"}, "begin, epoch, batch, batch, end of epoch, epoch, batch, batch, end of epoch, end", errDiary, 2},
		{&diary{cancel: func() {}}, "begin, epoch, batch, end", context.Canceled, 0},
	}
	for _, tt := range tests {
		h, err := fit(tt.diary)
		if got := strings.Join(tt.diary.events, ", "); got != tt.want || !errors.Is(err, tt.err) || len(h.Epochs) != tt.epoch {
			t.Errorf("fail %q: %s; error %v, %d epochs; want %s; %v, %d", tt.diary.fail, got, err, len(h.Epochs), tt.want, tt.err, tt.epoch)
		}
	}
}

// TestGoOn: a fit in two parts, the second with InitialEpoch and the first's
// history, is the same as a fit in one.
func TestGoOn(t *testing.T) {
	data := smallData(70)
	opts := fitOptions(FitOptions{Optimizer: optimizer.Adam{}, Epochs: 4, BatchSize: 16, Seed: 3, Validation: smallData(20)})
	whole := smallModel(t)
	want, err := whole.Fit(context.Background(), data, opts)
	if err != nil {
		t.Fatal(err)
	}
	m := smallModel(t)
	first := opts
	first.Epochs = 2
	h, err := m.Fit(context.Background(), data, first)
	if err != nil {
		t.Fatal(err)
	}
	rest := opts
	rest.Optimizer, rest.Loss, rest.InitialEpoch, rest.History = nil, nil, 2, h
	got, err := m.Fit(context.Background(), data, rest)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Values("val_loss"), want.Values("val_loss")) || len(h.Epochs) != 2 {
		t.Errorf("val_loss %v, want %v", got.Values("val_loss"), want.Values("val_loss"))
	}
	for i, w := range whole.Weights() {
		if !slices.Equal(m.Weights()[i], w) {
			t.Errorf("weight %d differs", i)
		}
	}
}

// TestSetWeightsInFit: what a callback sets, the next batch uses.
func TestSetWeightsInFit(t *testing.T) {
	m := smallModel(t)
	zero, sure := m.Weights(), m.Weights()
	for i := range zero {
		clear(zero[i])
	}
	sure[len(sure)-1][0] = 20 // the last bias: certain of yes, wrong half the time
	if err := m.SetWeights(sure); err != nil {
		t.Fatal(err)
	}
	c := &setAfterFirst{m: m, weights: zero}
	_, err := m.Fit(context.Background(), smallData(40), fitOptions(FitOptions{Optimizer: optimizer.SGD{LearningRate: 1e-30}, BatchSize: 20,
		NoShuffle: true, Callbacks: []Callback{c}}))
	if err != nil {
		t.Fatal(err)
	}
	// Running means: of the first batch, and of it and one of a model of zeros.
	if want := (c.losses[0] + math.Ln2) / 2; c.losses[0] < 8 || math.Abs(c.losses[1]-want) > 1e-5 {
		t.Errorf("losses %v, want the second to be %v", c.losses, want)
	}
}

type setAfterFirst struct {
	NopCallback
	m       *Model
	weights [][]float32
	losses  []float64
}

func (c *setAfterFirst) OnTrainBatchEnd(_ *Training, _ int, logs Logs) error {
	c.losses = append(c.losses, logs["loss"])
	return c.m.SetWeights(c.weights)
}

func TestPredictAnyLength(t *testing.T) {
	m, err := Sequential(layer.Embedding{InputDim: 9, OutputDim: 2}, layer.GRU{Units: 3, ReturnSequences: true}, layer.Dense{Units: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 15, 16, 17, 64} {
		p, err := m.Predict(context.Background(), smallData(n))
		if err != nil {
			t.Fatal(err)
		}
		if len(p) != n || len(p[0]) != 4*2 {
			t.Errorf("%d predictions of %d values, want %d of 8", len(p), len(p[0]), n)
		}
		// What a sample's neighbours are makes no difference.
		alone, err := m.Predict(context.Background(), &dataset.Dataset{N: 1, Steps: 4, IDs: smallData(n).IDs[(n-1)*4:]})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(alone[0], p[n-1]) {
			t.Errorf("the last of %d samples: %v, alone %v", n, p[n-1], alone[0])
		}
	}
}

// TestBucketByLength trains on batches of like lengths, the same at each run.
func TestBucketByLength(t *testing.T) {
	data := smallData(40)
	for i := range data.N {
		clear(data.IDs[i*4 : i*4+i*5%4]) // padding of all lengths
	}
	fit := func(bucket bool, threads int) []float32 {
		m := smallModel(t)
		m.SetThreads(threads)
		_, err := m.Fit(context.Background(), data, fitOptions(FitOptions{Epochs: 2, BatchSize: 8, BucketByLength: bucket}))
		if err != nil {
			t.Fatal(err)
		}
		return slices.Concat(m.Weights()...)
	}
	want := fit(true, 1)
	if !slices.Equal(fit(true, 3), want) {
		t.Error("another number of threads gives other weights")
	}
	if slices.Equal(fit(false, 1), want) {
		t.Error("buckets change nothing")
	}
}
