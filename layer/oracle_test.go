package layer

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"recurve/activation"
	"recurve/internal/kernel"
	"recurve/internal/numpy"
	"recurve/tensor"
)

// The fixtures were made by tools/oracle/layers.py with real Keras, in
// float64: outputs and gradients of single layers and of stacks.

type oracleCase struct {
	Name   string
	Layers []oracleLayer
	Shape  []int
	Vocab  int `json:"vocabulary"`
}

type oracleLayer struct {
	Class  string
	Config struct {
		Units               int
		InputDim            int   `json:"input_dim"`
		OutputDim           int   `json:"output_dim"`
		UseBias             *bool `json:"use_bias"`
		ReturnSequences     bool  `json:"return_sequences"`
		GoBackwards         bool  `json:"go_backwards"`
		ResetAfter          *bool `json:"reset_after"`
		Activation          string
		RecurrentActivation string `json:"recurrent_activation"`
		Layer               *oracleLayer
		MergeMode           json.RawMessage `json:"merge_mode"`
		MaskZero            bool            `json:"mask_zero"`
		ZeroOutput          bool            `json:"zero_output_for_mask"`
		MaskValue           float64         `json:"mask_value"`
		Rate                float64
		Dropout             float64
		RecurrentDropout    float64 `json:"recurrent_dropout"`
	}
}

func (o oracleLayer) layer(t *testing.T) Layer {
	t.Helper()
	c := o.Config
	parse := func(s string) activation.Activation {
		if s == "" {
			return activation.Default
		}
		a, err := activation.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	act, rec := parse(c.Activation), parse(c.RecurrentActivation)
	noBias := c.UseBias != nil && !*c.UseBias
	switch o.Class {
	case "Embedding":
		return Embedding{InputDim: c.InputDim, OutputDim: c.OutputDim, MaskZero: c.MaskZero}
	case "Masking":
		return Masking{MaskValue: c.MaskValue}
	case "Dropout":
		return Dropout{Rate: c.Rate}
	case "Dense":
		return Dense{Units: c.Units, Activation: act, NoBias: noBias}
	case "SimpleRNN":
		return SimpleRNN{Units: c.Units, Activation: act, NoBias: noBias, ReturnSequences: c.ReturnSequences, GoBackwards: c.GoBackwards, ZeroOutputForMask: c.ZeroOutput,
			Dropout: c.Dropout, RecurrentDropout: c.RecurrentDropout}
	case "LSTM":
		return LSTM{Units: c.Units, Activation: act, RecurrentActivation: rec, NoBias: noBias, ReturnSequences: c.ReturnSequences, GoBackwards: c.GoBackwards, ZeroOutputForMask: c.ZeroOutput,
			Dropout: c.Dropout, RecurrentDropout: c.RecurrentDropout}
	case "GRU":
		return GRU{Units: c.Units, Activation: act, RecurrentActivation: rec, NoBias: noBias, ReturnSequences: c.ReturnSequences, GoBackwards: c.GoBackwards, ZeroOutputForMask: c.ZeroOutput,
			Dropout: c.Dropout, RecurrentDropout: c.RecurrentDropout,
			ResetBefore: c.ResetAfter != nil && !*c.ResetAfter}
	case "Bidirectional":
		b := Bidirectional{Layer: c.Layer.layer(t).(Recurrent)}
		var mode *string
		if err := json.Unmarshal(c.MergeMode, &mode); c.MergeMode != nil && err != nil {
			t.Fatal(err)
		}
		switch {
		case mode != nil:
			m, err := ParseMerge(*mode)
			if err != nil {
				t.Fatal(err)
			}
			b.MergeMode = m
		case c.MergeMode != nil:
			b.MergeMode = NoMerge
		}
		return b
	case "TimeDistributed":
		return TimeDistributed{Layer: c.Layer.layer(t)}
	case "Activation":
		return Activation{Activation: act}
	case "Flatten":
		return Flatten{}
	}
	t.Fatalf("no class %s", o.Class)
	return nil
}

// rig runs whole arrays through a chain of operators, tile by tile.
type rig struct {
	ops    []Operator
	params []*tensor.Param
	run    Run
	shape  []int // of the input, the batch first
	parts  int
}

// newRig builds layers as if a trained layer stood before them, so that they
// give the gradient of their input.
func newRig(t *testing.T, layers []Layer, shape []int, ids bool, parts int) *rig {
	t.Helper()
	in := Shape{trained: true}
	r := &rig{shape: shape, parts: parts, run: Run{BatchSize: shape[0], Steps: 1, Training: true}}
	switch {
	case ids:
		in = Shape{IDs: true, Sequence: true, Steps: shape[1]}
	case len(shape) == 3:
		in.Sequence, in.Steps, in.Features = true, shape[1], shape[2]
	default:
		in.Features = shape[1]
	}
	if in.Sequence {
		r.run.Steps = shape[1]
	}
	b := &builder{BuildOptions: BuildOptions{Kernels: kernel.Go{}, Seed: 1}, names: map[string]bool{}, counts: map[string]int{}}
	for i, l := range layers {
		b.last = i == len(layers)-1
		op, err := l.build(b, in)
		if err != nil {
			t.Fatal(err)
		}
		in = op.Output()
		r.ops = append(r.ops, op)
		r.params = append(r.params, op.Params()...)
	}
	for _, op := range r.ops {
		op.Configure(r.run)
	}
	return r
}

func (r *rig) each(f func(op Operator, part int)) {
	for part := range r.parts {
		for _, op := range r.ops {
			f(op, part)
		}
	}
}

// pass takes x (or ids) forward and dy backward. All arrays have the batch
// first. The parameters' gradients are left in Grad.
func (r *rig) pass(x []float32, ids []int32, dy []float32) (y, dx []float32) {
	for _, p := range r.params {
		clear(p.Grad)
	}
	r.each(func(op Operator, part int) { op.Prepare(part, r.parts) })
	n, size := r.shape[0], len(x)/r.shape[0]
	works := make([]Workspace, len(r.ops))
	for first := 0; first < n; first += tensor.Lanes {
		for i, op := range r.ops {
			works[i] = op.Workspace(r.run)
		}
		tile := &Tile{Samples: min(n-first, tensor.Lanes), Batch: n, Steps: r.run.Steps, Training: true, Key: uint64(first)}
		var in *tensor.Block
		if ids != nil {
			tile.IDs = make([]int32, tile.Steps*tensor.Lanes)
			for l := range tile.Samples {
				for t := range tile.Steps {
					tile.IDs[t*tensor.Lanes+l] = ids[(first+l)*tile.Steps+t]
				}
			}
		} else {
			in = tensor.NewBlock(tile.Steps, size/tile.Steps)
			toTile(in.Data, x[first*size:], size, tile.Samples)
		}
		in = Forward(r.ops, works, tile, in)
		out := in.Steps * in.Features
		y = append(y, fromTile(in.Data, out, tile.Samples)...)
		d := tensor.NewBlock(in.Steps, in.Features)
		toTile(d.Data, dy[first*out:], out, tile.Samples)
		for i := len(works) - 1; i >= 0; i-- {
			d = works[i].Backward(tile, d)
		}
		if d != nil {
			dx = append(dx, fromTile(d.Data, size, tile.Samples)...)
		}
		for i, op := range r.ops {
			for j, g := range works[i].Gradients() {
				for k, v := range g {
					op.Params()[j].Grad[k] += v
				}
			}
			for part := range r.parts {
				op.Collect(works[i], part, r.parts)
			}
		}
	}
	r.each(func(op Operator, part int) { op.Finish(part, r.parts) })
	return y, dx
}

func toTile(dst, src []float32, size, samples int) {
	for l := range samples {
		for i := range size {
			dst[i*tensor.Lanes+l] = src[l*size+i]
		}
	}
}

func fromTile(src []float32, size, samples int) []float32 {
	out := make([]float32, samples*size)
	for l := range samples {
		for i := range size {
			out[l*size+i] = src[i*tensor.Lanes+l]
		}
	}
	return out
}

// near compares with a tolerance relative to the array's scale.
func near(t *testing.T, what string, got, want []float32, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	scale := 1e-2
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i := range want {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= tol*scale) {
			t.Errorf("%s: value %d is %g, want %g (off by %.1e of %g)", what, i, got[i], want[i], d/scale, scale)
			return
		}
	}
}

func array(t *testing.T, z *numpy.NPZ, name string) []float32 {
	t.Helper()
	a, err := z.Array(name)
	if err != nil {
		t.Fatal(err)
	}
	return a.Float32s()
}

func TestOracle(t *testing.T) {
	data, err := os.ReadFile("testdata/layers/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []oracleCase }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		for _, parts := range []int{1, 3} {
			t.Run(fmt.Sprintf("%s/parts=%d", c.Name, parts), func(t *testing.T) { c.test(t, parts) })
		}
	}
}

func (c oracleCase) test(t *testing.T, parts int) {
	z, err := numpy.ReadNPZFile(filepath.Join("testdata/layers", c.Name+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	var layers []Layer
	for _, l := range c.Layers {
		layers = append(layers, l.layer(t))
	}
	r := newRig(t, layers, c.Shape, c.Vocab > 0, parts)
	for i, p := range r.params {
		w := array(t, z, fmt.Sprintf("w%d", i))
		if len(w) != p.Size() {
			t.Fatalf("w%d (%s): %d values, want %d", i, p.Name, p.Size(), len(w))
		}
		copy(p.Data, w)
	}
	var ids []int32
	if c.Vocab > 0 {
		a, err := z.Array("x")
		if err == nil {
			ids, err = a.Int32s()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	y, dx := r.pass(array(t, z, "x"), ids, array(t, z, "dy"))
	near(t, "y", y, array(t, z, "y"), 1e-6)
	for i, p := range r.params {
		near(t, fmt.Sprintf("dw%d (%s)", i, p.Name), p.Grad, array(t, z, fmt.Sprintf("dw%d", i)), 2e-6)
	}
	if ids == nil {
		near(t, "dx", dx, array(t, z, "dx"), 2e-6)
	}
}
