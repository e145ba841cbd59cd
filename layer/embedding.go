package layer

import (
	"fmt"

	"recurve/initializer"
	"recurve/internal/kernel"
	"recurve/tensor"
)

// Embedding turns each id into a vector: y[t] = E[id[t]].
//
// Input: ids, (batch, steps). Output: (batch, steps, OutputDim). Variable:
// embeddings (InputDim, OutputDim). Every row is trained, row 0 too.
type Embedding struct {
	// InputDim is the number of ids: 0 to InputDim-1. Needed.
	InputDim int
	// OutputDim is the length of the vectors. Needed.
	OutputDim int
	// EmbeddingsInitializer; default RandomUniform(-0.05, 0.05).
	EmbeddingsInitializer initializer.Initializer
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
	out := Shape{Sequence: true, Steps: in.Steps, Features: l.OutputDim, trained: true}
	o, err := b.operator(l, in, out)
	if err != nil {
		return nil, err
	}
	e := &embedding{operator: o, rows: l.InputDim}
	e.table, err = b.param(&e.operator, l.EmbeddingsInitializer, initializer.RandomUniform{}, "embeddings", l.InputDim, l.OutputDim)
	e.out.embedding = e
	return e, err
}

// Rows is the number of ids the layer knows.
func (e *embedding) Rows() int { return e.rows }

// Configure folds where the table is shorter than a batch: then a row's gate
// inputs are computed once rather than once a token.
func (e *embedding) Configure(run Run) {
	e.folded = e.products > 0 && e.rows < run.BatchSize*run.Steps
}

type embeddingWorkspace struct {
	op   *embedding
	out  *tensor.Block
	dout timeline // of the last Backward, each step transposed: Lanes x features
	tile *Tile
}

func (e *embedding) Workspace(run Run) Workspace {
	w := &embeddingWorkspace{op: e}
	if !e.folded {
		w.out = tensor.NewBlock(run.Steps, e.out.Features)
		if run.Training {
			w.dout = newTimeline(run.Steps, e.out.Features, true)
		}
	}
	return w
}

func (w *embeddingWorkspace) Forward(tile *Tile, _ *tensor.Block) *tensor.Block {
	w.tile = tile
	if w.op.folded {
		return nil
	}
	for t := range tile.Steps {
		w.op.k.Gather(w.out.Step(t), w.op.table.Data, tile.ids(t))
	}
	return w.out
}

func (w *embeddingWorkspace) Backward(_ *Tile, dout *tensor.Block) *tensor.Block {
	if dout != nil {
		for t := range dout.Steps {
			w.op.k.Transpose(w.dout.at(t), dout.Features, dout.Step(t))
		}
	}
	return nil
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
	for t := range w.tile.Steps {
		e.k.ScatterAdd(e.table.Grad, e.out.Features, w.tile.ids(t), w.dout.at(t), lo, hi)
	}
}
