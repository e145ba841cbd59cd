package keras

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"recurve"
	"recurve/activation"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
)

func classifier(t *testing.T, outputs int) *recurve.Model {
	t.Helper()
	m, err := recurve.Sequential(layer.Input{Shape: []int{3}}, layer.Dense{Units: outputs, Activation: activation.Softmax})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLossesRoundTrip writes every loss and metric, each with and without its
// arguments, and reads the same again. What Keras makes of them is
// tools/oracle's to say (export's lossCases).
func TestLossesRoundTrip(t *testing.T) {
	shares := []metric.Metric{
		metric.MeanSquaredError{}, metric.MeanSquaredError{Name: "mse"}, metric.MeanSquaredError{Name: "MeanSquaredError"}, metric.MeanSquaredError{Name: "off"},
		metric.LogCoshError{}, metric.LogCoshError{Name: "log_cosh_error"}, metric.RootMeanSquaredError{}, metric.CosineSimilarity{}, metric.CosineSimilarity{Name: "turn"},
		metric.Mean[loss.Huber]{}, metric.Mean[loss.Huber]{Loss: loss.Huber{Delta: 2}, Name: "h"}, metric.Mean[loss.BinaryFocalCrossentropy]{},
		metric.R2Score{}, metric.R2Score{Name: "r2", VarianceWeighted: true, NumRegressors: 3}, metric.KLDivergence{Name: "kld"}, metric.Poisson{},
		metric.AUC{}, metric.AUC{Name: "AUC"}, metric.AUC{Name: "pr", Curve: metric.PR, Summation: metric.Minoring, NumThresholds: 10, MultiLabel: true, FromLogits: true},
		metric.AUC{Name: "gain", Curve: metric.PRGain, Summation: metric.Majoring},
		metric.Precision{}, metric.Precision{Name: "p", Threshold: 0.25}, metric.Precision{Name: "p2", TopK: 2, OneClass: true}, metric.Recall{Name: "r", TopK: 1, Threshold: 0.5},
		metric.TruePositives{}, metric.FalsePositives{Name: "fp", Threshold: 0.75}, metric.TrueNegatives{}, metric.FalseNegatives{},
		metric.F1Score{Average: metric.Micro}, metric.F1Score{Name: "f", Average: metric.Macro, Threshold: 0.5}, metric.FBetaScore{Average: metric.Weighted, Beta: 0.5},
		metric.Accuracy{}, metric.Accuracy{Name: "acc"}, metric.BinaryAccuracy{}, metric.BinaryAccuracy{Name: "b", Threshold: 0.25}, metric.CategoricalAccuracy{},
		metric.TopKCategoricalAccuracy{}, metric.TopKCategoricalAccuracy{Name: "top3", K: 3}, metric.Hinge{}, metric.SquaredHinge{}, metric.CategoricalHinge{},
		metric.CategoricalCrossentropy{}, metric.CategoricalCrossentropy{Name: "smooth", Loss: loss.CategoricalCrossentropy{LabelSmoothing: 0.5, FromLogits: true}},
	}
	ids := []metric.Metric{metric.Accuracy{}, metric.SparseCategoricalAccuracy{}, metric.SparseCategoricalCrossentropy{}, metric.SparseCategoricalAccuracy{Name: "right"},
		metric.SparseTopKCategoricalAccuracy{}, metric.SparseTopKCategoricalAccuracy{Name: "top2", K: 2}}
	for _, l := range []loss.Loss{
		loss.MeanSquaredError{}, loss.MeanAbsoluteError{}, loss.MeanAbsolutePercentageError{}, loss.MeanSquaredLogarithmicError{}, loss.Huber{}, loss.Huber{Delta: 0.5},
		loss.LogCosh{}, loss.Poisson{}, loss.KLDivergence{}, loss.CosineSimilarity{}, loss.Hinge{}, loss.SquaredHinge{}, loss.CategoricalHinge{},
		loss.BinaryCrossentropy{}, loss.BinaryCrossentropy{LabelSmoothing: 0.5}, loss.CategoricalCrossentropy{}, loss.CategoricalCrossentropy{FromLogits: true, LabelSmoothing: 0.25},
		loss.SparseCategoricalCrossentropy{}, loss.SparseCategoricalCrossentropy{FromLogits: true}, loss.BinaryFocalCrossentropy{},
		loss.BinaryFocalCrossentropy{NoFocus: true, Alpha: 0.5, ApplyClassBalancing: true, FromLogits: true, LabelSmoothing: 0.5}, loss.BinaryFocalCrossentropy{Gamma: 3},
	} {
		m, metrics := classifier(t, 4), shares
		if l.Targets(4) == 1 {
			metrics = ids
		}
		if err := m.Compile(recurve.CompileOptions{Loss: l, Metrics: metrics, WeightedMetrics: metrics[:2]}); err != nil {
			t.Fatal(err)
		}
		again, err := readBytes(written(t, m), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if again.Loss() != l {
			t.Errorf("loss %#v, want %#v", again.Loss(), l)
		}
		for i, got := range again.Metrics() {
			if got != metrics[i] {
				t.Errorf("metric %#v, want %#v", got, metrics[i])
			}
		}
		if !slices.Equal(again.WeightedMetrics(), metrics[:2]) || !slices.Equal(again.MetricNames(), m.MetricNames()) {
			t.Errorf("weighted metrics %#v, names %q, want %#v, %q", again.WeightedMetrics(), again.MetricNames(), metrics[:2], m.MetricNames())
		}
	}
}

// TestLossNames reads Keras' names and short names, as strings, classes and
// functions, and lists of lists.
func TestLossNames(t *testing.T) {
	m := classifier(t, 4)
	if err := m.Compile(recurve.CompileOptions{Loss: loss.MeanSquaredError{}}); err != nil {
		t.Fatal(err)
	}
	file := written(t, m)
	function := func(name string) any {
		return map[string]any{"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}
	}
	wrapped := map[string]any{"module": "keras.metrics", "class_name": "MeanMetricWrapper", "registered_name": nil,
		"config": map[string]any{"name": "h", "dtype": "float32", "fn": function("huber"), "delta": 0.5}}
	for _, c := range []struct {
		loss, metrics any
		want          loss.Loss
		wantMetrics   string
	}{
		{"mse", []any{"mse", "MAE"}, loss.MeanSquaredError{}, `[metric.Mean[recurve/loss.MeanSquaredError] "mse" metric.Mean[recurve/loss.MeanAbsoluteError] "MAE"]`},
		{"KLD", []any{[]any{"accuracy", "AUC"}}, loss.KLDivergence{}, `[metric.Accuracy "accuracy" metric.AUC "AUC"]`},
		{function("huber"), []any{function("huber"), wrapped}, loss.Huber{}, `[metric.Mean[recurve/loss.Huber] "huber" metric.Mean[recurve/loss.Huber] "h"]`},
		{"SquaredHinge", []any{"precision", "TruePositives"}, loss.SquaredHinge{}, `[metric.Precision "precision" metric.TruePositives "TruePositives"]`},
		{"log_cosh", []any{keyed("Precision", map[string]any{"name": "precision_1", "thresholds": []any{0.25}, "top_k": nil, "class_id": 0})}, loss.LogCosh{}, `[metric.Precision "precision_1"]`},
	} {
		m, err := readBytes(editedConfig(t, file, func(r jsonNode) {
			r.at("compile_config")["loss"], r.at("compile_config")["metrics"] = c.loss, c.metrics
		}), Options{})
		if err != nil {
			t.Errorf("%v: %v", c.loss, err)
			continue
		}
		var got []string
		for _, mt := range m.Metrics() {
			got = append(got, fmt.Sprintf("%T %q", mt, mt.Label()))
		}
		if m.Loss() != c.want || fmt.Sprint(got) != c.wantMetrics {
			t.Errorf("%v: %#v and %v, want %#v and %s", c.loss, m.Loss(), got, c.want, c.wantMetrics)
		}
	}
}

// TestLossesWithoutForm: what Keras has no form for is not written.
func TestLossesWithoutForm(t *testing.T) {
	for want, o := range map[string]recurve.CompileOptions{
		"the loss MeanSquaredError (keras.ownLoss) has no form":                                  {Loss: ownLoss{}},
		"the metric cosine_similarity has no form in a .keras file; use metric.CosineSimilarity": {Loss: loss.MeanSquaredError{}, Metrics: []metric.Metric{metric.Mean[loss.CosineSimilarity]{}}},
	} {
		m := classifier(t, 4)
		err := m.Compile(o)
		if err == nil {
			_, err = compileJSON(m)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

type ownLoss struct{ loss.MeanSquaredError }
