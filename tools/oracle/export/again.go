package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"recurve"
	"recurve/dataset"
	"recurve/internal/atomicfile"
	"recurve/internal/numpy"
	"recurve/keras"
)

// again reads every model file in the folder and writes it into another, in the
// same form. Weights alone are read into the model of the same name, emptied.
func again(from, to string) (int, error) {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		form, err := keras.FormOf(e.Name())
		if err != nil {
			continue
		}
		m, err := load(from, e.Name(), form)
		if err != nil {
			return 0, err
		}
		if err := keras.Save(filepath.Join(to, e.Name()), m); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// load reads a file of any form.
func load(dir, name string, form keras.Form) (*recurve.Model, error) {
	var notes []string
	o := keras.Options{Note: func(n string) { notes = append(notes, n) }}
	path := filepath.Join(dir, name)
	var m *recurve.Model
	var err error
	if form != keras.Weights {
		m, err = keras.LoadWith(path, o)
	} else if m, err = keras.Load(filepath.Join(dir, strings.TrimSuffix(name, keras.WeightsExtension)+keras.Extension)); err == nil {
		for _, p := range m.Params() {
			clear(p.Data)
		}
		if s := m.Optimizer(); s != nil {
			s.Iterations, s.LearningRate = 99, 99
			for _, v := range s.Variables() {
				clear(v.Data)
			}
		}
		err = keras.LoadWeights(path, m, o)
	}
	if err == nil && len(notes) > 0 {
		err = fmt.Errorf("%s: %s", path, strings.Join(notes, "; "))
	}
	return m, err
}

// train goes on with the training of every model file in the folder whose name
// begins with half or start, on the folder's data.npz, and notes the losses of the
// epochs in losses.json. What is begun here is saved as ours_NAME, for Keras to go
// on with.
func train(dir string, epochs int) (int, error) {
	b, err := os.ReadFile(filepath.Join(dir, "data.npz"))
	if err != nil {
		return 0, err
	}
	z, err := numpy.NewNPZ(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return 0, err
	}
	x, err := z.Array("x")
	if err != nil {
		return 0, err
	}
	t, err := z.Array("t")
	if err != nil {
		return 0, err
	}
	ids, err := x.Int32s()
	if err != nil {
		return 0, err
	}
	d := &dataset.Dataset{N: x.Shape[0], Steps: x.Shape[1], IDs: ids, Y: t.Float32s(), Outputs: 1}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	losses := map[string][]float64{}
	for _, e := range entries {
		form, err := keras.FormOf(e.Name())
		half, start := strings.HasPrefix(e.Name(), "half_"), strings.HasPrefix(e.Name(), "start_")
		if err != nil || !half && !start {
			continue
		}
		m, err := load(dir, e.Name(), form)
		if err != nil {
			return 0, err
		}
		h, err := m.Fit(context.Background(), d, recurve.FitOptions{Epochs: epochs, BatchSize: 16, NoShuffle: true})
		if err != nil {
			return 0, err
		}
		for _, epoch := range h.Epochs {
			losses[e.Name()] = append(losses[e.Name()], epoch.Logs["loss"])
		}
		if start {
			if err := keras.Save(filepath.Join(dir, "ours_"+e.Name()), m); err != nil {
				return 0, err
			}
		}
	}
	return len(losses), atomicfile.Write(filepath.Join(dir, "losses.json"), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(losses)
	})
}
