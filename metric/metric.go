// Package metric owns what is measured while a model trains, besides the loss.
package metric

import "fmt"

// Direction says which way a metric improves.
type Direction uint8

// The directions.
const (
	Up      Direction = iota // greater is better
	Down                     // less is better
	Neither                  // a count that may be good or bad
)

// Shape is what a metric is about: predictions and their targets.
type Shape struct {
	// Outputs is the number of values in a prediction, for a sample or a time
	// step of one.
	Outputs int
	// Targets is the number of values in a prediction's target: as many, or 1
	// where it is the number of a class.
	Targets int
	// Sequence says that a sample has a prediction for each time step.
	Sequence bool
}

// Metric describes a measure of predictions against targets.
type Metric interface {
	// ClassName is Keras' name of the class.
	ClassName() string
	// Label is the metric's key in logs and history, such as "accuracy".
	Label() string
	// Direction says which way the metric improves.
	Direction() Direction
	// Check names the first argument that makes no sense, or a shape of
	// predictions that the metric has no meaning for.
	Check(s Shape) error
	// New starts a measurement of predictions of a shape that Check has passed.
	New(s Shape) Measurement
}

// Measurement is a metric over the predictions seen since the last Reset.
type Measurement interface {
	// Update takes in more predictions.
	Update(b *Batch)
	// Result is the metric so far, rounded to float32; 0 without predictions.
	Result() float64
	// Reset forgets all predictions.
	Reset()
}

// Batch are predictions and their targets, row-major: a row is a sample, or a
// time step of one.
type Batch struct {
	// Pred is rows x Outputs, Target rows x Targets.
	Pred, Target     []float32
	Outputs, Targets int
	// Weights are one a row; nil where all weigh 1.
	Weights []float32
	// Counts tells the rows that count from those that a mask leaves out; nil
	// where all count. Means leave them out; what is counted or correlated takes
	// them all, as in Keras.
	Counts []bool
}

// Rows is the number of predictions.
func (b *Batch) Rows() int { return len(b.Pred) / b.Outputs }

// row is prediction i, its target and its weight.
func (b *Batch) row(i int) (pred, target []float32, weight float64) {
	weight = 1
	if b.Weights != nil {
		weight = float64(b.Weights[i])
	}
	return b.Pred[i*b.Outputs : (i+1)*b.Outputs], b.Target[i*b.Targets : (i+1)*b.Targets], weight
}

// or is name, or def where it is empty.
func or(name, def string) string {
	if name == "" {
		return def
	}
	return name
}

// round is the nearest float32.
func round(v float64) float64 { return float64(float32(v)) }

// quotient is a/b, or 0 where b is 0.
func quotient(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// matching checks that there is a target for each output.
func matching(class string, s Shape) error {
	if s.Outputs != s.Targets {
		return fmt.Errorf("%s expects a target for each of the %d outputs, got %d; with numbers of classes for targets use one of the metrics called Sparse", class, s.Outputs, s.Targets)
	}
	return nil
}

// vectors checks that there is one prediction a sample.
func vectors(class string, s Shape) error {
	if s.Sequence {
		return fmt.Errorf("%s expects one prediction a sample, got sequences of them", class)
	}
	return matching(class, s)
}

// sparse checks that targets are numbers of classes.
func sparse(class string, s Shape) error {
	if s.Outputs < 2 || s.Targets != 1 {
		return fmt.Errorf("%s expects the number of a class for a target and an output for each class, got %d targets and %d outputs", class, s.Targets, s.Outputs)
	}
	return nil
}

func checkThreshold(class string, v float64) error {
	if !(v >= 0 && v <= 1) {
		return fmt.Errorf("%s: Threshold: expected 0 to 1, got %v", class, v)
	}
	return nil
}
