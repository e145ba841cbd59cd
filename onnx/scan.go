package onnx

import "slices"

// scan adds a recurrent layer as a Scan, whose body is Keras' formulas, for what
// the recurrent operators cannot say. x has time first. The output is a state,
// (batch, units), or the states of all steps, (time, batch, units): in the order
// in which they came, or in that of time.
func (s *scope) scan(x value, c cell, timeOrder bool) string {
	// The product with the input is made for all steps at once.
	columns := len(c.gates) * c.units
	z := s.op("MatMul", []string{x.name, s.weight("kernel", []int{c.features, columns}, c.kernel)})
	if b := c.inputBias(); b != nil {
		z = s.op("Add", []string{z, s.weight("bias", []int{columns}, b)})
	}
	batch := s.op("Gather", []string{s.op("Shape", []string{z}), s.ints(1)})
	shape := s.op("Concat", []string{batch, s.ints(int64(c.units))}, attribute{"axis", 0})
	zeros := s.op("ConstantOfShape", []string{shape}) // float32, unless told

	inputs, outputs := []string{zeros}, []string{"Y_h"}
	if c.operator == "LSTM" {
		inputs, outputs = append(inputs, zeros), append(outputs, "Y_c") // of a Scan, ONNX Runtime wants all
	}
	if c.sequences {
		outputs = append(outputs, "Y")
	}
	scanned := []string{z}
	if x.mask != "" {
		scanned = append(scanned, x.mask)
	}
	attributes := []attribute{{"num_scan_inputs", len(scanned)}, {"body", s.scanBody(c, x.mask != "")}}
	if c.backwards {
		attributes = append(attributes, attribute{"scan_input_directions", slices.Repeat([]int{1}, len(scanned))})
		if c.sequences && timeOrder {
			attributes = append(attributes, attribute{"scan_output_directions", []int{1}})
		}
	}
	outputs = s.ops("Scan", append(inputs, scanned...), outputs, attributes...)
	if c.sequences {
		return outputs[len(outputs)-1]
	}
	if x.mask == "" || !c.zeroed {
		return outputs[0]
	}
	last := int64(-1) // the step that was read last
	if c.backwards {
		last = 0
	}
	return s.op("Where", []string{s.op("Gather", []string{x.mask, s.index(last)}), outputs[0], s.scalar(0)})
}

// scanBody is one step of time: from the states before, the gate inputs and, if
// there is one, the mask to the states after and, of a sequence, the output.
func (s *scope) scanBody(c cell, masked bool) graphProto {
	body := &scope{exporter: s.exporter, layer: s.layer + "/step"}
	states := []string{body.own("h")}
	if c.operator == "LSTM" {
		states = append(states, body.own("c"))
	}
	z := body.own("z")
	g := graphProto{name: body.layer, inputs: rowsOf(typeFloat, c.units, states...)}
	g.inputs = append(g.inputs, rowsOf(typeFloat, len(c.gates)*c.units, z)...)
	next := body.step(s, c, z, states)
	mask := ""
	if masked { // a step that does not count leaves the states as they are
		mask = body.own("mask")
		g.inputs = append(g.inputs, rowsOf(typeBool, 1, mask)...)
		for i := range next {
			next[i] = body.op("Where", []string{mask, next[i], states[i]})
		}
	}
	g.outputs = rowsOf(typeFloat, c.units, next...)
	if c.sequences {
		y := ""
		if masked && c.zeroed {
			y = body.op("Where", []string{mask, next[0], s.scalar(0)})
		} else {
			y = body.op("Identity", next[:1])
		}
		g.outputs = append(g.outputs, rowsOf(typeFloat, c.units, y)...)
	}
	g.nodes = body.nodes
	return g
}

// rowsOf describes values of the shape (batch, columns).
func rowsOf(kind dataType, columns int, names ...string) []valueInfo {
	var out []valueInfo
	for _, name := range names {
		out = append(out, valueInfo{name, kind, []dimension{{name: "batch"}, {size: columns}}})
	}
	return out
}

// step adds a step of time to a body: the new states, h first, from the gate
// inputs z and the states before. The weights are the graph's.
func (s *scope) step(graph *scope, c cell, z string, states []string) []string {
	h := states[0]
	columns := len(c.gates) * c.units
	product := func(h string) string {
		return s.op("MatMul", []string{h, graph.weight("recurrent_kernel", []int{c.units, columns}, c.recurrent)})
	}
	switch {
	case c.operator == "RNN":
		return []string{s.activate(s.op("Add", []string{z, product(h)}), c.act)}
	case c.operator == "LSTM":
		g := s.split(s.op("Add", []string{z, product(h)}), "i", "f", "g", "o")
		kept := s.op("Mul", []string{s.activate(g[1], c.rec), states[1]})
		added := s.op("Mul", []string{s.activate(g[0], c.rec), s.activate(g[2], c.act)})
		cell := s.op("Add", []string{kept, added})
		return []string{s.op("Mul", []string{s.activate(g[3], c.rec), s.activate(cell, c.act)}), cell}
	case c.resetBefore:
		return []string{s.gruResetBefore(graph, c, z, h)}
	}
	inner := product(h)
	if b := c.recurrentBias(); b != nil {
		inner = s.op("Add", []string{inner, graph.weight("recurrent_bias", []int{columns}, b)})
	}
	x, u := s.split(z, "xz", "xr", "xn"), s.split(inner, "hz", "hr", "hn")
	update := s.activate(s.op("Add", []string{x[0], u[0]}), c.rec)
	reset := s.activate(s.op("Add", []string{x[1], u[1]}), c.rec)
	n := s.op("Add", []string{x[2], s.op("Mul", []string{reset, u[2]})})
	return []string{s.gruOutput(update, h, s.activate(n, c.act))}
}

// gruResetBefore multiplies the state with the reset gate before the product.
func (s *scope) gruResetBefore(graph *scope, c cell, z, h string) string {
	columns := 3 * c.units
	var zr, n []float32 // the gates' columns of the recurrent kernel, and the candidate's
	for i := range c.units {
		row := c.recurrent[i*columns:][:columns]
		zr, n = append(zr, row[:2*c.units]...), append(n, row[2*c.units:]...)
	}
	x := s.split(z, "xz", "xr", "xn")
	u := s.split(s.op("MatMul", []string{h, graph.weight("recurrent_kernel_zr", []int{c.units, 2 * c.units}, zr)}), "hz", "hr")
	update := s.activate(s.op("Add", []string{x[0], u[0]}), c.rec)
	reset := s.activate(s.op("Add", []string{x[1], u[1]}), c.rec)
	inner := s.op("MatMul", []string{s.op("Mul", []string{reset, h}), graph.weight("recurrent_kernel_n", []int{c.units, c.units}, n)})
	return s.gruOutput(update, h, s.activate(s.op("Add", []string{x[2], inner}), c.act))
}

// gruOutput is z*h + (1-z)*n.
func (s *scope) gruOutput(z, h, n string) string {
	rest := s.op("Sub", []string{s.scalar(1), z})
	return s.op("Add", []string{s.op("Mul", []string{z, h}), s.op("Mul", []string{rest, n})})
}

// split cuts the last axis into equal parts.
func (s *scope) split(x string, names ...string) []string {
	return s.ops("Split", []string{x}, names, attribute{"axis", -1})
}
