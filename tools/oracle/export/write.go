package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"

	"recurve"
	"recurve/dataset"
	"recurve/internal/atomicfile"
	"recurve/internal/numpy"
	"recurve/keras"
	"recurve/layer"
)

// write makes all models in the folder.
func write(dir string) (int, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return 0, err
	}
	all := cases()
	for _, c := range all {
		if err := c.write(dir); err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return len(all), nil
}

func (c testCase) write(dir string) error {
	m, err := recurve.New(recurve.Options{Name: c.modelName, Seed: 7}, c.layers...)
	if err != nil {
		return err
	}
	m.SetText(c.text)
	m.SetOrigin(c.origin)
	if c.compile != nil {
		if err := m.Compile(*c.compile); err != nil {
			return err
		}
	}
	data := samplesFor(m)
	if c.epochs > 0 {
		if _, err := m.Fit(context.Background(), data, recurve.FitOptions{Epochs: c.epochs, BatchSize: batch}); err != nil {
			return err
		}
	}
	for _, form := range forms() {
		if err := keras.Save(filepath.Join(dir, c.name+form.String()), m); err != nil {
			return err
		}
	}
	var arrays arrays
	if err := arrays.describe(m, data); err != nil {
		return err
	}
	if m.Optimizer() != nil && !hasDropout(m) {
		if err := arrays.nextStep(m, data); err != nil {
			return err
		}
	}
	if arrays.err != nil {
		return arrays.err
	}
	return atomicfile.Write(filepath.Join(dir, c.name+".npz"), func(w io.Writer) error {
		return numpy.WriteNPZ(w, arrays.members...)
	})
}

// forms are those that every model is written in.
func forms() []keras.Form { return []keras.Form{keras.Archive, keras.Weights, keras.Legacy} }

// arrays are what an .npz file says of a model.
type arrays struct {
	members []numpy.Member
	err     error
}

func add[T numpy.Element](a *arrays, name string, shape []int, data []T) {
	x, err := numpy.NewArray(shape, data)
	if err != nil && a.err == nil {
		a.err = fmt.Errorf("%s: %w", name, err)
	}
	a.members = append(a.members, numpy.Member{Name: name, Array: x})
}

// describe adds the input x, the prediction y, the targets t, and of an
// optimizer its iterations, learning_rate and the sum of each of its slots.
func (a *arrays) describe(m *recurve.Model, data *dataset.Dataset) error {
	shape := []int{data.N}
	for i, d := range m.Network().Input.Dims() {
		if i == 0 && m.Network().Input.Sequence {
			d = data.Steps
		}
		shape = append(shape, d)
	}
	if data.IDs != nil {
		add(a, "x", shape, data.IDs)
	} else {
		add(a, "x", shape, data.Features)
	}
	y, err := m.Predict(context.Background(), data)
	if err != nil {
		return err
	}
	out := []int{data.N}
	if m.Network().Output().Sequence {
		out = append(out, data.Steps)
	}
	out = append(out, m.Network().Output().Features)
	add(a, "y", out, flatten(y))
	if l := m.Loss(); l != nil {
		out[len(out)-1] = l.Targets(out[len(out)-1])
	}
	add(a, "t", out, data.Y)
	if s := m.Optimizer(); s != nil {
		add(a, "iterations", nil, []int64{s.Iterations})
		add(a, "learning_rate", nil, []float32{s.Rate()})
		add(a, "slots", []int{len(s.Variables())}, slotSums(m))
	}
	return nil
}

// nextStep adds the weights n0, n1, ... after one further step on all samples.
func (a *arrays) nextStep(m *recurve.Model, data *dataset.Dataset) error {
	if _, err := m.Fit(context.Background(), data, recurve.FitOptions{BatchSize: data.N, NoShuffle: true}); err != nil {
		return err
	}
	for i, p := range m.Params() {
		add(a, fmt.Sprintf("n%d", i), p.Shape, p.Data)
	}
	return nil
}

func slotSums(m *recurve.Model) []float64 {
	sums := []float64{}
	for _, v := range m.Optimizer().Variables() {
		var sum float64
		for _, x := range v.Data {
			sum += float64(x)
		}
		sums = append(sums, sum)
	}
	return sums
}

func hasDropout(m *recurve.Model) bool {
	for _, l := range m.Layers() {
		if _, ok := l.(layer.Dropout); ok {
			return true
		}
	}
	return false
}

// samplesFor are random samples for the model, always the same.
func samplesFor(m *recurve.Model) *dataset.Dataset { return samplesOf(m, samples, steps) }

// samplesOf are so many samples of so many steps.
func samplesOf(m *recurve.Model, samples, steps int) *dataset.Dataset {
	rng := rand.New(rand.NewPCG(1, 2))
	in, out := m.Network().Input, m.Network().Output()
	d := &dataset.Dataset{N: samples, Steps: steps, Outputs: out.Features}
	if l := m.Loss(); l != nil {
		d.Outputs = l.Targets(out.Features)
	}
	if out.Sequence {
		d.Outputs *= steps
	}
	switch {
	case in.IDs:
		for range samples * steps {
			d.IDs = append(d.IDs, rng.Int32N(vocabulary))
		}
	default:
		d.Width = in.Features
		if !in.Sequence {
			d.Steps = 1
		}
		for range samples * d.Steps * d.Width {
			d.Features = append(d.Features, float32(rng.NormFloat64()))
		}
	}
	for range samples * d.Outputs {
		d.Y = append(d.Y, float32(rng.IntN(2)))
	}
	return d
}

func flatten(rows [][]float32) []float32 {
	var out []float32
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}
