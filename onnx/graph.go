package onnx

import (
	"fmt"
	"slices"

	"recurve/layer"
)

// exporter is a model on its way into a graph: what the graph and the bodies in
// it share.
type exporter struct {
	names        map[string]bool // of all values and nodes, bodies' included
	initializers []tensorProto
	constants    map[string]string // names of small ones, by their values
	fixed        bool              // a layer needs the model's own number of steps
}

// scope is the graph, or a body in it, while a layer adds its nodes.
type scope struct {
	*exporter
	layer string // its name, which begins the names of all it adds
	nodes []nodeProto
}

// value is a tensor that a layer passes on.
type value struct {
	name string
	// shape is that of one sample.
	shape layer.Shape
	// timeMajor says that time comes first, as ONNX' recurrent operators have
	// it: (time, batch, features), or (time, batch) of ids.
	timeMajor bool
	// mask is the name of the mask, (time, batch, 1): true where a step counts.
	// "" where all do.
	mask string
}

// unique is the name, with a number where it is taken already.
func (x *exporter) unique(name string) string {
	own := name
	for i := 1; x.names[own]; i++ {
		own = fmt.Sprintf("%s_%d", name, i)
	}
	x.names[own] = true
	return own
}

// own is a new name for what the layer adds.
func (s *scope) own(name string) string { return s.unique(s.layer + "/" + name) }

// op adds a node of one output, and returns that.
func (s *scope) op(opType string, inputs []string, attributes ...attribute) string {
	name := s.own(opType)
	s.nodes = append(s.nodes, nodeProto{inputs: inputs, outputs: []string{name}, name: name, opType: opType, attributes: attributes})
	return name
}

// ops adds a node of several outputs; an unnamed one is not wanted.
func (s *scope) ops(opType string, inputs, outputs []string, attributes ...attribute) []string {
	for i, o := range outputs {
		if o != "" {
			outputs[i] = s.own(o)
		}
	}
	s.nodes = append(s.nodes, nodeProto{inputs: inputs, outputs: outputs, name: s.own(opType), opType: opType, attributes: attributes})
	return outputs
}

// weight adds a constant array of the layer.
func (s *scope) weight(name string, dims []int, data []float32) string {
	t := tensorProto{name: s.own(name), dims: dims, floats: data}
	s.initializers = append(s.initializers, t)
	return t.name
}

// ints is a constant vector of integers.
func (x *exporter) ints(v ...int64) string {
	return x.constant(tensorProto{dims: []int{len(v)}, ints: v}, fmt.Sprint(v))
}

// scalar is a constant number.
func (x *exporter) scalar(v float32) string {
	return x.constant(tensorProto{floats: []float32{v}}, fmt.Sprint(v))
}

// index is a constant place in an axis.
func (x *exporter) index(v int64) string {
	return x.constant(tensorProto{ints: []int64{v}}, fmt.Sprintf("index_%d", v))
}

func (x *exporter) constant(t tensorProto, name string) string {
	if known, ok := x.constants[name]; ok {
		return known
	}
	t.name = x.unique("constant/" + name)
	x.constants[name] = t.name
	x.initializers = append(x.initializers, t)
	return t.name
}

// ordered is the value with time, or the batch, first. Vectors have no time.
func (s *scope) ordered(v value, timeMajor bool) value {
	if !v.shape.Sequence || v.timeMajor == timeMajor {
		return v
	}
	perm := []int{1, 0, 2}
	if v.shape.IDs {
		perm = perm[:2]
	}
	v.name, v.timeMajor = s.op("Transpose", []string{v.name}, attribute{"perm", perm}), timeMajor
	return v
}

// reversed is a sequence, time first, from its end.
func (s *scope) reversed(name string) string {
	const before = -1 << 63 // the place before the first
	return s.op("Slice", []string{name, s.ints(-1), s.ints(before), s.ints(0), s.ints(-1)})
}

// rename gives the value another name.
func (s *scope) rename(from, to string) {
	for _, n := range s.nodes {
		for _, names := range [][]string{n.inputs, n.outputs} {
			if i := slices.Index(names, from); i >= 0 {
				names[i] = to
			}
		}
	}
}

// dimensions are a tensor's, the batch's first. Batch and time have names, which
// stand for any size; but time has its size where a layer needs that.
func (x *exporter) dimensions(s layer.Shape) []dimension {
	out := []dimension{{name: "batch"}}
	if s.Sequence {
		time := dimension{name: "time"}
		if x.fixed {
			time = dimension{size: s.Steps}
		}
		out = append(out, time)
	}
	if !s.IDs {
		out = append(out, dimension{size: s.Features})
	}
	return out
}
