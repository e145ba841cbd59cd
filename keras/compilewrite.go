package keras

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"recurve"
	"recurve/loss"
	"recurve/metric"
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
	var metrics []choice
	for _, mt := range m.Metrics() {
		c, err := metricChoice(mt, m.Network().Output().Features)
		if err != nil {
			return nil, err
		}
		metrics = append(metrics, c)
	}
	if metrics != nil {
		if c.Metrics, err = json.Marshal(metrics); err != nil {
			return nil, err
		}
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

func lossChoice(l loss.Loss) (choice, error) {
	b, ok := l.(loss.BinaryCrossentropy)
	if !ok {
		return choice{}, fmt.Errorf("the loss %s (%T) has no form in a .keras file", l.ClassName(), l)
	}
	if b == (loss.BinaryCrossentropy{}) {
		return choice{Name: "binary_crossentropy"}, nil
	}
	raw, err := json.Marshal(crossentropyConfig{FromLogits: b.FromLogits, LabelSmoothing: float(b.LabelSmoothing)})
	return choice{Name: b.ClassName(), Module: "keras.losses", Config: raw}, err
}

// metricChoice is a metric of a model with that many outputs. Accuracy is three
// classes in Keras; by its short name Keras picks the same that Recurve does.
func metricChoice(mt metric.Metric, outputs int) (choice, error) {
	a, ok := mt.(metric.Accuracy)
	if !ok {
		return choice{}, fmt.Errorf("the metric %s (%T) has no form in a .keras file", mt.Label(), mt)
	}
	threshold := or(a.Threshold, defaultThreshold)
	c := choice{Name: a.Label()}
	if isAccuracy(a.Label()) && (threshold == defaultThreshold || outputs > 1) {
		return c, nil
	}
	c.Name, c.Module = "CategoricalAccuracy", "keras.metrics"
	config := accuracyConfig{Name: a.Label()}
	if outputs == 1 {
		c.Name = "BinaryAccuracy"
		config.Threshold = float(threshold)
		if !(threshold > 0 && threshold < 1) {
			return c, fmt.Errorf("the metric %s: Keras takes a threshold between 0 and 1, not %v", a.Label(), threshold)
		}
	}
	var err error
	c.Config, err = json.Marshal(config)
	return c, err
}

const defaultThreshold = 0.5
