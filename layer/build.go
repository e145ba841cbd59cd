package layer

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"

	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// BuildOptions are the choices that all layers of a model share.
type BuildOptions struct {
	// Kernels does the arithmetic.
	Kernels kernel.Kernels
	// Seed of the initial weights.
	Seed uint64
	// NoInit leaves all weights zero: somebody is about to set them.
	NoInit bool
}

// Network is a chain of built layers.
type Network struct {
	// Input is the shape of the model's samples. An Embedding in front takes
	// ids of any length where no Input layer says more.
	Input Shape
	// InputName is the Input layer's name; "" where there is none.
	InputName string
	// Operators in the order of the data.
	Operators []Operator
}

// Output is the shape of the model's predictions.
func (n *Network) Output() Shape { return n.Operators[len(n.Operators)-1].Output() }

// builder is passed from layer to layer while a model is built.
type builder struct {
	BuildOptions
	names  map[string]bool
	counts map[string]int
	params int    // made so far: each has a random stream of its own
	salt   uint64 // tells apart what has random numbers; see stream
	last   bool   // no layer comes behind the one being built
}

// Build builds a chain of layers. Its errors say which layer, what it
// expected and what it got.
func Build(layers []Layer, opts BuildOptions) (*Network, error) {
	if len(layers) == 0 {
		return nil, errors.New("a model needs at least one layer, got none")
	}
	b := &builder{BuildOptions: opts, names: map[string]bool{}, counts: map[string]int{}}
	n := &Network{}
	var at Shape
	for i, l := range layers {
		if l == nil {
			return nil, fmt.Errorf("layer %d is nil", i+1)
		}
		if in, ok := l.(Input); ok {
			shape, err := in.shape(i, layers)
			if err != nil {
				return nil, fmt.Errorf("layer %d (Input): %w", i+1, err)
			}
			name, err := b.name(l)
			if err != nil {
				return nil, fmt.Errorf("layer %d (Input): %w", i+1, err)
			}
			at, n.InputName = shape, name
			continue
		}
		if i == 0 {
			if _, ok := l.(Embedding); !ok {
				return nil, fmt.Errorf("layer 1 (%s): the input's shape is not known; put layer.Input{Shape: []int{steps, features}} in front", l.ClassName())
			}
			at = Shape{IDs: true, Sequence: true}
		}
		if len(n.Operators) == 0 {
			n.Input = at
		}
		b.last = i == len(layers)-1
		op, err := l.build(b, at)
		if err != nil {
			name := ""
			if l.Label() != "" {
				name = fmt.Sprintf(" %q", l.Label())
			}
			return nil, fmt.Errorf("layer %d%s (%s): %w", i+1, name, l.ClassName(), err)
		}
		n.Operators = append(n.Operators, op)
		at = op.Output()
	}
	if len(n.Operators) == 0 {
		return nil, errors.New("a model needs a layer behind its Input, got none")
	}
	return n, nil
}

// operator names the layer and starts its operator.
func (b *builder) operator(l Layer, in, out Shape) (operator, error) {
	name, err := b.name(l)
	return operator{layer: l, name: name, in: in, out: out, k: b.Kernels}, err
}

// stream is a number of its own for each layer: the source of its random
// numbers.
func (b *builder) stream() uint64 { return b.salt + uint64(len(b.names)) }

// within is the builder for number part of the layers inside the one that was
// named last, whose names need only be unique there. Its count of parameters must
// be taken over.
func (b *builder) within(part int) *builder {
	own := *b
	own.names, own.salt = map[string]bool{}, kernel.Mix(b.stream()<<8+uint64(part+1))
	return &own
}

// name is the layer's own name, or the one Keras would give: the class in
// snake case, with _1, _2, ... from the second of a class on.
func (b *builder) name(l Layer) (string, error) {
	name := l.Label()
	if name == "" {
		base := SnakeCase(l.ClassName())
		for name = base; b.names[name]; name = fmt.Sprintf("%s_%d", base, b.counts[base]) {
			b.counts[base]++
		}
	} else if b.names[name] {
		return "", fmt.Errorf("the name %q is taken by an earlier layer; names must be unique in a model", name)
	}
	b.names[name] = true
	return name, nil
}

// param makes a parameter of the operator and fills it. init nil means def.
func (b *builder) param(o *operator, init, def initializer.Initializer, name string, shape ...int) (*tensor.Param, error) {
	if init == nil {
		init = def
	}
	p := tensor.NewParam(name, shape...)
	b.params++
	o.params = append(o.params, p)
	if b.NoInit {
		return p, nil
	}
	if err := init.Fill(p.Data, shape, rand.New(rand.NewPCG(kernel.Mix(b.Seed), uint64(b.params)))); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// SnakeCase is Keras' automatic name for a class: SimpleRNN -> simple_rnn,
// RMSprop -> rm_sprop.
func SnakeCase(class string) string {
	s := regexp.MustCompile("(.)([A-Z][a-z0-9]+)").ReplaceAllString(class, "${1}_$2")
	s = regexp.MustCompile("([a-z])([A-Z])").ReplaceAllString(s, "${1}_$2")
	return strings.ToLower(s)
}

// atLeastOne checks a size.
func atLeastOne(field string, v int) error {
	if v < 1 {
		return fmt.Errorf("%s: expected at least 1, got %d", field, v)
	}
	return nil
}

// sequenceOfVectors checks the input of a recurrent layer.
func sequenceOfVectors(in Shape) error {
	switch {
	case in.IDs:
		return fmt.Errorf("expected sequences of vectors, got %s; put an Embedding in front", in.describe())
	case !in.Sequence:
		return fmt.Errorf("expected sequences of vectors, got %s; set ReturnSequences in the recurrent layer before this one", in.describe())
	}
	return nil
}
