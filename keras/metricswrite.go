package keras

import (
	"encoding/json"
	"fmt"
	"slices"

	"recurve"
	"recurve/loss"
	"recurve/metric"
)

// metricsJSON is a list of the model's metrics; nil where there is none.
func metricsJSON(m *recurve.Model, metrics []metric.Metric) (json.RawMessage, error) {
	if len(metrics) == 0 {
		return nil, nil
	}
	var out []choice
	for _, mt := range metrics {
		c, err := metricChoice(mt, m)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return json.Marshal(out)
}

// metricChoice is a metric in Keras' form: by its name alone, where Keras makes
// the same of it, else as an object.
func metricChoice(mt metric.Metric, m *recurve.Model) (choice, error) {
	if a, ok := mt.(metric.Accuracy); ok {
		if isAccuracy(a.Label()) && (a.Threshold == 0 || a.Threshold == defaultThreshold) {
			return choice{Name: a.Label()}, nil
		}
		mt = accuracyOf(a, m)
	}
	config, err := metricArguments(mt)
	if err != nil {
		return choice{}, err
	}
	if mt.ClassName() != wrapper && config.plain() && slices.Contains(metricNames(mt.ClassName()), mt.Label()) {
		return choice{Name: mt.Label()}, nil
	}
	config.Name = mt.Label()
	raw, err := json.Marshal(config)
	return choice{Name: mt.ClassName(), Module: "keras.metrics", Config: raw}, err
}

// wrapper is Keras' class for the mean of a function that is no metric.
const wrapper = "MeanMetricWrapper"

// plain says that there is no argument but a name.
func (c metricConfig) plain() bool {
	raw, err := json.Marshal(c)
	return err == nil && string(raw) == `{"name":""}`
}

// accuracyOf is the accuracy that Keras would choose for the model.
func accuracyOf(a metric.Accuracy, m *recurve.Model) metric.Metric {
	outputs := m.Network().Output().Features
	switch {
	case outputs == 1:
		return metric.BinaryAccuracy{Threshold: a.Threshold, Name: a.Label()}
	case m.Loss().Targets(outputs) == 1:
		return metric.SparseCategoricalAccuracy{Name: a.Label()}
	}
	return metric.CategoricalAccuracy{Name: a.Label()}
}

// metricArguments are a metric's arguments that are not Keras' defaults, without
// its name.
func metricArguments(mt metric.Metric) (c metricConfig, err error) {
	if mean, ok := mt.(interface{ Of() loss.Loss }); ok {
		return meanArguments(mt, mean.Of())
	}
	switch mt := mt.(type) {
	case metric.BinaryAccuracy:
		c.Threshold = unlessDefault(float(mt.Threshold), defaultThreshold)
	case metric.TopKCategoricalAccuracy:
		c.K = unlessDefault(mt.K, 5)
	case metric.SparseTopKCategoricalAccuracy:
		c.K = unlessDefault(mt.K, 5)
	case metric.Precision:
		c.pick(mt.Threshold, mt.TopK, mt.OneClass, mt.ClassID)
	case metric.Recall:
		c.pick(mt.Threshold, mt.TopK, mt.OneClass, mt.ClassID)
	case metric.TruePositives:
		c.pick(mt.Threshold, 0, false, 0)
	case metric.FalsePositives:
		c.pick(mt.Threshold, 0, false, 0)
	case metric.TrueNegatives:
		c.pick(mt.Threshold, 0, false, 0)
	case metric.FalseNegatives:
		c.pick(mt.Threshold, 0, false, 0)
	case metric.AUC:
		c.Number = unlessDefault(mt.NumThresholds, 200)
		c.MultiLabel, c.FromLogits = unlessDefault(mt.MultiLabel, false), unlessDefault(mt.FromLogits, false)
		c.Curve, c.Summation = word(curves(), int(mt.Curve)), word(summations(), int(mt.Summation))
	case metric.F1Score:
		c.Threshold, c.Average = unlessDefault(float(mt.Threshold), 0), word(averages(), int(mt.Average))
	case metric.FBetaScore:
		c.Threshold, c.Average = unlessDefault(float(mt.Threshold), 0), word(averages(), int(mt.Average))
		c.Beta = unlessDefault(float(mt.Beta), 1)
	case metric.R2Score:
		c.Regressors = unlessDefault(mt.NumRegressors, 0)
		if mt.VarianceWeighted {
			c.Aggregation = word(aggregations(), 1)
		}
	case metric.CategoricalAccuracy, metric.SparseCategoricalAccuracy, metric.CosineSimilarity, metric.RootMeanSquaredError:
	default:
		return c, fmt.Errorf("the metric %s (%T) has no form in a .keras file", mt.Label(), mt)
	}
	if v := c.Threshold; v != nil && !(*v > 0 && *v <= 1) {
		return c, fmt.Errorf("the metric %s: Keras takes a threshold between 0 and 1, not %v", mt.Label(), *v)
	}
	return c, nil
}

// meanArguments are those of the mean of a loss, which may be no metric of its own.
func meanArguments(mt metric.Metric, l loss.Loss) (c metricConfig, err error) {
	if c.lossConfig, err = lossArguments(l); err != nil {
		return c, err
	}
	if _, ok := l.(loss.CosineSimilarity); ok {
		return c, fmt.Errorf("the metric %s has no form in a .keras file; use metric.CosineSimilarity, which has the other sign", mt.Label())
	}
	if mt.ClassName() == wrapper {
		raw, err := json.Marshal(loss.FunctionName(l))
		if err != nil {
			return c, err
		}
		c.Fn = &choice{Name: "function", Module: "builtins", Config: raw}
	}
	return c, nil
}

func (c *metricConfig) pick(threshold float64, topK int, one bool, class int) {
	if threshold != 0 && (threshold != defaultThreshold || topK > 0) {
		c.Thresholds = json.RawMessage(fmt.Sprint(threshold))
	}
	c.TopK = unlessDefault(topK, 0)
	if one {
		c.ClassID = &class
	}
}

// unlessDefault points at v unless it is zero or def, which Keras takes by itself.
func unlessDefault[T comparable](v, def T) *T {
	var zero T
	if v == zero || v == def {
		return nil
	}
	return &v
}

// word points at words[i], unless it is the first, Keras' default.
func word(words []string, i int) *string {
	if i == 0 {
		return nil
	}
	return &words[i]
}
