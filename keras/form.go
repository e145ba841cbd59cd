package keras

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"recurve/internal/hdf5"
)

// Form is one of the forms that Keras' files have.
type Form uint8

// The forms of files.
const (
	// Archive is a whole model, as Keras 3 saves it: NAME.keras.
	Archive Form = iota + 1
	// Weights are the weights and the optimizer's state alone: NAME.weights.h5.
	Weights
	// Legacy is a whole model in one HDF5 file: NAME.h5, or NAME.hdf5.
	Legacy
)

// The endings of files' names, by which Keras chooses the form.
const (
	Extension        = ".keras"
	WeightsExtension = ".weights.h5"
	LegacyExtension  = ".h5"

	legacyExtension2 = ".hdf5"
)

// String is the ending of such a file's name.
func (f Form) String() string {
	switch f {
	case Archive:
		return Extension
	case Weights:
		return WeightsExtension
	case Legacy:
		return LegacyExtension
	}
	return fmt.Sprintf("Form(%d)", uint8(f))
}

// FormOf is the form that a file of this name is saved in.
func FormOf(path string) (Form, error) {
	switch {
	case strings.HasSuffix(path, Extension):
		return Archive, nil
	case strings.HasSuffix(path, WeightsExtension):
		return Weights, nil
	case strings.HasSuffix(path, LegacyExtension), strings.HasSuffix(path, legacyExtension2):
		return Legacy, nil
	}
	return 0, fmt.Errorf("the name must end in %s, %s or %s, or Keras will not open the file", Extension, WeightsExtension, LegacyExtension)
}

// The groups and attributes of a whole model in an HDF5 file.
const (
	modelConfigAttr        = "model_config"
	trainingConfigAttr     = "training_config"
	versionAttr            = "keras_version"
	backendAttr            = "backend"
	layerNamesAttr         = "layer_names"
	weightNamesAttr        = "weight_names"
	modelWeightsGroup      = "model_weights"
	optimizerWeights       = "optimizer_weights"
	topLevelGroup          = "top_level_model_weights"
	oldLayersGroup         = "_layer_checkpoint_dependencies" // Keras 2.12 and 2.13
	hdf5Signature          = "\x89HDF\r\n\x1a\n"
	userBlock          int = 512 // HDF5 may begin at this byte, or at a power of two times it
)

// open finds out by its content what form a file has.
func (r *reader) open(from io.ReaderAt, size int64) error {
	if !isHDF5(from, size) {
		a, err := openArchive(from, size)
		if err != nil {
			return err
		}
		r.archive, r.form, r.member = a, Archive, configMember
		r.version, err = r.readVersion()
		return err
	}
	f, err := hdf5.Open(from, size)
	if err != nil {
		return inHDF5("", err)
	}
	r.file = &weightsFile{file: f, root: f.Root(), size: size}
	switch root := f.Root(); {
	case has(root, modelConfigAttr):
		r.form, r.member = Legacy, modelConfigAttr
		r.file.legacy = true
	case has(root, layerNamesAttr), has(root, layerNamesAttr+"0"): // weights alone, as Keras 2 saved them
		r.form = Weights
		r.file.legacy = true
	default:
		r.form = Weights
		return nil
	}
	if r.version, err = textAttr(f.Root(), versionAttr); err != nil {
		return err
	}
	r.file.keras = r.version
	return nil
}

// isHDF5 reports whether the file begins as HDF5 does.
func isHDF5(r io.ReaderAt, size int64) bool {
	head := make([]byte, len(hdf5Signature))
	for at := int64(0); at+int64(len(head)) <= size; at = max(int64(userBlock), 2*at) {
		if _, err := r.ReadAt(head, at); err != nil {
			return false
		}
		if string(head) == hdf5Signature {
			return true
		}
		if at == 0 && strings.HasPrefix(string(head), "PK") {
			return false // an archive may hold such a file at any byte
		}
	}
	return false
}

func has(o hdf5.Object, attribute string) bool {
	_, err := o.Attr(attribute)
	return err == nil
}

// textAttr reads a string attribute; "" where there is none.
func textAttr(o hdf5.Object, attribute string) (string, error) {
	a, err := o.Attr(attribute)
	if errors.Is(err, hdf5.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", inHDF5("", err)
	}
	v, err := a.Text()
	if err != nil {
		return "", inHDF5("", err)
	}
	return v, nil
}
