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
	var config any
	switch o := s.Optimizer.(type) {
	case optimizer.RMSprop:
		config = rmspropConfig{LearningRate: rate, Rho: float(or(o.Rho, 0.9)), Momentum: float(o.Momentum),
			Epsilon: float(or(o.Epsilon, 1e-7)), Centered: o.Centered}
	case optimizer.SGD:
		config = sgdConfig{LearningRate: rate, Momentum: float(o.Momentum), Nesterov: o.Nesterov}
	case optimizer.Adam:
		config = adamConfig{LearningRate: rate, Beta1: float(or(o.Beta1, 0.9)), Beta2: float(or(o.Beta2, 0.999)),
			Epsilon: float(or(o.Epsilon, 1e-7)), AMSGrad: o.AMSGrad}
	default:
		return choice{}, fmt.Errorf("the optimizer %s (%T) has no form in a .keras file", o.ClassName(), o)
	}
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
