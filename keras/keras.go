// Package keras owns Keras' model files: it reads and writes models as .keras
// files, which Keras 3 opens and writes too.
//
// # What is in a .keras file
//
// It is a zip archive of config.json (the layers and how the model was
// compiled), model.weights.h5 (the weights and the optimizer's state) and
// metadata.json. Recurve adds assets/recurve/text.json, how a text becomes the
// model's input, and assets/recurve/origin.json, where the weights come from;
// Keras passes over them.
//
// # What is read
//
// Sequential models of the layers that package layer has, saved by any
// Keras 3. Where Keras has more than Recurve, the file is not read by halves: an
// argument that would change what the model does is an [UnsupportedError] that
// names the layer, the argument and its value. A file that is damaged, or no
// .keras file, is a [FormatError]. [Options].NoCompile reads for prediction
// alone, and lets pass what matters in training only.
//
// # What is written
//
// config.json names only arguments that differ from Keras' defaults, so that
// Keras 3.0 and every later version accepts it. The same model always gives the
// same model.weights.h5, byte for byte.
//
// # Where things are
//
// reader.go and writer.go go through a whole file. Below them, archive.go has the
// zip archive; config.go the JSON of config.json, and object.go Keras' way to write
// an object into it; configread.go and configwrite.go turn it into layers and
// back, arguments.go the values of single arguments; compileread.go and
// compilewrite.go do the same for optimizer, loss and metrics; tree.go says where
// in model.weights.h5 a weight stands, weightsread.go and weightswrite.go carry it.
package keras

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"recurve"
	"recurve/internal/atomicfile"
)

// Extension is the ending of a model file's name. Keras opens no other.
const Extension = ".keras"

// Options are the choices in reading a model.
type Options struct {
	// NoCompile reads the model for prediction alone: the optimizer, loss and
	// metrics are left out, and arguments that Recurve does not have are let
	// pass where they matter in training only: a recurrent layer's dropout,
	// regularizers, constraints, initializers, trainable=false. Saving the
	// model then loses them.
	NoCompile bool
	// Threads that work on a batch; default runtime.GOMAXPROCS(0).
	Threads int
}

// Save writes the model to path, whole or not at all: the file appears when it
// is complete. The name must end in .keras.
//
// Save may be called from a callback while the model is being fitted, but not
// by another goroutine at the same time.
func Save(path string, m *recurve.Model) error {
	if !strings.HasSuffix(path, Extension) {
		return fmt.Errorf("save %s: the name must end in %s, or Keras will not open the file", path, Extension)
	}
	err := atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<20)
		if err := Write(b, m); err != nil {
			return err
		}
		return b.Flush()
	})
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// Load reads the model in the file at path, ready to predict and, where the
// file has an optimizer and a loss, to go on with the training.
func Load(path string) (*recurve.Model, error) { return LoadWith(path, Options{}) }

// LoadWith is Load with a choice.
func LoadWith(path string, o Options) (*recurve.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // it names the operation and the file
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &FormatError{File: path, Problem: "it is a folder, not a " + Extension + " file"}
	}
	return Read(f, info.Size(), path, o)
}

// Read reads the model that r holds in size bytes. The name stands for the file
// in errors.
func Read(r io.ReaderAt, size int64, name string, o Options) (*recurve.Model, error) {
	if o.Threads < 0 {
		return nil, fmt.Errorf("%s: threads: expected 0 (all processors) or more, got %d", name, o.Threads)
	}
	m, err := read(r, size, o)
	if err != nil {
		return nil, named(err, name)
	}
	return m, nil
}
