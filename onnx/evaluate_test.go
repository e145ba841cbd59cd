package onnx

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// array is a tensor of any type: its values are numbers, or 0 and 1.
type array struct {
	dims []int
	data []float64
}

func size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func filled(v float64, dims ...int) array {
	return array{dims, slices.Repeat([]float64{v}, size(dims))}
}

// evaluate runs a graph in float64, by the formulas of ONNX' operator reference
// (github.com/onnx/onnx, docs/Operators.md), for the operators and attributes
// that are written; tools/oracle has ONNX Runtime run the graphs.
func (g *graph) evaluate(t *testing.T, outer map[string]array, inputs ...array) []array {
	t.Helper()
	values := map[string]array{}
	for _, known := range []map[string]array{outer, g.constants} {
		for name, v := range known {
			values[name] = v
		}
	}
	for i, name := range g.inputs {
		values[name] = inputs[i]
	}
	for _, n := range g.nodes {
		in := make([]array, len(n.inputs))
		for i, name := range n.inputs {
			v, known := values[name]
			if !known {
				t.Fatalf("node %s reads %q, which no node before it makes", n.name, name)
			}
			in[i] = v
		}
		for i, v := range n.run(t, values, in) {
			if i >= len(n.outputs) || n.outputs[i] == "" {
				continue
			}
			if _, taken := values[n.outputs[i]]; taken {
				t.Fatalf("node %s makes %q again", n.name, n.outputs[i])
			}
			values[n.outputs[i]] = v
		}
	}
	var out []array
	for _, name := range g.outputs {
		v, known := values[name]
		if !known {
			t.Fatalf("no node makes the output %q", name)
		}
		out = append(out, v)
	}
	return out
}

func (n node) run(t *testing.T, values map[string]array, in []array) []array {
	t.Helper()
	switch n.op {
	case "RNN", "LSTM", "GRU":
		return n.recurrent(t, in)
	case "Scan":
		return n.scan(t, values, in)
	case "Split":
		return n.split(in[0])
	case "Add", "Sub", "Mul", "Equal", "Where", "Clip":
		return []array{elementwise(n.binary(t), in...)}
	case "Cast":
		if dataType(n.attributes["to"].(int)) == typeBool {
			return []array{elementwise(func(v []float64) float64 { return min(1, math.Abs(v[0])) }, in...)} // of whole numbers
		}
		return in
	case "Softmax":
		return []array{softmax(in[0])}
	case "MatMul":
		return []array{matMul(in[0], in[1])}
	case "Gather", "Transpose", "Squeeze", "Unsqueeze", "Reshape", "Concat", "Slice", "Shape", "ConstantOfShape",
		"ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax":
		return []array{n.move(t, in)}
	}
	alpha, _ := n.attributes["alpha"].(float32)
	beta, _ := n.attributes["beta"].(float32)
	if n.op == "Selu" {
		beta = n.attributes["gamma"].(float32)
	}
	f := unary(t, n.op, float64(alpha), float64(beta))
	return []array{elementwise(func(v []float64) float64 { return f(v[0]) }, in...)}
}

// softmax is of the last axis.
func softmax(a array) array {
	out := array{a.dims, make([]float64, len(a.data))}
	n := a.dims[len(a.dims)-1]
	for i := 0; i < len(a.data); i += n {
		var sum float64
		for j := i; j < i+n; j++ {
			out.data[j] = math.Exp(a.data[j])
			sum += out.data[j]
		}
		for j := i; j < i+n; j++ {
			out.data[j] /= sum
		}
	}
	return out
}

// unary are the functions of one argument, as nodes and in recurrent operators.
func unary(t *testing.T, name string, alpha, beta float64) func(float64) float64 {
	t.Helper()
	f, known := map[string]func(float64) float64{
		"Identity":    func(x float64) float64 { return x },
		"Not":         func(x float64) float64 { return 1 - x },
		"Tanh":        math.Tanh,
		"Sigmoid":     func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		"HardSigmoid": func(x float64) float64 { return max(0, min(1, alpha*x+beta)) },
		"Affine":      func(x float64) float64 { return alpha*x + beta },
		"Relu":        func(x float64) float64 { return max(0, x) },
		"LeakyRelu":   func(x float64) float64 { return max(0, x) + alpha*min(0, x) },
		"Elu":         func(x float64) float64 { return max(0, x) + min(0, alpha*math.Expm1(x)) },
		"Selu":        func(x float64) float64 { return beta * (max(0, x) + min(0, alpha*math.Expm1(x))) },
		"Softplus":    func(x float64) float64 { return math.Log1p(math.Exp(x)) },
		"Softsign":    func(x float64) float64 { return x / (1 + math.Abs(x)) },
		"Exp":         math.Exp,
		"Erf":         math.Erf,
	}[name]
	if !known {
		t.Fatalf("the evaluator has no operator %s", name)
	}
	return f
}

func (n node) binary(t *testing.T) func(v []float64) float64 {
	t.Helper()
	return map[string]func([]float64) float64{
		"Add": func(v []float64) float64 { return v[0] + v[1] },
		"Sub": func(v []float64) float64 { return v[0] - v[1] },
		"Mul": func(v []float64) float64 { return v[0] * v[1] },
		"Equal": func(v []float64) float64 {
			if v[0] == v[1] {
				return 1
			}
			return 0
		},
		"Where": func(v []float64) float64 {
			if v[0] != 0 {
				return v[1]
			}
			return v[2]
		},
		"Clip": func(v []float64) float64 { return min(max(v[0], v[1]), v[2]) },
	}[n.op]
}

// elementwise broadcasts the arguments and applies f to their values.
func elementwise(f func(v []float64) float64, in ...array) array {
	var dims []int
	for _, a := range in {
		for len(dims) < len(a.dims) {
			dims = append([]int{1}, dims...)
		}
		for i, d := range a.dims {
			if j := len(dims) - len(a.dims) + i; d != 1 {
				dims[j] = d
			}
		}
	}
	out := filled(0, dims...)
	args := make([]float64, len(in))
	for k := range out.data {
		for i, a := range in {
			at, stride, rest := 0, 1, k
			for j := len(dims) - 1; j >= 0; j-- {
				if q := j - len(dims) + len(a.dims); q >= 0 {
					if a.dims[q] != 1 {
						at += rest % dims[j] * stride
					}
					stride *= a.dims[q]
				}
				rest /= dims[j]
			}
			args[i] = a.data[at]
		}
		out.data[k] = f(args)
	}
	return out
}

// matMul multiplies the last axis of a with a matrix.
func matMul(a, b array) array {
	inner, columns := b.dims[0], b.dims[1]
	rows := len(a.data) / inner
	out := filled(0, append(slices.Clone(a.dims[:len(a.dims)-1]), columns)...)
	for r := range rows {
		for c := range columns {
			for i := range inner {
				out.data[r*columns+c] += a.data[r*inner+i] * b.data[i*columns+c]
			}
		}
	}
	return out
}

// move runs an operator that moves values, or reduces along an axis.
func (n node) move(t *testing.T, in []array) array {
	t.Helper()
	x := in[0]
	switch n.op {
	case "Gather":
		row := size(x.dims[1:])
		out := array{dims: append(slices.Clone(in[1].dims), x.dims[1:]...)}
		for _, id := range in[1].data {
			if id < 0 {
				id += float64(x.dims[0])
			}
			out.data = append(out.data, x.data[int(id)*row:][:row]...)
		}
		return out
	case "Transpose":
		return transposed(x, n.attributes["perm"].([]int))
	case "Squeeze":
		axis := int(in[1].data[0])
		if x.dims[axis] != 1 {
			t.Fatalf("%s: axis %d of %v", n.name, axis, x.dims)
		}
		return array{slices.Delete(slices.Clone(x.dims), axis, axis+1), x.data}
	case "Unsqueeze":
		axis := int(in[1].data[0])
		if axis < 0 {
			axis += len(x.dims) + 1
		}
		return array{slices.Insert(slices.Clone(x.dims), axis, 1), x.data}
	case "Reshape":
		var dims []int
		for i, d := range in[1].data {
			if d == 0 {
				d = float64(x.dims[i])
			}
			dims = append(dims, int(d))
		}
		if size(dims) != len(x.data) {
			t.Fatalf("%s: %v to %v", n.name, x.dims, dims)
		}
		return array{dims, x.data}
	case "Concat":
		return concatenated(n.attributes["axis"].(int), in...)
	case "Slice":
		if want := []float64{-1, math.MinInt64, 0, -1}; len(in) != 5 || in[1].data[0] != want[0] || in[2].data[0] != want[1] ||
			in[3].data[0] != want[2] || in[4].data[0] != want[3] {
			t.Fatalf("%s: the evaluator only reverses the first axis", n.name)
		}
		row := size(x.dims[1:])
		out := array{dims: x.dims}
		for i := x.dims[0] - 1; i >= 0; i-- {
			out.data = append(out.data, x.data[i*row:][:row]...)
		}
		return out
	case "Shape":
		out := array{dims: []int{len(x.dims)}}
		for _, d := range x.dims {
			out.data = append(out.data, float64(d))
		}
		return out
	case "ConstantOfShape":
		var dims []int
		for _, d := range x.data {
			dims = append(dims, int(d))
		}
		return filled(0, dims...)
	}
	return n.reduce(in)
}

func transposed(x array, perm []int) array {
	dims := make([]int, len(perm))
	for i, p := range perm {
		dims[i] = x.dims[p]
	}
	out := filled(0, dims...)
	for k := range out.data {
		index, rest := make([]int, len(perm)), k
		for i := len(perm) - 1; i >= 0; i-- {
			index[perm[i]] = rest % dims[i]
			rest /= dims[i]
		}
		at := 0
		for i, d := range x.dims {
			at = at*d + index[i]
		}
		out.data[k] = x.data[at]
	}
	return out
}

func concatenated(axis int, in ...array) array {
	out := array{dims: slices.Clone(in[0].dims)}
	out.dims[axis] = 0
	for _, a := range in {
		out.dims[axis] += a.dims[axis]
	}
	for outer := range size(out.dims[:axis]) {
		for _, a := range in {
			row := size(a.dims[axis:])
			out.data = append(out.data, a.data[outer*row:][:row]...)
		}
	}
	return out
}

// split cuts the last axis into equal parts.
func (n node) split(x array) []array {
	parts, last := len(n.outputs), x.dims[len(x.dims)-1]
	out := make([]array, parts)
	for i := range out {
		out[i].dims = append(slices.Clone(x.dims[:len(x.dims)-1]), last/parts)
	}
	for i, v := range x.data {
		part := &out[i%last/(last/parts)]
		part.data = append(part.data, v)
	}
	return out
}

func (n node) reduce(in []array) array {
	x := in[0]
	axes, ok := n.attributes["axes"].([]int)
	if !ok {
		axes = []int{int(in[1].data[0])}
	}
	axis := axes[0]
	if axis < 0 {
		axis += len(x.dims)
	}
	count, inner := x.dims[axis], size(x.dims[axis+1:])
	out := array{dims: slices.Clone(x.dims)}
	out.dims[axis] = 1
	if n.attributes["keepdims"] == 0 { // by default 1
		out.dims = slices.Delete(out.dims, axis, axis+1)
	}
	for k := range size(out.dims) {
		var column []float64
		for i := range count {
			column = append(column, x.data[(k/inner*count+i)*inner+k%inner])
		}
		out.data = append(out.data, reductions(n.op, column))
	}
	return out
}

func reductions(op string, v []float64) float64 {
	sum, product := 0.0, 1.0
	for _, x := range v {
		sum, product = sum+x, product*x
	}
	switch op {
	case "ReduceSum":
		return sum
	case "ReduceMean":
		return sum / float64(len(v))
	case "ReduceProd":
		return product
	case "ReduceMax":
		return slices.Max(v)
	}
	panic(fmt.Sprint("no reduction ", op))
}
