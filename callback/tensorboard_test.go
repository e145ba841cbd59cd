package callback

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// The files in testdata/tensorboard were made by tools/oracle/tensorboard_events.py
// with TensorBoard's own classes.

func eventTime() time.Time { return time.UnixMicro(1700000000250000) }

// events reads the one event file in a folder.
func events(t *testing.T, dir string) []byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.1700000000.*.v2"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s has the files %q, want one", dir, paths)
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTensorBoardBytes(t *testing.T) {
	dir := t.TempDir()
	m := testModel(t)
	if err := m.Compile(recurve.CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.1}, Loss: m.Loss(), Metrics: m.Metrics()}); err != nil {
		t.Fatal(err)
	}
	if err := m.SetWeights([][]float32{{0.5, -1.25}, {0}}); err != nil {
		t.Fatal(err)
	}
	c := &TensorBoard{LogDir: dir, UpdateFreq: 2, HistogramFreq: 1, now: eventTime}
	tr := &recurve.Training{Model: m, History: &recurve.History{}, Epochs: 2, StepsPerEpoch: 3, Validation: true}
	if err := c.OnTrainBegin(tr); err != nil {
		t.Fatal(err)
	}
	for epoch, logs := range []recurve.Logs{
		{"accuracy": 0.75, "loss": 0.5, "val_accuracy": 0.875, "val_loss": 0.4312},
		{"accuracy": 1, "loss": 0.25, "val_accuracy": 0.9, "val_loss": math.Inf(1)},
	} {
		for batch, running := range []recurve.Logs{{"accuracy": 0.25, "loss": 0.75}, {"accuracy": 0.5, "loss": 0.6918665170669556}, {"accuracy": 0.75, "loss": math.NaN()}} {
			m.Optimizer().Iterations++
			if err := c.OnTrainBatchEnd(tr, batch, running); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.OnEpochEnd(tr, epoch, logs); err != nil {
			t.Fatal(err)
		}
		if len(logs) != 4 {
			t.Errorf("the logs became %v", logs)
		}
	}
	if err := c.OnTrainEnd(tr); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"train", "validation"} {
		want, err := os.ReadFile(filepath.Join("testdata", "tensorboard", part+".tfevents"))
		if err != nil {
			t.Fatal(err)
		}
		if got := events(t, filepath.Join(dir, part)); !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%q, want\n%q", part, got, want)
		}
	}
}

func TestHistogramBytes(t *testing.T) {
	dir := t.TempDir()
	f, err := createEvents(dir, eventTime)
	if err != nil {
		t.Fatal(err)
	}
	values := make([]float32, 1000)
	for i := range values {
		values[i] = float32((i*i)%97-40) / 16
	}
	if err := f.histogram("many", 3, values); err != nil {
		t.Fatal(err)
	}
	if err := f.histogram("none", 3, []float32{1, float32(math.NaN())}); err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/tensorboard/histogram.tfevents")
	if err != nil {
		t.Fatal(err)
	}
	if got := events(t, dir); !bytes.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

// tensorBoardFit fits a model that has layers with layers inside.
func tensorBoardFit(t *testing.T, dir string, validation bool) (*recurve.Model, *recurve.History) {
	t.Helper()
	m, err := recurve.New(recurve.Options{Name: "net"}, layer.Input{Shape: []int{4, 2}}, layer.LSTM{Units: 2, ReturnSequences: true},
		layer.Bidirectional{Layer: layer.GRU{Name: "g", Units: 3, ReturnSequences: true}},
		layer.TimeDistributed{Layer: layer.Dense{Name: "d", Units: 1, Activation: activation.Sigmoid}})
	if err != nil {
		t.Fatal(err)
	}
	d := &dataset.Dataset{N: 10, Steps: 4, Width: 2, Outputs: 4}
	for i := range d.N * d.Steps {
		d.Features = append(d.Features, float32(i%5)-2, float32(i%3)-1)
		d.Y = append(d.Y, float32(i%2))
	}
	o := recurve.FitOptions{Optimizer: optimizer.Adam{}, Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{}}, Epochs: 3, BatchSize: 4,
		Callbacks: []recurve.Callback{
			&LearningRateScheduler{Schedule: func(epoch int, _ float64) float64 { return 0.25 / float64(epoch+1) }},
			&TensorBoard{LogDir: dir, UpdateFreq: 2, HistogramFreq: 2},
		}}
	if validation {
		o.Validation = d
	}
	h, err := m.Fit(t.Context(), d, o)
	if err != nil {
		t.Fatal(err)
	}
	return m, h
}

// TestTensorBoardReads has TensorBoard's own reader read a fit's files.
func TestTensorBoardReads(t *testing.T) {
	python := os.Getenv("RECURVE_PYTHON_TF")
	if python == "" {
		t.Skip("RECURVE_PYTHON_TF names no Python with the packages of tools/oracle/requirements-tf.txt")
	}
	dir := t.TempDir()
	_, h := tensorBoardFit(t, dir, true)
	var stderr bytes.Buffer
	cmd := exec.Command(python, "../tools/oracle/tensorboard_events.py", "--read", dir)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var found map[string]map[string][][2]any
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatal(err)
	}
	for _, name := range h.Names() {
		part, tag := "train", "epoch_"+name
		if cut, ok := strings.CutPrefix(name, "val_"); ok {
			part, tag = "validation", "epoch_"+cut
			if got := found[part]["evaluation_"+cut+"_vs_iterations"]; len(got) != 3 || got[1][0] != 6.0 {
				t.Errorf("evaluation of %s by iterations: %v", cut, got)
			}
		}
		got := found[part][tag]
		for epoch, v := range h.Values(name) {
			if len(got) != 3 || got[epoch][0] != float64(epoch) || got[epoch][1] != v {
				t.Errorf("%s of %s: %v; epoch %d should have %v", tag, part, got, epoch, v)
			}
		}
	}
	if got := found["train"]["batch_loss"]; len(got) != 4 || got[3][0] != 8.0 {
		t.Errorf("batch_loss: %v, want the batches 2, 4, 6 and 8", got)
	}
	// The paths that Keras gives the weights of this model.
	for _, path := range []string{
		"net/lstm/lstm_cell/kernel", "net/lstm/lstm_cell/recurrent_kernel", "net/lstm/lstm_cell/bias",
		"net/bidirectional/forward_g/gru_cell/kernel", "net/bidirectional/forward_g/gru_cell/recurrent_kernel", "net/bidirectional/forward_g/gru_cell/bias",
		"net/bidirectional/backward_g/gru_cell/kernel", "net/bidirectional/backward_g/gru_cell/recurrent_kernel", "net/bidirectional/backward_g/gru_cell/bias",
		"net/time_distributed/d/kernel", "net/time_distributed/d/bias",
	} {
		if got := found["train"][path+"/histogram"]; len(got) != 2 || got[1][0] != 2.0 {
			t.Errorf("histograms of %s: %v, want two", path, got)
		}
	}
	if n := len(found["train"]); n != 2+3+11 {
		t.Errorf("%d tags in train, want 16: %v", n, found["train"])
	}
}

// TestTensorBoardFolders: a second fit makes files of its own, and there is no
// folder for a validation that there is not.
func TestTensorBoardFolders(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		tensorBoardFit(t, dir, false)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != 2 || filepath.Base(filepath.Dir(files[0])) != "train" {
		t.Errorf("files %q, want two in train", files)
	}
	for want, c := range map[string]*TensorBoard{
		"UpdateFreq: expected":    {LogDir: dir, UpdateFreq: -1},
		"HistogramFreq: expected": {LogDir: dir, HistogramFreq: -1},
		"TensorBoard: mkdir":      {LogDir: files[0]},
	} {
		tr := &recurve.Training{Model: testModel(t), History: &recurve.History{}}
		if err := c.OnTrainBegin(tr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
