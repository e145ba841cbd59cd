// Package onnx owns the way out to ONNX: it writes a model's forward pass as an
// .onnx file, which ONNX Runtime and other inference engines run.
//
// # What is written
//
// Operators of opset 13, which engines have had since 2021. Recurrent layers
// become RNN, LSTM and GRU nodes, and Bidirectional layers nodes that go both
// ways. What these cannot say, a Scan spells out, step by step in Keras' formulas:
// masks (the operators know a sequence's length, but no padding in front), and the
// activations relu6, selu and exponential in a recurrent layer. A Scan is slower.
// Dropout, which works in training alone, leaves no trace.
//
// The input has the name of the Input layer and the output that of the last
// layer; a Bidirectional that does not merge has two, NAME/forward and
// NAME/backward. Ids are int32, everything else is float32. The batch ("batch") and
// time ("time") are of any size, even where the model's Input says how many steps
// it takes: nothing but a Flatten hangs on it. Names of nodes and weights begin
// with that of their layer: "lstm/W".
//
// How a text becomes the model's ids is no part of the graph. It goes along as
// metadata: "recurve.text" is the JSON that .keras files carry in
// assets/recurve/text.json, and "recurve.origin" that of origin.json.
//
// # Where things are
//
// proto.go has the messages of onnx.proto; graph.go the graph while it grows;
// layers.go the layers in turn; recurrent.go the recurrent operators and
// scan.go what stands in for them; activation.go the activations.
package onnx

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"recurve"
	"recurve/internal/atomicfile"
	"recurve/layer"
)

// Extension is the usual ending of an ONNX file's name.
const Extension = ".onnx"

// Opset is the version of ONNX' operators that files are written in.
const Opset = 13

// irVersion is the version of the file format that came with the opset.
const irVersion = 7

// Options are the choices in writing a file.
type Options struct {
	// Version of the program that writes, for the file's producer_version.
	Version string
	// NoMetadata leaves the vocabulary and the origin out.
	NoMetadata bool
}

// Export writes the model's forward pass to path, whole or not at all: the file
// appears when it is complete. An error names the layer that ONNX cannot say.
func Export(path string, m *recurve.Model, o Options) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return Write(w, m, o) })
	if err != nil {
		return fmt.Errorf("export %s: %w", path, err)
	}
	return nil
}

// Write writes the model's forward pass to w.
func Write(w io.Writer, m *recurve.Model, o Options) error {
	if size := 4 * int64(m.CountParams()); size > math.MaxInt32-1<<20 { // protobuf counts with int32
		return fmt.Errorf("the weights have %.1f GiB, and an ONNX file holds at most 2", float64(size)/(1<<30))
	}
	g, err := graphOf(m.Name(), m.Network())
	if err != nil {
		return err
	}
	file := modelProto{irVersion: irVersion, opset: Opset, producerName: "recurve", producerVersion: o.Version, graph: g,
		docString: "Exported from Recurve: " + describe(m.Network()) + "."}
	if !o.NoMetadata {
		if file.metadata, err = metadata(m); err != nil {
			return err
		}
	}
	_, err = w.Write(file.append(nil))
	return err
}

// graphOf turns a chain of layers into a graph.
func graphOf(name string, net *layer.Network) (graphProto, error) {
	s := &scope{exporter: &exporter{names: map[string]bool{}, constants: map[string]string{}}}
	input := net.InputName
	if input == "" {
		input = "input_layer" // as Keras has it
	}
	in := value{name: s.unique(input), shape: net.Input}
	out := in
	for _, op := range net.Operators {
		var err error
		s.layer = op.Name()
		if out, err = s.add(op, out); err != nil {
			return graphProto{}, fmt.Errorf("layer %q (%s): %w", op.Name(), op.Layer().ClassName(), err)
		}
		if !op.Output().Masked {
			out.mask = ""
		}
	}
	outputs := s.outputs(out, in.name)
	kind := typeFloat
	if net.Input.IDs {
		kind = typeInt32
	}
	return graphProto{
		name: name, nodes: s.nodes, initializers: s.initializers,
		docString: fmt.Sprintf("%s -> %s", net.Input, net.Output()),
		inputs:    []valueInfo{{in.name, kind, s.dimensions(net.Input)}},
		outputs:   outputs,
	}, nil
}

// outputs names what the last layer returns after the layer, and two outputs
// after its directions.
func (s *scope) outputs(last value, input string) []valueInfo {
	out := s.ordered(last, false)
	if out.name == input { // a graph's output is some node's
		out.name = s.op("Identity", []string{input})
	}
	if shape := out.shape; shape.Pair {
		shape.Features /= 2
		var both []valueInfo
		for _, name := range s.split(out.name, "forward", "backward") {
			both = append(both, valueInfo{name, typeFloat, s.dimensions(shape)})
		}
		return both
	}
	name := s.unique(s.layer)
	s.rename(out.name, name)
	return []valueInfo{{name, typeFloat, s.dimensions(out.shape)}}
}

// Signature says what the model's graph takes and returns, such as
// "input_layer: int32 [batch, time]" and "dense: float32 [batch, 1]".
func Signature(m *recurve.Model) (inputs, outputs []string, err error) {
	g, err := graphOf(m.Name(), m.Network())
	if err != nil {
		return nil, nil, err
	}
	for _, v := range g.inputs {
		inputs = append(inputs, v.String())
	}
	for _, v := range g.outputs {
		outputs = append(outputs, v.String())
	}
	return inputs, outputs, nil
}

// String is the value as people write it.
func (v valueInfo) String() string {
	kind := map[dataType]string{typeFloat: "float32", typeInt32: "int32"}[v.kind]
	var sizes []string
	for _, d := range v.dims {
		if d.name == "" {
			d.name = strconv.Itoa(d.size)
		}
		sizes = append(sizes, d.name)
	}
	return fmt.Sprintf("%s: %s [%s]", v.name, kind, strings.Join(sizes, ", "))
}

// describe is the network in a few words: "Embedding, LSTM, Dense".
func describe(net *layer.Network) string {
	var classes []string
	for _, op := range net.Operators {
		classes = append(classes, op.Layer().ClassName())
	}
	return strings.Join(classes, ", ")
}

// metadata is what a model's file says beside its layers.
func metadata(m *recurve.Model) ([]stringEntry, error) {
	var out []stringEntry
	if p := m.Text(); p != nil {
		b, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		out = append(out, stringEntry{"recurve.text", string(b)})
	}
	if o := m.Origin(); o != nil {
		b, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		out = append(out, stringEntry{"recurve.origin", string(b)})
	}
	return out, nil
}
