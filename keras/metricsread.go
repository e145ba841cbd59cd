package keras

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
)

const defaultThreshold = 0.5

// metricConfig are the arguments that a metric may have; nil where it does not
// say.
type metricConfig struct {
	Name string `json:"name"`
	lossConfig
	Threshold   *float          `json:"threshold,omitempty"`
	Thresholds  json.RawMessage `json:"thresholds,omitempty"` // a number, or a list of them
	K           *int            `json:"k,omitempty"`
	TopK        *int            `json:"top_k,omitempty"`
	ClassID     *int            `json:"class_id,omitempty"`
	Number      *int            `json:"num_thresholds,omitempty"`
	Curve       *string         `json:"curve,omitempty"`
	Summation   *string         `json:"summation_method,omitempty"`
	MultiLabel  *bool           `json:"multi_label,omitempty"`
	Average     *string         `json:"average,omitempty"`
	Beta        *float          `json:"beta,omitempty"`
	Aggregation *string         `json:"class_aggregation,omitempty"`
	Regressors  *int            `json:"num_regressors,omitempty"`
	Fn          *choice         `json:"fn,omitempty"`
}

// metrics reads a list of metrics.
func (r *reader) metrics(outer *arguments, name string, raw json.RawMessage) []metric.Metric {
	var out []metric.Metric
	for _, raw := range outer.list(name, raw) {
		if mt := r.metric(outer, name, raw); mt != nil {
			out = append(out, mt)
		}
	}
	return out
}

// metric reads one metric. One that is given by a name is called so in logs, one
// that is an object has a name of its own.
func (r *reader) metric(outer *arguments, list string, raw json.RawMessage) metric.Metric {
	var c choice
	if err := json.Unmarshal(raw, &c); err != nil {
		outer.damaged("%s: %s", list, jsonProblem(err))
		return nil
	}
	var config metricConfig
	a := r.newArguments("the metric "+shown(json.RawMessage(c.Name)), c.Config, &config)
	of := c.Name
	switch {
	case c.same("MeanMetricWrapper") && config.Fn != nil:
		of = config.Fn.Name
	case c.Config == nil:
		config.Name = c.Name
	}
	if c.Config == nil && isAccuracy(c.Name) {
		if c.Name == (metric.Accuracy{}).Label() {
			c.Name = ""
		}
		return metric.Accuracy{Name: c.Name}
	}
	mt := a.makeMetric(of, config)
	if mt == nil {
		outer.unsupportedTraining(list, shown(raw), "Recurve has no such metric")
		return nil
	}
	a.refuseTraining("label_weights", "num_labels", "from_sorted_ids")
	outer.fail(a.err)
	return mt
}

// isAccuracy reports whether Keras takes the name for the accuracy that fits
// the model.
func isAccuracy(name string) bool {
	return strings.EqualFold(name, "accuracy") || strings.EqualFold(name, "acc")
}

// makeMetric is the metric of that class, function or short name; nil where there
// is none.
func (a *arguments) makeMetric(name string, c metricConfig) metric.Metric {
	given := c.Name
	c.Name = ""
	mt := a.findMetric(squeeze(name), c)
	if mt != nil && given != "" && given != mt.Label() {
		c.Name = given
		mt = a.findMetric(squeeze(name), c)
	}
	return mt
}

func (a *arguments) findMetric(key string, c metricConfig) metric.Metric {
	for _, mt := range a.metricsFrom(c) {
		if squeeze(mt.ClassName()) == key {
			if raw := c.Thresholds; key == "auc" && len(raw) > 0 && string(raw) != "null" {
				a.unsupportedTraining("thresholds", shown(raw), "")
			}
			return mt
		}
	}
	if l := a.makeLoss(key, c.lossConfig); l != nil {
		return meanOf(l, c.Name)
	}
	return nil
}

// metricsFrom are all metrics that are no means of a loss, with these arguments.
func (a *arguments) metricsFrom(c metricConfig) []metric.Metric {
	if c.Threshold != nil {
		a.nonZero("threshold", *c.Threshold)
	}
	if c.TopK != nil && *c.TopK < 1 {
		a.damaged("top_k: expected 1 or more, got %d", *c.TopK)
	}
	at, above, k := a.threshold(c.Thresholds), float64(value(c.Threshold, 0)), unlessInt(value(c.K, 0), 5)
	if c.TopK == nil {
		at = unless0(float(at), defaultThreshold) // with top_k the default is none
	}
	one, class, top := c.ClassID != nil, value(c.ClassID, 0), value(c.TopK, 0)
	average := metric.Average(a.oneOf("average", c.Average, averages()))
	return []metric.Metric{
		metric.BinaryAccuracy{Name: c.Name, Threshold: unless0(float(above), defaultThreshold)},
		metric.CategoricalAccuracy{Name: c.Name}, metric.SparseCategoricalAccuracy{Name: c.Name},
		metric.TopKCategoricalAccuracy{Name: c.Name, K: k}, metric.SparseTopKCategoricalAccuracy{Name: c.Name, K: k},
		metric.Precision{Name: c.Name, Threshold: at, TopK: top, OneClass: one, ClassID: class},
		metric.Recall{Name: c.Name, Threshold: at, TopK: top, OneClass: one, ClassID: class},
		metric.TruePositives{Name: c.Name, Threshold: at}, metric.FalsePositives{Name: c.Name, Threshold: at},
		metric.TrueNegatives{Name: c.Name, Threshold: at}, metric.FalseNegatives{Name: c.Name, Threshold: at},
		metric.AUC{Name: c.Name, NumThresholds: unlessInt(value(c.Number, 0), 200), FromLogits: value(c.FromLogits, false), MultiLabel: value(c.MultiLabel, false),
			Curve:     metric.Curve(a.oneOf("curve", c.Curve, curves())),
			Summation: metric.Summation(a.oneOf("summation_method", c.Summation, summations()))},
		metric.F1Score{Name: c.Name, Average: average, Threshold: above},
		metric.FBetaScore{Name: c.Name, Average: average, Threshold: above, Beta: unless0(value(c.Beta, 1), 1)},
		metric.R2Score{Name: c.Name, NumRegressors: value(c.Regressors, 0), VarianceWeighted: a.oneOf("class_aggregation", c.Aggregation, aggregations()) == 1},
		metric.RootMeanSquaredError{Name: c.Name}, metric.CosineSimilarity{Name: c.Name},
	}
}

// unlessInt is v, or 0 where it is def.
func unlessInt(v, def int) int {
	if v == def {
		return 0
	}
	return v
}

// oneOf is the place of a word in a list; 0 where there is none.
func (a *arguments) oneOf(name string, word *string, words []string) int {
	if word == nil {
		return 0
	}
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, *word) })
	if i < 0 {
		a.unsupportedTraining(name, fmt.Sprintf("%q", *word), "")
	}
	return max(i, 0)
}

// averages and the others are Keras' names, in the order of the constants.
func averages() []string   { return []string{"", "micro", "macro", "weighted"} }
func curves() []string     { return []string{"ROC", "PR", "PRGAIN"} }
func summations() []string { return []string{"interpolation", "minoring", "majoring"} }

func aggregations() []string { return []string{"uniform_average", "variance_weighted_average"} }

// threshold reads one threshold, which may stand in a list; 0 where there is none.
func (a *arguments) threshold(raw json.RawMessage) float64 {
	if len(raw) == 0 || string(raw) == "null" {
		return 0
	}
	list := []float{0}
	to := any(&list[0])
	if raw[0] == '[' {
		to = &list
	}
	if err := json.Unmarshal(raw, to); err != nil {
		a.damaged("thresholds: %s", jsonProblem(err))
		return 0
	}
	if len(list) != 1 {
		a.unsupportedTraining("thresholds", shown(raw), "a metric has one threshold in Recurve")
		return 0
	}
	a.nonZero("thresholds", list[0])
	return float64(list[0])
}

// meanOf is the metric that is the mean of a loss.
func meanOf(l loss.Loss, name string) metric.Metric {
	switch l := l.(type) {
	case loss.BinaryCrossentropy:
		return mean(l, name)
	case loss.BinaryFocalCrossentropy:
		return mean(l, name)
	case loss.CategoricalCrossentropy:
		return mean(l, name)
	case loss.SparseCategoricalCrossentropy:
		return mean(l, name)
	case loss.MeanSquaredError:
		return mean(l, name)
	case loss.MeanAbsoluteError:
		return mean(l, name)
	case loss.MeanAbsolutePercentageError:
		return mean(l, name)
	case loss.MeanSquaredLogarithmicError:
		return mean(l, name)
	case loss.Huber:
		return mean(l, name)
	case loss.LogCosh:
		return mean(l, name)
	case loss.Poisson:
		return mean(l, name)
	case loss.KLDivergence:
		return mean(l, name)
	case loss.CosineSimilarity:
		return mean(l, name)
	case loss.Hinge:
		return mean(l, name)
	case loss.SquaredHinge:
		return mean(l, name)
	case loss.CategoricalHinge:
		return mean(l, name)
	}
	panic(fmt.Sprintf("keras: %T has no mean", l))
}

func mean[L loss.Loss](l L, name string) metric.Metric { return metric.Mean[L]{Loss: l, Name: name} }

// metricNames are the names that Keras takes for a metric's class.
func metricNames(class string) []string {
	names := []string{class, layer.SnakeCase(class)}
	for short, of := range lossNames() {
		if of == class && slices.Contains([]string{"bce", "mse", "mae", "mape", "msle"}, short) {
			names = append(names, short, strings.ToUpper(short))
		}
	}
	return names
}
