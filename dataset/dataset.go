// Package dataset owns labelled samples: sequences of any length as they are
// read, and padded arrays ready to be cut into batches.
//
// # Errors
//
// Split, Pad and OneHot return no error, so that preparing data reads as one
// line. What went wrong in them, a test size of 2 or a padded length of 0, stays
// with the value they return and with everything made from it: Err and Check
// report it, and so do Fit, Evaluate and Predict before they do any work. Such a
// value holds no samples.
package dataset

import (
	"errors"
	"fmt"
	"math"

	"recurve/text"
)

// Dataset is a padded set of samples, ready for Fit, Evaluate and Predict.
// Exactly one of IDs and Features is set.
type Dataset struct {
	// IDs are word ids, N x Steps, row-major.
	IDs []int32
	// Depth, when not zero, says that each id stands for a one-hot vector of
	// that many features. The vectors themselves are never made.
	Depth int
	// Features are real-valued inputs, N x Steps x Width, row-major.
	Features []float32
	// N samples of Steps time steps, each of Width features (0 for IDs).
	N, Steps, Width int
	// Y are the targets, N x Outputs, row-major; nil where there are none. What
	// they are is the loss' to say: for SparseCategoricalCrossentropy the number
	// of a class. A model that returns sequences takes targets for each time step.
	Y       []float32
	Outputs int
	// Weights say how much a sample's loss counts, one a sample, or, for a model
	// that returns sequences, one a time step (N x Steps, row-major); nil where
	// all count 1. The loss of a batch is the sum of weight x loss, divided by the
	// number of samples, not by the sum of weights (Keras: sample_weight).
	Weights []float32

	err error
}

// failed is a Dataset that carries nothing but an error.
func failed(err error) *Dataset { return &Dataset{err: err} }

// FromIDs makes a Dataset of id sequences that all have the same length. y holds
// the targets of the samples one after the other, the same number for each, or
// is nil.
func FromIDs(x [][]int32, y []float32) (*Dataset, error) {
	if len(x) == 0 || len(x[0]) == 0 {
		return nil, errors.New("dataset: no ids: want one sequence or more of one id or more")
	}
	d := &Dataset{N: len(x), Steps: len(x[0]), Y: y, Outputs: len(y) / len(x)}
	for i, seq := range x {
		if len(seq) != d.Steps {
			return nil, fmt.Errorf("dataset: sequence %d has %d ids where sequence 0 has %d: pad them to one length first (Sequences.Pad)", i, len(seq), d.Steps)
		}
	}
	d.IDs = make([]int32, 0, d.N*d.Steps)
	for _, seq := range x {
		d.IDs = append(d.IDs, seq...)
	}
	return d.checked()
}

// FromFeatures makes a Dataset of n samples of real values, steps x width each,
// one after the other. y holds the targets of the samples one after the other,
// the same number for each, or is nil. Neither slice is copied.
func FromFeatures(x []float32, n, steps, width int, y []float32) (*Dataset, error) {
	d := &Dataset{Features: x, N: n, Steps: steps, Width: width, Y: y, Outputs: len(y) / max(n, 1)}
	return d.checked()
}

// FromTexts encodes and pads texts with p; p.Pad.MaxLen must be set. The
// Dataset has no targets.
func FromTexts(p *text.Processor, texts []string) (*Dataset, error) {
	ids, err := p.Rows(texts...)
	if err != nil {
		return nil, err
	}
	d := &Dataset{IDs: ids, N: len(texts), Steps: p.Pad.MaxLen}
	return d.checked()
}

func (d *Dataset) checked() (*Dataset, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}
	return d, nil
}

// Err is the error of the step that made this Dataset, or nil.
func (d *Dataset) Err() error { return d.err }

// Check reports what is wrong: the error of the step that made the Dataset, or
// fields that do not agree with each other.
func (d *Dataset) Check() error {
	switch {
	case d.err != nil:
		return d.err
	case d.N < 1 || d.Steps < 1:
		return fmt.Errorf("dataset: %d samples of %d time steps: want one or more of each", d.N, d.Steps)
	case d.IDs == nil && d.Features == nil:
		return errors.New("dataset: neither IDs nor Features are set")
	case d.IDs != nil && d.Features != nil:
		return errors.New("dataset: both IDs and Features are set; a sample has one kind of input")
	}
	if err := d.checkInputs(); err != nil {
		return err
	}
	return d.checkTargets()
}

func (d *Dataset) checkInputs() error {
	if d.IDs == nil {
		if d.Depth != 0 {
			return fmt.Errorf("dataset: depth %d is given for Features; only IDs stand for one-hot vectors", d.Depth)
		}
		if d.Width < 1 || !holds(len(d.Features), d.N, d.Steps, d.Width) {
			return fmt.Errorf("dataset: %d values do not make %d samples of %d steps of %d features", len(d.Features), d.N, d.Steps, d.Width)
		}
		return nil
	}
	if d.Width != 0 {
		return fmt.Errorf("dataset: width %d is given for IDs, where it is 0", d.Width)
	}
	if !holds(len(d.IDs), d.N, d.Steps) {
		return fmt.Errorf("dataset: %d ids do not make %d samples of %d steps", len(d.IDs), d.N, d.Steps)
	}
	if d.Depth < 0 {
		return fmt.Errorf("dataset: one-hot depth %d: want the number of ids, 1 or more", d.Depth)
	}
	return nil
}

func (d *Dataset) checkTargets() error {
	switch {
	case d.Y == nil && d.Outputs != 0:
		return fmt.Errorf("dataset: %d outputs but no targets", d.Outputs)
	case d.Y != nil && (d.Outputs < 1 || !holds(len(d.Y), d.N, d.Outputs)):
		return fmt.Errorf("dataset: %d targets do not belong to %d samples: want the same number for each", len(d.Y), d.N)
	}
	return d.checkWeights()
}

func (d *Dataset) checkWeights() error {
	if d.Weights == nil {
		return nil
	}
	if len(d.Weights) == 0 || len(d.Weights)%d.N != 0 {
		return fmt.Errorf("dataset: %d weights for %d samples of %d steps: want one a sample, or one a step", len(d.Weights), d.N, d.Steps)
	}
	for i, w := range d.Weights {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("dataset: weight %d is %v: want 0 or more", i, w)
		}
	}
	return nil
}

// holds says whether n is the product of dims, which are 1 or more; it does not
// overflow.
func holds(n int, dims ...int) bool {
	for _, d := range dims {
		if n%d != 0 {
			return false
		}
		n /= d
	}
	return n == 1
}

// OneHot returns the Dataset with every id standing for a one-hot vector of
// depth features, sharing its ids. An id below 0, or not below depth, is an
// error.
func (d *Dataset) OneHot(depth int) *Dataset {
	if err := d.Check(); err != nil {
		return failed(err)
	}
	if d.IDs == nil {
		return failed(errors.New("dataset: one-hot: the samples are real values, not ids"))
	}
	if depth < 1 {
		return failed(fmt.Errorf("dataset: one-hot depth %d: want the number of ids, 1 or more", depth))
	}
	for i, id := range d.IDs {
		if id < 0 || int(id) >= depth {
			return failed(fmt.Errorf("dataset: one-hot: id %d in sample %d, step %d: want 0 to %d (depth %d)", id, i/d.Steps, i%d.Steps, depth-1, depth))
		}
	}
	out := *d
	out.Depth = depth
	return &out
}
