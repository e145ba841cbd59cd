package metric

import (
	"math"

	"recurve/loss"
)

// mean is a [Measurement] of the mean of a value that each prediction has.
type mean struct {
	value        func(pred, target []float32) float64
	total, count float64
	all          bool // also rows that a mask leaves out
	root         bool // its square root is measured
}

// Update implements [Measurement].
func (m *mean) Update(b *Batch) {
	for i := range b.Rows() {
		if !m.all && len(b.Counts) > 0 && !b.Counts[i] {
			continue
		}
		pred, target, weight := b.row(i)
		m.total += float64(weight * m.value(pred, target))
		m.count += weight
	}
}

// Result implements [Measurement].
func (m *mean) Result() float64 {
	v := quotient(m.total, m.count)
	if m.root {
		v = math.Sqrt(v)
	}
	return round(v)
}

// Reset implements [Measurement].
func (m *mean) Reset() { m.total, m.count = 0, 0 }

// Mean is the mean of a loss, measured beside the one that is trained.
type Mean[L loss.Loss] struct {
	// Loss with its arguments.
	Loss L
	// Name in logs and history; default the loss' name, such as
	// "mean_squared_error".
	Name string
}

// The means that are metrics of their own in Keras.
type (
	// BinaryCrossentropy is the mean of [loss.BinaryCrossentropy].
	BinaryCrossentropy = Mean[loss.BinaryCrossentropy]
	// CategoricalCrossentropy is the mean of [loss.CategoricalCrossentropy].
	CategoricalCrossentropy = Mean[loss.CategoricalCrossentropy]
	// CategoricalHinge is the mean of [loss.CategoricalHinge].
	CategoricalHinge = Mean[loss.CategoricalHinge]
	// Hinge is the mean of [loss.Hinge].
	Hinge = Mean[loss.Hinge]
	// KLDivergence is the mean of [loss.KLDivergence].
	KLDivergence = Mean[loss.KLDivergence]
	// LogCoshError is the mean of [loss.LogCosh].
	LogCoshError = Mean[loss.LogCosh]
	// MeanAbsoluteError is the mean of [loss.MeanAbsoluteError].
	MeanAbsoluteError = Mean[loss.MeanAbsoluteError]
	// MeanAbsolutePercentageError is the mean of [loss.MeanAbsolutePercentageError].
	MeanAbsolutePercentageError = Mean[loss.MeanAbsolutePercentageError]
	// MeanSquaredError is the mean of [loss.MeanSquaredError].
	MeanSquaredError = Mean[loss.MeanSquaredError]
	// MeanSquaredLogarithmicError is the mean of [loss.MeanSquaredLogarithmicError].
	MeanSquaredLogarithmicError = Mean[loss.MeanSquaredLogarithmicError]
	// Poisson is the mean of [loss.Poisson].
	Poisson = Mean[loss.Poisson]
	// SparseCategoricalCrossentropy is the mean of [loss.SparseCategoricalCrossentropy].
	SparseCategoricalCrossentropy = Mean[loss.SparseCategoricalCrossentropy]
	// SquaredHinge is the mean of [loss.SquaredHinge].
	SquaredHinge = Mean[loss.SquaredHinge]
)

// ClassName implements [Metric].
func (m Mean[L]) ClassName() string {
	switch any(m.Loss).(type) {
	case loss.LogCosh:
		return "LogCoshError"
	case loss.Huber, loss.BinaryFocalCrossentropy, loss.CosineSimilarity: // no metrics of their own
		return "MeanMetricWrapper"
	}
	return m.Loss.ClassName()
}

// Label implements [Metric].
func (m Mean[L]) Label() string {
	if _, ok := any(m.Loss).(loss.LogCosh); ok {
		return or(m.Name, "logcosh")
	}
	return or(m.Name, loss.FunctionName(m.Loss))
}

// Direction implements [Metric].
func (Mean[L]) Direction() Direction { return Down }

// Check implements [Metric].
func (m Mean[L]) Check(s Shape) error {
	if err := m.Loss.Check(); err != nil {
		return err
	}
	if m.Loss.Targets(s.Outputs) == s.Targets {
		return nil
	}
	if m.Loss.Targets(s.Outputs) == 1 {
		return sparse(m.ClassName(), s)
	}
	return matching(m.ClassName(), s)
}

// New implements [Metric].
func (m Mean[L]) New(Shape) Measurement {
	l := m.Loss
	return &mean{value: func(pred, target []float32) float64 { return l.Row(nil, pred, target, 1, 0) }}
}

// Of is the loss that the mean is of.
func (m Mean[L]) Of() loss.Loss { return m.Loss }

// CosineSimilarity is the mean cosine of the angle between prediction and target,
// from -1 to 1.
type CosineSimilarity struct {
	// Name in logs and history; default "cosine_similarity".
	Name string
}

// ClassName implements [Metric].
func (CosineSimilarity) ClassName() string { return "CosineSimilarity" }

// Label implements [Metric].
func (m CosineSimilarity) Label() string { return or(m.Name, "cosine_similarity") }

// Direction implements [Metric].
func (CosineSimilarity) Direction() Direction { return Up }

// Check implements [Metric].
func (m CosineSimilarity) Check(s Shape) error { return matching(m.ClassName(), s) }

// New implements [Metric].
func (CosineSimilarity) New(Shape) Measurement {
	return &mean{value: func(pred, target []float32) float64 {
		return -loss.CosineSimilarity{}.Row(nil, pred, target, 1, 0)
	}}
}

// RootMeanSquaredError is the square root of the mean of (p-y)^2.
type RootMeanSquaredError struct {
	// Name in logs and history; default "root_mean_squared_error".
	Name string
}

// ClassName implements [Metric].
func (RootMeanSquaredError) ClassName() string { return "RootMeanSquaredError" }

// Label implements [Metric].
func (m RootMeanSquaredError) Label() string { return or(m.Name, "root_mean_squared_error") }

// Direction implements [Metric].
func (RootMeanSquaredError) Direction() Direction { return Down }

// Check implements [Metric].
func (m RootMeanSquaredError) Check(s Shape) error { return matching(m.ClassName(), s) }

// New implements [Metric].
func (RootMeanSquaredError) New(Shape) Measurement {
	return &mean{root: true, all: true, value: func(pred, target []float32) float64 {
		return loss.MeanSquaredError{}.Row(nil, pred, target, 1, 0)
	}}
}
