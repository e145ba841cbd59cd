package dataset

import (
	"errors"
	"fmt"

	"recurve/internal/numpy"
	"recurve/text"
)

// Sequences are labelled id sequences of any length.
type Sequences struct {
	// X are the ids of each sample. They may share memory with each other and
	// with the Sequences they were split from: replace them, do not write
	// into them.
	X [][]int32
	// Y is the target of each sample: the number of its class, or a value;
	// nil where there are none.
	Y []float32
	// Weights say how much each sample counts; nil where all count 1. See
	// [Dataset].
	Weights []float32

	err error
}

// Len is the number of samples.
func (s *Sequences) Len() int { return len(s.X) }

// Err is the error of the step that made these Sequences, or nil.
func (s *Sequences) Err() error { return s.err }

// Check reports what is wrong: the error of the step that made the Sequences, or
// a number of targets or weights that is not the number of samples.
func (s *Sequences) Check() error {
	switch {
	case s.err != nil:
		return s.err
	case len(s.X) == 0:
		return errors.New("dataset: there are no sequences")
	case s.Y != nil && len(s.Y) != len(s.X):
		return fmt.Errorf("dataset: %d targets for %d sequences", len(s.Y), len(s.X))
	case s.Weights != nil && len(s.Weights) != len(s.X):
		return fmt.Errorf("dataset: %d weights for %d sequences", len(s.Weights), len(s.X))
	}
	return nil
}

// Split sets testSize of the samples apart, a share above 0 and below 1. The
// rows and their order are those of scikit-learn's
//
//	train_test_split(x, y, test_size=testSize, random_state=seed)
//
// The parts share the ids with s.
func (s *Sequences) Split(testSize float64, seed uint32) (train, test *Sequences) {
	err := s.Check()
	if err == nil {
		var a, b []int
		if a, b, err = numpy.TrainTestSplit(s.Len(), testSize, seed); err == nil {
			return s.Rows(a), s.Rows(b)
		}
		err = fmt.Errorf("dataset: split: %w", err)
	}
	return &Sequences{err: err}, &Sequences{err: err}
}

// Rows returns the samples with the given numbers, in that order, sharing the
// ids with s. A number that is out of range is an error.
func (s *Sequences) Rows(rows []int) *Sequences {
	if err := s.Check(); err != nil {
		return &Sequences{err: err}
	}
	out := &Sequences{X: make([][]int32, len(rows))}
	if s.Y != nil {
		out.Y = make([]float32, len(rows))
	}
	if s.Weights != nil {
		out.Weights = make([]float32, len(rows))
	}
	for i, r := range rows {
		if r < 0 || r >= len(s.X) {
			return &Sequences{err: fmt.Errorf("dataset: row %d: want 0 to %d", r, len(s.X)-1)}
		}
		out.X[i] = s.X[r]
		if s.Y != nil {
			out.Y[i] = s.Y[r]
		}
		if s.Weights != nil {
			out.Weights[i] = s.Weights[r]
		}
	}
	return out
}

// Pad brings every sequence to maxLen ids as Keras' pad_sequences does by
// default: zeros in front of shorter ones, the last maxLen ids of longer ones.
func (s *Sequences) Pad(maxLen int) *Dataset {
	return s.PadWith(text.PadOptions{MaxLen: maxLen})
}

// PadWith brings every sequence to one length; see text.PadOptions.
func (s *Sequences) PadWith(o text.PadOptions) *Dataset {
	if err := s.Check(); err != nil {
		return failed(err)
	}
	ids, err := text.PadSequences(s.X, o)
	if err != nil {
		return failed(err)
	}
	d := &Dataset{IDs: ids, N: len(s.X), Steps: o.MaxLen, Y: s.Y, Weights: s.Weights}
	if s.Y != nil {
		d.Outputs = 1
	}
	return d
}
