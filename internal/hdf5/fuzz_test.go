package hdf5_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"recurve/internal/hdf5"
)

// largestSeed keeps the fuzzer fast.
const largestSeed = 20_000

// FuzzOpen reads everything in a file. Whatever the file, there must be an
// answer, no more elements than its size justifies, and errors of the two
// types that say what is wrong with it.
func FuzzOpen(f *testing.F) {
	seeds, err := filepath.Glob(filepath.Join("testdata", "*.h5"))
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no fixtures: %v", err)
	}
	for _, seed := range seeds {
		data, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) <= largestSeed {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = hdf5.RepairChecksums(data)
		file, err := hdf5.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			checkBlame(t, err)
			return
		}
		most := max(1<<20, 1032*len(data)) // elements: deflate makes 1032 bytes of one
		err = file.Walk(func(o hdf5.Object, err error) error {
			if err != nil {
				checkBlame(t, err)
				return nil
			}
			if o.Path()[0] != '/' {
				t.Errorf("path %q", o.Path())
			}
			if d, ok := o.(*hdf5.Dataset); ok {
				readArray(t, d, most)
			}
			for _, a := range o.Attrs() {
				readArray(t, a, most)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// checkBlame checks that an error says that the file is damaged or not
// supported.
func checkBlame(t *testing.T, err error) {
	t.Helper()
	var format *hdf5.FormatError
	var unsupported *hdf5.UnsupportedError
	if !errors.As(err, &format) && !errors.As(err, &unsupported) || errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%T: %v", err, err)
	}
}

// readArray reads an array by every conversion.
func readArray(t *testing.T, a array, most int) {
	t.Helper()
	elements := 1
	for _, n := range a.Shape() {
		elements *= n
	}
	float32s, err32 := a.Float32s()
	float64s, err64 := a.Float64s()
	if (err32 == nil) != (err64 == nil) || len(float32s) != len(float64s) {
		t.Errorf("%d elements as float32 (%v), %d as float64 (%v)", len(float32s), err32, len(float64s), err64)
	}
	int64s, errInt := a.Int64s()
	strings, errText := a.Strings()
	text := 0
	for _, s := range strings {
		text += len(s)
	}
	if text > most {
		t.Errorf("%d bytes of text", text)
	}
	for _, got := range []struct {
		n   int
		err error
	}{{len(float32s), err32}, {len(int64s), errInt}, {len(strings), errText}} {
		if got.err == nil && got.n != elements || got.n > most {
			t.Errorf("%d elements of shape %v", got.n, a.Shape())
		}
	}
	if elements > 0 && err32 == nil && errText == nil {
		t.Errorf("%s elements read as numbers and as strings", a.Type())
	}
}
