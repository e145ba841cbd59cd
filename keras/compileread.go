package keras

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"recurve"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// compile compiles the model as the file says; false where it says nothing.
func (r *reader) compile(m *recurve.Model, raw json.RawMessage) (bool, error) {
	if raw == nil || string(raw) == "null" {
		return false, nil
	}
	var c struct {
		Optimizer choice          `json:"optimizer"`
		Loss      json.RawMessage `json:"loss"`
		Metrics   json.RawMessage `json:"metrics"`
	}
	a := r.newArguments("compile_config", raw, &c)
	if a.err != nil || len(a.all) == 0 {
		return false, a.err
	}
	for _, name := range []string{"loss_weights", "weighted_metrics"} {
		if v := a.all[name]; !idle(v) && string(v) != "[]" {
			a.unsupportedTraining(name, shown(v), "")
		}
	}
	var o recurve.CompileOptions
	var rate *float
	o.Optimizer, rate = r.optimizer(a, c.Optimizer)
	o.Loss = r.loss(a, c.Loss)
	for _, raw := range a.list("metrics", c.Metrics) {
		if mt := r.metric(a, raw, m.Network().Output().Features); mt != nil {
			o.Metrics = append(o.Metrics, mt)
		}
	}
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

// loss reads the loss.
func (r *reader) loss(outer *arguments, raw json.RawMessage) loss.Loss {
	var c choice
	list := outer.list("loss", raw)
	if len(list) == 1 {
		if err := json.Unmarshal(list[0], &c); err != nil {
			outer.damaged("loss: %s", jsonProblem(err))
			return nil
		}
	}
	if !c.same("BinaryCrossentropy") && !c.same("bce") {
		if len(raw) == 0 {
			raw = json.RawMessage("null")
		}
		outer.unsupportedTraining("loss", shown(raw), "Recurve has binary_crossentropy")
		return nil
	}
	if c.Config == nil {
		return loss.BinaryCrossentropy{}
	}
	var config struct {
		crossentropyConfig
		Reduction *string `json:"reduction"`
		Axis      *int    `json:"axis"`
	}
	a := r.newArguments("the loss BinaryCrossentropy", c.Config, &config)
	if v := config.Reduction; v != nil && *v != "sum_over_batch_size" && *v != "auto" {
		a.unsupportedTraining("reduction", fmt.Sprintf("%q", *v), "")
	}
	if v := config.Axis; v != nil && *v != -1 {
		a.unsupportedTraining("axis", fmt.Sprint(*v), "")
	}
	outer.fail(a.err)
	return loss.BinaryCrossentropy{FromLogits: config.FromLogits, LabelSmoothing: float64(config.LabelSmoothing)}
}

// metric reads one metric of a model with that many outputs.
func (r *reader) metric(outer *arguments, raw json.RawMessage, outputs int) metric.Metric {
	var c choice
	if err := json.Unmarshal(raw, &c); err != nil {
		outer.damaged("metrics: %s", jsonProblem(err))
		return nil
	}
	c = unwrapped(c)
	out := metric.Accuracy{Name: c.Name}
	binary := c.same("BinaryAccuracy") && outputs == 1
	switch {
	case c.Config == nil && (isAccuracy(c.Name) || binary), c.same("CategoricalAccuracy") && outputs > 1, binary:
	default:
		outer.unsupportedTraining("metrics", shown(raw), "Recurve has accuracy")
		return nil
	}
	if c.Config != nil {
		config := accuracyConfig{Threshold: defaultThreshold}
		a := r.newArguments("the metric "+c.Name, c.Config, &config)
		if out.Name = config.Name; out.Name == "" {
			out.Name = "categorical_accuracy"
			if binary {
				out.Name = "binary_accuracy"
			}
		}
		if binary {
			a.nonZero("threshold", config.Threshold)
			out.Threshold = unless0(config.Threshold, defaultThreshold)
		}
		outer.fail(a.err)
	}
	if out.Name == "accuracy" {
		out.Name = ""
	}
	return out
}

// unwrapped is a metric of Keras 2 under the name of its function: a
// MeanMetricWrapper takes the mean of any.
func unwrapped(c choice) choice {
	if !c.same("MeanMetricWrapper") {
		return c
	}
	var w struct {
		Name string `json:"name"`
		Fn   choice `json:"fn"`
	}
	if json.Unmarshal(c.Config, &w) != nil || w.Fn.Config != nil {
		return c
	}
	switch w.Fn.Name {
	case "binary_accuracy", "categorical_accuracy":
		name := strings.ReplaceAll(w.Fn.Name, "_", "")
		if w.Name == w.Fn.Name || isAccuracy(w.Name) && w.Name != "" {
			return choice{Name: w.Name, raw: c.raw}
		}
		config, err := json.Marshal(accuracyConfig{Name: w.Name})
		if err == nil {
			return choice{Name: name, Config: config, raw: c.raw}
		}
	}
	return c
}

// isAccuracy reports whether Keras takes the name for the accuracy that fits
// the model.
func isAccuracy(name string) bool {
	return strings.EqualFold(name, "accuracy") || strings.EqualFold(name, "acc")
}
