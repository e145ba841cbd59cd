package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages of onnx.proto (github.com/onnx/onnx, onnx/onnx.proto) that a
// model needs, under its names, each with the fields that are written. append
// writes a message's fields; their numbers are onnx.proto's.

// modelProto is the whole file.
type modelProto struct {
	irVersion       int64
	producerName    string
	producerVersion string
	docString       string
	graph           graphProto
	opset           int64 // of the default domain
	metadata        []stringEntry
}

func (m modelProto) append(b []byte) []byte {
	b = appendInt(b, 1, m.irVersion)
	b = appendText(b, 2, m.producerName)
	b = appendText(b, 3, m.producerVersion)
	b = appendText(b, 6, m.docString)
	b = appendMessage(b, 7, m.graph)
	b = appendMessage(b, 8, operatorSetID{m.opset})
	return appendMessages(b, 14, m.metadata)
}

type operatorSetID struct{ version int64 }

func (o operatorSetID) append(b []byte) []byte { return appendInt(b, 2, o.version) }

type stringEntry struct{ key, value string }

func (e stringEntry) append(b []byte) []byte { return appendText(appendText(b, 1, e.key), 2, e.value) }

// graphProto is the model's graph, or the body of a Scan.
type graphProto struct {
	nodes           []nodeProto // each behind those it reads
	name            string
	initializers    []tensorProto
	docString       string
	inputs, outputs []valueInfo
}

func (g graphProto) append(b []byte) []byte {
	b = appendMessages(b, 1, g.nodes)
	b = appendText(b, 2, g.name)
	b = appendMessages(b, 5, g.initializers)
	b = appendText(b, 10, g.docString)
	b = appendMessages(b, 11, g.inputs)
	return appendMessages(b, 12, g.outputs)
}

type nodeProto struct {
	inputs, outputs []string // "" for an optional one that is left out
	name, opType    string
	attributes      []attribute
}

func (n nodeProto) append(b []byte) []byte {
	b = appendTexts(b, 1, n.inputs)
	b = appendTexts(b, 2, n.outputs)
	b = appendText(b, 3, n.name)
	b = appendText(b, 4, n.opType)
	return appendMessages(b, 5, n.attributes)
}

// attribute is an AttributeProto. Its value has one of the types below.
type attribute struct {
	name  string
	value any
}

func (a attribute) append(b []byte) []byte {
	b = appendText(b, 1, a.name)
	var kind int64 // an AttributeType
	switch v := a.value.(type) {
	case float32:
		b, kind = appendFloat(b, 2, v), 1
	case int:
		b, kind = appendInt(b, 3, int64(v)), 2
	case string:
		b, kind = appendText(b, 4, v), 3
	case graphProto:
		b, kind = appendMessage(b, 6, v), 5
	case []float32:
		for _, x := range v {
			b = appendFloat(b, 7, x)
		}
		kind = 6
	case []int:
		for _, x := range v {
			b = appendInt(b, 8, int64(x))
		}
		kind = 7
	case []string:
		b, kind = appendTexts(b, 9, v), 8
	default:
		panic("onnx: an attribute of a type that is not written")
	}
	return appendInt(b, 20, kind)
}

// The data types of onnx.proto's TensorProto that are used.
type dataType int64

const (
	typeFloat dataType = 1
	typeInt32 dataType = 6
	typeInt64 dataType = 7
	typeBool  dataType = 9
)

// tensorProto is a constant: float32 values, or where there are none int64.
type tensorProto struct {
	name   string
	dims   []int
	floats []float32
	ints   []int64
}

func (t tensorProto) append(b []byte) []byte {
	for _, d := range t.dims {
		b = appendInt(b, 1, int64(d))
	}
	kind, size := typeFloat, 4*len(t.floats)
	if t.ints != nil {
		kind, size = typeInt64, 8*len(t.ints)
	}
	b = appendInt(b, 2, int64(kind))
	b = appendText(b, 8, t.name)
	b = protowire.AppendTag(b, 9, protowire.BytesType) // raw_data: little-endian
	b = protowire.AppendVarint(b, uint64(size))
	for _, v := range t.floats {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	for _, v := range t.ints {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// valueInfo is a ValueInfoProto: the name, type and shape of a tensor.
type valueInfo struct {
	name string
	kind dataType
	dims []dimension
}

func (v valueInfo) append(b []byte) []byte {
	b = appendText(b, 1, v.name)
	return appendMessage(b, 2, tensorType{v}) // TypeProto
}

// tensorType is a TypeProto, with its TypeProto.Tensor inside.
type tensorType struct{ of valueInfo }

func (t tensorType) append(b []byte) []byte { return appendMessage(b, 1, tensorTypeTensor(t)) }

type tensorTypeTensor struct{ of valueInfo }

func (t tensorTypeTensor) append(b []byte) []byte {
	b = appendInt(b, 1, int64(t.of.kind))
	return appendMessage(b, 2, tensorShape{t.of.dims})
}

type tensorShape struct{ dims []dimension }

func (s tensorShape) append(b []byte) []byte { return appendMessages(b, 1, s.dims) }

// dimension is a size that is known, or the name of one that is not.
type dimension struct {
	size int
	name string
}

func (d dimension) append(b []byte) []byte {
	if d.name != "" {
		return appendText(b, 2, d.name)
	}
	return appendInt(b, 1, int64(d.size))
}

type message interface{ append(b []byte) []byte }

func appendMessage(b []byte, field protowire.Number, m message) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, m.append(nil))
}

func appendMessages[M message](b []byte, field protowire.Number, all []M) []byte {
	for _, m := range all {
		b = appendMessage(b, field, m)
	}
	return b
}

func appendText(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendTexts(b []byte, field protowire.Number, all []string) []byte {
	for _, s := range all {
		b = appendText(b, field, s)
	}
	return b
}

func appendInt(b []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func appendFloat(b []byte, field protowire.Number, v float32) []byte {
	return protowire.AppendFixed32(protowire.AppendTag(b, field, protowire.Fixed32Type), math.Float32bits(v))
}
