// Package layer owns the layers: what a user writes to describe one, and the
// operator that is built from it.
//
// A layer is described by a plain struct with Keras' arguments in Go case,
// whose zero value means Keras' defaults (an argument that is true by default
// in Keras is named by its opposite: NoBias). [Build] turns descriptions into
// operators with parameters; every error of shape or argument comes out there.
// After that, a forward or backward pass cannot fail.
//
// Operators work on tiles of 16 sequences, one per lane. An operator holds what
// all tiles share (parameters, turned weights); a [Workspace] holds what one
// tile in flight needs. Forward and backward stand side by side in one file a
// layer.
package layer

import (
	"recurve/internal/kernel"
	"recurve/regularizer"
	"recurve/tensor"
)

// Layer describes one layer of a model.
type Layer interface {
	// ClassName is Keras' name of the class, such as "SimpleRNN".
	ClassName() string
	// Label is the name the user gave, or "".
	Label() string
	// build checks the arguments against the input and makes the operator.
	build(b *builder, in Shape) (Operator, error)
}

// Operator is a built layer.
//
// A run (a fit, an evaluation, a prediction) calls Configure once. Then, for
// every change of the weights, parts workers call Prepare; tiles go through
// their workspaces, all in parallel; and in training parts workers call Collect
// for every tile, in order, and Finish once a batch. Between these stages
// everybody waits for everybody. How many parts there are never changes a bit
// of the result.
type Operator interface {
	// Layer is the description the operator was built from.
	Layer() Layer
	// Name is unique in the model.
	Name() string
	// Input and Output are the shapes of one sample.
	Input() Shape
	Output() Shape
	// Params are the layer's variables in Keras' order.
	Params() []*tensor.Param

	Configure(run Run)
	Prepare(part, parts int)
	Workspace(run Run) Workspace
	Collect(tile Workspace, part, parts int)
	Finish(part, parts int)
}

// Workspace takes one tile forward and backward through an operator.
type Workspace interface {
	// Forward returns the layer's output, which stays the workspace's own. in
	// is nil where the model's input are ids.
	Forward(tile *Tile, in *tensor.Block) *tensor.Block
	// Backward takes the gradient with respect to the last Forward's output
	// and returns that with respect to its input (nil where nobody needs it).
	Backward(tile *Tile, dout *tensor.Block) *tensor.Block
	// Gradients are the tile's own gradients of the operator's parameters, in
	// the order of Params; nil for those that Collect and Finish make.
	Gradients() [][]float32
}

// Run says for what an operator is configured.
type Run struct {
	BatchSize int  // samples in a full batch
	Steps     int  // time steps of a sample; 1 for vectors
	OneHot    bool // the input are ids that stand for one-hot vectors
	Training  bool // Backward will be called
}

// Tiles is the number of tiles in a full batch.
func (r Run) Tiles() int { return (r.BatchSize + tensor.Lanes - 1) / tensor.Lanes }

// Tile is up to 16 samples on their way through the network.
type Tile struct {
	// Samples is how many lanes are in use. The others repeat the first and
	// get no gradient.
	Samples int
	// Batch is the number of samples of the whole batch.
	Batch int
	// Steps of time; 1 for vectors.
	Steps int
	// IDs, Steps x Lanes, where the model's input are ids or one-hot vectors.
	IDs []int32
	// Mask is that of the sequence that the last operator returned; nil where all
	// steps count.
	Mask *Mask
	// Penalty is the sum of the activity regularizers' penalties on the samples, to
	// be divided by Batch.
	Penalty float64
	// Training turns dropout on.
	Training bool
	// Key is the source of the tile's random numbers.
	Key uint64
}

// ids are the lanes' ids at time step t.
func (t *Tile) ids(step int) []int32 { return t.IDs[step*tensor.Lanes : (step+1)*tensor.Lanes] }

// operator is what all operators have.
type operator struct {
	layer   Layer
	name    string
	in, out Shape
	params  []*tensor.Param
	k       kernel.Kernels
	// activity is a penalty on the output; nil for none.
	activity regularizer.Regularizer
}

// steps is the number of time steps that a workspace must have room for.
func (o *operator) steps(run Run) int {
	if o.in.Sequence {
		return run.Steps
	}
	return 1
}

func (o *operator) Layer() Layer                { return o.layer }
func (o *operator) Name() string                { return o.name }
func (o *operator) Input() Shape                { return o.in }
func (o *operator) Output() Shape               { return o.out }
func (o *operator) Params() []*tensor.Param     { return o.params }
func (o *operator) Configure(Run)               {}
func (o *operator) Prepare(_, _ int)            {}
func (o *operator) Collect(Workspace, int, int) {}
func (o *operator) Finish(_, _ int)             {}
