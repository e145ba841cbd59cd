// Package tensor owns the two kinds of memory a network works in: parameters,
// which are stored as Keras stores them (row-major, one slice a variable), and
// blocks, in which activations flow (feature-major, sixteen sequences side by
// side).
package tensor

import (
	"recurve/constraint"
	"recurve/internal/kernel"
	"recurve/regularizer"
)

// Lanes is how many sequences lie side by side in a tile.
const Lanes = kernel.Lanes

// Param is a trainable variable of a layer with its gradient.
type Param struct {
	Name  string    // Keras' name of the variable, such as "recurrent_kernel"
	Shape []int     // Keras' shape; row-major
	Data  []float32 // Size() values
	Grad  []float32 // gradient of the last batch's loss; Size() values

	// Regularizer is a penalty that is added to the loss; nil for none.
	Regularizer regularizer.Regularizer
	// Constraint holds the values in bounds after each step; nil for none.
	Constraint constraint.Constraint
}

// NewParam returns a zero parameter of the given shape.
func NewParam(name string, shape ...int) *Param {
	p := &Param{Name: name, Shape: shape}
	n := p.Size()
	p.Data = make([]float32, n)
	p.Grad = make([]float32, n)
	return p
}

// Size is the number of values the parameter holds.
func (p *Param) Size() int {
	n := 1
	for _, d := range p.Shape {
		n *= d
	}
	return n
}

// Block holds one tile's activations over time: Steps x Features x Lanes,
// lane last. A block of one step is a plain F x 16 matrix.
type Block struct {
	Steps, Features int
	Data            []float32
}

// NewBlock returns a zero block.
func NewBlock(steps, features int) *Block {
	return &Block{Steps: steps, Features: features, Data: make([]float32, steps*features*Lanes)}
}

// Step returns the F x 16 matrix of step t.
func (b *Block) Step(t int) []float32 {
	n := b.Features * Lanes
	return b.Data[t*n : (t+1)*n : (t+1)*n]
}
