package keras

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recurve/internal/hdf5"
)

// checkDamaged wants a FormatError.
func checkDamaged(t *testing.T, file []byte, member, want string) {
	t.Helper()
	_, err := readBytes(file, Options{})
	var damaged *FormatError
	if !errors.As(err, &damaged) || damaged.Member != member || !strings.HasPrefix(err.Error(), "m.keras: ") || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want a FormatError in %q with %q", err, member, want)
	}
}

func TestNotAModel(t *testing.T) {
	whole := fixtureFile(t, "lstm_rmsprop")
	members := contents(t, whole)
	checkDamaged(t, nil, "", "the file is empty")
	checkDamaged(t, []byte("PK"), "", "neither a zip archive nor HDF5")
	checkDamaged(t, []byte("a film review, and a long one at that"), "", "it is no file of Keras'")
	checkDamaged(t, members[weightsMember], "", "it holds weights alone")
	checkDamaged(t, whole[:len(whole)/2], "", "cut short or damaged")
	checkDamaged(t, packed(t, zip.Store, map[string][]byte{"a.txt": []byte("a")}), "", "no member config.json")
	checkDamaged(t, edited(t, whole, weightsMember, func([]byte) []byte { return nil }), "", "no member model.weights.h5")
	delete(members, weightsMember)
	members["model.weights.npz"] = []byte("x")
	checkDamaged(t, packed(t, zip.Store, members), "", "model.weights.npz")

	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), dir+": it is a folder") {
		t.Errorf("a folder: error %v", err)
	}
	none := filepath.Join(dir, "none.keras")
	if _, err := Load(none); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), none) {
		t.Errorf("no file: error %v", err)
	}
	if _, err := LoadWith(fixture{Name: "named"}.path(), Options{Threads: -1}); err == nil || !strings.Contains(err.Error(), "threads") {
		t.Errorf("-1 threads: error %v", err)
	}
}

// TestCutShort cuts a file at many places.
func TestCutShort(t *testing.T) {
	whole := fixtureFile(t, "lstm_sgd")
	for n := 0; n < len(whole); n += 97 {
		_, err := readBytes(whole[:n], Options{})
		var damaged *FormatError
		if !errors.As(err, &damaged) {
			t.Fatalf("cut at %d of %d: error %v, want a FormatError", n, len(whole), err)
		}
	}
}

// TestFlippedBytes changes single bytes: whatever is read must notice, since
// the archive has checksums.
func TestFlippedBytes(t *testing.T) {
	whole := fixtureFile(t, "lstm_sgd")
	at := bytes.Index(whole, []byte("\x89HDF"))
	for i := at; i < len(whole)-1200; i += 211 {
		file := bytes.Clone(whole)
		file[i] ^= 0x10
		checkDamaged(t, file, weightsMember, "its bytes are damaged")
	}
	config := bytes.Index(whole, []byte(`"units": 5`))
	file := bytes.Clone(whole)
	file[config+9] = '6'
	checkDamaged(t, file, configMember, "its bytes are damaged")
}

// TestDamagedWeights damages the HDF5 file behind the archive's back. It may be
// read or not, but not with another kind of error, and not with a panic.
func TestDamagedWeights(t *testing.T) {
	members := contents(t, fixtureFile(t, "lstm_sgd"))
	h5 := members[weightsMember]
	refused := 0
	for i := 0; i < len(h5); i += 101 {
		members[weightsMember] = bytes.Clone(h5)
		members[weightsMember][i] ^= 0xff
		_, err := readBytes(packed(t, zip.Store, members), Options{})
		if err == nil {
			continue
		}
		refused++
		checkKind(t, err)
	}
	if refused < 10 {
		t.Errorf("%d of the damages were seen, want 10 or more", refused)
	}
	members[weightsMember] = h5[:len(h5)/2]
	checkDamaged(t, packed(t, zip.Store, members), weightsMember, "")
	members[weightsMember] = []byte("no weights at all")
	checkDamaged(t, packed(t, zip.Store, members), weightsMember, "")
}

// checkKind wants an error that this package speaks of.
func checkKind(t testing.TB, err error) {
	t.Helper()
	var damaged *FormatError
	var unsupported *UnsupportedError
	if !errors.As(err, &damaged) && !errors.As(err, &unsupported) {
		t.Errorf("error %v (%T), want a FormatError or an UnsupportedError", err, err)
	}
	if !strings.HasPrefix(err.Error(), "m.keras: ") {
		t.Errorf("error %q does not begin with the file's name", err)
	}
}

func TestDamagedConfig(t *testing.T) {
	whole := fixtureFile(t, "lstm_rmsprop")
	for _, c := range []struct{ old, new, want string }{
		{`{`, ``, "no JSON from byte"},
		{`"units": 5`, `"units": "five"`, `layer "lstm" (LSTM): units: expected a whole number, got string`},
		{`"units": 5`, `"units": 5.5`, `layer "lstm" (LSTM): units: expected a whole number, got number 5.5`},
		{`"units": 5`, `"units": -5`, `layer "lstm" (LSTM): units: expected 1 or more, got -5`},
		{`"units": 5`, `"unit": 5`, `layer "lstm" (LSTM): units: expected 1 or more, got 0`},
		{`"units": 5`, `"units": 1e400`, `layer "lstm" (LSTM): units: expected a whole number`},
		{`"input_dim": 20`, `"input_dim": 0`, `layer "embedding" (Embedding): input_dim: expected 1 or more, got 0`},
		{`"use_bias": true`, `"use_bias": 3`, `layer "lstm" (LSTM): use_bias: expected true or false, got number`},
		{`"seed": null`, `"seed": NaN`, "no JSON from byte"},
		{`"batch_shape": [null, 9]`, `"batch_shape": 9`, `layer "input_layer" (InputLayer): batch_shape: expected a list of sizes, got 9`},
		{`"batch_shape": [null, 9]`, `"batch_shape": null`, `layer "input_layer" (InputLayer): batch_input_shape: expected a list of sizes, got none`},
		{`"batch_shape": [null, 9]`, `"batch_shape": [null, -1]`, `layer "input_layer" (InputLayer): batch_shape: expected 1 or more, got -1`},
		{`"class_name": "Sequential"`, `"class": "Sequential"`, "it describes no model: class_name is missing"},
		{`"learning_rate": 0.0010000000474974513`, `"learning_rate": -1`, "LearningRate: expected a positive number, got -1"},
		{`"rho": 0.9`, `"rho": 7`, "Rho: expected 0 to 1, got 7"},
		{`"rho": 0.9`, `"rho": true`, "the optimizer RMSprop: rho: expected a number, got bool"},
		{`"metrics": ["accuracy"]`, `"metrics": ["accuracy", "accuracy"]`, `two metrics are called "accuracy"`},
	} {
		file := edited(t, whole, configMember, func(b []byte) []byte {
			if !bytes.Contains(b, []byte(c.old)) {
				t.Fatalf("no %s in config.json", c.old)
			}
			return bytes.Replace(b, []byte(c.old), []byte(c.new), 1)
		})
		checkDamaged(t, file, configMember, c.want)
	}
	many := editedConfig(t, whole, func(r jsonNode) {
		layers := r.at("config")["layers"].([]any)
		for len(layers) <= maxLayers {
			layers = append(layers, map[string]any{"class_name": "Dropout"})
		}
		r.at("config")["layers"] = layers
	})
	checkDamaged(t, many, configMember, "it has 10001 layers")
}

func TestWrongWeights(t *testing.T) {
	for _, c := range []struct {
		fixture  string
		layer    int
		argument string
		value    any
		want     string
	}{
		{"lstm_rmsprop", 2, "units", 4, `layer "lstm" (LSTM): expected kernel of shape (4, 16), file has (4, 20)`},
		{"lstm_rmsprop", 1, "output_dim", 16, `layer "embedding" (Embedding): expected embeddings of shape (20, 16), file has (20, 4)`},
		{"lstm_rmsprop", 2, "use_bias", false, `layer "lstm" (LSTM): expected 2 variables (kernel, recurrent_kernel), file has 3 in layers/lstm/cell/vars`},
		{"lstm_rmsprop", 3, "units", 2, `layer "dense" (Dense): expected kernel of shape (5, 2), file has (5, 1)`},
		{"gru_adam", 2, "reset_after", false, `layer "gru" (GRU): expected bias of shape (15,), file has (2, 15)`},
		{"gru_before_rmsprop", 2, "reset_after", true, `layer "gru" (GRU): expected bias of shape (2, 15), file has (15,)`},
		{"twice", 3, "units", 3, `layer "lstm_1" (LSTM): expected kernel of shape (3, 12), file has (3, 8)`},
		{"bidirectional", 2, "merge_mode", "sum", `layer "forward_gru" (GRU): expected kernel of shape (3, 6), file has (6, 6)`},
		// Sizes that nothing could hold, and products of them that overflow.
		{"lstm_rmsprop", 2, "units", 1 << 40, `layer "lstm" (LSTM): expected kernel of shape (4, 4398046511104), file has (4, 20)`},
		{"lstm_rmsprop", 2, "units", 1<<62 + 5, `layer "lstm" (LSTM): expected recurrent_kernel of shape (4611686018427387909, 20), file has (5, 20)`},
		{"lstm_rmsprop", 1, "input_dim", 1 << 50, `layer "embedding" (Embedding): expected embeddings of shape (1125899906842624, 4), file has (20, 4)`},
		{"one_hot_rmsprop", 0, "batch_shape", []any{nil, 9, 1 << 50}, `layer "simple_rnn" (SimpleRNN): expected kernel of shape (1125899906842624, 5), file has (20, 5)`},
	} {
		file := editedConfig(t, fixtureFile(t, c.fixture), func(r jsonNode) { r.layer(c.layer)[c.argument] = c.value })
		checkDamaged(t, file, weightsMember, c.want)
	}
	bidirectional := editedConfig(t, fixtureFile(t, "bidirectional"), func(r jsonNode) {
		r.layer(2).at("layer", "config")["units"], r.layer(2).at("backward_layer", "config")["units"] = 4, 4
	})
	checkDamaged(t, bidirectional, weightsMember, `layer "forward_lstm" (LSTM): expected kernel of shape (4, 16), file has (4, 12)`)
	added := editedConfig(t, fixtureFile(t, "lstm_rmsprop"), func(r jsonNode) {
		r.at("config")["layers"] = append(r.at("config")["layers"].([]any), r.at("config", "layers", 3))
	})
	checkDamaged(t, added, weightsMember, "expected 2 variables (kernel, bias), file has 0 in layers/dense_1/vars; was the model saved before it was built?")
}

// weightsOf makes a weights' file.
func weightsOf(t testing.TB, build func(root *hdf5.GroupWriter)) func([]byte) []byte {
	t.Helper()
	w := hdf5.NewWriter()
	build(w.Root())
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return func([]byte) []byte { return b.Bytes() }
}

func TestWrongOptimizer(t *testing.T) {
	layers := func(root *hdf5.GroupWriter) {
		root.CreateGroup("layers/dense/vars").WriteFloat32("0", []int{2, 1}, []float32{1, 2})
	}
	// The model has one weight, so that Adam has four variables.
	base := editedConfig(t, fixtureFile(t, "lstm_adam"), func(r jsonNode) {
		all := r.at("config")["layers"].([]any)
		r.at("config")["layers"] = []any{all[0], all[3]}
		r.layer(0)["batch_shape"], r.layer(0)["dtype"] = []any{nil, 2}, "float32"
		r.layer(1)["use_bias"] = false
	})
	for _, c := range []struct {
		build func(vars *hdf5.GroupWriter)
		want  string
	}{
		{func(v *hdf5.GroupWriter) {
			v.WriteInt64("0", nil, []int64{3})
			v.WriteFloat32("1", nil, []float32{1})
			v.WriteFloat32("2", []int{2, 1}, []float32{1, 2})
		}, "the optimizer Adam: expected 4 variables, file has 3; to predict"},
		{func(v *hdf5.GroupWriter) {
			v.WriteInt64("0", nil, []int64{-3})
			v.WriteFloat32("1", nil, []float32{1})
		}, "the optimizer Adam: expected an iteration of 0 or more, file has [-3]"},
		{func(v *hdf5.GroupWriter) {
			v.WriteInt64("0", nil, []int64{3})
			v.WriteFloat32("1", []int{2}, []float32{1, 1})
		}, "the optimizer Adam: expected learning_rate of shape (), file has (2,)"},
		{func(v *hdf5.GroupWriter) {
			v.WriteInt64("0", nil, []int64{3})
			v.WriteFloat32("1", nil, []float32{1})
			v.WriteFloat32("2", []int{2, 1}, []float32{1, 2})
			v.WriteFloat32("3", []int{1, 2}, []float32{1, 2})
		}, "the optimizer Adam: expected kernel_velocity of shape (2, 1), file has (1, 2)"},
		{func(v *hdf5.GroupWriter) {
			v.WriteInt64("0", nil, []int64{3})
			v.WriteFloat32("one", nil, []float32{1})
		}, "not found"},
		{func(v *hdf5.GroupWriter) {
			v.WriteFloat32("0", nil, []float32{3})
			v.WriteFloat32("1", nil, []float32{1})
		}, "float32"},
	} {
		weights := weightsOf(t, func(root *hdf5.GroupWriter) {
			layers(root)
			c.build(root.CreateGroup("optimizer/vars"))
		})
		file := edited(t, base, weightsMember, weights)
		checkDamaged(t, file, weightsMember, c.want)
		if _, err := readBytes(file, Options{NoCompile: true}); err != nil {
			t.Errorf("with NoCompile: %v", err)
		}
	}
	// What Keras writes before the first step.
	m, err := readBytes(edited(t, base, weightsMember, weightsOf(t, func(root *hdf5.GroupWriter) {
		layers(root)
		vars := root.CreateGroup("optimizer/vars")
		vars.WriteInt64("0", nil, []int64{0})
		vars.WriteFloat32("1", nil, []float32{0.25})
	})), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := m.Optimizer(); s.Iterations != 0 || s.LearningRate != 0.25 {
		t.Errorf("iteration %d with rate %v, want 0 with 0.25", s.Iterations, s.LearningRate)
	}
	checkDamaged(t, edited(t, base, weightsMember, weightsOf(t, func(*hdf5.GroupWriter) {})), weightsMember, "it has no group layers")
}

func TestDamagedAssets(t *testing.T) {
	file := written(t, small(t))
	for name, c := range map[string]struct{ old, new, want string }{
		textMember:     {`"words"`, `"wards"`, ""},
		originMember:   {`"epoch":12`, `"epoch":"twelve"`, "epoch: expected a whole number, got string"},
		metadataMember: {`"keras_version":"3.0.0"`, `"keras_version":3`, "keras_version: expected a string, got number"},
	} {
		damaged := edited(t, file, name, func(b []byte) []byte {
			if !bytes.Contains(b, []byte(c.old)) {
				t.Fatalf("no %s in %s: %s", c.old, name, b)
			}
			return bytes.Replace(b, []byte(c.old), []byte(c.new), 1)
		})
		checkDamaged(t, damaged, name, c.want)
		checkDamaged(t, edited(t, file, name, func([]byte) []byte { return []byte("{") }), name, "no JSON from byte")
	}
}

// TestKeras2 says who wrote a file whose structure is of old.
func TestKeras2(t *testing.T) {
	old := edited(t, fixtureFile(t, "lstm_rmsprop"), metadataMember, func([]byte) []byte { return []byte(`{"keras_version": "2.13.1"}`) })
	if _, err := readBytes(old, Options{}); err != nil {
		t.Error(err)
	}
	empty := edited(t, old, weightsMember, weightsOf(t, func(*hdf5.GroupWriter) {}))
	checkDamaged(t, empty, weightsMember, "it was written by Keras 2.13.1: load and save it in Keras 3")
}
