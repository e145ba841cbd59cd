package layer

import (
	"errors"
	"fmt"

	"recurve/tensor"
)

// Merge is how Bidirectional joins its halves.
type Merge uint8

// The merge modes.
const (
	Concat Merge = iota // side by side: twice the features
	Sum
	Mul
	Ave // the mean
	// NoMerge leaves them apart, as two outputs (Keras: merge_mode=None). The
	// layer must be the last, and the model can only predict: a prediction is
	// both outputs side by side, at each step, as for Concat.
	NoMerge
)

// String is Keras' name of the mode.
func (m Merge) String() string {
	if names := []string{"concat", "sum", "mul", "ave", "none"}; int(m) < len(names) {
		return names[m]
	}
	return fmt.Sprintf("merge(%d)", uint8(m))
}

// ParseMerge returns the mode that Keras calls name.
func ParseMerge(name string) (Merge, error) {
	for m := Concat; m <= Ave; m++ { // Keras has no name for NoMerge
		if m.String() == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("merge mode %q is not supported; known: concat, sum, mul, ave", name)
}

// Recurrent is a layer that Bidirectional can run both ways: [SimpleRNN],
// [LSTM] or [GRU].
type Recurrent interface {
	Layer
	// half is the layer under another name, reading forwards or backwards.
	half(name string, backwards bool) (l Layer, goesBackwards, sequences bool)
}

// Bidirectional runs a recurrent layer over the sequence and a second one, of
// the same arguments and its own weights, over the sequence read from its end,
// and merges their outputs (Schuster and Paliwal, 1997). With ReturnSequences
// the second's outputs are put back in the order of time first.
//
// Input: (batch, steps, features). Output: that of the layer, with twice its
// features for Concat. Variables: those of the forward, then of the backward
// half.
type Bidirectional struct {
	// Layer is the recurrent layer. Needed.
	Layer Recurrent
	// MergeMode; default Concat.
	MergeMode Merge
	// Name; default "bidirectional".
	Name string
}

// ClassName implements [Layer].
func (Bidirectional) ClassName() string { return "Bidirectional" }

// Label implements [Layer].
func (l Bidirectional) Label() string { return l.Name }

func (l SimpleRNN) half(name string, backwards bool) (Layer, bool, bool) {
	was := l.GoBackwards
	l.Name, l.GoBackwards, l.ZeroOutputForMask = name, backwards, l.ReturnSequences
	return l, was, l.ReturnSequences
}

func (l LSTM) half(name string, backwards bool) (Layer, bool, bool) {
	was := l.GoBackwards
	l.Name, l.GoBackwards, l.ZeroOutputForMask = name, backwards, l.ReturnSequences
	return l, was, l.ReturnSequences
}

func (l GRU) half(name string, backwards bool) (Layer, bool, bool) {
	was := l.GoBackwards
	l.Name, l.GoBackwards, l.ZeroOutputForMask = name, backwards, l.ReturnSequences
	return l, was, l.ReturnSequences
}

func (l Bidirectional) build(b *builder, in Shape) (Operator, error) {
	if l.Layer == nil {
		return nil, errors.New("Layer: expected a recurrent layer, got none")
	}
	if l.MergeMode > NoMerge {
		return nil, fmt.Errorf("MergeMode: %v is not known", l.MergeMode)
	}
	if l.MergeMode == NoMerge && !b.last {
		return nil, errors.New("MergeMode: with none there are two outputs, which no layer behind can take; make this the last layer, or merge by concat")
	}
	inner := l.Layer.Label()
	if inner == "" {
		inner = SnakeCase(l.Layer.ClassName())
	}
	_, backwards, sequences := l.Layer.half("", false)
	if backwards {
		return nil, errors.New("Layer: expected one that reads forwards; Bidirectional adds the half with GoBackwards")
	}
	o, err := b.operator(l, in, Shape{})
	if err != nil {
		return nil, err
	}
	d := &bidirectional{operator: o, merge: l.MergeMode, sequences: sequences}
	for i, prefix := range []string{"forward_", "backward_"} {
		half, _, _ := l.Layer.half(prefix+inner, i == 1)
		own := b.within(i)
		op, err := half.build(own, in)
		if err != nil {
			return nil, fmt.Errorf("%s (%s): %w", prefix+inner, half.ClassName(), err)
		}
		b.params = own.params
		d.halves[i] = op
		d.params = append(d.params, op.Params()...)
	}
	d.out = d.halves[0].Output()
	switch l.MergeMode {
	case Concat:
		d.out.Features *= 2
	case NoMerge:
		d.out.Features *= 2
		d.out.Pair = true
	}
	return d, nil
}

type bidirectional struct {
	operator
	halves    [2]Operator
	merge     Merge
	sequences bool
}

// Halves are the operators of the two directions.
func (d *bidirectional) Halves() [2]Operator { return d.halves }

// ReadsOneHot implements [OneHotReader].
func (d *bidirectional) ReadsOneHot() bool { return d.halves[0].(OneHotReader).ReadsOneHot() }

func (d *bidirectional) Configure(run Run) {
	for _, h := range d.halves {
		h.Configure(run)
	}
}

func (d *bidirectional) Prepare(part, parts int) {
	for _, h := range d.halves {
		h.Prepare(part, parts)
	}
}

func (d *bidirectional) Collect(tile Workspace, part, parts int) {
	for i, h := range d.halves {
		h.Collect(tile.(*bidirectionalWorkspace).halves[i], part, parts)
	}
}

func (d *bidirectional) Finish(part, parts int) {
	for _, h := range d.halves {
		h.Finish(part, parts)
	}
}

type bidirectionalWorkspace struct {
	op     *bidirectional
	halves [2]Workspace
	y      [2]*tensor.Block // of the last Forward
	out    *tensor.Block
	dy     [2]*tensor.Block
	grads  [][]float32
}

func (d *bidirectional) Workspace(run Run) Workspace {
	w := &bidirectionalWorkspace{op: d}
	steps := 1
	if d.sequences {
		steps = run.Steps
	}
	for i, h := range d.halves {
		w.halves[i] = h.Workspace(run)
		w.grads = append(w.grads, w.halves[i].Gradients()...)
		if run.Training {
			w.dy[i] = tensor.NewBlock(steps, h.Output().Features)
		}
	}
	w.out = tensor.NewBlock(steps, d.out.Features)
	return w
}

func (w *bidirectionalWorkspace) Gradients() [][]float32 { return w.grads }

func (w *bidirectionalWorkspace) Forward(tile *Tile, in *tensor.Block) *tensor.Block {
	for i, h := range w.halves {
		w.y[i] = h.Forward(tile, in)
	}
	steps := w.y[0].Steps
	w.out.Steps = steps
	k := w.op.k
	for t := range steps {
		f, b, out := w.y[0].Step(t), w.y[1].Step(steps-1-t), w.out.Step(t)
		switch w.op.merge {
		case Concat, NoMerge:
			copy(out, f)
			copy(out[len(f):], b)
		case Mul:
			k.Mul(out, f, b)
		default:
			copy(out, f)
			k.Add(out, b)
			if w.op.merge == Ave {
				halve(out)
			}
		}
	}
	return w.out
}

func (w *bidirectionalWorkspace) Backward(tile *Tile, dout *tensor.Block) *tensor.Block {
	steps := dout.Steps
	k := w.op.k
	w.dy[0].Steps, w.dy[1].Steps = steps, steps
	for t := range steps {
		d, df, db := dout.Step(t), w.dy[0].Step(t), w.dy[1].Step(steps-1-t)
		switch w.op.merge {
		case Concat, NoMerge:
			copy(df, d)
			copy(db, d[len(df):])
		case Mul:
			k.Mul(df, d, w.y[1].Step(steps-1-t))
			k.Mul(db, d, w.y[0].Step(t))
		default:
			copy(df, d)
			if w.op.merge == Ave {
				halve(df)
			}
			copy(db, df)
		}
	}
	dx := w.halves[0].Backward(tile, w.dy[0])
	if dx2 := w.halves[1].Backward(tile, w.dy[1]); dx != nil {
		n := dx.Steps * dx.Features * tensor.Lanes
		k.Add(dx.Data[:n], dx2.Data[:n])
	}
	return dx
}

// halve is exact.
func halve(x []float32) {
	for i := range x {
		x[i] *= 0.5
	}
}
