package keras

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"recurve"
	"recurve/dataset"
	"recurve/internal/numpy"
)

// The fixtures in testdata were saved by real Keras: tools/oracle/keras_files.py.

// fixture is a case of the oracle.
type fixture struct {
	Name     string
	Compiled bool
	Layers   []string
	Forms    bool // NAME.h5 and NAME.weights.h5 are there, too
	Dropout  string
	Refuse   string
}

func (f fixture) path() string { return filepath.Join("testdata", f.Name+Extension) }

func fixtures(t testing.TB) []fixture {
	t.Helper()
	b, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []fixture }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 15 {
		t.Fatalf("%d cases in testdata/cases.json, want 15 or more", len(file.Cases))
	}
	return file.Cases
}

// refused are the fixtures that are read with an error, by the error's text.
func (f fixture) refused() string {
	switch {
	case f.Name == "branched":
		return `layer "concatenate" (Concatenate): inbound_nodes=`
	case f.Name == "conv1d":
		return `layer "conv1d" (Conv1D) is not supported`
	case f.Refuse != "":
		return f.Refuse
	}
	return ""
}

// tolerance is that of the predictions: Keras computes some in 16 bits.
func (f fixture) tolerance() float64 {
	switch f.Name {
	case "float16":
		return 1e-3
	case "bfloat16", "mixed":
		return 1e-2
	}
	return 1e-6
}

// functional reports whether the fixture's model is a Functional one.
func (f fixture) functional() bool { return strings.HasPrefix(f.Name, "functional") }

// arrays are a fixture's .npz file.
type arrays struct {
	t testing.TB
	z *numpy.NPZ
}

func (f fixture) arrays(t testing.TB) arrays {
	t.Helper()
	z, err := numpy.ReadNPZFile(strings.TrimSuffix(f.path(), Extension) + ".npz")
	if err != nil {
		t.Fatal(err)
	}
	return arrays{t, z}
}

func (a arrays) array(name string) *numpy.Array {
	a.t.Helper()
	x, err := a.z.Array(name)
	if err != nil {
		a.t.Fatal(err)
	}
	return x
}

func (a arrays) floats(name string) []float32 {
	a.t.Helper()
	return a.array(name).Float32s()
}

// data are the fixture's samples, with targets where it has them.
func (a arrays) data() *dataset.Dataset {
	a.t.Helper()
	x := a.array("x")
	var y []float32
	if a.has("t") {
		y = a.floats("t")
	}
	d := &dataset.Dataset{N: x.Shape[0], Steps: x.Shape[1], Y: y, Outputs: len(y) / x.Shape[0]}
	if len(x.Shape) == 2 && x.IsInteger() {
		ids, err := x.Int32s()
		if err != nil {
			a.t.Fatal(err)
		}
		d.IDs = ids
	} else {
		d.Features, d.Width = x.Float32s(), x.Shape[2]
	}
	return d
}

func (a arrays) has(name string) bool {
	for _, n := range a.z.Names() {
		if n == name {
			return true
		}
	}
	return false
}

// near compares with a tolerance relative to the array's greatest value.
func near(t testing.TB, what string, got, want []float32, tol float64) {
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

func predict(t testing.TB, m *recurve.Model, d *dataset.Dataset) []float32 {
	t.Helper()
	rows, err := m.Predict(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	var out []float32
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

// TestOracle reads what Keras has saved, predicts as Keras does, and goes on with
// the training where Keras left off.
func TestOracle(t *testing.T) {
	for _, f := range fixtures(t) {
		t.Run(f.Name, func(t *testing.T) {
			m, err := Load(f.path())
			if want := f.refused(); want != "" {
				var unsupported *UnsupportedError
				if !errors.As(err, &unsupported) || !strings.Contains(err.Error(), f.path()+": "+want) {
					t.Fatalf("error %v, want an UnsupportedError with %q", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a := f.arrays(t)
			near(t, "y", predict(t, m, a.data()), a.floats("y"), f.tolerance())
			var classes []string
			for _, op := range m.Network().Operators {
				classes = append(classes, op.Layer().ClassName())
			}
			if want := slices.DeleteFunc(f.Layers, func(c string) bool { return c == "InputLayer" || c == "NotEqual" }); fmt.Sprint(classes) != fmt.Sprint(want) {
				t.Errorf("layers %v, want %v", classes, want)
			}
			if m.Compiled() != f.Compiled {
				t.Fatalf("compiled: %v, want %v", m.Compiled(), f.Compiled)
			}
			if !f.Compiled {
				return
			}
			s := m.Optimizer()
			near(t, "iteration", []float32{float32(s.Iterations)}, a.floats("o0"), 0)
			first := 1
			if !s.Scheduled() {
				near(t, "learning rate", []float32{s.LearningRate}, a.floats("o1"), 0)
				first++
			}
			for i, v := range s.Variables() {
				near(t, fmt.Sprintf("optimizer variable %d (%s)", first+i, v.Name), v.Data, a.floats(fmt.Sprintf("o%d", first+i)), 0)
			}
			if a.has(fmt.Sprintf("o%d", len(s.Variables())+first)) {
				t.Errorf("%d optimizer variables, Keras has more", len(s.Variables())+first)
			}
			f.testStep(t, a)
		})
	}
}

// testStep takes one further step on all samples.
func (f fixture) testStep(t *testing.T, a arrays) {
	b := read1(t, f.path())
	if f.Dropout != "" {
		// Keras took the step without dropout: nobody draws its zeros.
		b = edited(t, b, configMember, func(b []byte) []byte {
			return regexp.MustCompile(`"rate": [0-9.]+`).ReplaceAll(b, []byte(`"rate": 0.0`))
		})
	}
	m, err := readBytes(b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := a.data()
	if _, err := m.Fit(context.Background(), d, recurve.FitOptions{BatchSize: d.N, NoShuffle: true}); err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Params() {
		near(t, fmt.Sprintf("weight %d (%s) after one more step", i, p.Name), p.Data, a.floats(fmt.Sprintf("n%d", i)), 2e-6)
	}
}

// TestOracleThroughUs reads what Keras saved, saves it, and reads it again:
// nothing may be lost on the way.
func TestOracleThroughUs(t *testing.T) {
	for _, f := range fixtures(t) {
		if f.refused() != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			m, err := Load(f.path())
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "again.keras")
			if err := Save(path, m); err != nil {
				t.Fatal(err)
			}
			again, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			same(t, again, m)
			a := f.arrays(t)
			near(t, "y", predict(t, again, a.data()), a.floats("y"), f.tolerance())
		})
	}
}

// TestOracleNoCompile reads for prediction what is refused because of training.
func TestOracleNoCompile(t *testing.T) {
	for _, f := range fixtures(t) {
		if f.refused() != "" && f.Name != "recurrent_dropout" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			m, err := LoadWith(f.path(), Options{NoCompile: true, Threads: 1})
			if err != nil {
				t.Fatal(err)
			}
			if m.Compiled() || m.Threads() != 1 {
				t.Errorf("compiled %v with %d threads, want not compiled with 1", m.Compiled(), m.Threads())
			}
			a := f.arrays(t)
			near(t, "y", predict(t, m, a.data()), a.floats("y"), f.tolerance())
		})
	}
}
