package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recurve/internal/numpy"
	"recurve/keras"
)

const fitFixtures = "testdata/fit"

// fitCases are trainings half done in Keras; see tools/oracle/fit.py.
type fitCases struct {
	BatchSize    int `json:"batch_size"`
	InitialEpoch int `json:"initial_epoch"`
	Epochs       int
	Cases        []fitCase
}

type fitCase struct {
	Name             string
	Values, Measured []string
	Weights          int
}

func readFitCases(t *testing.T) fitCases {
	t.Helper()
	var all fitCases
	if err := readJSON(filepath.Join(fitFixtures, "cases.json"), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 6 {
		t.Fatalf("%d cases", len(all.Cases))
	}
	return all
}

// path names an array of the case's .npz file.
func (c fitCase) path(array string) string {
	return filepath.Join(fitFixtures, c.Name+".npz") + ":" + array
}

func (c fitCase) array(t *testing.T, name string) []float32 {
	t.Helper()
	r, err := numpy.Open(c.path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a, err := r.All()
	if err != nil {
		t.Fatal(err)
	}
	return a.Float32s()
}

// TestFitAsKeras goes on with models that Keras has begun to train, and wants
// the curves, weights and predictions that Keras itself comes to.
func TestFitAsKeras(t *testing.T) {
	all := readFitCases(t)
	for _, c := range all.Cases {
		t.Run(c.Name, func(t *testing.T) {
			dir := t.TempDir()
			out, curve, predicted := filepath.Join(dir, "out.keras"), filepath.Join(dir, "h.json"), filepath.Join(dir, "p.npy")
			mustRun(t, "fit", filepath.Join(fitFixtures, c.Name+".keras"), "--x", c.path("x"), "--y", c.path("y"),
				"--val-x", c.path("val_x"), "--val-y", c.path("val_y"), "--no-shuffle", "--batch-size", fmt.Sprint(all.BatchSize),
				"--initial-epoch", fmt.Sprint(all.InitialEpoch), "--epochs", fmt.Sprint(all.Epochs), "--out", out, "--history", curve)
			var h struct {
				Epochs []map[string]float64
			}
			if err := readJSON(curve, &h); err != nil {
				t.Fatal(err)
			}
			for _, name := range c.Values {
				got := make([]float32, len(h.Epochs))
				for i, e := range h.Epochs {
					got[i] = float32(e[name])
				}
				close32(t, name, got, c.array(t, name))
			}
			m, err := keras.Load(out)
			if err != nil {
				t.Fatal(err)
			}
			if w := m.Weights(); len(w) != c.Weights {
				t.Errorf("%d weights, want %d", len(w), c.Weights)
			} else {
				for i := range w {
					close32(t, fmt.Sprint("weights ", i), w[i], c.array(t, fmt.Sprint("w", i)))
				}
			}
			mustRun(t, "predict", out, "--x", c.path("val_x"), "--out", predicted)
			p, err := numpy.ReadNPYFile(predicted)
			if err != nil {
				t.Fatal(err)
			}
			close32(t, "predictions", p.Float32s(), c.array(t, "p"))
			var e evaluateJSON
			if err := json.Unmarshal([]byte(mustRun(t, "evaluate", out, "--x", c.path("val_x"), "--y", c.path("val_y"), "--json")), &e); err != nil {
				t.Fatal(err)
			}
			for i, want := range c.array(t, "e") {
				close32(t, "evaluate: "+c.Measured[i], []float32{float32(e.Values[c.Measured[i]])}, []float32{want})
			}
			if len(e.Values) != len(c.Measured) {
				t.Errorf("evaluate measures %v, want %v", e.Values, c.Measured)
			}
		})
	}
}

// close32 wants values that agree to 1e-4 of the greatest.
func close32(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	scale := 0.1
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i]) - float64(v)); !(d <= 1e-4*scale) {
			t.Errorf("%s: value %d is %v, want %v", what, i, got[i], v)
			return
		}
	}
}

// TestFitInTwoParts trains in one go and in two, with shuffling, and wants the
// same file.
func TestFitInTwoParts(t *testing.T) {
	c := readFitCases(t).Cases[0]
	dir := t.TempDir()
	fit := func(from, out string, more ...string) string {
		path := filepath.Join(dir, out)
		mustRun(t, append([]string{"fit", from, "--x", c.path("x"), "--y", c.path("y"), "--out", path, "--threads", "1"}, more...)...)
		return path
	}
	first := filepath.Join(fitFixtures, c.Name+".keras")
	whole := fit(first, "whole.keras", "--epochs", "3")
	half := fit(first, "half.keras", "--epochs", "1")
	second := fit(half, "second.keras", "--epochs", "3", "--initial-epoch", "1")
	a, err := keras.Load(whole)
	if err != nil {
		t.Fatal(err)
	}
	b, err := keras.Load(second)
	if err != nil {
		t.Fatal(err)
	}
	other := fit(first, "other.keras", "--epochs", "3", "--seed", "7")
	o, err := keras.Load(other)
	if err != nil {
		t.Fatal(err)
	}
	same := true
	for i, w := range a.Weights() {
		for k, v := range w {
			if b.Weights()[i][k] != v {
				t.Fatalf("weights %d differ", i)
			}
			same = same && o.Weights()[i][k] == v
		}
	}
	if same {
		t.Error("another seed gives the same weights")
	}
}

// TestFitInterrupted keeps the model and the values of the last whole epoch,
// and nothing where there is none.
func TestFitInterrupted(t *testing.T) {
	c := readFitCases(t).Cases[0]
	for _, at := range []struct {
		asks   int64
		epochs int // whole ones
		say    string
	}{
		{1, 0, "Nothing is written, as no epoch was finished."},
		{3, 0, "Nothing is written, as no epoch was finished."},
		{10, 2, "Go on with: recurve fit "},
	} {
		dir := t.TempDir()
		out, curve := filepath.Join(dir, "out.keras"), filepath.Join(dir, "h.json")
		code, _, stderr := command(tripAfter(at.asks), "fit", filepath.Join(fitFixtures, c.Name+".keras"), "--x", c.path("x"), "--y", c.path("y"),
			"--epochs", "50", "--out", out, "--history", curve)
		if code != exitInterrupted || !strings.HasSuffix(stderr, "\nrecurve: interrupted\n") || !strings.Contains(stderr, at.say) {
			t.Errorf("after %d: exit code %d: %s", at.asks, code, stderr)
		}
		if at.epochs == 0 {
			if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
				t.Errorf("after %d: it leaves %v %v", at.asks, files, err)
			}
			continue
		}
		var h struct {
			Epochs []map[string]float64
		}
		m, err := keras.Load(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := readJSON(curve, &h); err != nil || len(h.Epochs) != at.epochs || m.Origin().Epoch != at.epochs {
			t.Errorf("after %d: %d epochs in the history, %d in the model, want %d: %v", at.asks, len(h.Epochs), m.Origin().Epoch, at.epochs, err)
		}
		if !strings.Contains(stderr, fmt.Sprintf("--initial-epoch %d ", at.epochs)) {
			t.Error(stderr)
		}
	}
}

// TestFitDiverges ends with an error and keeps what there was before.
func TestFitDiverges(t *testing.T) {
	c := readFitCases(t).Cases[0]
	dir := t.TempDir()
	m, err := keras.Load(filepath.Join(fitFixtures, c.Name+".keras"))
	if err != nil {
		t.Fatal(err)
	}
	from, out, curve := filepath.Join(dir, "from.keras"), filepath.Join(dir, "out.keras"), filepath.Join(dir, "h.json")
	for _, p := range m.Params() {
		p.Data[0] = float32(math.NaN())
	}
	if err := keras.Save(from, m); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := command(t.Context(), "fit", from, "--x", c.path("x"), "--y", c.path("y"), "--epochs", "5", "--out", out, "--history", curve)
	if code != exitFailed || !strings.Contains(stderr, "the loss stopped being a number in epoch 1") || !strings.Contains(stderr, "out.keras is not written") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a model of no numbers is kept")
	}
	if b, err := os.ReadFile(curve); err != nil || !strings.Contains(string(b), `"loss": null`) || !strings.Contains(string(b), `"best_epoch": 0`) {
		t.Errorf("%s %v", b, err)
	}
}
