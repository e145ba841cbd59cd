package layer

import (
	"errors"
	"fmt"
)

// TimeDistributed applies a layer to each time step by itself: [Dense],
// [Dropout] or [Activation], all of which treat sequences like that anyway. It is
// here for models that come from Keras. An ActivityRegularizer of the layer has
// no effect, as in Keras.
//
// Input: sequences of vectors, (batch, steps, features). Output: (batch, steps,
// the layer's features). Variables: those of the layer.
type TimeDistributed struct {
	// Layer is applied to each step. Needed.
	Layer Layer
	// Name; default "time_distributed".
	Name string
}

// ClassName implements [Layer].
func (TimeDistributed) ClassName() string { return "TimeDistributed" }

// Label implements [Layer].
func (l TimeDistributed) Label() string { return l.Name }

func (l TimeDistributed) build(b *builder, in Shape) (Operator, error) {
	if in.IDs || !in.Sequence {
		return nil, fmt.Errorf("expected sequences of vectors, got %s", in.describe())
	}
	inner := l.Layer
	switch each := inner.(type) {
	case nil:
		return nil, errors.New("Layer: expected a layer, got none")
	case Dense:
		each.ActivityRegularizer = nil
		inner = each
	case Dropout, Activation:
	default:
		return nil, fmt.Errorf("Layer: expected Dense, Dropout or Activation, got %s", inner.ClassName())
	}
	name, err := b.name(l)
	if err != nil {
		return nil, err
	}
	own := b.within(0)
	op, err := inner.build(own, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", inner.ClassName(), err)
	}
	b.params = own.params
	return &timeDistributed{Operator: op, layer: l, name: name}, nil
}

type timeDistributed struct {
	Operator // the layer's
	layer    TimeDistributed
	name     string
}

func (t *timeDistributed) Layer() Layer { return t.layer }

func (t *timeDistributed) Name() string { return t.name }

// Inner is the operator of the layer that is applied to each step.
func (t *timeDistributed) Inner() Operator { return t.Operator }
