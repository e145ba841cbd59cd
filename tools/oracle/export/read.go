package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"

	"recurve"
	"recurve/activation"
	"recurve/internal/numpy"
	"recurve/keras"
	"recurve/layer"
	"recurve/loss"
)

// read reads the models that Keras has saved in the folder, after it took a step
// more with those that have an optimizer.
func read(dir string) (int, error) {
	all := cases()
	for _, c := range all {
		if err := c.read(dir); err != nil {
			return 0, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return len(all), nil
}

func (c testCase) read(dir string) error {
	z, err := numpy.ReadNPZFile(filepath.Join(dir, c.name+".npz"))
	if err != nil {
		return err
	}
	for _, form := range forms() {
		m, err := load(dir, c.name+form.String(), form)
		if err != nil {
			return err
		}
		// Keras loses the state of an optimizer that it loads from a .h5 file.
		if err := c.compare(m, z, form != keras.Legacy); err != nil {
			return fmt.Errorf("%v: %w", form, err)
		}
	}
	return nil
}

// compare compares a model with what Keras has noted of it.
func (c testCase) compare(m *recurve.Model, z *numpy.NPZ, state bool) error {
	y, err := m.Predict(context.Background(), samplesFor(m))
	if err != nil {
		return err
	}
	if err := near(z, "y", flatten(y)); err != nil {
		return err
	}
	if !state {
		return nil
	}
	if err := c.sameDescription(m); err != nil {
		return err
	}
	if c.compile == nil || c.compile.Optimizer == nil {
		return nil
	}
	s := m.Optimizer()
	if s == nil {
		return fmt.Errorf("the optimizer is lost")
	}
	if err := near(z, "iterations", []float32{float32(s.Iterations)}); err != nil {
		return err
	}
	if err := near(z, "learning_rate", []float32{s.Rate()}); err != nil {
		return err
	}
	var sums []float32
	for _, v := range slotSums(m) {
		sums = append(sums, float32(v))
	}
	return near(z, "slots", sums)
}

// near compares values with those that Keras has noted.
func near(z *numpy.NPZ, name string, got []float32) error {
	a, err := z.Array(name)
	if err != nil {
		return err
	}
	want := a.Float32s()
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d values, want %d", name, len(got), len(want))
	}
	scale := 1e-2
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i, v := range want {
		if d := math.Abs(float64(got[i] - v)); !(d <= 1e-6*scale) {
			return fmt.Errorf("%s: value %d is %v, want %v", name, i, got[i], v)
		}
	}
	return nil
}

// sameDescription compares the layers and how the model is compiled with what
// it was made from.
func (c testCase) sameDescription(m *recurve.Model) error {
	original, err := recurve.New(recurve.Options{Name: c.modelName}, c.layers...)
	if err != nil {
		return err
	}
	if m.Name() != original.Name() {
		return fmt.Errorf("the model's name is %q, want %q", m.Name(), original.Name())
	}
	ops := m.Network().Operators
	for i, want := range original.Network().Operators {
		if i >= len(ops) || ops[i].Name() != want.Name() || !reflect.DeepEqual(plain(ops[i].Layer()), plain(want.Layer())) {
			return fmt.Errorf("layer %d is %#v, want %#v", i, plain(ops[i].Layer()), plain(want.Layer()))
		}
	}
	if c.compile == nil {
		if m.Compiled() {
			return fmt.Errorf("it is compiled")
		}
		return nil
	}
	want := c.compile.Loss
	if _, huber := want.(loss.Huber); huber {
		want = loss.Huber{} // Keras saves no delta
	}
	if m.Loss() != want {
		return fmt.Errorf("the loss is %#v, want %#v", m.Loss(), want)
	}
	if !slices.Equal(m.WeightedMetrics(), c.compile.WeightedMetrics) {
		return fmt.Errorf("the weighted metrics are %#v, want %#v", m.WeightedMetrics(), c.compile.WeightedMetrics)
	}
	if !reflect.DeepEqual(m.Metrics(), c.compile.Metrics) {
		return fmt.Errorf("the metrics are %#v, want %#v", m.Metrics(), c.compile.Metrics)
	}
	if c.compile.Optimizer != nil && !reflect.DeepEqual(m.Optimizer().Optimizer, c.compile.Optimizer) {
		return fmt.Errorf("the optimizer is %#v, want %#v", m.Optimizer().Optimizer, c.compile.Optimizer)
	}
	return nil
}

// plain is the layer without its name, which the operator has, and with defaults
// left out; so for a layer inside.
func plain(l layer.Layer) layer.Layer {
	v := reflect.New(reflect.TypeOf(l)).Elem()
	v.Set(reflect.ValueOf(l))
	v.FieldByName("Name").SetString("")
	if inner := v.FieldByName("Layer"); inner.IsValid() {
		inner.Set(reflect.ValueOf(plain(inner.Interface().(layer.Layer))))
	}
	switch l := v.Interface().(type) {
	case layer.Dense:
		if l.Activation == activation.Linear {
			l.Activation = activation.Default
		}
		return l
	case layer.Layer:
		return l
	}
	return l
}
