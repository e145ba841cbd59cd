package keras

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"recurve"
	"recurve/optimizer"
)

// compileJSON is the model's compile_config; nil where it is not compiled.
func compileJSON(m *recurve.Model) (json.RawMessage, error) {
	if !m.Compiled() {
		return nil, nil
	}
	var c compileConfig
	var err error
	if s := m.Optimizer(); s != nil {
		if c.Optimizer, err = optimizerChoice(s); err != nil {
			return nil, err
		}
	}
	if c.Loss, err = lossChoice(m.Loss()); err != nil {
		return nil, err
	}
	if c.Metrics, err = metricsJSON(m, m.Metrics()); err != nil {
		return nil, err
	}
	if c.WeightedMetrics, err = metricsJSON(m, m.WeightedMetrics()); err != nil {
		return nil, err
	}
	return json.Marshal(c)
}

// optimizerChoice is the optimizer with all its arguments. The learning rate is,
// as in Keras, that of the next step.
func optimizerChoice(s *optimizer.State) (choice, error) {
	rate := float(shortest(s.LearningRate))
	if r := float64(rate); math.IsNaN(r) || math.IsInf(r, 0) {
		rate = float(s.Optimizer.Rate()) // the weights' file has the other
	}
	f, ok := fieldsOf(pointerTo(s.Optimizer))
	if !ok {
		return choice{}, fmt.Errorf("the optimizer %s (%T) has no form in a .keras file", s.Optimizer.ClassName(), s.Optimizer)
	}
	config := map[string]any{"learning_rate": rate}
	if s.Scheduled() {
		c, err := scheduleChoice(s.Optimizer.RateSchedule())
		if err != nil {
			return choice{}, err
		}
		config["learning_rate"] = c
	}
	f.write(config, false)
	commonFields(f.common, f.decay).write(config, true)
	raw, err := json.Marshal(config)
	return choice{Name: s.Optimizer.ClassName(), Module: "keras.optimizers", Config: raw}, err
}

// shortest is the shortest decimal fraction that float32 rounds to v: 0.0001
// and not 0.00009999999747378752.
func shortest(v float32) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
	if err != nil {
		return float64(v)
	}
	return f
}
