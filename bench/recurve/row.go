package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"time"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// row is one row of the table, as run.py writes it.
type row struct {
	Cell         string  `json:"cell"` // rnn, lstm or gru
	Units        int     `json:"units"`
	OneHot       bool    `json:"one_hot"`
	Vocabulary   int     `json:"vocabulary"`
	Embedding    int     `json:"embedding"`
	Steps        int     `json:"steps"`
	Batch        int     `json:"batch"`
	Train        int     `json:"train"`      // samples: the first of the file
	Validation   int     `json:"validation"` // samples: those after them
	LearningRate float64 `json:"learning_rate"`
	Predict      int     `json:"predict"` // where not 0: this many predictions of one sample, no training
	X            string  `json:"x"`       // .npy files
	Y            string  `json:"y"`
}

func readRow(path string) (r row, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, fmt.Errorf("row %s: %w", path, err)
	}
	return r, nil
}

// work does the row's rounds until there are no more: then it returns errOver.
func (r row) work(t *turns) error {
	m, err := r.model()
	if err != nil {
		return err
	}
	data, err := dataset.FromNPY(r.X, r.Y, dataset.Form{Sample: []int{r.Steps}, IDs: true})
	if err != nil {
		return err
	}
	if data.N < r.Train+r.Validation {
		return fmt.Errorf("%s: %d samples: want %d", r.X, data.N, r.Train+r.Validation)
	}
	err = t.say(map[string]any{"ready": true, "versions": map[string]string{
		"go": runtime.Version()[2:], "kernels": m.Kernel()}})
	if err != nil {
		return err
	}
	if r.Predict > 0 {
		return r.predict(m, data, t)
	}
	return r.train(m, data, t)
}

// model is the network that every side builds.
func (r row) model() (*recurve.Model, error) {
	in := []layer.Layer{layer.Input{Shape: []int{r.Steps}}, layer.Embedding{InputDim: r.Vocabulary, OutputDim: r.Embedding}}
	if r.OneHot {
		in = []layer.Layer{layer.Input{Shape: []int{r.Steps, r.Vocabulary}}}
	}
	cells := map[string]layer.Layer{"rnn": layer.SimpleRNN{Units: r.Units}, "lstm": layer.LSTM{Units: r.Units}, "gru": layer.GRU{Units: r.Units}}
	cell, ok := cells[r.Cell]
	if !ok {
		return nil, fmt.Errorf("cell %q: want rnn, lstm or gru", r.Cell)
	}
	return recurve.Sequential(append(in, cell, layer.Dense{Units: 1, Activation: activation.Sigmoid})...)
}

// train takes an epoch a round.
func (r row) train(m *recurve.Model, data *dataset.Dataset, t *turns) error {
	train := part(data, 0, r.Train)
	var val *dataset.Dataset
	if r.Validation > 0 {
		val = part(data, r.Train, r.Train+r.Validation)
	}
	if r.OneHot {
		train = train.OneHot(r.Vocabulary)
		if val != nil {
			val = val.OneHot(r.Vocabulary)
		}
	}
	_, err := m.Fit(context.Background(), train, recurve.FitOptions{
		Optimizer:  optimizer.RMSprop{LearningRate: r.LearningRate},
		Loss:       loss.BinaryCrossentropy{},
		Metrics:    []metric.Metric{metric.Accuracy{}},
		Epochs:     math.MaxInt32,
		BatchSize:  r.Batch,
		Validation: val,
		Callbacks:  []recurve.Callback{&epochs{turns: t}},
	})
	return err
}

// part are samples lo to hi, sharing memory with d.
func part(d *dataset.Dataset, lo, hi int) *dataset.Dataset {
	return &dataset.Dataset{IDs: d.IDs[lo*d.Steps : hi*d.Steps], N: hi - lo, Steps: d.Steps, Y: d.Y[lo*d.Outputs : hi*d.Outputs], Outputs: d.Outputs}
}

// epochs is a callback that begins an epoch when it is our turn, and times it.
type epochs struct {
	recurve.NopCallback
	turns *turns
	start time.Time
}

// OnEpochBegin implements [recurve.Callback].
func (e *epochs) OnEpochBegin(*recurve.Training, int) error {
	err := e.turns.wait()
	e.start = time.Now()
	return err
}

// OnEpochEnd implements [recurve.Callback].
func (e *epochs) OnEpochEnd(_ *recurve.Training, _ int, logs recurve.Logs) error {
	return e.turns.say(map[string]any{"seconds": time.Since(e.start).Seconds(), "logs": logs})
}

// predict reads one review again and again; a round's time is the median.
func (r row) predict(m *recurve.Model, data *dataset.Dataset, t *turns) error {
	one := part(data, 0, 1)
	one.Y, one.Outputs = nil, 0
	times := make([]float64, r.Predict)
	for {
		if err := t.wait(); err != nil {
			return err
		}
		for i := range times {
			start := time.Now()
			if _, err := m.Predict(context.Background(), one); err != nil {
				return err
			}
			times[i] = time.Since(start).Seconds()
		}
		slices.Sort(times)
		if err := t.say(map[string]any{"seconds": times[len(times)/2]}); err != nil {
			return err
		}
	}
}
