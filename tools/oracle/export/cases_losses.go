package main

import (
	"recurve"
	"recurve/activation"
	"recurve/layer"
	"recurve/loss"
	"recurve/metric"
	"recurve/optimizer"
)

// lossCases are a model for each loss, and metrics of all kinds.
func lossCases() []testCase {
	var out []testCase
	softmax := layer.Dense{Units: 4, Activation: activation.Softmax}
	add := func(name string, end layer.Layer, l loss.Loss, metrics ...metric.Metric) {
		out = append(out, testCase{name: name, layers: []layer.Layer{embedding(), layer.SimpleRNN{Units: 3}, end}, epochs: 1,
			compile: &recurve.CompileOptions{Optimizer: optimizer.SGD{LearningRate: 0.1}, Loss: l, Metrics: metrics,
				WeightedMetrics: metrics[:min(len(metrics), 1)]}})
	}
	add("loss_sparse", softmax, loss.SparseCategoricalCrossentropy{}, metric.Accuracy{}, metric.SparseCategoricalAccuracy{Name: "right"},
		metric.SparseCategoricalCrossentropy{}, metric.SparseTopKCategoricalAccuracy{}, metric.SparseTopKCategoricalAccuracy{K: 2, Name: "top2"},
		metric.SparseCategoricalAccuracy{})
	add("loss_sparse_logits", layer.Dense{Units: 4}, loss.SparseCategoricalCrossentropy{FromLogits: true})
	add("loss_categorical", softmax, loss.CategoricalCrossentropy{}, metric.Accuracy{}, metric.CategoricalAccuracy{Name: "right"}, metric.AUC{},
		metric.AUC{Name: "area", Curve: metric.PR, Summation: metric.Majoring, NumThresholds: 50, MultiLabel: true, FromLogits: true},
		metric.F1Score{Average: metric.Macro}, metric.FBetaScore{Average: metric.Weighted, Beta: 2, Threshold: 0.25, Name: "f2"},
		metric.Precision{TopK: 2, OneClass: true}, metric.Recall{Threshold: 0.25, Name: "found"}, metric.CategoricalAccuracy{},
		metric.TopKCategoricalAccuracy{K: 3}, metric.KLDivergence{Name: "kld"}, metric.CategoricalHinge{},
		metric.CategoricalCrossentropy{Loss: loss.CategoricalCrossentropy{LabelSmoothing: 0.25}})
	add("loss_categorical_smoothed", softmax, loss.CategoricalCrossentropy{LabelSmoothing: 0.25})
	add("loss_categorical_logits", layer.Dense{Units: 4}, loss.CategoricalCrossentropy{FromLogits: true}, metric.CosineSimilarity{})
	add("loss_mse", layer.Dense{Units: 2}, loss.MeanSquaredError{}, metric.MeanSquaredError{Name: "mse"}, metric.MeanAbsoluteError{},
		metric.RootMeanSquaredError{}, metric.MeanAbsolutePercentageError{Name: "MAPE"}, metric.MeanSquaredLogarithmicError{Name: "log"},
		metric.LogCoshError{}, metric.R2Score{VarianceWeighted: true}, metric.Mean[loss.Huber]{Loss: loss.Huber{Delta: 0.5}},
		metric.Mean[loss.Huber]{Name: "straight"})
	add("loss_mae", layer.Dense{Units: 2}, loss.MeanAbsoluteError{})
	add("loss_mape", layer.Dense{Units: 2}, loss.MeanAbsolutePercentageError{})
	add("loss_msle", layer.Dense{Units: 2, Activation: activation.Softplus}, loss.MeanSquaredLogarithmicError{})
	add("loss_huber", layer.Dense{Units: 2}, loss.Huber{})
	add("loss_huber_delta", layer.Dense{Units: 2}, loss.Huber{Delta: 0.25})
	add("loss_logcosh", layer.Dense{Units: 2}, loss.LogCosh{})
	add("loss_poisson", layer.Dense{Units: 2, Activation: activation.Exponential}, loss.Poisson{}, metric.Poisson{})
	add("loss_kld", softmax, loss.KLDivergence{})
	add("loss_cosine", layer.Dense{Units: 3}, loss.CosineSimilarity{})
	add("loss_hinge", layer.Dense{Units: 1}, loss.Hinge{}, metric.Hinge{}, metric.SquaredHinge{})
	add("loss_squared_hinge", layer.Dense{Units: 1}, loss.SquaredHinge{})
	add("loss_categorical_hinge", layer.Dense{Units: 4}, loss.CategoricalHinge{})
	add("loss_focal", sigmoid(), loss.BinaryFocalCrossentropy{}, metric.TruePositives{}, metric.FalsePositives{Threshold: 0.25}, metric.TrueNegatives{},
		metric.FalseNegatives{}, metric.BinaryCrossentropy{}, metric.BinaryAccuracy{}, metric.BinaryAccuracy{Threshold: 0.75, Name: "sure"})
	add("loss_focal_arguments", sigmoid(), loss.BinaryFocalCrossentropy{NoFocus: true, Alpha: 0.5, ApplyClassBalancing: true, LabelSmoothing: 0.25},
		metric.Mean[loss.BinaryFocalCrossentropy]{Loss: loss.BinaryFocalCrossentropy{Gamma: 3}})
	return out
}
