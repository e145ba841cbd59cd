package keras

import (
	"math"
	"strconv"
	"strings"

	"recurve/layer"
)

// The groups of model.weights.h5.
const (
	layersGroup    = "layers"
	optimizerGroup = "optimizer"
	varsGroup      = "vars"
)

// variable is a weight: what Keras calls it, and its shape.
type variable struct {
	name  string
	shape []int
}

// node is a group of model.weights.h5 that has variables of its own, as
// datasets vars/0, vars/1, ..., or might have.
type node struct {
	path string
	name string // of the object that the variables belong to, for people
	at   string // the layer, for errors
	vars []variable
}

// tree lists the groups of the layers in the order of the model's parameters.
// A group is named for the layer's class, not for the layer, and numbered where
// a class comes again.
type tree struct {
	nodes    []node
	ends     []int          // where each layer's nodes end
	counts   map[string]int // layers of a class so far
	features int            // that the next layer sees; 0 where there are none
	steps    int            // that it sees: 1 for vectors, 0 where any number will do
	blocked  bool           // a layer came that cannot be built
}

func newTree(features int) *tree { return &tree{counts: map[string]int{}, features: features} }

// add puts a layer into the tree. A layer that cannot be built here, which
// building will tell, ends the tree: from there on no shape is known.
func (t *tree) add(name string, l layer.Layer) {
	class := layer.SnakeCase(l.ClassName())
	path := layersGroup + "/" + class
	if n := t.counts[class]; n > 0 {
		path += "_" + strconv.Itoa(n)
	}
	t.counts[class]++
	if t.blocked {
		return
	}
	at := whereLayer(name, l.ClassName())
	top := node{path: path, name: name, at: at}
	in := t.features
	var inner []node
	switch l := l.(type) {
	case layer.Embedding:
		top.vars = []variable{{"embeddings", []int{l.InputDim, l.OutputDim}}}
		if t.steps == 0 {
			t.steps = t.features // of ids, the only size
		}
		t.features = l.OutputDim
	case layer.TimeDistributed:
		if each, ok := l.Layer.(layer.Dense); ok {
			t.features = each.Units
			t.blocked = in == 0
		}
		inner = append(inner, distributed(path, at, l, in))
	case layer.Flatten:
		// The most is far from a size that anything could hold.
		if t.blocked = t.steps == 0 || t.features > math.MaxInt32/t.steps; !t.blocked {
			t.features, t.steps = t.steps*t.features, 1
		}
	case layer.Dense:
		top.vars = denseVariables(l, in)
		t.blocked = in == 0
		t.features = l.Units
	case layer.Bidirectional:
		for _, half := range []string{forwardPrefix, backwardPrefix} {
			outer, cell, units := recurrentNodes(path+"/"+half+"layer", half+innerName(l), l.Layer, in)
			inner = append(inner, outer, cell)
			t.features = units
		}
		if !returnsSequences(l.Layer) {
			t.steps = 1
		}
		if l.MergeMode == layer.Concat || l.MergeMode == layer.NoMerge {
			t.features *= 2
		}
		t.blocked = in == 0
	case layer.Recurrent:
		var cell node
		top, cell, t.features = recurrentNodes(path, name, l, in)
		inner = append(inner, cell)
		if !returnsSequences(l) {
			t.steps = 1
		}
		t.blocked = in == 0
	}
	if t.blocked || t.features < 0 {
		t.blocked = true
		return
	}
	t.nodes = append(append(t.nodes, top), inner...)
	t.ends = append(t.ends, len(t.nodes))
}

func denseVariables(l layer.Dense, in int) []variable {
	vars := []variable{{"kernel", []int{in, l.Units}}}
	if !l.NoBias {
		vars = append(vars, variable{"bias", []int{l.Units}})
	}
	return vars
}

// distributed is the group of the layer inside a TimeDistributed.
func distributed(path, at string, l layer.TimeDistributed, in int) node {
	n := node{path: path + "/layer", name: l.Layer.Label(), at: at}
	if n.name == "" {
		n.name = layer.SnakeCase(l.Layer.ClassName())
	}
	if each, ok := l.Layer.(layer.Dense); ok {
		n.vars = denseVariables(each, in)
	}
	return n
}

func returnsSequences(l layer.Recurrent) bool {
	switch l := l.(type) {
	case layer.SimpleRNN:
		return l.ReturnSequences
	case layer.LSTM:
		return l.ReturnSequences
	case layer.GRU:
		return l.ReturnSequences
	}
	return false
}

// recurrentNodes are the groups of a recurrent layer: its own, which is empty,
// and that of its cell. units are the layer's.
func recurrentNodes(path, name string, l layer.Recurrent, in int) (outer, cell node, units int) {
	at := whereLayer(name, l.ClassName())
	gates, biases, noBias := 1, 1, false
	switch l := l.(type) {
	case layer.SimpleRNN:
		units, noBias = l.Units, l.NoBias
	case layer.LSTM:
		units, noBias, gates = l.Units, l.NoBias, 4
	case layer.GRU:
		units, noBias, gates = l.Units, l.NoBias, 3
		if !l.ResetBefore {
			biases = 2
		}
	}
	vars := []variable{{"kernel", []int{in, gates * units}}, {"recurrent_kernel", []int{units, gates * units}}}
	switch {
	case noBias:
	case biases == 1:
		vars = append(vars, variable{"bias", []int{gates * units}})
	default:
		vars = append(vars, variable{"bias", []int{biases, gates * units}})
	}
	outer = node{path: path, name: name, at: at}
	cell = node{path: path + "/cell", name: layer.SnakeCase(l.ClassName()) + "_cell", at: at, vars: vars}
	return outer, cell, units
}

// innerName is the name that a Bidirectional's halves are named for.
func innerName(l layer.Bidirectional) string {
	if name := l.Layer.Label(); name != "" {
		return strings.TrimPrefix(name, forwardPrefix)
	}
	return layer.SnakeCase(l.Layer.ClassName())
}

// forwardPrefix and backwardPrefix stand before the names of a Bidirectional's
// halves.
const (
	forwardPrefix  = "forward_"
	backwardPrefix = "backward_"
)

// variables are all weights of the tree.
func (t *tree) variables() int {
	n := 0
	for _, d := range t.nodes {
		n += len(d.vars)
	}
	return n
}

// dims is a shape as Keras prints it.
func dims(shape []int) string {
	parts := make([]string, len(shape))
	for i, d := range shape {
		parts[i] = strconv.Itoa(d)
	}
	s := strings.Join(parts, ", ")
	if len(shape) == 1 {
		s += ","
	}
	return "(" + s + ")"
}
