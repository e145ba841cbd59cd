package layer

import "fmt"

// Input states the shape of the model's samples. It must be the first layer.
// It can be left out before an Embedding.
type Input struct {
	// Shape is the shape of one sample, without the batch: {steps} for ids
	// (before an Embedding), {steps, features} for sequences of vectors,
	// {features} for vectors. A number of steps of 0 lets any length in.
	Shape []int
	// Name; default "input_layer".
	Name string
}

// ClassName implements [Layer].
func (Input) ClassName() string { return "InputLayer" }

// Label implements [Layer].
func (l Input) Label() string { return l.Name }

// shape is what the layer behind will see.
func (l Input) shape(pos int, layers []Layer) (Shape, error) {
	if pos != 0 {
		return Shape{}, fmt.Errorf("expected to be the first layer")
	}
	ids := false
	if len(layers) > 1 {
		_, ids = layers[1].(Embedding)
	}
	switch {
	case len(l.Shape) < 1 || len(l.Shape) > 2:
		return Shape{}, fmt.Errorf("Shape: expected {steps}, {steps, features} or {features}, got %v", l.Shape)
	case ids && len(l.Shape) == 2:
		return Shape{}, fmt.Errorf("Shape: an Embedding follows, which wants ids of shape {steps}, got %v", l.Shape)
	case (len(l.Shape) == 2 || ids) && l.Shape[0] < 0:
		return Shape{}, fmt.Errorf("Shape: expected 0 (any) or more steps, got %d", l.Shape[0])
	}
	if ids {
		return Shape{IDs: true, Sequence: true, Steps: l.Shape[0]}, nil
	}
	features := l.Shape[len(l.Shape)-1]
	if features < 1 {
		return Shape{}, fmt.Errorf("Shape: expected at least 1 feature, got %d", features)
	}
	if len(l.Shape) == 2 {
		return Shape{Sequence: true, Steps: l.Shape[0], Features: features}, nil
	}
	return Shape{Features: features}, nil
}

func (l Input) build(*builder, Shape) (Operator, error) {
	return nil, fmt.Errorf("expected to be the first layer")
}
