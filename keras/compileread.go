package keras

import (
	"encoding/json"
	"reflect"
	"strings"

	"recurve"
	"recurve/optimizer"
)

// compile compiles the model as the file says; false where it says nothing.
func (r *reader) compile(m *recurve.Model, raw json.RawMessage) (bool, error) {
	if raw == nil || string(raw) == "null" {
		return false, nil
	}
	var c struct {
		Optimizer       choice          `json:"optimizer"`
		Loss            json.RawMessage `json:"loss"`
		Metrics         json.RawMessage `json:"metrics"`
		WeightedMetrics json.RawMessage `json:"weighted_metrics"`
	}
	a := r.newArguments("compile_config", raw, &c)
	if a.err != nil || len(a.all) == 0 {
		return false, a.err
	}
	if v := a.all["loss_weights"]; !idle(v) && string(v) != "[]" {
		a.unsupportedTraining("loss_weights", shown(v), "")
	}
	var o recurve.CompileOptions
	var rate *float
	o.Optimizer, rate = r.optimizer(a, c.Optimizer)
	outputs := m.Network().Output().Features
	o.Loss = r.loss(a, c.Loss, outputs)
	o.Metrics = r.metrics(a, "metrics", c.Metrics)
	o.WeightedMetrics = r.metrics(a, "weighted_metrics", c.WeightedMetrics)
	if a.err != nil {
		return false, a.err
	}
	if err := m.Compile(o); err != nil {
		return false, &FormatError{Member: r.member, Problem: "compile_config: " + err.Error() + "; " + predictionHint, Err: err}
	}
	if rate != nil && m.Optimizer() != nil {
		m.Optimizer().LearningRate = float32(*rate)
	}
	return true, nil
}

// list reads a value that is a list, nothing, or one thing that stands for a
// list of it.
func (a *arguments) list(name string, raw json.RawMessage) []json.RawMessage {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case raw[0] != '[':
		return []json.RawMessage{raw}
	}
	var out []json.RawMessage
	if err := json.Unmarshal(raw, &out); err != nil {
		a.damaged("%s: %s", name, jsonProblem(err))
	}
	// Keras has one list of metrics for each output; a chain has one output.
	if len(out) == 1 && out[0][0] == '[' {
		return a.list(name, out[0])
	}
	return out
}

// optimizer reads the optimizer and its learning rate, which may be 0, what a
// description has no way to say.
func (r *reader) optimizer(outer *arguments, c choice) (optimizer.Optimizer, *float) {
	if r.keras2() {
		c.Name = strings.TrimPrefix(c.Name, "Custom>") // so tf-keras names its own
	}
	if c.Name == "" {
		return nil, nil
	}
	a := &arguments{where: "the optimizer " + shown(json.RawMessage(c.Name)), reader: r, all: map[string]json.RawMessage{}}
	o := optimizerOf(c)
	if o == nil {
		outer.unsupportedTraining("optimizer", shown(json.RawMessage(c.Name)), "Recurve has SGD, RMSprop, Adam and others of its kind")
		return nil, nil
	}
	f, _ := fieldsOf(o)
	rate := r.optimizerArguments(a, c, f)
	if rate != nil {
		*f.rate.at = unless0(float(shortest(float32(*rate))), f.rate.def)
	}
	outer.fail(a.err)
	return reflect.ValueOf(o).Elem().Interface().(optimizer.Optimizer), rate
}

// optimizerArguments decodes an optimizer's arguments and refuses those that
// Recurve does not have. It returns the learning rate, nil where there is none.
func (r *reader) optimizerArguments(a *arguments, c choice, f optimizerFields) *float {
	if c.Config == nil {
		return nil
	}
	if err := json.Unmarshal(c.Config, &a.all); err != nil {
		a.damaged("%s", jsonProblem(err))
		return nil
	}
	raw := a.all["learning_rate"]
	if old, ok := a.all["lr"]; ok && raw == nil {
		raw = old // up to Keras 2.2
	}
	a.refuseTraining("decay")
	if a.err != nil {
		return nil
	}
	f.read(a)
	f.readCommon(a)
	if len(raw) > 0 && raw[0] == '{' {
		*f.schedule = r.schedule(a, raw)
		return nil
	}
	var rate *float
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &rate); err != nil {
			a.damaged("learning_rate: %s", jsonProblem(err))
		}
	}
	return rate
}

// nonZero refuses a zero that in Recurve would mean the default.
func (a *arguments) nonZero(name string, v float) {
	if v == 0 {
		a.unsupportedTraining(name, "0", "")
	}
}
