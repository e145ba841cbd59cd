package onnx

import (
	"errors"

	"recurve/layer"
)

// add adds a layer's nodes, and returns its output.
func (s *scope) add(op layer.Operator, in value) (value, error) {
	switch l := op.Layer().(type) {
	case layer.Embedding:
		return s.embedding(op, in), nil
	case layer.Dense:
		return s.dense(l, op, in), nil
	case layer.Dropout:
		return in, nil
	case layer.SimpleRNN, layer.LSTM, layer.GRU:
		return s.recurrent(op, in), nil
	case layer.Bidirectional:
		return s.bidirectional(l, op, in), nil
	}
	return value{}, errors.New("the layer has no form in ONNX")
}

// embedding looks ids up, time first: what follows is most often recurrent.
func (s *scope) embedding(op layer.Operator, in value) value {
	ids := s.ordered(in, true)
	table := op.Params()[0]
	return value{name: s.op("Gather", []string{s.weight(table.Name, table.Shape, table.Data), ids.name}), shape: op.Output(), timeMajor: true}
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
