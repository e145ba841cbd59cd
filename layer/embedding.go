package layer

import (
	"fmt"

	"recurve/constraint"
	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/regularizer"
	"recurve/tensor"
)

// Embedding turns each id into a vector: y[t] = E[id[t]].
//
// Input: ids, (batch, steps). Output: (batch, steps, OutputDim). Variable:
// embeddings (InputDim, OutputDim). Every row is trained, row 0 too; with MaskZero
// it gets no gradient from layers that know masks.
type Embedding struct {
	// InputDim is the number of ids: 0 to InputDim-1. Needed.
	InputDim int
	// OutputDim is the length of the vectors. Needed.
	OutputDim int
	// EmbeddingsInitializer; default RandomUniform(-0.05, 0.05).
	EmbeddingsInitializer initializer.Initializer
	// EmbeddingsRegularizer is a penalty on the vectors; default none.
	EmbeddingsRegularizer regularizer.Regularizer
	// EmbeddingsConstraint bounds the vectors; default none.
	EmbeddingsConstraint constraint.Constraint
	// MaskZero masks the steps whose id is 0: layers behind that know masks pass
	// over them.
	MaskZero bool
	// Name; default "embedding".
	Name string
}

// ClassName implements [Layer].
func (Embedding) ClassName() string { return "Embedding" }

// Label implements [Layer].
func (l Embedding) Label() string { return l.Name }

// embedding is the operator. Where recurrent layers follow that can look up
// their gate inputs by id (see product), it may have nothing to do.
type embedding struct {
	operator
	table *tensor.Param
	rows  int
	// products is how many input products behind can read the ids directly;
	// they do where the run is folded.
	products int
	dropped  bool // one of them drops features of the vectors in training
	folded   bool
}

func (l Embedding) build(b *builder, in Shape) (Operator, error) {
	if !in.IDs {
		return nil, fmt.Errorf("expected sequences of ids, got %s", in.describe())
	}
	if err := atLeastOne("InputDim", l.InputDim); err != nil {
		return nil, err
	}
	if err := atLeastOne("OutputDim", l.OutputDim); err != nil {
		return nil, err
	}
	out := Shape{Sequence: true, Steps: in.Steps, Features: l.OutputDim, Masked: l.MaskZero, trained: true}
	o, err := b.operator(l, in, out)
	if err != nil {
		return nil, err
	}
	e := &embedding{operator: o, rows: l.InputDim}
	e.table, err = b.param(&e.operator, l.EmbeddingsInitializer, initializer.RandomUniform{}, "embeddings", l.InputDim, l.OutputDim)
	if err != nil {
		return nil, err
	}
	e.out.embedding = e
	return e, bound{l.EmbeddingsRegularizer, l.EmbeddingsConstraint}.set(e.table, "Embeddings")
}

// Rows is the number of ids the layer knows.
func (e *embedding) Rows() int { return e.rows }

// Counted implements [Masker].
func (e *embedding) Counted(ids []int32, _ []float32) int {
	n := 0
	for _, id := range ids {
		if id != 0 {
			n++
		}
	}
	return n
}

// Configure folds where the table is shorter than a batch: then a row's gate
// inputs are computed once rather than once a token.
func (e *embedding) Configure(run Run) {
	e.folded = e.products > 0 && e.rows < run.BatchSize*run.Steps && (!e.dropped || !run.Training)
}

type embeddingWorkspace struct {
	op   *embedding
	out  *tensor.Block
	dout timeline // of the last Backward, each step transposed: Lanes x features
	tile *Tile
	mask *Mask // nil without MaskZero
}

func (e *embedding) Workspace(run Run) Workspace {
	w := &embeddingWorkspace{op: e}
	if e.out.Masked {
		w.mask = newMask(run.Steps)
	}
	if !e.folded {
		w.out = tensor.NewBlock(run.Steps, e.out.Features)
		if run.Training {
			w.dout = newTimeline(run.Steps, e.out.Features)
		}
	}
	return w
}

func (w *embeddingWorkspace) Forward(tile *Tile, _ *tensor.Block) *tensor.Block {
	w.tile = tile
	if w.mask != nil {
		for i, id := range tile.IDs[:tile.Steps*tensor.Lanes] {
			w.mask.lanes[i] = 0
			if id != 0 {
				w.mask.lanes[i] = -1
			}
		}
		w.mask.scan(tile.Steps)
		tile.Mask = w.mask
	}
	if w.op.folded {
		return nil
	}
	w.out.Steps = tile.Steps
	for t, end := w.steps(); t < end; t++ {
		w.op.k.Gather(w.out.Step(t), w.op.table.Data, tile.ids(t))
	}
	return w.out
}

func (w *embeddingWorkspace) Backward(_ *Tile, dout *tensor.Block) *tensor.Block {
	if dout != nil {
		for t, end := w.steps(); t < end; t++ {
			w.op.k.Transpose(w.dout.at(t), dout.Features, dout.Step(t))
		}
	}
	return nil
}

// steps are the first and the end of the steps that the layer behind looks at.
func (w *embeddingWorkspace) steps() (first, end int) {
	if w.mask == nil || w.op.products == 0 {
		return 0, w.tile.Steps
	}
	return w.mask.first, w.mask.end
}

// Gradients are none: Collect and Finish make them.
func (w *embeddingWorkspace) Gradients() [][]float32 { return nil }

// Collect adds a tile's gradient to the rows its ids name. A worker does some
// columns of all rows, so that every sum has one order.
func (e *embedding) Collect(tile Workspace, part, parts int) {
	if e.folded {
		return
	}
	w := tile.(*embeddingWorkspace)
	lo, hi := kernel.Columns(e.out.Features, part, parts)
	for t, end := w.steps(); t < end; t++ {
		e.k.ScatterAdd(e.table.Grad, e.out.Features, w.tile.ids(t), w.dout.at(t), lo, hi)
	}
}
