package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"recurve/dataset"
	"recurve/dataset/imdb"
	"recurve/dataset/source"
	"recurve/internal/numpy"
)

// writeData writes x-SHAPE.npy and y-SHAPE.npy into dir for every SHAPE, a
// vocabulary, a padded length and a number of reviews as in 500x100x25000. The
// reviews are IMDB's where they are on this machine; else they are random ids
// of the same shape.
func writeData(dir string, shapes []string, t *turns) error {
	from := "IMDB"
	for _, shape := range shapes {
		var vocabulary, steps, n int
		if _, err := fmt.Sscanf(shape, "%dx%dx%d", &vocabulary, &steps, &n); err != nil {
			return fmt.Errorf("shape %q: want VOCABULARYxSTEPSxSAMPLES: %w", shape, err)
		}
		d, err := reviews(vocabulary, steps)
		var missing *source.NotFoundError
		if errors.As(err, &missing) {
			from, d, err = "random ids", random(vocabulary, steps), nil
		}
		if err == nil {
			err = d.Check()
		}
		if err != nil {
			return err
		}
		if n < 1 || n > d.N {
			return fmt.Errorf("shape %q: want 1 to %d samples", shape, d.N)
		}
		if err := write(dir, shape, d, n); err != nil {
			return err
		}
	}
	return t.say(map[string]any{"data": from})
}

// reviews are the 20,000 training reviews and the 5,000 validation reviews
// after them, padded.
func reviews(vocabulary, steps int) (*dataset.Dataset, error) {
	all, _, err := imdb.Load(imdb.Options{NumWords: vocabulary, Source: source.Options{Offline: true}})
	if err != nil {
		return nil, err
	}
	train, val := all.Split(0.2, 42)
	if err := errors.Join(train.Err(), val.Err()); err != nil {
		return nil, err
	}
	both := &dataset.Sequences{X: append(train.X, val.X...), Y: append(train.Y, val.Y...)}
	return both.Pad(steps), nil
}

func random(vocabulary, steps int) *dataset.Dataset {
	rng := rand.New(rand.NewPCG(1, 1))
	d := &dataset.Dataset{N: 25000, Steps: steps, Outputs: 1}
	for range d.N * steps {
		d.IDs = append(d.IDs, rng.Int32N(int32(vocabulary)))
	}
	for range d.N {
		d.Y = append(d.Y, float32(rng.IntN(2)))
	}
	return d
}

// write writes the first n samples.
func write(dir, shape string, d *dataset.Dataset, n int) error {
	x, err := numpy.NewArray([]int{n, d.Steps}, d.IDs[:n*d.Steps])
	if err != nil {
		return err
	}
	y, err := numpy.NewArray([]int{n}, d.Y[:n])
	if err != nil {
		return err
	}
	return errors.Join(numpy.WriteNPYFile(filepath.Join(dir, "x-"+shape+".npy"), x),
		numpy.WriteNPYFile(filepath.Join(dir, "y-"+shape+".npy"), y))
}
