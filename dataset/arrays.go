package dataset

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"recurve/internal/numpy"
)

// Form is the form in which a model takes samples and gives predictions, which
// says how arrays are read.
type Form struct {
	// Sample is the shape of one sample: {steps} for ids, {steps, features} for
	// sequences of vectors, {features} for vectors. 0 is any number of steps.
	Sample []int
	// IDs says that the samples are ids, for an Embedding.
	IDs bool
	// FoldOneHot says that sequences of one-hot vectors are read as ids with a
	// Depth, as a recurrent first layer takes them.
	FoldOneHot bool
	// Target is the shape of one sample's targets. A first length of 0 is as
	// many as the sample has steps. Nil leaves the shape unchecked.
	Target []int
}

// FromNPY reads samples and targets from NumPy's files, as Keras takes arrays.
// A path names a .npy file, a .npz file that holds one array, or of more arrays
// one, as in "data.npz:x". Values may be integers, truth values or floats of any
// width, in either byte order and either memory order. An empty y is none.
//
// x has the shape (samples, ...) with the form's sample behind it; y that of the
// form's target, or whatever shape it has. As in Keras, a last length of 1 may be
// missing, or be there beside what is wanted.
//
//   - Ids are cut off towards zero where they are stored as floats, as Keras
//     casts them.
//   - Where f.FoldOneHot is set and every vector of x is one-hot (a single 1,
//     else 0), the array is read piece by piece and only its ids are kept.
//
// An error says the file, what was expected and what was found.
func FromNPY(x, y string, f Form) (*Dataset, error) {
	d, err := f.samples(x)
	if err != nil {
		return nil, named(x, err)
	}
	if y != "" {
		if d.Y, d.Outputs, err = f.targets(y, d); err != nil {
			return nil, named(y, err)
		}
	}
	return d.checked()
}

// named puts the path before an error that does not begin with it.
func named(path string, err error) error {
	file, _ := numpy.SplitPath(path)
	if strings.Contains(err.Error(), file) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (f Form) samples(path string) (*Dataset, error) {
	if len(f.Sample) < 1 || len(f.Sample) > 2 || f.IDs && len(f.Sample) != 1 {
		return nil, fmt.Errorf("dataset: form of samples %v: want {steps} ids, {steps, features} or {features}", f.Sample)
	}
	r, err := numpy.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { r.Close() }()
	d, shape, err := f.sized(r.Shape)
	switch {
	case err != nil:
		return nil, err
	case f.IDs:
		err = d.readIDs(r)
		return d, err
	case f.FoldOneHot && len(f.Sample) == 2:
		if d.IDs, err = foldOneHot(r, shape); err != nil {
			return nil, err
		}
		if d.IDs != nil {
			d.Depth, d.Width = d.Width, 0
			return d, nil
		}
		again, err := numpy.Open(path) // from the beginning
		if err != nil {
			return nil, err
		}
		r.Close()
		r = again
	}
	err = d.readFeatures(r)
	return d, err
}

// sized is a Dataset with the lengths of an array of that shape, without its
// values, and the shape in the form's number of axes.
func (f Form) sized(shape []int) (*Dataset, []int, error) {
	have := slices.Clone(shape)
	switch want := 1 + len(f.Sample); {
	case len(have) == want+1 && have[want] == 1:
		have = have[:want]
	case len(have) == want-1 && !f.IDs && f.Sample[len(f.Sample)-1] == 1:
		have = append(have, 1)
	}
	fits := len(have) == 1+len(f.Sample)
	for i := 0; fits && i < len(f.Sample); i++ {
		fits = have[1+i] == f.Sample[i] || f.Sample[i] == 0
	}
	if !fits {
		return nil, nil, fmt.Errorf("expected shape %s, as the model takes %s; got %s%s", shapeText(f.Sample), f.kind(), shapeOf(shape), f.advice(have))
	}
	if slices.Contains(have, 0) {
		return nil, nil, fmt.Errorf("shape %s: there are no values in it", shapeOf(shape))
	}
	d := &Dataset{N: have[0], Steps: 1}
	if f.IDs || len(have) == 3 {
		d.Steps = have[1]
	}
	if !f.IDs {
		d.Width = have[len(have)-1]
	}
	return d, have, nil
}

func (f Form) kind() string {
	switch {
	case f.IDs:
		return "ids"
	case len(f.Sample) == 2:
		return "sequences of vectors"
	}
	return "vectors"
}

// advice says what to do about samples of the wrong shape.
func (f Form) advice(have []int) string {
	switch {
	case f.IDs && len(have) == 3:
		return "; give ids, not vectors (of one-hot vectors: x.argmax(-1))"
	case len(have) == 1+len(f.Sample) && (f.IDs || len(f.Sample) == 2) && f.Sample[0] != 0 && have[1] != f.Sample[0]:
		return fmt.Sprintf("; pad or cut the sequences to %d steps", f.Sample[0])
	case !f.IDs && len(f.Sample) == 2 && len(have) == 2:
		return fmt.Sprintf("; give vectors of %s, or, if these are ids, one-hot vectors", plural(f.Sample[1], "value"))
	}
	return ""
}

// shapeText is the shape of samples, as Python writes it.
func shapeText(sample []int) string {
	names := []string{"n"}
	for _, n := range sample {
		if n == 0 {
			names = append(names, "steps")
		} else {
			names = append(names, fmt.Sprint(n))
		}
	}
	return tuple(names)
}

func shapeOf(shape []int) string {
	var names []string
	for _, n := range shape {
		names = append(names, fmt.Sprint(n))
	}
	return tuple(names)
}

func tuple(items []string) string {
	if len(items) == 1 {
		return "(" + items[0] + ",)"
	}
	return "(" + strings.Join(items, ", ") + ")"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (d *Dataset) readIDs(r *numpy.Reader) error {
	a, err := r.All()
	if err != nil {
		return err
	}
	if d.IDs, err = a.TruncatedInt32s(); err != nil {
		return fmt.Errorf("ids: %w", err)
	}
	return nil
}

func (d *Dataset) readFeatures(r *numpy.Reader) error {
	if r.Fortran {
		a, err := r.All()
		if err == nil {
			d.Features = a.Float32s()
		}
		return err
	}
	d.Features = make([]float32, 0, r.Len())
	for {
		v, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		d.Features = append(d.Features, v...)
	}
}

// targets reads the targets of d's samples.
func (f Form) targets(path string, d *Dataset) (y []float32, outputs int, err error) {
	r, err := numpy.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	if len(r.Shape) < 1 {
		return nil, 0, errors.New("it is a single value; expected targets of shape (n, ...)")
	}
	if r.Shape[0] != d.N {
		return nil, 0, fmt.Errorf("%s of targets for %s: expected a row a sample", plural(r.Shape[0], "row"), plural(d.N, "sample"))
	}
	outputs = 1
	for _, n := range r.Shape[1:] {
		outputs *= n // can't be too large: the file holds d.N of them
	}
	if f.Target != nil {
		want := slices.Clone(f.Target)
		if len(want) > 0 && want[0] == 0 {
			want[0] = d.Steps
		}
		if !slices.Equal(withoutOne(r.Shape[1:]), withoutOne(want)) {
			return nil, 0, fmt.Errorf("expected targets of shape %s, as the model predicts; got %s", shapeText(want), shapeOf(r.Shape))
		}
	}
	if outputs == 0 {
		return nil, 0, fmt.Errorf("shape %s: there are no values in it", shapeOf(r.Shape))
	}
	a, err := r.All()
	if err != nil {
		return nil, 0, err
	}
	return a.Float32s(), outputs, nil
}

// withoutOne is the shape without a last length of 1.
func withoutOne(shape []int) []int {
	if n := len(shape); n > 0 && shape[n-1] == 1 {
		return shape[:n-1]
	}
	return shape
}
