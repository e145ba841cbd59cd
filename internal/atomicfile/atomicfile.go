// Package atomicfile writes files that are there whole or not at all: under a
// temporary name in the same folder, then renamed.
//
// On Unix it is google/renameio, which does not support Windows; there it is
// the same in few lines.
package atomicfile

import (
	"io"
	"os"
	"path/filepath"
)

// File is a file being written. Everything but Commit leaves what was at its
// path alone.
type File interface {
	io.Writer
	// Name is the temporary file's path.
	Name() string
	// Commit makes the file durable and puts it in its place.
	Commit() error
	// Cleanup removes the temporary file, if Commit has not succeeded. It may
	// always be called.
	Cleanup() error
}

// Create begins a file that is to stand at path, readable by everybody.
func Create(path string) (File, error) { return create(path) }

// WriteFile writes a whole file.
func WriteFile(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Write makes a file of what write writes. If that fails, nothing is changed.
func Write(path string, write func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Cleanup()
	if err := write(f); err != nil {
		return err
	}
	return f.Commit()
}

// replacing is a File made with the standard library alone.
type replacing struct {
	*os.File
	path string
	done bool
}

func newReplacing(path string) (*replacing, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, err
	}
	return &replacing{File: f, path: path}, nil
}

// Commit implements [File].
func (f *replacing) Commit() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), f.path); err != nil {
		return err
	}
	f.done = true
	return nil
}

// Cleanup implements [File].
func (f *replacing) Cleanup() error {
	if f.done {
		return nil
	}
	f.Close()
	return os.Remove(f.Name())
}
