package onnx

import (
	"errors"

	"recurve/layer"
)

// add adds a layer's nodes, and returns its output.
func (s *scope) add(op layer.Operator, in value) (value, error) {
	switch l := op.Layer().(type) {
	case layer.Embedding:
		return s.embedding(l, op, in), nil
	case layer.Masking:
		return s.masking(l, in), nil
	case layer.Dense:
		return s.dense(l, op, in), nil
	case layer.Activation:
		in.name = s.activate(in.name, l.Activation)
		return in, nil
	case layer.Dropout:
		return in, nil
	case layer.Flatten:
		return s.flatten(op, in), nil
	case layer.TimeDistributed: // the layers that it takes treat each step by itself
		return s.add(op.(interface{ Inner() layer.Operator }).Inner(), in)
	case layer.SimpleRNN, layer.LSTM, layer.GRU:
		return s.recurrent(op, in), nil
	case layer.Bidirectional:
		return s.bidirectional(l, op, in), nil
	}
	return value{}, errors.New("it has no form in ONNX yet; the layers that have one are " +
		"Embedding, Masking, SimpleRNN, LSTM, GRU, Bidirectional, TimeDistributed, Dense, Activation, Flatten and Dropout")
}

// embedding looks ids up, time first: what follows is most often recurrent.
func (s *scope) embedding(l layer.Embedding, op layer.Operator, in value) value {
	ids := s.ordered(in, true)
	table := op.Params()[0]
	y := value{name: s.op("Gather", []string{s.weight(table.Name, table.Shape, table.Data), ids.name}), shape: op.Output(), timeMajor: true}
	if l.MaskZero {
		counts := s.op("Cast", []string{ids.name}, attribute{"to", int(typeBool)}) // any other id is true
		y.mask = s.op("Unsqueeze", []string{counts, s.ints(-1)})
	}
	return y
}

// masking masks the steps in which all features have the value, and sets them to
// zero.
func (s *scope) masking(l layer.Masking, in value) value {
	x := s.ordered(in, true)
	other := s.op("Not", []string{s.op("Equal", []string{x.name, s.scalar(float32(l.MaskValue))})})
	some := s.op("ReduceMax", []string{s.op("Cast", []string{other}, attribute{"to", int(typeFloat)})}, attribute{"axes", []int{-1}})
	x.mask = s.op("Cast", []string{some}, attribute{"to", int(typeBool)})
	x.name = s.op("Where", []string{x.mask, x.name, s.scalar(0)})
	return x
}

// dense works on the last axis, of vectors and of sequences in any order.
func (s *scope) dense(l layer.Dense, op layer.Operator, in value) value {
	y := in.name
	for i, p := range op.Params() { // kernel and bias
		y = s.op([]string{"MatMul", "Add"}[i], []string{y, s.weight(p.Name, p.Shape, p.Data)})
	}
	in.name, in.shape = s.activate(y, l.Activation), op.Output()
	return in
}

// flatten lays the steps one behind the other.
func (s *scope) flatten(op layer.Operator, in value) value {
	if !in.shape.Sequence {
		return in
	}
	s.fixed = true
	shape := s.ints(0, int64(op.Output().Features)) // 0: as it is
	return value{name: s.op("Reshape", []string{s.ordered(in, false).name, shape}), shape: op.Output()}
}
