package numpy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func FuzzIntLists(f *testing.F) {
	for _, file := range []string{"lists.npz", "refused.npz"} {
		z := openNPZ(f, file)
		for _, name := range z.Names() {
			b, err := z.bytes(name, maxArrayBytes)
			if err != nil {
				f.Fatal(err)
			}
			if len(b) < 2000 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lists, err := readIntLists(b)
		if err != nil {
			return
		}
		for i, l := range lists {
			if len(l) > len(b) {
				t.Fatalf("list %d has %d integers from %d bytes", i, len(l), len(b))
			}
		}
	})
}

func FuzzReadNPY(f *testing.F) {
	for _, file := range []string{"arrays.npz", "strange.npz"} {
		z := openNPZ(f, file)
		for _, name := range z.Names() {
			b, err := z.bytes(name, maxArrayBytes)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ReadNPY(bytes.NewReader(b))
		if err != nil {
			return
		}
		var w bytes.Buffer
		if err := WriteNPY(&w, a); err != nil {
			t.Fatal(err)
		}
		again, err := ReadNPY(&w)
		if err != nil || !reflect.DeepEqual(again, a) {
			t.Fatalf("read %v, wrote and read %v, %v", a, again, err)
		}
		a.Float32s()
		a.Int32s()
	})
}

func FuzzNPZ(f *testing.F) {
	for _, file := range []string{"arrays.npz", "strange.npz"} {
		z := openNPZ(f, file)
		for _, name := range z.Names() {
			b, err := z.bytes(name, maxArrayBytes)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(deflated(f, name, b))
		}
	}
	f.Add(deflated(f, "lists", smallestOf(f, "lists.npz")))
	f.Fuzz(func(t *testing.T, b []byte) {
		z, err := NewNPZ(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, name := range z.Names() {
			a, whole := z.Array(name)
			z.IntLists(name)
			r, err := z.open(name)
			if err != nil {
				continue
			}
			values, err := pieces(r)
			if whole == nil && (err != nil || !r.Fortran && !sameBits(values, a.Float32s())) {
				t.Fatalf("array %q: whole %v, in pieces %v, %v", name, a.Float32s(), values, err)
			}
		}
	})
}

// FuzzReader reads an array in pieces and wants what reading it whole gives.
func FuzzReader(f *testing.F) {
	for _, file := range []string{"arrays.npz", "strange.npz"} {
		z := openNPZ(f, file)
		for _, name := range z.Names() {
			b, err := z.bytes(name, maxArrayBytes)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		values, err := pieces(r)
		a, whole := ReadNPY(bytes.NewReader(b))
		if (err == nil) != (whole == nil) {
			t.Fatalf("in pieces %v, whole %v", err, whole)
		}
		if err == nil && !r.Fortran && !sameBits(values, a.Float32s()) {
			t.Fatalf("in pieces %v, whole %v", values, a.Float32s())
		}
	})
}

// pieces are all values that a Reader gives.
func pieces(r *Reader) ([]float32, error) {
	var out []float32
	for {
		v, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// deflated is a compressed .npz file of one .npy file.
func deflated(t testing.TB, name string, npy []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name + ".npy")
	if err == nil {
		_, err = w.Write(npy)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// smallestOf is the smallest array of a fixture.
func smallestOf(t testing.TB, file string) []byte {
	t.Helper()
	z := openNPZ(t, file)
	var out []byte
	for _, name := range z.Names() {
		b, err := z.bytes(name, maxArrayBytes)
		if err != nil {
			t.Fatal(err)
		}
		if out == nil || len(b) < len(out) {
			out = b
		}
	}
	return out
}

// TestHostileSizes counts the memory that small files with large claims take.
func TestHostileSizes(t *testing.T) {
	npy := func(descr, shape string) []byte {
		text := "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + ",), }\n"
		return append(append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), byte(len(text)>>8)), text...)
	}
	const giga = "1073741824"
	for name, b := range map[string][]byte{
		"values":         npy("<f4", giga),
		"axes":           npy("<f8", strings.Repeat("2, ", 30)+"1"),
		"overflow":       npy("<f8", giga+", "+giga+", "+giga),
		"empty axis":     npy("<f8", giga+", "+giga+", 0"),
		"lists":          append(npy("|O", giga), "\x80\x02."...),
		"lists, fewer":   append(npy("|O", "4194304"), "\x80\x02."...),
		"long text":      append(npy("|O", "1"), "\x80\x02X\xff\xff\xff\x7f"...),
		"header":         []byte("\x93NUMPY\x02\x00\xff\xff\xff\x7f{'descr'"),
		"zeros deflated": append(npy("<f4", giga), make([]byte, 1<<20)...),
	} {
		files := map[string][]byte{"plain": b, "deflated": deflated(t, "a", b)}
		files["larger claim"] = claim(files["deflated"], 1<<31)
		files["larger claims"] = claimBoth(files["deflated"], 1<<31)
		for kind, file := range files {
			if len(file) > 4<<10 {
				continue
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			path := filepath.Join(t.TempDir(), "a")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if r, err := Open(path); err == nil {
				r.All()
				r.Close()
			}
			ReadNPY(bytes.NewReader(file))
			readIntLists(file)
			if z, err := NewNPZ(bytes.NewReader(file), int64(len(file))); err == nil {
				z.Array("a")
				z.IntLists("a")
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
				t.Errorf("%s, %s: a file of %d bytes takes %d MiB", name, kind, len(file), took>>20)
			}
		}
	}
}

// claim changes the size that an archive's directory says its member has.
func claim(archive []byte, size uint32) []byte { return claims(archive, size, 24) }

// claimBoth changes its compressed size too.
func claimBoth(archive []byte, size uint32) []byte {
	return claims(claims(archive, size, 24), size, 20)
}

func claims(archive []byte, size uint32, at int) []byte {
	out := slices.Clone(archive)
	if i := bytes.LastIndex(out, []byte("PK\x01\x02")); i >= 0 {
		binary.LittleEndian.PutUint32(out[i+at:], size)
	}
	return out
}
