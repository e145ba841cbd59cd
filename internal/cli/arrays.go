package cli

import (
	"fmt"
	"slices"
	"strings"

	"recurve"
	"recurve/dataset"
	"recurve/internal/numpy"
	"recurve/layer"
)

// formOf is the form in which a model takes arrays.
func formOf(m *recurve.Model) dataset.Form {
	in, out := m.Network().Input, m.Network().Output()
	f := dataset.Form{IDs: in.IDs, Sample: []int{in.Features}, Target: []int{out.Features}}
	switch {
	case in.IDs:
		f.Sample = []int{in.Steps}
	case in.Sequence:
		f.Sample = []int{in.Steps, in.Features}
		_, f.FoldOneHot = m.Network().Operators[0].(layer.OneHotReader)
	}
	if out.Sequence {
		f.Target = []int{in.Steps, out.Features}
	}
	return f
}

// readPair reads what to train on and, where it is given, what to validate
// with. Both are folded to ids, or neither.
func readPair(f dataset.Form, x, y, valX, valY string) (train, val *dataset.Dataset, err error) {
	if train, err = dataset.FromNPY(x, y, f); err != nil || valX == "" {
		return train, nil, err
	}
	f.FoldOneHot = f.FoldOneHot && train.Depth > 0
	if val, err = dataset.FromNPY(valX, valY, f); err != nil {
		return nil, nil, err
	}
	if train.Depth > 0 && val.Depth == 0 {
		f.FoldOneHot = false
		train, err = dataset.FromNPY(x, y, f)
	}
	return train, val, err
}

// predictionArray is predictions as Keras' predict returns them: of shape
// (n, outputs), or (n, steps, outputs) of a model that returns sequences.
func predictionArray(m *recurve.Model, p [][]float32) (*numpy.Array, error) {
	out := m.Network().Output()
	shape := []int{len(p), out.Features}
	if out.Sequence {
		shape = []int{len(p), len(p[0]) / out.Features, out.Features}
	}
	flat := make([]float32, 0, len(p)*len(p[0]))
	for _, row := range p {
		flat = append(flat, row...)
	}
	return numpy.NewArray(shape, flat)
}

// Help of the flags that name arrays.
const (
	xHelp = "Array of samples: a .npy file, a .npz file with one array, or FILE.npz:NAME."
	yHelp = "Array of targets, a row a sample."
)

// arrayHelp says which arrays are read.
const arrayHelp = "Arrays hold integers or floats of any width, in C or Fortran order: ids of shape (n, steps), vectors of shape (n, steps, features) or " +
	"(n, features), targets of shape (n,), (n, outputs) or (n, steps, outputs). Ids stored as floats are cut off, as Keras does. " +
	"Where every vector that goes into a recurrent layer is one-hot, only the ids are kept."

// notBesideX refuses those flags that are set and have no meaning beside --x.
func notBesideX(flags ...string) error {
	flags = slices.DeleteFunc(flags, func(name string) bool { return name == "" })
	if len(flags) == 0 {
		return nil
	}
	return usagef("%s: that has no meaning beside --x; leave it out", strings.Join(flags, ", "))
}

// when is the name of a flag that is set, else "".
func when(set bool, name string) string {
	if set {
		return name
	}
	return ""
}

// arrayFacts says what an array is taken for.
func arrayFacts(d *dataset.Dataset) string {
	what := fmt.Sprintf("%s of %s", plural(d.N, "sample"), plural(d.Steps, "step"))
	switch {
	case d.Depth > 0:
		return what + fmt.Sprintf(", one-hot vectors of %d kept as ids", d.Depth)
	case d.IDs == nil && d.Steps == 1:
		return fmt.Sprintf("%s of %s", plural(d.N, "sample"), plural(d.Width, "value"))
	case d.IDs == nil:
		return what + fmt.Sprintf(" of %s", plural(d.Width, "value"))
	}
	return what
}
