package numpy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The fixtures are made by tools/oracle/data_numpy.py.

func readJSON(t testing.TB, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

func openNPZ(t testing.TB, name string) *NPZ {
	t.Helper()
	z, err := ReadNPZFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return z
}

type expectedArray struct {
	Shape   []int
	Float64 []uint64
	Float32 []uint32
	Int64   []int64
}

func TestReadArrays(t *testing.T) {
	var expected map[string]expectedArray
	readJSON(t, "arrays.json", &expected)
	z := openNPZ(t, "arrays.npz")
	if len(z.Names()) != len(expected) || len(expected) < 39 {
		t.Fatalf("%d arrays, %d expected", len(z.Names()), len(expected))
	}
	for name, want := range expected {
		a, err := z.Array(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(a.Shape, want.Shape) {
			t.Errorf("%s: shape %v, want %v", name, a.Shape, want.Shape)
		}
		var f64 []uint64
		for _, v := range a.Float64s() {
			f64 = append(f64, math.Float64bits(v))
		}
		if !slices.Equal(f64, want.Float64) {
			t.Errorf("%s: float64 %x, want %x", name, f64, want.Float64)
		}
		var f32 []uint32
		for _, v := range a.Float32s() {
			f32 = append(f32, math.Float32bits(v))
		}
		if !slices.Equal(f32, want.Float32) {
			t.Errorf("%s: float32 %x, want %x", name, f32, want.Float32)
		}
		if want.Int64 != nil {
			got, err := a.Int64s()
			if err != nil || !slices.Equal(got, want.Int64) || !a.IsInteger() {
				t.Errorf("%s: int64 %v %v, want %v", name, got, err, want.Int64)
			}
		}
	}
}

// TestWriteNPY compares with the bytes that NumPy writes.
func TestWriteNPY(t *testing.T) {
	z := openNPZ(t, "arrays.npz")
	for _, name := range []string{"c_i4", "c_i8", "c_f4", "c_f8", "scalar", "empty", "one", "large_i8"} {
		want, err := z.bytes(name, maxArrayBytes)
		if err != nil {
			t.Fatal(err)
		}
		a, err := z.Array(name)
		if err != nil {
			t.Fatal(err)
		}
		var made *Array
		switch a.DType() {
		case "<i4":
			v, _ := a.Int32s()
			made, err = NewArray(a.Shape, v)
		case "<i8":
			v, _ := a.Int64s()
			made, err = NewArray(a.Shape, v)
		case "<f4":
			made, err = NewArray(a.Shape, a.Float32s())
		case "<f8":
			made, err = NewArray(a.Shape, a.Float64s())
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "a.npy")
		if err := WriteNPYFile(path, made); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: wrote\n%q\nwant\n%q", name, got, want)
		}
		back, err := ReadNPYFile(path)
		if err != nil || !slices.Equal(back.Float64s(), made.Float64s()) {
			t.Errorf("%s: read back %v, %v", name, back, err)
		}
	}
}

func TestWriteNPZ(t *testing.T) {
	a, _ := NewArray([]int{2}, []float32{1, 2})
	b, _ := NewArray([]int{1, 1}, []int64{7})
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := WriteNPZ(w, Member{"a", a}, Member{"b", b}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same arrays gave different bytes")
	}
	z, err := NewNPZ(bytes.NewReader(first.Bytes()), int64(first.Len()))
	if err != nil || !slices.Equal(z.Names(), []string{"a", "b"}) {
		t.Fatalf("%v %v", z.Names(), err)
	}
	got, err := z.Array("b")
	if err != nil || got.Float64s()[0] != 7 || !slices.Equal(got.Shape, []int{1, 1}) {
		t.Errorf("%v %v", got, err)
	}
}

func TestConversionErrors(t *testing.T) {
	floats, _ := NewArray([]int{2, 2}, []float64{1, 2, 3, 4.5})
	nan, _ := NewArray([]int{1}, []float32{float32(math.NaN())})
	inf, _ := NewArray([]int{1}, []float32{float32(math.Inf(1))})
	large, _ := NewArray([]int{2}, []int64{1, 1 << 40})
	edge, _ := NewArray([]int{1}, []float64{1 << 63})
	low, _ := NewArray([]int{1}, []float64{-1 << 63})
	over, _ := NewArray([]int{1}, []float64{1 << 31})
	for _, c := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, err := floats.Int32s(); return err }, "4.5 at [1 1] is not a whole number"},
		{func() error { _, err := nan.Int64s(); return err }, "NaN at [0] is not a whole number"},
		{func() error { _, err := inf.Int64s(); return err }, "+Inf at [0] is not a whole number"},
		{func() error { _, err := large.Int32s(); return err }, "1099511627776 at [1] does not fit int32"},
		{func() error { _, err := edge.Int64s(); return err }, "does not fit int64"},
		{func() error { _, err := over.Int32s(); return err }, "does not fit int32"},
		{func() error { _, err := NewArray([]int{2}, []float32{1}); return err }, "shape [2] does not hold 1 values"},
		{func() error { _, err := NewArray([]int{-1, -1}, []float32{1}); return err }, "does not hold"},
		{func() error { _, err := NewArray([]int{math.MaxInt, math.MaxInt, 0}, []float32{1}); return err }, "does not hold"},
	} {
		if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if v, err := low.Int64s(); err != nil || v[0] != math.MinInt64 {
		t.Errorf("-2^63: %v %v", v, err)
	}
	whole, _ := NewArray([]int{2}, []float32{3, -4})
	if v, err := whole.Int32s(); err != nil || v[0] != 3 || v[1] != -4 {
		t.Errorf("whole floats: %v %v", v, err)
	}
}

func TestUnreadTypes(t *testing.T) {
	z := openNPZ(t, "strange.npz")
	for name, want := range map[string]string{
		"complex": `"<c8"`, "unicode": `"<U2"`, "bytes": `"|S2"`, "time": `"<M8[s]"`, "long_double": `"<f9"`,
		"structure": "structures", "structure_shape": "structures",
	} {
		if _, err := z.Array(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	if _, err := openNPZ(t, "lists.npz").Array("small_2"); !errors.Is(err, ErrObjects) {
		t.Errorf("objects: %v", err)
	}
	if _, err := z.Array("nothing"); err == nil || !strings.Contains(err.Error(), "it holds complex, unicode") {
		t.Errorf("missing array: %v", err)
	}
}

// npy is a .npy file of version 1 with any header.
func npy(header string, values ...byte) []byte {
	b := append([]byte(magic), 1, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), values...)
}

func TestDamagedNPY(t *testing.T) {
	good := npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 0, 0, 128, 63, 0, 0, 0, 64)
	if a, err := ReadNPY(bytes.NewReader(good)); err != nil || !slices.Equal(a.Float32s(), []float32{1, 2}) {
		t.Fatalf("the good file: %v %v", a, err)
	}
	for n := range good {
		if _, err := ReadNPY(bytes.NewReader(good[:n])); err == nil {
			t.Errorf("cut to %d bytes: no error", n)
		}
	}
	version := slices.Clone(good)
	version[6] = 9
	for _, c := range []struct {
		name, want string
		b          []byte
	}{
		{"not npy", "not a .npy file", []byte("PK\x03\x04 and more")},
		{"version", "version 9.0", version},
		{"header length", "at most", append([]byte(magic), 2, 0, 255, 255, 255, 255)},
		{"not a dictionary", "not a dictionary", npy("hello")},
		{"no end", "no end", npy("{'descr': '<f4'")},
		{"no descr", "descr is missing", npy("{'fortran_order': False, 'shape': (2,), }")},
		{"no shape", "shape is missing", npy("{'descr': '<f4', 'fortran_order': False}")},
		{"twice", "given twice", npy("{'descr': '<f4', 'descr': '<f4', }")},
		{"unknown key", "not known", npy("{'descr': '<f4', 'colour': 1, }")},
		{"after", "more after", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x")},
		{"order", "neither", npy("{'descr': '<f4', 'fortran_order': 3, 'shape': (2,), }")},
		{"negative", "not a length", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }")},
		{"fraction", "not a length", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2.5,), }")},
		{"huge length", "not a length", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")},
		{"huge shape", "larger than", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }")},
		{"cut", "want 4000000000 bytes of values, got 3", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,), }", 1, 2, 3)},
		{"axes", "axes", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + strings.Repeat("1,", 65) + "), }")},
		{"empty descr", "empty", npy("{'descr': '', 'fortran_order': False, 'shape': (2,), }")},
	} {
		if _, err := ReadNPY(bytes.NewReader(c.b)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// Python 2 wrote longs, and keys may come in any order.
	old := npy("{'shape': (2L,), 'fortran_order': False, u'descr': '<f4'}", good[len(good)-8:]...)
	if a, err := ReadNPY(bytes.NewReader(old)); err != nil || a.Float32s()[1] != 2 {
		t.Errorf("Python 2: %v %v", a, err)
	}
}

func TestDamagedNPZ(t *testing.T) {
	b, err := os.ReadFile("testdata/lists.npz")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 10, len(b) / 2, len(b) - 1} {
		if _, err := NewNPZ(bytes.NewReader(b[:n]), int64(n)); err == nil || !strings.Contains(err.Error(), "not a whole .npz") {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	z := openNPZ(t, "lists.npz")
	at, err := z.members["many_2"].DataOffset()
	if err != nil {
		t.Fatal(err)
	}
	spoiled := slices.Clone(b)
	for i := range 200 {
		spoiled[at+1000+int64(i)] ^= 0x55
	}
	z, err = NewNPZ(bytes.NewReader(spoiled), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.IntLists("many_2"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("spoiled bytes: %v", err)
	}

	// A directory that claims a length the member does not have.
	for claim, want := range map[uint64]string{20: "damaged", 4000: "damaged", 1 << 30: "claims", 1 << 40: "at most"} {
		var w bytes.Buffer
		archive := zip.NewWriter(&w)
		f, err := archive.CreateRaw(&zip.FileHeader{Name: "a.npy", Method: zip.Store, CompressedSize64: 200, UncompressedSize64: claim})
		if err != nil {
			t.Fatal(err)
		}
		f.Write(make([]byte, 200))
		archive.Close()
		z, err := NewNPZ(bytes.NewReader(w.Bytes()), int64(w.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := z.Array("a"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("claim of %d bytes: %v", claim, err)
		}
	}

	var w bytes.Buffer
	a, _ := NewArray([]int{1}, []float32{1})
	if err := WriteNPZ(&w, Member{"a", a}, Member{"a", a}); err != nil {
		t.Fatal(err)
	}
	if _, err := NewNPZ(bytes.NewReader(w.Bytes()), int64(w.Len())); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("an array twice: %v", err)
	}
}
