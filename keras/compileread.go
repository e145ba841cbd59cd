package keras

import (
	"encoding/json"

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
		return false, &FormatError{Member: configMember, Problem: "compile_config: " + err.Error() + "; " + predictionHint, Err: err}
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
	if c.Name == "" {
		return nil, nil
	}
	a := &arguments{where: "the optimizer " + shown(json.RawMessage(c.Name)), opts: r.opts, all: map[string]json.RawMessage{}}
	rms, sgd, adam := rmspropConfig{Rho: 0.9, Epsilon: 1e-7}, sgdConfig{}, adamConfig{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-7}
	var to any
	switch {
	case c.same("RMSprop"):
		to = &rms
	case c.same("SGD"):
		to = &sgd
	case c.same("Adam"):
		to = &adam
	default:
		outer.unsupportedTraining("optimizer", shown(json.RawMessage(c.Name)), "Recurve has RMSprop, SGD and Adam")
		return nil, nil
	}
	rate := r.optimizerArguments(a, c, to)
	var o optimizer.Optimizer
	given := float(0)
	if rate != nil {
		given = float(shortest(float32(*rate)))
	}
	switch to {
	case &rms:
		a.nonZero("rho", rms.Rho)
		a.nonZero("epsilon", rms.Epsilon)
		o = optimizer.RMSprop{LearningRate: unless0(given, 0.001), Rho: unless0(rms.Rho, 0.9), Momentum: float64(rms.Momentum),
			Epsilon: unless0(rms.Epsilon, 1e-7), Centered: rms.Centered}
	case &sgd:
		o = optimizer.SGD{LearningRate: unless0(given, 0.01), Momentum: float64(sgd.Momentum), Nesterov: sgd.Nesterov}
	case &adam:
		a.nonZero("beta_1", adam.Beta1)
		a.nonZero("beta_2", adam.Beta2)
		a.nonZero("epsilon", adam.Epsilon)
		o = optimizer.Adam{LearningRate: unless0(given, 0.001), Beta1: unless0(adam.Beta1, 0.9), Beta2: unless0(adam.Beta2, 0.999),
			Epsilon: unless0(adam.Epsilon, 1e-7), AMSGrad: adam.AMSGrad}
	}
	outer.fail(a.err)
	return o, rate
}

// optimizerArguments decodes an optimizer's own arguments and refuses those that
// Recurve does not have. It returns the learning rate, nil where there is none.
func (r *reader) optimizerArguments(a *arguments, c choice, to any) *float {
	if c.Config == nil {
		return nil
	}
	if err := json.Unmarshal(c.Config, &a.all); err != nil {
		a.damaged("%s", jsonProblem(err))
		return nil
	}
	raw := a.all["learning_rate"]
	if len(raw) > 0 && raw[0] == '{' {
		a.unsupportedTraining("learning_rate", shown(raw), "a schedule; Recurve sets the rate from callbacks")
		return nil
	}
	a.refuseTraining("weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor",
		"gradient_accumulation_steps", "decay")
	if a.err != nil {
		return nil
	}
	if err := json.Unmarshal(c.Config, to); err != nil {
		a.damaged("%s", jsonProblem(err))
	}
	var rate struct {
		LearningRate *float `json:"learning_rate"`
	}
	if err := json.Unmarshal(c.Config, &rate); err != nil {
		a.damaged("%s", jsonProblem(err))
	}
	return rate.LearningRate
}

// nonZero refuses a zero that in Recurve would mean the default.
func (a *arguments) nonZero(name string, v float) {
	if v == 0 {
		a.unsupportedTraining(name, "0", "")
	}
}
