package keras

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"recurve"
	"recurve/activation"
	"recurve/dataset"
	"recurve/initializer"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
	"recurve/text"
)

// small is a small model with all that a file can hold.
func small(t rapid.TB) *recurve.Model {
	t.Helper()
	m, err := recurve.New(recurve.Options{Seed: 3}, layer.Embedding{InputDim: 9, OutputDim: 2},
		layer.Bidirectional{Layer: layer.LSTM{Units: 2}}, layer.Dense{Units: 1, Activation: activation.Sigmoid})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Compile(recurve.CompileOptions{Optimizer: optimizer.Adam{LearningRate: 0.01}, Loss: loss.BinaryCrossentropy{},
		Metrics: []metric.Metric{metric.Accuracy{}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Fit(context.Background(), smallData(), recurve.FitOptions{}); err != nil {
		t.Fatal(err)
	}
	p, err := text.Build([]string{"one good film", "one bad film"}, text.Tokenizer{}, 9)
	if err != nil {
		t.Fatal(err)
	}
	p.Pad.MaxLen, p.Labels = 4, []string{"blame", "praise"}
	m.SetText(p)
	m.SetOrigin(&recurve.Origin{Data: "imdb", Samples: 20000, Validation: 5000, Epoch: 12, Logs: recurve.Logs{"loss": 0.25, "val_loss": 0.5},
		Seed: 42, Kernel: "go", Threads: 2, Date: time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC), Software: "recurve 0.1.0"})
	return m
}

func smallData() *dataset.Dataset {
	return &dataset.Dataset{N: 2, Steps: 4, IDs: []int32{1, 2, 3, 4, 8, 7, 6, 5}, Y: []float32{0, 1}, Outputs: 1}
}

func written(t rapid.TB, m *recurve.Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	m := small(t)
	file := written(t, m)
	again, err := readBytes(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, m)

	a, b, c := contents(t, file), contents(t, written(t, m)), contents(t, written(t, again))
	if len(a) != 5 {
		t.Errorf("%d members, want 5", len(a))
	}
	for name, content := range a {
		if name == metadataMember {
			continue // the date
		}
		if !bytes.Equal(b[name], content) {
			t.Errorf("%s: not the same bytes when written twice", name)
		}
		if !bytes.Equal(c[name], content) {
			t.Errorf("%s: not the same bytes when read and written again", name)
		}
	}
}

// TestGoesOn interrupts a training with a file: what comes after it must be the
// same bits as without.
func TestGoesOn(t *testing.T) {
	m := small(t)
	again, err := readBytes(written(t, m), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*recurve.Model{m, again} {
		if _, err := m.Fit(context.Background(), smallData(), recurve.FitOptions{InitialEpoch: 1, Epochs: 4, BatchSize: 1}); err != nil {
			t.Fatal(err)
		}
	}
	same(t, again, m)
}

// TestNotNumbers keeps what has gone wrong in training: it is the user's.
func TestNotNumbers(t *testing.T) {
	m := small(t)
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	m.Params()[0].Data[3], m.Params()[1].Data[0] = nan, inf
	m.Optimizer().Variables()[2].Data[1] = nan
	m.Optimizer().LearningRate = nan
	m.Origin().Logs["loss"] = math.NaN()
	again, err := readBytes(written(t, m), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(again.Origin().Logs["loss"]) || again.Origin().Logs["val_loss"] != 0.5 {
		t.Errorf("logs %v, want loss NaN and val_loss 0.5", again.Origin().Logs)
	}
	m.SetOrigin(again.Origin()) // NaN is not equal to itself
	if !math.IsNaN(float64(again.Optimizer().LearningRate)) {
		t.Errorf("rate %v, want NaN", again.Optimizer().LearningRate)
	}
	sameParams(t, "parameter", again.Params(), m.Params())
	sameParams(t, "optimizer variable", again.Optimizer().Variables(), m.Optimizer().Variables())
}

// TestRateOfNothing saves a model whose schedule has come to its end.
func TestRateOfNothing(t *testing.T) {
	m := small(t)
	for _, rate := range []float32{0, 0.001, 0.3, 1, math.SmallestNonzeroFloat32, math.MaxFloat32} {
		m.Optimizer().LearningRate = rate
		file := written(t, m)
		for _, file := range [][]byte{file, edited(t, file, weightsMember, withoutOptimizer(t, m))} {
			again, err := readBytes(file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := again.Optimizer().LearningRate; got != rate {
				t.Errorf("rate %v, want %v", got, rate)
			}
		}
	}
}

// withoutOptimizer makes the weights' file of a model that has no optimizer.
func withoutOptimizer(t rapid.TB, m *recurve.Model) func([]byte) []byte {
	t.Helper()
	plain, err := recurve.New(recurve.Options{}, m.Layers()...)
	if err != nil {
		t.Fatal(err)
	}
	if err := plain.SetWeights(m.Weights()); err != nil {
		t.Fatal(err)
	}
	return func([]byte) []byte { return contents(t, written(t, plain))[weightsMember] }
}

// TestFreshOptimizer reads files that have no optimizer's state.
func TestFreshOptimizer(t *testing.T) {
	m := small(t)
	again, err := readBytes(edited(t, written(t, m), weightsMember, withoutOptimizer(t, m)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := again.Optimizer()
	if s == nil || s.Iterations != 0 || s.LearningRate != 0.01 || s.Optimizer != (optimizer.Adam{LearningRate: 0.01}) {
		t.Fatalf("optimizer %+v, want a fresh Adam with a rate of 0.01", s)
	}
	for _, v := range s.Variables() {
		if slices.Max(v.Data) != 0 || slices.Min(v.Data) != 0 {
			t.Errorf("%s is not 0: %v", v.Name, v.Data)
		}
	}
	sameParams(t, "parameter", again.Params(), m.Params())
}

// saver saves the model in the middle of a fit.
type saver struct {
	recurve.NopCallback
	path string
}

func (s saver) OnEpochEnd(t *recurve.Training, _ int, _ recurve.Logs) error {
	return Save(s.path, t.Model)
}

func TestSaveInFit(t *testing.T) {
	m := small(t)
	path := filepath.Join(t.TempDir(), "best.keras")
	if _, err := m.Fit(context.Background(), smallData(), recurve.FitOptions{Epochs: 2, Callbacks: []recurve.Callback{saver{path: path}}}); err != nil {
		t.Fatal(err)
	}
	again, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, again, m)
}

func TestSaveErrors(t *testing.T) {
	m := small(t)
	dir := t.TempDir()
	slash, err := recurve.Sequential(layer.Embedding{InputDim: 9, OutputDim: 2, Name: "a/b"})
	if err != nil {
		t.Fatal(err)
	}
	own, err := recurve.Sequential(layer.Input{Shape: []int{2}}, layer.Dense{Units: 1, KernelInitializer: ownInitializer{}})
	if err != nil {
		t.Fatal(err)
	}
	odd, err := recurve.Sequential(layer.Input{Shape: []int{2}}, layer.Dense{Units: 1, BiasInitializer: initializer.Constant{Value: math.Inf(1)}})
	if err != nil {
		t.Fatal(err)
	}
	threshold := small(t)
	if err := threshold.Compile(recurve.CompileOptions{Loss: loss.BinaryCrossentropy{}, Metrics: []metric.Metric{metric.Accuracy{Threshold: 1.5}}}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file  string
		model *recurve.Model
		want  string
	}{
		{"model.hdf", m, "must end in .keras, .weights.h5 or .h5"},
		{"no/such/folder/model.keras", m, "no such file or directory"},
		{"slash.keras", slash, `layer "a/b" (Embedding): Keras takes no name with a slash`},
		{"own.keras", own, `layer "dense" (Dense): the initializer OwnInitializer (keras.ownInitializer) has no form`},
		{"odd.keras", odd, `layer "dense" (Dense): the initializer Constant: `},
		{"threshold.keras", threshold, "threshold between 0 and 1, not 1.5"},
	} {
		path := filepath.Join(dir, c.file)
		err := Save(path, c.model)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want %q", c.file, err, c.want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: the folder holds %v after it", c.file, left)
		}
	}
}

type ownInitializer struct{ initializer.Zeros }

func (ownInitializer) ClassName() string { return "OwnInitializer" }

// TestSaveKeepsOld leaves the file that is there when saving fails.
func TestSaveKeepsOld(t *testing.T) {
	m := small(t)
	path := filepath.Join(t.TempDir(), "m.keras")
	if err := Save(path, m); err != nil {
		t.Fatal(err)
	}
	before := read1(t, path)
	m.Origin().Date = time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC) // JSON has no such year
	if err := Save(path, m); err == nil || !strings.Contains(err.Error(), "the origin") {
		t.Fatalf("error %v, want one about the origin", err)
	}
	if !bytes.Equal(read1(t, path), before) {
		t.Error("the old file is gone")
	}
}
