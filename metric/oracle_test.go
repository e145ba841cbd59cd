package metric

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"recurve/internal/numpy"
	"recurve/loss"
)

// The fixtures in testdata were made by tools/oracle/metrics.py with real Keras.

type oracleCase struct {
	Name, Metric, Input, Direction, Label string
	Config                                struct {
		Threshold, Thresholds, Beta float64
		K                           int
		TopK                        int     `json:"top_k"`
		ClassID                     *int    `json:"class_id"`
		NumThresholds               int     `json:"num_thresholds"`
		FromLogits                  bool    `json:"from_logits"`
		MultiLabel                  bool    `json:"multi_label"`
		LabelSmoothing              float64 `json:"label_smoothing"`
		Curve                       string
		Summation                   string `json:"summation_method"`
		Average                     string
		Aggregation                 string `json:"class_aggregation"`
		Regressors                  int    `json:"num_regressors"`
	}
}

func (o oracleCase) metric(t *testing.T) Metric {
	t.Helper()
	c := o.Config
	class, one := 0, c.ClassID != nil
	if one {
		class = *c.ClassID
	}
	average := map[string]Average{"": NoAverage, "micro": Micro, "macro": Macro, "weighted": Weighted}[c.Average]
	if o.Metric == "accuracy" {
		return Accuracy{}
	}
	for _, m := range []Metric{
		MeanSquaredError{}, RootMeanSquaredError{}, MeanAbsoluteError{}, MeanAbsolutePercentageError{}, LogCoshError{}, CosineSimilarity{},
		MeanSquaredLogarithmicError{}, Poisson{}, Hinge{}, SquaredHinge{}, CategoricalHinge{}, KLDivergence{}, CategoricalCrossentropy{},
		SparseCategoricalCrossentropy{}, CategoricalAccuracy{}, SparseCategoricalAccuracy{},
		BinaryCrossentropy{Loss: loss.BinaryCrossentropy{FromLogits: c.FromLogits, LabelSmoothing: c.LabelSmoothing}},
		BinaryAccuracy{Threshold: c.Threshold}, TopKCategoricalAccuracy{K: c.K}, SparseTopKCategoricalAccuracy{K: c.K},
		Precision{Threshold: c.Thresholds, TopK: c.TopK, OneClass: one, ClassID: class},
		Recall{Threshold: c.Thresholds, TopK: c.TopK, OneClass: one, ClassID: class},
		TruePositives{Threshold: c.Thresholds}, FalsePositives{Threshold: c.Thresholds},
		TrueNegatives{Threshold: c.Thresholds}, FalseNegatives{Threshold: c.Thresholds},
		AUC{NumThresholds: c.NumThresholds, FromLogits: c.FromLogits, MultiLabel: c.MultiLabel,
			Curve:     map[string]Curve{"": ROC, "ROC": ROC, "PR": PR, "PRGAIN": PRGain}[c.Curve],
			Summation: map[string]Summation{"": Interpolation, "interpolation": Interpolation, "minoring": Minoring, "majoring": Majoring}[c.Summation]},
		F1Score{Average: average, Threshold: c.Threshold}, FBetaScore{Average: average, Threshold: c.Threshold, Beta: c.Beta},
		R2Score{VarianceWeighted: c.Aggregation == "variance_weighted_average", NumRegressors: c.Regressors},
	} {
		if m.ClassName() == o.Metric {
			return m
		}
	}
	t.Fatalf("no metric %q", o.Metric)
	return nil
}

func TestOracle(t *testing.T) {
	b, err := os.ReadFile("testdata/metrics.npz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := numpy.NewNPZ(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	array := func(name string, args ...any) *numpy.Array {
		a, err := z.Array(fmt.Sprintf(name, args...))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if b, err = os.ReadFile("testdata/cases.json"); err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []oracleCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		m := c.metric(t)
		want := map[string]Direction{"up": Up, "down": Down, "": Neither}[c.Direction]
		if m.Direction() != want || m.Label() != c.Label {
			t.Errorf("%s goes %d and is called %q, want %d and %q", c.Name, m.Direction(), m.Label(), want, c.Label)
		}
		for _, result := range []string{"r", "s"} {
			want := array("%s_%s", result, c.Name).Float32s()
			var at Measurement
			for i := range want {
				p, y := array("p_%s_%d", c.Input, i), array("y_%s_%d", c.Input, i)
				batch := Batch{Pred: p.Float32s(), Target: y.Float32s(), Outputs: p.Shape[1], Targets: y.Shape[1]}
				if result == "s" {
					batch.Weights = array("w_%s_%d", c.Input, i).Float32s()
				}
				if at == nil {
					shape := Shape{Outputs: batch.Outputs, Targets: batch.Targets}
					if err := m.Check(shape); err != nil {
						t.Fatalf("%s: %v", c.Name, err)
					}
					at = m.New(shape)
				}
				at.Update(&batch)
				if got := at.Result(); !(math.Abs(got-float64(want[i])) <= 2e-6*max(1, math.Abs(float64(want[i])))) {
					t.Errorf("%s_%s: %v after batch %d, want %v", result, c.Name, got, i, want[i])
				}
			}
			if at.Reset(); at.Result() != 0 {
				t.Errorf("%s: %v after Reset", c.Name, at.Result())
			}
		}
	}
}
