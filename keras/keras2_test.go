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
	"recurve/internal/numpy"
	"recurve/layer"
)

// The fixtures in testdata/keras2 were saved by tf-keras: tools/oracle/keras2_files.py.

type keras2Case struct {
	File, Arrays, Keras, Refuse, Like string
	Compiled, Fresh                   bool
}

const keras2Folder = "testdata/keras2"

func keras2Cases(t testing.TB) []keras2Case {
	t.Helper()
	var file struct{ Cases []keras2Case }
	if err := json.Unmarshal(read1(t, filepath.Join(keras2Folder, "cases.json")), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 30 {
		t.Fatalf("%d cases of Keras 2, want 30 or more", len(file.Cases))
	}
	return file.Cases
}

func (c keras2Case) arrays(t testing.TB) arrays {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(keras2Folder, c.Arrays+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := numpy.NewNPZ(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return arrays{t, z}
}

// load reads the case's model, or its weights into the model that they are of.
func (c keras2Case) load(t testing.TB, notes *[]string) (*recurve.Model, error) {
	t.Helper()
	o := Options{Note: func(note string) { *notes = append(*notes, note) }}
	path := filepath.Join(keras2Folder, c.File)
	if c.Like == "" {
		return LoadWith(path, o)
	}
	m, err := Load(filepath.Join(keras2Folder, c.Like))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		clear(p.Data)
	}
	if s := m.Optimizer(); s != nil {
		s.Iterations = 77
		for _, v := range s.Variables() {
			clear(v.Data)
		}
	}
	return m, LoadWeights(path, m, o)
}

// TestKeras2Oracle reads what Keras 2 has saved, predicts as it does, and goes on
// with the training where it left off.
func TestKeras2Oracle(t *testing.T) {
	for _, c := range keras2Cases(t) {
		t.Run(c.File, func(t *testing.T) {
			var notes []string
			m, err := c.load(t, &notes)
			if c.Refuse != "" {
				var unsupported *UnsupportedError
				if !errors.As(err, &unsupported) {
					t.Fatalf("error %v, want an UnsupportedError about %s", err, c.Refuse)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a := c.arrays(t)
			near(t, "y", predict(t, m, a.data()), a.floats("y"), 2e-6)
			if m.Compiled() != c.Compiled {
				t.Fatalf("compiled: %v, want %v", m.Compiled(), c.Compiled)
			}
			if fresh := len(notes) == 1 && strings.Contains(notes[0], "starts fresh"); fresh != c.Fresh || len(notes) > 1 {
				t.Errorf("notes %q, want one of a fresh optimizer: %v", notes, c.Fresh)
			}
			if !a.has("n0") {
				return
			}
			if got, want := float32(m.Optimizer().Iterations), a.floats("iterations")[0]; got != want-1 {
				t.Errorf("iteration %v, want %v", got, want-1)
			}
			d := a.data()
			if _, err := m.Fit(context.Background(), d, recurve.FitOptions{BatchSize: d.N, NoShuffle: true}); err != nil {
				t.Fatal(err)
			}
			for i, p := range m.Params() {
				near(t, fmt.Sprintf("weight %d (%s) after one more step", i, p.Name), p.Data, a.floats(fmt.Sprintf("n%d", i)), 1e-5)
			}
		})
	}
}

// TestKeras2HardSigmoid keeps what Keras 2 meant by hard_sigmoid, and does not
// write it as what Keras 3 means.
func TestKeras2HardSigmoid(t *testing.T) {
	m, err := Load(filepath.Join(keras2Folder, "lstm_hard.h5"))
	if err != nil {
		t.Fatal(err)
	}
	if l := m.Network().Operators[1].Layer().(layer.LSTM); l.RecurrentActivation != activation.Keras2HardSigmoid {
		t.Errorf("recurrent_activation %v", l.RecurrentActivation)
	}
	for _, form := range []Form{Archive, Legacy} {
		if err := WriteForm(new(bytes.Buffer), m, form); err == nil || !strings.Contains(err.Error(), `layer "lstm" (LSTM): its activation is Keras 2's hard_sigmoid`) {
			t.Errorf("%v: error %v", form, err)
		}
	}
	if err := WriteForm(new(bytes.Buffer), m, Weights); err != nil {
		t.Error(err)
	}
}
