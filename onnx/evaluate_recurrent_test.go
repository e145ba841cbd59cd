package onnx

import (
	"slices"
	"testing"
)

// step is a part of the first axis.
func (a array) step(t int) array {
	row := size(a.dims[1:])
	return array{a.dims[1:], a.data[t*row:][:row]}
}

// rows is a part of the first axis, of some rows.
func (a array) rows(from, to int) array {
	row := size(a.dims[1:])
	return array{append([]int{to - from}, a.dims[1:]...), a.data[from*row : to*row]}
}

func transpose(a array) array { return transposed(a, []int{1, 0}) }

func sum(in ...array) array {
	out := in[0]
	for _, a := range in[1:] {
		out = elementwise(func(v []float64) float64 { return v[0] + v[1] }, out, a)
	}
	return out
}

func times(a, b array) array {
	return elementwise(func(v []float64) float64 { return v[0] * v[1] }, a, b)
}

func apply(f func(float64) float64, a array) array {
	return elementwise(func(v []float64) float64 { return f(v[0]) }, a)
}

// recurrent runs RNN, LSTM and GRU: X (time, batch, features), W, R, B.
func (n node) recurrent(t *testing.T, in []array) []array {
	t.Helper()
	x, hidden := in[0], n.attributes["hidden_size"].(int)
	direction := n.attributes["direction"].(string)
	directions := map[string][]bool{"forward": {false}, "reverse": {true}, "bidirectional": {false, true}}[direction]
	functions := n.functions(t)
	steps, batch := x.dims[0], x.dims[1]
	y := filled(0, steps, len(directions), batch, hidden)
	last := filled(0, len(directions), batch, hidden)
	for d, backwards := range directions {
		w, r := in[1].step(d), in[2].step(d)
		wb, rb := filled(0, w.dims[0]), filled(0, w.dims[0])
		if len(in) > 3 {
			b := in[3].step(d)
			wb, rb = b.rows(0, w.dims[0]), b.rows(w.dims[0], 2*w.dims[0])
		}
		each := len(functions) / len(directions)
		c := onnxCell{n: n, hidden: hidden, w: w, r: r, wb: wb, rb: rb, f: functions[d*each : (d+1)*each]}
		h, state := filled(0, batch, hidden), filled(0, batch, hidden)
		for s := range steps {
			at := s
			if backwards {
				at = steps - 1 - s
			}
			h, state = c.step(x.step(at), h, state)
			copy(y.data[(at*len(directions)+d)*batch*hidden:], h.data)
		}
		copy(last.data[d*batch*hidden:], h.data)
	}
	return []array{y, last}
}

// functions are the node's activations, with the alphas and betas that they take.
func (n node) functions(t *testing.T) []func(float64) float64 {
	t.Helper()
	alphas, _ := n.attributes["activation_alpha"].([]float32)
	betas, _ := n.attributes["activation_beta"].([]float32)
	var out []func(float64) float64
	for _, name := range n.attributes["activations"].([]string) {
		var alpha, beta float32
		if slices.Contains([]string{"Affine", "HardSigmoid", "LeakyRelu", "Elu"}, name) {
			alpha, alphas = alphas[0], alphas[1:]
		}
		if slices.Contains([]string{"Affine", "HardSigmoid"}, name) {
			beta, betas = betas[0], betas[1:]
		}
		out = append(out, unary(t, name, float64(alpha), float64(beta)))
	}
	if len(alphas)+len(betas) > 0 {
		t.Fatalf("%s: alphas or betas are left over", n.name)
	}
	return out
}

// onnxCell is one direction of a recurrent node.
type onnxCell struct {
	n            node
	hidden       int
	w, r, wb, rb array
	f            []func(float64) float64
}

// input is x.W[gate]' + Wb[gate], and state the same of h with R and Rb.
func (c *onnxCell) input(gate int, x array) array {
	lo, hi := gate*c.hidden, (gate+1)*c.hidden
	return sum(matMul(x, transpose(c.w.rows(lo, hi))), c.wb.rows(lo, hi))
}

func (c *onnxCell) product(gate int, h array) array {
	lo, hi := gate*c.hidden, (gate+1)*c.hidden
	return matMul(h, transpose(c.r.rows(lo, hi)))
}

func (c *onnxCell) state(gate int, h array) array {
	return sum(c.product(gate, h), c.rb.rows(gate*c.hidden, (gate+1)*c.hidden))
}

func (c *onnxCell) step(x, h, state array) (nextH, nextC array) {
	gate := func(f, k int) array { return apply(c.f[f], sum(c.input(k, x), c.state(k, h))) }
	switch c.n.op {
	case "RNN":
		return gate(0, 0), state
	case "LSTM": // gates i, o, f, c
		i, o, f, g := gate(0, 0), gate(0, 1), gate(0, 2), gate(1, 3)
		next := sum(times(f, state), times(i, g))
		return times(o, apply(c.f[2], next)), next
	}
	z, r := gate(0, 0), gate(0, 1) // GRU: gates z, r, h
	var inner array
	if c.n.attributes["linear_before_reset"] == 1 {
		inner = times(r, c.state(2, h))
	} else {
		inner = sum(c.product(2, times(r, h)), c.rb.rows(2*c.hidden, 3*c.hidden))
	}
	candidate := apply(c.f[1], sum(c.input(2, x), inner))
	rest := apply(func(v float64) float64 { return 1 - v }, z)
	return sum(times(rest, candidate), times(z, h)), state
}

// scan runs the body once a step: states first, then slices of the scan inputs.
func (n node) scan(t *testing.T, values map[string]array, in []array) []array {
	t.Helper()
	body := n.attributes["body"].(*graph)
	inputs := n.attributes["num_scan_inputs"].(int)
	states := slices.Clone(in[:len(in)-inputs])
	sequences := in[len(in)-inputs:]
	direction := func(name string, i int) int {
		if d, ok := n.attributes[name].([]int); ok {
			return d[i]
		}
		return 0
	}
	steps := sequences[0].dims[0]
	collected := make([][]array, len(body.outputs)-len(states))
	for s := range steps {
		args := slices.Clone(states)
		for i, x := range sequences {
			at := s
			if direction("scan_input_directions", i) == 1 {
				at = steps - 1 - s
			}
			args = append(args, x.step(at))
		}
		out := body.evaluate(t, values, args...)
		copy(states, out)
		for i, y := range out[len(states):] {
			y.dims = append([]int{1}, y.dims...)
			if direction("scan_output_directions", i) == 1 {
				collected[i] = append([]array{y}, collected[i]...)
			} else {
				collected[i] = append(collected[i], y)
			}
		}
	}
	out := states
	for _, c := range collected {
		out = append(out, concatenated(0, c...))
	}
	return out
}
