package hdf5

import (
	"errors"
	"fmt"
)

// ErrNotFound is in the chain of the error for a group, dataset or attribute
// that the file does not have.
var ErrNotFound = errors.New("not found")

// A FormatError reports that the file is not HDF5, or is damaged.
type FormatError struct {
	Offset    int64  // where in the file the problem was seen
	Structure string // the structure being decoded, as the specification names it
	Problem   string // what is wrong with it
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("damaged %s at offset %d: %s", e.Structure, e.Offset, e.Problem)
}

// An UnsupportedError reports that the file uses a part of HDF5 that this
// package does not read.
type UnsupportedError struct {
	Offset    int64  // where in the file the feature was seen
	Structure string // the structure being decoded, as the specification names it
	Feature   string // what it asks for
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("unsupported %s at offset %d: %s", e.Structure, e.Offset, e.Feature)
}
