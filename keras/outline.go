package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"recurve/internal/hdf5"
)

// Outline is what a file says of its model, whether or not Recurve has its
// layers.
type Outline struct {
	Form    Form
	Keras   string         // the version that wrote the file; "" where it does not say
	Class   string         // of the model; "" in a file of weights alone
	Name    string         // of the model
	Layers  []LayerOutline // in the order of the file
	Weights []WeightOutline
	// Optimizer, Loss and Metrics are as they stand in the file; "" where it does
	// not say.
	Optimizer, Loss, Metrics string
}

// LayerOutline is a layer in a file.
type LayerOutline struct {
	Name, Class string
	Arguments   []ArgumentOutline // those that are no default of all layers, by name
	Problem     error             // why Recurve cannot read the layer; nil where it can
}

// ArgumentOutline is an argument and its value, in a short form of JSON.
type ArgumentOutline struct{ Name, Value string }

// WeightOutline is an array of a file.
type WeightOutline struct {
	Path  string
	Shape []int
	Type  string // as NumPy names it
}

// Values is the number of the array's values.
func (w WeightOutline) Values() int {
	n := 1
	for _, d := range w.Shape {
		n *= d
	}
	return n
}

// Inspect tells what is in the file at path, without making a model of it: also
// in one that [Load] refuses.
func Inspect(path string) (*Outline, error) {
	var out *Outline
	err := withFile(path, func(f io.ReaderAt, size int64) error {
		var err error
		if out, err = inspect(f, size); err != nil {
			return nameFile(err, path)
		}
		for i := range out.Layers {
			if p := out.Layers[i].Problem; p != nil {
				out.Layers[i].Problem = nameFile(p, path)
			}
		}
		return nil
	})
	return out, err
}

func inspect(from io.ReaderAt, size int64) (*Outline, error) {
	r := &reader{}
	if err := r.open(from, size); err != nil {
		return nil, err
	}
	out := &Outline{Form: r.form, Keras: r.version}
	if r.form != Weights {
		if err := r.outline(out); err != nil {
			return nil, err
		}
	}
	w, err := r.openWeights()
	if err != nil {
		return nil, err
	}
	return out, w.outline(out)
}

// outline reads the configuration.
func (r *reader) outline(out *Outline) error {
	b, training, err := r.configuration()
	if err != nil {
		return err
	}
	if err := checkDepth(r.member, b); err != nil {
		return err
	}
	var m model
	if err := json.Unmarshal(b, &m); err != nil {
		return &FormatError{Member: r.member, Problem: jsonProblem(err), Err: err}
	}
	out.Class = m.ClassName
	var c struct {
		Name   string   `json:"name"`
		Layers []object `json:"layers"`
	}
	if json.Unmarshal(m.Config, &c) != nil {
		// Up to Keras 2.2, the configuration of a Sequential is the list of its layers.
		if err := json.Unmarshal(m.Config, &c.Layers); err != nil {
			return &FormatError{Member: r.member, Problem: "the model: " + jsonProblem(err), Err: err}
		}
	}
	out.Name = c.Name
	if len(c.Layers) > maxLayers {
		return &FormatError{Member: r.member, Problem: fmt.Sprintf("it has %d layers; the most that is read is %d", len(c.Layers), maxLayers)}
	}
	for i, o := range c.Layers {
		if (&functionalLayer{object: o}).isMask() {
			continue // no layer: it belongs to the one that makes the mask
		}
		_, problem := r.layer(i, o)
		out.Layers = append(out.Layers, layerOutline(o, problem))
	}
	if r.form == Archive {
		training = m.CompileConfig
	}
	var compiled struct {
		Optimizer choice          `json:"optimizer"`
		Loss      json.RawMessage `json:"loss"`
		Metrics   json.RawMessage `json:"metrics"`
	}
	if len(training) > 0 && json.Unmarshal(training, &compiled) == nil {
		out.Optimizer, out.Loss, out.Metrics = compiled.Optimizer.Name, shown(compiled.Loss), shown(compiled.Metrics)
	}
	return nil
}

func layerOutline(o object, problem error) LayerOutline {
	out := LayerOutline{Class: o.ClassName, Problem: problem}
	var all map[string]json.RawMessage
	if json.Unmarshal(o.Config, &all) != nil {
		return out
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v := all[name]
		switch {
		case name == "name":
			if json.Unmarshal(v, &out.Name) != nil {
				out.Name = shown(v)
			}
		case name == "dtype", name == "trainable" && string(v) == "true", idle(v):
		default:
			out.Arguments = append(out.Arguments, ArgumentOutline{name, shown(v)})
		}
	}
	return out
}

// maxOutline is how many arrays are listed.
const maxOutline = 100_000

// outline lists the arrays of the file. What cannot be opened has no shape.
func (w *weightsFile) outline(out *Outline) error {
	err := w.file.Walk(func(o hdf5.Object, err error) error {
		if len(out.Weights) == maxOutline {
			return errors.New("it has too many arrays to list")
		}
		if err != nil { // this one cannot be opened: that is told, and the others come
			out.Weights = append(out.Weights, WeightOutline{Type: err.Error()})
			return nil //nolint:nilerr // see above
		}
		if d, ok := o.(*hdf5.Dataset); ok {
			out.Weights = append(out.Weights, WeightOutline{Path: d.Path(), Shape: d.Shape(), Type: d.Type()})
		}
		return nil
	})
	if err != nil {
		return &FormatError{Member: w.member, Problem: err.Error(), Err: err}
	}
	return nil
}
