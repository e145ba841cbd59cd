package dataset

import (
	"fmt"

	"recurve/internal/numpy"
)

// FromNPY reads samples from .npy files. An x of shape (n, steps) holds ids,
// stored as integers or as whole numbers in floats; one of shape (n, steps,
// width) holds real values. y, of shape (n,) or (n, outputs), holds the targets;
// an empty y is none.
func FromNPY(x, y string) (*Dataset, error) {
	a, err := numpy.ReadNPYFile(x)
	if err != nil {
		return nil, err
	}
	d := &Dataset{}
	switch len(a.Shape) {
	case 2:
		if d.IDs, err = a.Int32s(); err != nil {
			return nil, fmt.Errorf("%s: an array of shape (n, steps) holds ids: %w; real values have the shape (n, steps, features)", x, err)
		}
	case 3:
		d.Features, d.Width = a.Float32s(), a.Shape[2]
	default:
		return nil, fmt.Errorf("%s: shape %v: want (n, steps) ids or (n, steps, features) real values", x, a.Shape)
	}
	d.N, d.Steps = a.Shape[0], a.Shape[1]
	if y != "" {
		if d.Y, d.Outputs, err = targets(y, d.N); err != nil {
			return nil, err
		}
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", x, err)
	}
	return d, nil
}

// targets reads the targets of n samples.
func targets(path string, n int) (y []float32, outputs int, err error) {
	a, err := numpy.ReadNPYFile(path)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case len(a.Shape) < 1 || len(a.Shape) > 2:
		return nil, 0, fmt.Errorf("%s: shape %v: want (n,) or (n, outputs) targets", path, a.Shape)
	case a.Shape[0] != n:
		return nil, 0, fmt.Errorf("%s: %d rows of targets for %d samples", path, a.Shape[0], n)
	}
	outputs = 1
	if len(a.Shape) == 2 {
		outputs = a.Shape[1]
	}
	return a.Float32s(), outputs, nil
}
