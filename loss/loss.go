// Package loss owns what a model is trained to make small.
//
// All formulas are Keras'. They are computed in float64 and rounded to float32
// at the end, in one fixed order, with the same bits on every processor.
package loss

import (
	"fmt"
	"math"
	"strings"

	"recurve/activation"
	"recurve/tensor"
)

// Loss measures how far predictions are from targets. It takes one prediction
// at a time: the outputs for a sample or, of a model that returns sequences, for
// a time step of one.
type Loss interface {
	// ClassName is Keras' name of the class, such as "BinaryCrossentropy".
	ClassName() string
	// Check names the first argument that makes no sense.
	Check() error
	// Targets is the number of targets that go with a prediction of so many
	// outputs: as many, or 1 where the target is the number of a class.
	Targets(outputs int) int
	// CheckTargets names the first target that the loss has no meaning for. y are
	// those of any number of predictions, one after the other.
	CheckTargets(y []float32, outputs int) error
	// OnLogits returns the form of the loss that takes the values from before
	// the model's last activation, which is more exact, or nil where there is
	// none for that activation.
	OnLogits(last activation.Activation) Loss
	// Row returns the loss of one prediction. Its values, and those of its
	// target, stand stride apart. If grad is not nil, its values, stride apart as
	// well, are set to the gradient of scale times the loss.
	Row(grad, pred, target []float32, stride int, scale float64) float64
}

// Tile takes a time step of 16 samples side by side through a loss: it sets
// value[lane] to the loss of the sample in that lane. pred and target are values
// x 16, lane last; lanes from samples on are not in use: their value and gradient
// are 0. If grad is not nil it receives the gradient of the sum of
// scale[lane]*value[lane] with respect to pred.
func Tile(l Loss, value, grad, pred, target []float32, samples int, scale *[tensor.Lanes]float32) {
	clear(value)
	if samples < tensor.Lanes {
		clear(grad)
	}
	for lane := range samples {
		var g []float32
		if grad != nil {
			g = grad[lane:]
		}
		value[lane] = float32(l.Row(g, pred[lane:], target[lane:], tensor.Lanes, float64(scale[lane])))
	}
}

// FunctionName is what Keras calls the loss as a function, such as
// "mean_squared_error".
func FunctionName(l Loss) string {
	var b strings.Builder
	class := l.ClassName()
	for i, c := range class {
		if i > 0 && c >= 'A' && c <= 'Z' && i+1 < len(class) && class[i+1] >= 'a' {
			b.WriteByte('_')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}

// epsilon is what keeps Keras' logarithms and quotients from zero.
const epsilon float32 = 1e-7

// elementwise is a loss that is the mean over outputs of a loss of each.
type elementwise interface {
	// one is the loss of one output and its derivative.
	one(pred, target float32) (value, slope float64)
}

// meanRow is [Loss.Row] of an elementwise loss.
func meanRow[L elementwise](l L, grad, pred, target []float32, stride int, scale float64) float64 {
	mean := 1 / float64((len(pred)+stride-1)/stride)
	var sum float64
	for i := 0; i < len(pred); i += stride {
		v, d := l.one(pred[i], target[i])
		sum += float64(v * mean)
		if grad != nil {
			grad[i] = float32(d * mean * scale)
		}
	}
	return sum
}

// each is embedded in a loss that has a target for each output.
type each struct{}

// Targets implements [Loss].
func (each) Targets(outputs int) int { return outputs }

// plain is embedded in a loss without arguments or another form, of targets that
// may be any number.
type plain struct{ each }

// Check implements [Loss].
func (plain) Check() error { return nil }

// CheckTargets implements [Loss].
func (plain) CheckTargets(y []float32, _ int) error { return checkNumbers(y) }

// OnLogits implements [Loss].
func (plain) OnLogits(activation.Activation) Loss { return nil }

func checkNumbers(y []float32) error {
	for i, v := range y {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("target %d is %v; expected a number", i, v)
		}
	}
	return nil
}

func checkShares(class string, y []float32) error {
	for i, v := range y {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("target %d is %v; %s expects 0 to 1", i, v, class)
		}
	}
	return nil
}

func checkSmoothing(class string, s float64) error {
	if !(s >= 0 && s <= 1) {
		return fmt.Errorf("%s: LabelSmoothing: expected 0 to 1, got %v", class, s)
	}
	return nil
}

// sign is -1, 0 or 1.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0, or NaN
}
