package onnx

import (
	"encoding/binary"
	"math"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// decoded is a message's fields: their values in order, a number or bytes.
type decoded map[protowire.Number][]decodedValue

type decodedValue struct {
	number uint64
	bytes  []byte
}

func decode(t *testing.T, b []byte) decoded {
	t.Helper()
	out := decoded{}
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v decodedValue
		switch kind {
		case protowire.VarintType:
			v.number, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var u uint32
			u, n = protowire.ConsumeFixed32(b)
			v.number = uint64(u)
		case protowire.BytesType:
			v.bytes, n = protowire.ConsumeBytes(b)
		default:
			t.Fatalf("field %d has type %d", number, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		out[number] = append(out[number], v)
	}
	return out
}

func (d decoded) text(f protowire.Number) string {
	if v := d[f]; len(v) > 0 {
		return string(v[0].bytes)
	}
	return ""
}

func (d decoded) int(f protowire.Number) int {
	if v := d[f]; len(v) > 0 {
		return int(int64(v[0].number))
	}
	return 0
}

func (d decoded) texts(f protowire.Number) []string {
	var out []string
	for _, v := range d[f] {
		out = append(out, string(v.bytes))
	}
	return out
}

func (d decoded) messages(t *testing.T, f protowire.Number) []decoded {
	t.Helper()
	var out []decoded
	for _, v := range d[f] {
		out = append(out, decode(t, v.bytes))
	}
	return out
}

// graph is a GraphProto as the evaluator wants it.
type graph struct {
	nodes           []node
	constants       map[string]array
	inputs, outputs []string
	shapes          map[string]string // of inputs and outputs: "1[batch,time,3]", with the data type in front
}

type node struct {
	op, name        string
	inputs, outputs []string
	attributes      map[string]any // int, float32, string, slices of them, or *graph
}

func decodeGraph(t *testing.T, d decoded) *graph {
	t.Helper()
	g := &graph{constants: map[string]array{}, shapes: map[string]string{}}
	for _, n := range d.messages(t, 1) {
		one := node{op: n.text(4), name: n.text(3), inputs: n.texts(1), outputs: n.texts(2), attributes: map[string]any{}}
		for _, a := range n.messages(t, 5) {
			one.attributes[a.text(1)] = decodeAttribute(t, a)
		}
		g.nodes = append(g.nodes, one)
	}
	for _, c := range d.messages(t, 5) {
		g.constants[c.text(8)] = decodeTensor(t, c)
	}
	for _, field := range []protowire.Number{11, 12} {
		for _, v := range d.messages(t, field) {
			if field == 11 {
				g.inputs = append(g.inputs, v.text(1))
			} else {
				g.outputs = append(g.outputs, v.text(1))
			}
			g.shapes[v.text(1)] = decodeType(t, v)
		}
	}
	return g
}

func decodeAttribute(t *testing.T, a decoded) any {
	t.Helper()
	switch a.int(20) {
	case 1:
		return math.Float32frombits(uint32(a[2][0].number))
	case 2:
		return a.int(3)
	case 3:
		return a.text(4)
	case 5:
		return decodeGraph(t, a.messages(t, 6)[0])
	case 6:
		var out []float32
		for _, v := range a[7] {
			out = append(out, math.Float32frombits(uint32(v.number)))
		}
		return out
	case 7:
		var out []int
		for _, v := range a[8] {
			out = append(out, int(int64(v.number)))
		}
		return out
	case 8:
		return a.texts(9)
	}
	t.Fatalf("attribute %s has type %d", a.text(1), a.int(20))
	return nil
}

func decodeTensor(t *testing.T, c decoded) array {
	t.Helper()
	a := array{}
	for _, d := range c[1] {
		a.dims = append(a.dims, int(d.number))
	}
	raw := c[9][0].bytes
	switch dataType(c.int(2)) {
	case typeFloat:
		for ; len(raw) > 0; raw = raw[4:] {
			a.data = append(a.data, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw))))
		}
	case typeInt64:
		for ; len(raw) > 0; raw = raw[8:] {
			a.data = append(a.data, float64(int64(binary.LittleEndian.Uint64(raw))))
		}
	default:
		t.Fatalf("constant %s has type %d", c.text(8), c.int(2))
	}
	if len(a.data) != size(a.dims) {
		t.Fatalf("constant %s has %d values for shape %v", c.text(8), len(a.data), a.dims)
	}
	return a
}

func decodeType(t *testing.T, v decoded) string {
	t.Helper()
	tensor := v.messages(t, 2)[0].messages(t, 1)[0]
	out := string(rune('0'+tensor.int(1))) + "["
	for i, d := range tensor.messages(t, 2)[0].messages(t, 1) {
		if i > 0 {
			out += ","
		}
		if name := d.text(2); name != "" {
			out += name
		} else {
			out += string(rune('0' + d.int(1)))
		}
	}
	return out + "]"
}
