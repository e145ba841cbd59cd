package layer

import (
	"fmt"
	"strings"
)

// Shape is the shape of one sample between two layers.
type Shape struct {
	// IDs says that the sample is a sequence of integer ids.
	IDs bool
	// Sequence says that there is a time axis, of Steps steps.
	Sequence bool
	// Steps is the number of time steps; 0 where any number will do.
	Steps int
	// Features is the number of values at each time step, or of a vector; 0
	// for ids.
	Features int

	// Pair says that there are two outputs side by side, each of half the Features.
	Pair bool
	// Masked says that some steps of the sequence may not count (see [Mask]).
	Masked bool

	// trained says that a trainable layer lies upstream, which wants a
	// gradient.
	trained bool
	// embedding is the operator whose lookup made this shape, if one did.
	embedding *embedding
}

// Dims are the dimensions without the batch's; 0 stands for any.
func (s Shape) Dims() []int {
	switch {
	case s.IDs:
		return []int{s.Steps}
	case s.Sequence:
		return []int{s.Steps, s.Features}
	}
	return []int{s.Features}
}

// String is the shape as Keras prints it, such as "(None, 100, 16)".
func (s Shape) String() string {
	if s.Pair {
		s.Pair = false
		s.Features /= 2
		one := s.String()
		return "[" + one + ", " + one + "]"
	}
	var b strings.Builder
	b.WriteString("(None")
	for _, d := range s.Dims() {
		if d == 0 {
			b.WriteString(", None")
		} else {
			fmt.Fprintf(&b, ", %d", d)
		}
	}
	b.WriteString(")")
	return b.String()
}

// describe is the shape in words, for errors.
func (s Shape) describe() string {
	switch {
	case s.IDs:
		return "sequences of ids, shape " + s.String()
	case s.Sequence:
		return "sequences of vectors, shape " + s.String()
	}
	return "vectors, shape " + s.String()
}
