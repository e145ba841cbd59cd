package numpy

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReaderPieces reads every array of NumPy's in pieces, straight from the
// archive.
func TestReaderPieces(t *testing.T) {
	var expected map[string]expectedArray
	readJSON(t, "arrays.json", &expected)
	for name, want := range expected {
		r, err := Open(filepath.Join("testdata", "arrays.npz") + ":" + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []float32
		for err == nil {
			var piece []float32
			piece, err = r.Next()
			got = append(got, piece...)
		}
		if !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
		if r.Fortran && len(r.Shape) == 2 {
			turned := make([]float32, len(got))
			for i, v := range got {
				turned[i%r.Shape[0]*r.Shape[1]+i/r.Shape[0]] = v
			}
			got = turned
		} else if r.Fortran && len(r.Shape) > 2 {
			continue // package dataset's tests turn those
		}
		var bits []uint32
		for _, v := range got {
			bits = append(bits, math.Float32bits(v))
		}
		if !slices.Equal(bits, want.Float32) || !slices.Equal(r.Shape, want.Shape) || r.Len() != len(want.Float32) {
			t.Errorf("%s: shape %v, float32 %x, want %v, %x", name, r.Shape, bits, want.Shape, want.Float32)
		}
		r.Close()
	}
}

// TestReaderLarge goes over more than one piece, big-endian and cut short.
func TestReaderLarge(t *testing.T) {
	values := make([]float64, 3*readChunkSize/8/2)
	for i := range values {
		values[i] = float64(i)
	}
	a, err := NewArray([]int{len(values)}, values)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WriteNPY(&b, a); err != nil {
		t.Fatal(err)
	}
	big := bytes.Replace(b.Bytes(), []byte("<f8"), []byte(">f8"), 1)
	swapBytes(big[len(big)-8*len(values):], 8)
	r, err := NewReader(bytes.NewReader(big))
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for {
		piece, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range piece {
			if v != float32(at) {
				t.Fatalf("value %d is %v", at, v)
			}
			at++
		}
	}
	if at != len(values) {
		t.Errorf("%d values, want %d", at, len(values))
	}
	r, err = NewReader(bytes.NewReader(big[:len(big)-3]))
	for err == nil {
		_, err = r.Next()
	}
	if want := "want 1572864 bytes of values, got 1572861"; !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// TestReaderChecksum finds a changed value in an archive.
func TestReaderChecksum(t *testing.T) {
	a, err := NewArray([]int{3}, []float32{1, 2, 3})
	var b bytes.Buffer
	if err == nil {
		err = WriteNPZ(&b, Member{"a", a})
	}
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b.Bytes(), a.raw)
	b.Bytes()[at]++
	path := filepath.Join(t.TempDir(), "a.npz")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for err == nil {
		_, err = r.Next()
	}
	if errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("%v, want a checksum error", err)
	}
}

// TestTruncatedInt32s is what NumPy's astype("int32") gives.
func TestTruncatedInt32s(t *testing.T) {
	a, err := NewArray([]int{6}, []float64{1.9, -1.9, -0.5, 2147483647.5, -2147483648.5, 7})
	if err != nil {
		t.Fatal(err)
	}
	got, err := a.TruncatedInt32s()
	if want := []int32{1, -1, 0, math.MaxInt32, math.MinInt32, 7}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v %v, want %v", got, err, want)
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), 2147483648, -2147483649} {
		a, _ := NewArray([]int{1}, []float64{v})
		if got, err := a.TruncatedInt32s(); err == nil {
			t.Errorf("%v is %v", v, got)
		}
	}
}
