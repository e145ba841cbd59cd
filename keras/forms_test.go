package keras

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recurve"
	"recurve/activation"
	"recurve/internal/hdf5"
	"recurve/layer"
	"recurve/optimizer"
)

// formed are the fixtures that are there in all forms.
func formed(t testing.TB) []fixture {
	t.Helper()
	var out []fixture
	for _, f := range fixtures(t) {
		if f.Forms && f.refused() == "" {
			out = append(out, f)
		}
	}
	if len(out) < 10 {
		t.Fatalf("%d fixtures in all forms, want 10 or more", len(out))
	}
	return out
}

func (f fixture) in(form Form) string { return filepath.Join("testdata", f.Name+form.String()) }

// asWritten is the model in another form, read again.
func asWritten(t testing.TB, m *recurve.Model, form Form) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteForm(&b, m, form); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOracleForms reads what Keras saved in its other forms: the same model as
// from the .keras file.
func TestOracleForms(t *testing.T) {
	for _, f := range formed(t) {
		t.Run(f.Name, func(t *testing.T) {
			want, err := Load(f.path())
			if err != nil {
				t.Fatal(err)
			}
			var notes []string
			o := Options{Note: func(n string) { notes = append(notes, n) }}
			got, err := LoadWith(f.in(Legacy), o)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, want)
			same(t, again(t, got), want)
			emptied(got)
			if err := LoadWeights(f.in(Weights), got, o); err != nil {
				t.Fatal(err)
			}
			same(t, got, want)
			emptied(got)
			if err := LoadWeights(f.path(), got, o); err != nil {
				t.Fatal(err)
			}
			same(t, got, want)
			// Keras' load_weights leaves the optimizer alone where the file is a .h5.
			emptied(got)
			if err := LoadWeights(f.in(Legacy), got, o); err != nil {
				t.Fatal(err)
			}
			sameParams(t, "parameter", got.Params(), want.Params())
			if f.Name == "float16" {
				notes = notes[1:]
			}
			if len(notes) > 0 {
				t.Errorf("notes %q", notes)
			}
		})
	}
}

// again is the model written as a .h5 file and read.
func again(t testing.TB, m *recurve.Model) *recurve.Model {
	t.Helper()
	out, err := readBytes(asWritten(t, m, Legacy), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func emptied(m *recurve.Model) {
	for _, p := range m.Params() {
		clear(p.Data)
	}
	if s := m.Optimizer(); s != nil {
		s.Iterations, s.LearningRate = 1000, 1000
		for _, v := range s.Variables() {
			clear(v.Data)
		}
	}
}

// TestOracleLegacyTree writes what Keras has saved as .h5 again: the file must have
// the same groups, arrays and lists of names.
func TestOracleLegacyTree(t *testing.T) {
	for _, f := range formed(t) {
		if f.functional() || f.Name == "float16" {
			continue // which is written as a Sequential; whose weights are written in float32
		}
		t.Run(f.Name, func(t *testing.T) {
			m, err := Load(f.in(Legacy))
			if err != nil {
				t.Fatal(err)
			}
			got, want := legacyOutline(t, asWritten(t, m, Legacy)), legacyOutline(t, read1(t, f.in(Legacy)))
			for path, v := range want {
				if got[path] != v {
					t.Errorf("%s: %q, Keras has %q", path, got[path], v)
				}
			}
			for path, v := range got {
				if _, ok := want[path]; !ok {
					t.Errorf("%s: %q, Keras has none", path, v)
				}
			}
		})
	}
}

// legacyOutline is what a .h5 file has where: groups with their lists of names, and
// datasets with their shape and type.
func legacyOutline(t *testing.T, h5 []byte) map[string]string {
	t.Helper()
	f, err := hdf5.Open(bytes.NewReader(h5), int64(len(h5)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	err = f.Walk(func(o hdf5.Object, err error) error {
		if err != nil {
			return err
		}
		if d, ok := o.(*hdf5.Dataset); ok {
			out[o.Path()] = fmt.Sprint(d.Shape())
			return nil
		}
		out[o.Path()] = "group"
		for _, name := range []string{layerNamesAttr, weightNamesAttr} {
			a, err := o.Attr(name)
			if err != nil {
				continue
			}
			list, err := a.Strings()
			if err != nil {
				return err
			}
			out[o.Path()] += fmt.Sprintf(" %s %q", name, list)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestManyNames divides lists of names that are too long for one attribute.
func TestManyNames(t *testing.T) {
	layers := []layer.Layer{layer.Input{Shape: []int{1}}}
	for i := range 700 {
		layers = append(layers, layer.Dense{Units: 1, Name: fmt.Sprintf("layer_%s_%d", strings.Repeat("x", 90), i)})
	}
	m, err := recurve.New(recurve.Options{Seed: 1}, layers...)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Compile(recurve.CompileOptions{Optimizer: optimizer.Adam{AMSGrad: true}, Loss: small(t).Loss()}); err != nil {
		t.Fatal(err)
	}
	m.Optimizer().Iterations = 3
	for i, v := range m.Optimizer().Variables() {
		v.Data[0] = float32(i)
	}
	b := asWritten(t, m, Legacy)
	f, err := hdf5.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	g, err := f.Root().Group(modelWeightsGroup)
	if err != nil {
		t.Fatal(err)
	}
	if has(g, layerNamesAttr) || !has(g, layerNamesAttr+"1") {
		t.Error("the names of the layers are not divided")
	}
	got, err := readBytes(b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, m)
}

// TestNoModel says what a file of weights alone needs.
func TestNoModel(t *testing.T) {
	path := fixture{Name: "lstm_adam"}.in(Weights)
	_, err := Load(path)
	var damaged *FormatError
	if !errors.As(err, &damaged) || !strings.Contains(err.Error(), path+": it holds weights alone") {
		t.Errorf("error %v", err)
	}
}

// TestLoadWeightsErrors reads weights that do not fit, and changes nothing.
func TestLoadWeightsErrors(t *testing.T) {
	m, err := Load(fixture{Name: "lstm_adam"}.path())
	if err != nil {
		t.Fatal(err)
	}
	before := m.Weights()
	for name, want := range map[string]string{
		"gru_before_rmsprop.weights.h5": `layer "lstm" (LSTM): expected 3 variables (kernel, recurrent_kernel, bias), file has 0 in layers/lstm/cell/vars`,
		"gru_before_rmsprop.h5":         `layer "lstm" (LSTM): expected kernel of shape (4, 20), file has (4, 15)`,
		"simple_rnn_sgd.h5":             `layer "lstm" (LSTM): expected kernel of shape (4, 20), file has (4, 5)`,
		"twice.h5":                      `layer "dense" (Dense): expected 2 variables (kernel, bias), file has 3 in group lstm_1`,
		"stacked.weights.h5":            ``,
		"cases.json":                    "it is no file of Keras'",
		"none.h5":                       "no such file",
	} {
		err := LoadWeights(filepath.Join("testdata", name), m, Options{})
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name)) {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
		if want == "" {
			continue
		}
		for i, w := range m.Weights() {
			if fmt.Sprint(w) != fmt.Sprint(before[i]) {
				t.Errorf("%s: weight %d has changed", name, i)
			}
		}
	}
	// Another optimizer's state is left alone, and that is said.
	var notes []string
	if err := LoadWeights(fixture{Name: "lstm_rmsprop"}.in(Weights), m, Options{Note: func(n string) { notes = append(notes, n) }}); err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || notes[0] != "the optimizer Adam stays as it is: the file has the state of rm_sprop" {
		t.Errorf("notes %q", notes)
	}
}

// TestPrecision reads weights that Keras keeps in 16 bits.
func TestPrecision(t *testing.T) {
	for _, name := range []string{"float16", "bfloat16", "mixed"} {
		f := fixture{Name: name}
		var notes []string
		m, err := LoadWith(f.path(), Options{Note: func(n string) { notes = append(notes, n) }})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		a := f.arrays(t)
		near(t, name, predict(t, m, a.data()), a.floats("y"), f.tolerance())
		if len(notes) != 1 || !strings.Contains(notes[0], "computed in float32 here") {
			t.Errorf("%s: notes %q", name, notes)
		}
	}
}

// TestInspect tells what is in files that cannot be read as well.
func TestInspect(t *testing.T) {
	for _, c := range []struct {
		file, class string
		layers      int
		problem     string // of the layer number at
		at          int
		weights     int
	}{
		{"conv1d.keras", "Sequential", 5, `testdata/conv1d.keras: layer "conv1d" (Conv1D) is not supported`, 2, 8},
		{"branched.keras", "Functional", 6, `testdata/branched.keras: layer "concatenate" (Concatenate) is not supported`, 4, 9},
		{"lstm_adam.weights.h5", "", 0, "", 0, 20},
		{"lstm_adam.h5", "Sequential", 4, "", 0, 20},
		{"keras2/keras_2_1.h5", "Sequential", 3, "", 0, 8},
	} {
		o, err := Inspect(filepath.Join("testdata", c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if o.Class != c.class || len(o.Layers) != c.layers || len(o.Weights) != c.weights {
			t.Errorf("%s: class %q, %d layers, %d arrays, want %q, %d, %d", c.file, o.Class, len(o.Layers), len(o.Weights), c.class, c.layers, c.weights)
		}
		for i, l := range o.Layers {
			if (l.Problem != nil) != (c.problem != "" && i == c.at) || l.Problem != nil && !strings.HasPrefix(l.Problem.Error(), c.problem) {
				t.Errorf("%s: layer %d: problem %v", c.file, i, l.Problem)
			}
		}
	}
}

// TestLegacyConfig pins the configuration of a .h5 file.
func TestLegacyConfig(t *testing.T) {
	m, err := recurve.New(recurve.Options{Name: "m"}, layer.Input{Shape: []int{0, 3}}, layer.LSTM{Units: 2}, layer.Dense{Units: 1, Activation: activation.Sigmoid})
	if err != nil {
		t.Fatal(err)
	}
	got, err := legacyConfig(m)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"class_name":"Sequential","config":{"name":"m","layers":[{"class_name":"InputLayer","config":{"batch_shape":[null,null,3],"dtype":"float32","name":"input_layer"}},` +
		`{"class_name":"LSTM","config":{"name":"lstm","units":2}},{"class_name":"Dense","config":{"name":"dense","units":1,"activation":"sigmoid"}}]}}`
	if string(got) != want || !json.Valid(got) {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// TestSaveForms saves by the name's ending and trains on from there.
func TestSaveForms(t *testing.T) {
	f := fixture{Name: "lstm_adam"}
	m, err := Load(f.path())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"m.keras", "m.h5", "m.hdf5", "m.weights.h5"} {
		path := filepath.Join(dir, name)
		if err := Save(path, m); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if name == "m.weights.h5" {
			if got, err = Load(f.path()); err == nil {
				emptied(got)
				err = LoadWeights(path, got, Options{})
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		d := f.arrays(t).data()
		if _, err := got.Fit(context.Background(), d, recurve.FitOptions{BatchSize: d.N, NoShuffle: true}); err != nil {
			t.Fatal(err)
		}
		for i, p := range got.Params() {
			near(t, fmt.Sprintf("%s: weight %d after one more step", name, i), p.Data, f.arrays(t).floats(fmt.Sprintf("n%d", i)), 2e-6)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 4 {
		t.Errorf("the folder holds %v", left)
	}
}

// TestNamedStates keeps the state of every optimizer in a .h5 file.
func TestNamedStates(t *testing.T) {
	common := optimizer.Common{UseEMA: true, GradientAccumulationSteps: 2}
	for _, o := range []optimizer.Optimizer{
		optimizer.SGD{Momentum: 0.5}, optimizer.RMSprop{Momentum: 0.5, Centered: true}, optimizer.Adam{AMSGrad: true, Common: common}, optimizer.AdamW{},
		optimizer.Adagrad{}, optimizer.Adadelta{}, optimizer.Adamax{}, optimizer.Nadam{Common: common}, optimizer.Lion{}, optimizer.Ftrl{},
		optimizer.Nadam{Schedule: optimizer.ExponentialDecay{InitialLearningRate: 0.5, DecaySteps: 3, DecayRate: 0.5}},
	} {
		m := small(t)
		if err := m.Compile(recurve.CompileOptions{Optimizer: o, Loss: m.Loss()}); err != nil {
			t.Fatal(err)
		}
		m.Optimizer().Iterations = 4
		for i, v := range m.Optimizer().Variables() {
			v.Data[0] = float32(i) + 0.5
		}
		got, err := readBytes(asWritten(t, m, Legacy), Options{Note: func(n string) { t.Errorf("%s: %s", o.ClassName(), n) }})
		if err != nil {
			t.Fatal(err)
		}
		if got.Optimizer().Iterations != 4 {
			t.Errorf("%s: iteration %d", o.ClassName(), got.Optimizer().Iterations)
		}
		sameParams(t, o.ClassName(), got.Optimizer().Variables(), m.Optimizer().Variables())
	}
}
