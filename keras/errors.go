package keras

import (
	"errors"
	"fmt"
	"strings"

	"recurve/internal/hdf5"
)

// A FormatError reports that a file is no file of Keras', or a damaged one.
type FormatError struct {
	File    string // its name
	Member  string // the part of the archive, or the attribute; "" for the file itself
	Problem string // what is wrong, and where
	Err     error  // what found it; may be nil
}

func (e *FormatError) Error() string {
	if e.Member == "" {
		return e.File + ": " + e.Problem
	}
	return e.File + ": " + e.Member + ": " + e.Problem
}

// Unwrap returns what found the problem.
func (e *FormatError) Unwrap() error { return e.Err }

// An UnsupportedError reports that a file is sound, but asks for something that
// Recurve does not have.
type UnsupportedError struct {
	File     string // its name
	Where    string // who asks: `layer "lstm" (LSTM)`, "the optimizer", ...
	Argument string // Keras' name of the argument; "" where it is not one argument
	Value    string // the argument's value, as it stands in the file
	Reason   string // why, and what to do; may be ""
}

func (e *UnsupportedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.File, e.Where)
	if e.Argument != "" {
		fmt.Fprintf(&b, ": %s=%s", e.Argument, e.Value)
	}
	b.WriteString(" is not supported")
	if e.Reason != "" {
		b.WriteString("; " + e.Reason)
	}
	return b.String()
}

// nameFile puts the file's name into an error of this package, or before another.
func nameFile(err error, file string) error {
	switch e := err.(type) { //nolint:errorlint // made in this package, never wrapped
	case *FormatError:
		e.File = file
	case *UnsupportedError:
		e.File = file
	default:
		return fmt.Errorf("%s: %w", file, err)
	}
	return err
}

// inHDF5 says of an error of the hdf5 package whether the file is damaged or
// more than it reads. The member is the part of an archive; "" where the file is
// HDF5 itself.
func inHDF5(member string, err error) error {
	var unsupported *hdf5.UnsupportedError
	if errors.As(err, &unsupported) {
		where := member
		if where == "" {
			where = "the file"
		}
		return &UnsupportedError{Where: where, Reason: err.Error()}
	}
	return &FormatError{Member: member, Problem: err.Error(), Err: err}
}
