// Package keras owns Keras' model files: it reads and writes models as .keras,
// .weights.h5 and .h5 files, which Keras 3 opens and writes too.
//
// # The files
//
// A .keras file is a zip archive of config.json (the layers and how the model was
// compiled), model.weights.h5 (the weights and the optimizer's state) and
// metadata.json. Recurve adds assets/recurve/text.json, how a text becomes the
// model's input, and assets/recurve/origin.json, where the weights come from;
// Keras passes over them. It is the form to keep models in.
//
// A .weights.h5 file is model.weights.h5 alone: it is read into a model that is
// there ([LoadWeights]). A .h5 file is a whole model in one HDF5 file, the form of
// Keras 2, which Keras 3 still takes.
//
// # What is read
//
// Chains of the layers that package layer has, Sequential or Functional, saved by
// any Keras 3 or 2, in each of the three forms, which are told apart by their
// content. Where Keras has more than Recurve, the file is not read by halves: an
// argument that would change what the model does is an [UnsupportedError] that
// names the layer, the argument and its value. A file that is damaged, or none of
// Keras', is a [FormatError]. [Options].NoCompile reads for prediction alone, and
// lets pass what matters in training only; [Options].Note is told what is read,
// but not as it is. [Inspect] tells what is in a file that cannot be read, too.
//
// # What is written
//
// A configuration names only arguments that differ from Keras' defaults, so that
// Keras 3.0 and every later version accepts it. The same model always gives the
// same weights' file, byte for byte.
//
// # Where things are
//
// form.go tells the forms apart; reader.go and writer.go go through a whole file.
// Below them, archive.go has the zip archive; config.go the JSON of config.json,
// and object.go Keras' way to write an object into it; modelread.go reads the
// chain of layers, which functional.go makes of a Functional model; configread.go
// and configwrite.go turn a layer's configuration into the layer and back,
// arguments.go reads the values of single arguments;
// compileread.go and compilewrite.go do the same for optimizer, loss and metrics.
// tree.go says which weights a model has, and where they stand in a weights' file;
// weightsread.go and weightswrite.go carry them; legacyread.go and legacywrite.go
// have the names of a .h5 file, cudnn.go the weights of Keras 2's layers on CuDNN.
// outline.go tells what is in a file without making a model of it.
package keras

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"recurve"
	"recurve/internal/atomicfile"
)

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
	// Note, if set, is called with a sentence for each thing that is not read as
	// it is: an optimizer's state that cannot be told for sure and starts fresh, or
	// a number type that Recurve does not compute in.
	Note func(note string)
}

// Save writes the model to path, whole or not at all: the file appears when it
// is complete. The form follows from the name, as in Keras: .keras, .weights.h5
// (weights and the optimizer's state alone) or .h5 (without the vocabulary and
// the origin, which have no place in it).
//
// Save may be called from a callback while the model is being fitted, but not
// by another goroutine at the same time.
func Save(path string, m *recurve.Model) error {
	form, err := FormOf(path)
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 1<<20)
		if err := WriteForm(b, m, form); err != nil {
			return err
		}
		return b.Flush()
	})
	if err != nil {
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// Load reads the model in the file at path, a .keras or .h5 file by its content,
// ready to predict and, where the file has an optimizer and a loss, to go on with
// the training. What is not read as it is, [LoadWith] can tell.
func Load(path string) (*recurve.Model, error) { return LoadWith(path, Options{}) }

// LoadWith is Load with a choice.
func LoadWith(path string, o Options) (m *recurve.Model, err error) {
	err = withFile(path, func(f io.ReaderAt, size int64) error {
		m, err = Read(f, size, path, o)
		return err
	})
	return m, err
}

// withFile opens the file at path.
func withFile(path string, do func(f io.ReaderAt, size int64) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err // it names the operation and the file
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return &FormatError{File: path, Problem: "it is a folder, not a model's file"}
	}
	return do(f, info.Size())
}

// Read reads the model that r holds in size bytes. The name stands for the file
// in errors.
func Read(r io.ReaderAt, size int64, name string, o Options) (*recurve.Model, error) {
	if o.Threads < 0 {
		return nil, fmt.Errorf("%s: threads: expected 0 (all processors) or more, got %d", name, o.Threads)
	}
	m, err := read(r, size, o)
	if err != nil {
		return nil, nameFile(err, name)
	}
	return m, nil
}

// LoadWeights sets the model's weights to those in the file at path, of any of
// the forms, as Keras' load_weights does: layers are matched by their order and
// class, or in a .h5 file by their order alone. If the model is compiled with the
// optimizer whose state is in a .weights.h5 or .keras file, that is taken up, too;
// [Options].Note is told where it is not. With an error nothing is changed.
func LoadWeights(path string, m *recurve.Model, o Options) error {
	return withFile(path, func(f io.ReaderAt, size int64) error {
		if err := readWeights(f, size, m, o); err != nil {
			return nameFile(err, path)
		}
		return nil
	})
}
