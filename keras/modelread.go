package keras

import (
	"bytes"
	"encoding/json"
	"slices"

	"recurve/layer"
)

// maxLayers keeps a hostile file from costing more than its bytes are worth.
const maxLayers = 10_000

// config is what config.json says.
type config struct {
	name    string
	layers  []layer.Layer // an Input first, unless the shape is open
	compile json.RawMessage
}

// readConfig reads config.json.
func (r *reader) readConfig(b []byte) (*config, error) {
	if err := checkDepth(r.member, b); err != nil {
		return nil, err
	}
	var m model
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, &FormatError{Member: r.member, Problem: jsonProblem(err), Err: err}
	}
	c, err := r.sequential(m.object)
	if err != nil {
		return nil, err
	}
	out := &config{name: c.Name, compile: m.CompileConfig}
	for i, o := range c.Layers {
		l, err := r.layer(i, o)
		if err != nil {
			return nil, err
		}
		out.layers = append(out.layers, l)
	}
	return out, r.addInput(out, c)
}

// sequential reads the model's own arguments, of one of the classes that can be
// a chain of layers.
func (r *reader) sequential(o object) (*sequentialConfig, error) {
	switch {
	case o.ClassName == "":
		return nil, &FormatError{Member: r.member, Problem: "it describes no model: class_name is missing"}
	case !o.keras():
	case o.ClassName == "Sequential":
		return r.list(o.Config)
	case o.ClassName == "Functional", o.ClassName == "Model":
		return r.chain(o.Config)
	}
	return nil, &UnsupportedError{Where: "the model", Argument: "class_name", Value: o.ClassName,
		Reason: "a model of a class of your own cannot be read without its code; " +
			"if it is a chain of layers, make it a keras.Sequential of the same layers and save that"}
}

// list reads the arguments of a Sequential: up to Keras 2.2, the list of layers
// alone.
func (r *reader) list(raw json.RawMessage) (*sequentialConfig, error) {
	if bytes.HasPrefix(raw, []byte("[")) {
		raw = slices.Concat([]byte(`{"layers":`), raw, []byte("}"))
	}
	c := new(sequentialConfig)
	a := r.newArguments("the model", raw, c)
	a.base()
	if len(c.Layers) > maxLayers {
		a.damaged("it has %d layers; the most that is read is %d", len(c.Layers), maxLayers)
	}
	return c, a.err
}

// addInput puts an Input in front where the file gives the shape without an
// InputLayer.
func (r *reader) addInput(out *config, c *sequentialConfig) error {
	if len(out.layers) == 0 {
		return nil
	}
	if _, ok := out.layers[0].(layer.Input); ok {
		return nil
	}
	shape := c.BuildInputShape
	var first struct {
		BatchInputShape json.RawMessage `json:"batch_input_shape"` // Keras 2
	}
	a := r.newArguments("the model", c.Layers[0].Config, &first)
	if idle(shape) {
		shape = first.BatchInputShape
	}
	if idle(shape) {
		return a.err // the shape is not known; building will say whether it must be
	}
	in := a.inputShape("build_input_shape", shape)
	_, ids := out.layers[0].(layer.Embedding)
	open := ids && len(in) == 1 && in[0] == 0
	if a.err == nil && !open {
		out.layers = append([]layer.Layer{layer.Input{Shape: in}}, out.layers...)
	}
	return a.err
}
