package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"recurve/internal/atomicfile"
	"recurve/internal/numpy"
	"recurve/keras"
	"recurve/onnx"
)

// kerasFixtures are models that Keras saved, beside what it predicts with them.
const kerasFixtures = "keras/testdata"

// writeKerasONNX makes those of Keras' own models that Recurve reads, as
// keras_NAME.onnx and .npz: what ONNX Runtime shall predict is Keras' word.
func writeKerasONNX(dir string) (int, error) {
	files, err := filepath.Glob(filepath.Join(kerasFixtures, "*"+keras.Extension))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, file := range files {
		switch filepath.Base(file) {
		case "bfloat16.keras", "float16.keras", "mixed.keras":
			continue // Keras calculates with these in half precision
		}
		m, err := keras.LoadWith(file, keras.Options{NoCompile: true})
		var unsupported *keras.UnsupportedError
		if errors.As(err, &unsupported) {
			continue
		}
		if err != nil {
			return 0, err
		}
		name := strings.TrimSuffix(filepath.Base(file), keras.Extension)
		if err := onnx.Export(filepath.Join(dir, "keras_"+name+onnx.Extension), m, onnx.Options{}); err != nil {
			return 0, err
		}
		if err := kerasArrays(dir, name); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// kerasArrays writes the input and the prediction as x0 and y0.
func kerasArrays(dir, name string) error {
	f, err := os.Open(filepath.Join(kerasFixtures, name+".npz"))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	z, err := numpy.NewNPZ(f, info.Size())
	if err != nil {
		return err
	}
	x, err := z.Array("x")
	if err != nil {
		return err
	}
	y, err := z.Array("y")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, "keras_"+name+".npz"), func(w io.Writer) error {
		return numpy.WriteNPZ(w, numpy.Member{Name: "x0", Array: x}, numpy.Member{Name: "y0", Array: y})
	})
}
