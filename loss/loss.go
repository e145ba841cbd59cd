// Package loss owns what a model is trained to make small.
package loss

import "recurve/activation"

// Loss measures how far predictions are from targets, sample by sample.
type Loss interface {
	// ClassName is Keras' name of the class, such as "BinaryCrossentropy".
	ClassName() string
	// Check names the first argument that makes no sense.
	Check() error
	// CheckTargets names the first target that the loss has no meaning for.
	CheckTargets(y []float32) error
	// OnLogits returns the form of the loss that takes the values from before
	// the model's last activation, which is more exact, or nil where there is
	// none for that activation.
	OnLogits(last activation.Activation) Loss
	// Tile sets value[lane] to the loss of the sample in that lane, the mean
	// over its outputs. pred and target are outputs x 16 values, lane last;
	// lanes from samples on are not in use: their value and gradient are 0. If
	// grad is not nil it receives the gradient of scale times the sum of
	// values with respect to pred.
	Tile(value, grad, pred, target []float32, samples int, scale float32)
}
