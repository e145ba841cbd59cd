package dataset

import (
	"errors"
	"io"

	"recurve/internal/numpy"
)

// foldOneHot reads an array of shape {n, steps, depth} as the ids that its
// vectors stand for, n x steps. It returns nil where a vector is not one-hot.
//
// The order of the values in the file does not matter: each that is not 0 must
// be a 1, and the first of its vector; at the end every vector must have one.
func foldOneHot(r *numpy.Reader, shape []int) ([]int32, error) {
	n, steps, depth := shape[0], shape[1], shape[2]
	const none = -1
	ids := make([]int32, n*steps)
	for i := range ids {
		ids[i] = none
	}
	place := func(at int) (vector, id int) { return at / depth, at % depth }
	if r.Fortran {
		place = func(at int) (vector, id int) {
			return at%n*steps + at/n%steps, at / n / steps
		}
	}
	at, found := 0, 0
	for {
		values, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if v == 0 {
				continue
			}
			vector, id := place(at + i)
			if v != 1 || ids[vector] != none {
				return nil, nil
			}
			ids[vector] = int32(id)
			found++
		}
		at += len(values)
		// In C order, so many vectors are whole; one without a 1 is no one-hot.
		if !r.Fortran && found < at/depth {
			return nil, nil
		}
	}
	if found < len(ids) {
		return nil, nil
	}
	return ids, nil
}
