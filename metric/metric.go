// Package metric owns what is measured while a model trains, besides the loss.
package metric

// Direction says which way a metric improves.
type Direction uint8

// The directions.
const (
	Up   Direction = iota // greater is better
	Down                  // less is better
)

// Metric describes a measure of predictions against targets.
type Metric interface {
	// ClassName is Keras' name of the class.
	ClassName() string
	// Label is the metric's key in logs and history, such as "accuracy".
	Label() string
	// Direction says which way the metric improves.
	Direction() Direction
	// New starts a measurement.
	New() Measurement
}

// Measurement is a metric over the samples seen since the last Reset.
type Measurement interface {
	// Update takes in more samples: both are n x outputs, row-major.
	Update(pred, target []float32, outputs int)
	// Result is the metric so far, rounded to float32; 0 without samples.
	Result() float64
	// Reset forgets all samples.
	Reset()
}
