package onnx

import (
	"recurve/activation"
	"recurve/layer"
)

// cell is a recurrent layer, or a half of a Bidirectional.
type cell struct {
	name     string
	operator string // ONNX' name
	// gates are the places of ONNX' gates among Keras': LSTM has i, o, f, c
	// where Keras has i, f, c, o; GRU has z, r, h as Keras.
	gates           []int
	units, features int
	act, rec        activation.Activation // rec: the gates'; Default where there are none
	resetBefore     bool
	sequences       bool
	backwards       bool
	zeroed          bool // outputs of masked steps are zero
	// kernel (features, gates x units), recurrent (units, gates x units) and
	// bias, nil without, are as Keras has them.
	kernel, recurrent, bias []float32
}

func cellOf(op layer.Operator) cell {
	c := cell{name: op.Name(), features: op.Input().Features, units: op.Output().Features}
	switch l := op.Layer().(type) {
	case layer.SimpleRNN:
		c.operator, c.gates = "RNN", []int{0}
		c.act = l.Activation.Or(activation.Tanh)
		c.sequences, c.backwards, c.zeroed = l.ReturnSequences, l.GoBackwards, l.ZeroOutputForMask
	case layer.LSTM:
		c.operator, c.gates = "LSTM", []int{0, 3, 1, 2}
		c.act, c.rec = l.Activation.Or(activation.Tanh), l.RecurrentActivation.Or(activation.Sigmoid)
		c.sequences, c.backwards, c.zeroed = l.ReturnSequences, l.GoBackwards, l.ZeroOutputForMask
	case layer.GRU:
		c.operator, c.gates = "GRU", []int{0, 1, 2}
		c.act, c.rec = l.Activation.Or(activation.Tanh), l.RecurrentActivation.Or(activation.Sigmoid)
		c.sequences, c.backwards, c.zeroed = l.ReturnSequences, l.GoBackwards, l.ZeroOutputForMask
		c.resetBefore = l.ResetBefore
	}
	params := op.Params()
	c.kernel, c.recurrent = params[0].Data, params[1].Data
	if len(params) > 2 {
		c.bias = params[2].Data
	}
	return c
}

// activations are the operator's: f, g and h in ONNX' formulas. The answer is
// no where it does not know one of them.
func (c *cell) activations(to *cellActivations) bool {
	switch c.operator {
	case "LSTM":
		return to.add(c.rec) && to.add(c.act) && to.add(c.act)
	case "GRU":
		return to.add(c.rec) && to.add(c.act)
	}
	return to.add(c.act)
}

// inputBias is the bias that is added to x.W; nil without.
func (c *cell) inputBias() []float32 {
	if c.bias == nil {
		return nil
	}
	return c.bias[:len(c.gates)*c.units]
}

// recurrentBias is the bias that is added to h.U, which a GRU has that resets
// after the product; nil without.
func (c *cell) recurrentBias() []float32 {
	if n := len(c.gates) * c.units; len(c.bias) > n {
		return c.bias[n:]
	}
	return nil
}

// recurrent adds a recurrent layer.
func (s *scope) recurrent(op layer.Operator, in value) value {
	c := cellOf(op)
	x := s.ordered(in, true)
	y := value{shape: op.Output(), timeMajor: true, mask: in.mask}
	stacked, axis, ok := s.operator(x, c)
	if !ok {
		y.name = s.scan(x, c, false)
		return y
	}
	y.name = s.op("Squeeze", []string{stacked, s.ints(axis)})
	if c.backwards && c.sequences {
		y.name = s.reversed(y.name) // Keras leaves the last step first, ONNX does not
	}
	return y
}

// bidirectional adds the two halves and merges them.
func (s *scope) bidirectional(l layer.Bidirectional, op layer.Operator, in value) value {
	var halves []cell
	for _, h := range op.(interface{ Halves() [2]layer.Operator }).Halves() {
		halves = append(halves, cellOf(h))
	}
	x := s.ordered(in, true)
	stacked, axis, ok := s.operator(x, halves...)
	if !ok {
		var y []string
		for _, c := range halves {
			own := &scope{exporter: s.exporter, layer: s.layer + "/" + c.name, nodes: s.nodes}
			one := own.scan(x, c, true)
			y = append(y, own.op("Unsqueeze", []string{one, s.ints(axis)}))
			s.nodes = own.nodes
		}
		stacked = s.op("Concat", y, attribute{"axis", int(axis)})
	}
	return value{name: s.merge(l.MergeMode, stacked, int(axis), op.Output().Features),
		shape: op.Output(), timeMajor: true, mask: in.mask}
}

// merge joins the halves, which lie along the axis, the next to the last but
// one: (time, halves, batch, units) or (halves, batch, units).
func (s *scope) merge(mode layer.Merge, stacked string, axis, features int) string {
	in := []string{stacked}
	over := []attribute{{"axes", []int{axis}}, {"keepdims", 0}}
	switch mode {
	case layer.Sum: // the only one whose axes are an input in opset 13
		return s.op("ReduceSum", []string{stacked, s.ints(int64(axis))}, over[1])
	case layer.Mul:
		return s.op("ReduceProd", in, over...)
	case layer.Ave:
		return s.op("ReduceMean", in, over...)
	}
	perm, shape := []int{1, 0, 2}, []int64{0, int64(features)} // 0: as it is
	if axis == 1 {
		perm, shape = []int{0, 2, 1, 3}, []int64{0, 0, int64(features)}
	}
	return s.op("Reshape", []string{s.op("Transpose", in, attribute{"perm", perm}), s.ints(shape...)})
}

// operator adds an RNN, LSTM or GRU node of one cell, or of two that go both
// ways. Its output, with time first, has the directions along the axis:
// (time, directions, batch, units) of sequences, else (directions, batch, units).
// The answer is no where the operator cannot say it.
func (s *scope) operator(x value, cells ...cell) (stacked string, axis int64, ok bool) {
	c := cells[0]
	if c.sequences {
		axis = 1
	}
	if x.mask != "" { // they know lengths, but no padding in front
		return "", axis, false
	}
	var activations cellActivations
	for _, c := range cells {
		if !c.activations(&activations) {
			return "", axis, false
		}
	}
	direction := "forward"
	switch {
	case len(cells) > 1:
		direction = "bidirectional"
	case c.backwards:
		direction = "reverse"
	}
	attributes := append([]attribute{{"hidden_size", c.units}, {"direction", direction}}, activations.attributes()...)
	if c.operator == "GRU" && !c.resetBefore {
		attributes = append(attributes, attribute{"linear_before_reset", 1})
	}
	outputs := []string{"", "Y_h"}
	if c.sequences {
		outputs = []string{"Y"}
	}
	outputs = s.ops(c.operator, append([]string{x.name}, s.operatorWeights(cells)...), outputs, attributes...)
	return outputs[len(outputs)-1], axis, true
}

// operatorWeights adds W (directions, gates x units, features), R (directions,
// gates x units, units) and, if there are biases, B (directions, 2 x gates x
// units): those of x.W and those of h.R.
func (s *scope) operatorWeights(cells []cell) []string {
	var w, r, b []float32
	for _, c := range cells {
		w = append(w, turned(c.kernel, c.units, c.gates)...)
		r = append(r, turned(c.recurrent, c.units, c.gates)...)
		if c.bias == nil {
			continue
		}
		b = append(b, turned(c.inputBias(), c.units, c.gates)...)
		if recurrent := c.recurrentBias(); recurrent != nil {
			b = append(b, turned(recurrent, c.units, c.gates)...)
		} else {
			b = append(b, make([]float32, len(c.gates)*c.units)...)
		}
	}
	c, n := cells[0], len(cells)
	rows := len(c.gates) * c.units
	names := []string{s.weight("W", []int{n, rows, c.features}, w), s.weight("R", []int{n, rows, c.units}, r)}
	if b != nil {
		names = append(names, s.weight("B", []int{n, 2 * rows}, b))
	}
	return names
}

// turned is a matrix of inputs x (gates x units) as (gates x units) x inputs,
// with the gates in ONNX' order.
func turned(m []float32, units int, gates []int) []float32 {
	columns := len(gates) * units
	inputs := len(m) / columns
	out := make([]float32, 0, len(m))
	for _, gate := range gates {
		for u := range units {
			for i := range inputs {
				out = append(out, m[i*columns+gate*units+u])
			}
		}
	}
	return out
}
