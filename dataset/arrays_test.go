package dataset

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// npy is a .npy file of the given type name, memory order and shape, whose
// values are those of at, a function of the position in row-major order.
func npy(descr string, fortran bool, shape []int, at func(int) float64) []byte {
	order, dims, n := "False", "", 1
	if fortran {
		order = "True"
	}
	for _, d := range shape {
		dims += fmt.Sprintf("%d, ", d)
		n *= d
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }\n", descr, order, dims)
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	b = append(b, header...)
	for i := range n {
		if fortran {
			i = rowMajor(i, shape)
		}
		b = appendValue(b, descr, at(i))
	}
	return b
}

// rowMajor is the row-major position of the i-th value where the first axis
// runs fastest.
func rowMajor(i int, shape []int) int {
	out, stride := 0, 1
	at := make([]int, len(shape))
	for k, d := range shape {
		at[k] = i % d
		i /= d
	}
	for k := len(shape) - 1; k >= 0; k-- {
		out += at[k] * stride
		stride *= shape[k]
	}
	return out
}

func appendValue(b []byte, descr string, v float64) []byte {
	u := uint64(int64(v))
	switch descr[1:] {
	case "f4":
		u = uint64(math.Float32bits(float32(v)))
	case "f8":
		u = math.Float64bits(v)
	}
	var wide [8]byte
	size := int(descr[2] - '0')
	if descr[0] == '>' {
		binary.BigEndian.PutUint64(wide[:], u)
		return append(b, wide[8-size:]...)
	}
	binary.LittleEndian.PutUint64(wide[:], u)
	return append(b, wide[:size]...)
}

// saved is the path of a file with these bytes.
func saved(t rapid.TB, dir, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// zipped is the path of an .npz file of arrays.
func zipped(t rapid.TB, dir, name string, method uint16, members map[string][]byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for k, b := range members {
		w, err := z.CreateHeader(&zip.FileHeader{Name: k + ".npy", Method: method})
		if err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// types are the names of the types that hold the whole numbers 0 to 100.
func types() []string {
	return []string{"|i1", "|u1", "<i2", ">i2", "<u2", ">u2", "<i4", ">i4", "<u4", ">u4", "<i8", ">i8", "<u8", ">u8", "<f4", ">f4", "<f8", ">f8"}
}

// TestFromNPYAnyFile reads the same numbers from files of every kind.
func TestFromNPYAnyFile(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		descr, fortran := rapid.SampledFrom(types()).Draw(t, "type"), rapid.Bool().Draw(t, "fortran")
		n, steps, width := rapid.IntRange(1, 40).Draw(t, "n"), rapid.IntRange(1, 9).Draw(t, "steps"), rapid.IntRange(1, 7).Draw(t, "width")
		path := func(shape []int, at func(int) float64) string {
			b := npy(descr, fortran, shape, at)
			switch rapid.IntRange(0, 2).Draw(t, "container") {
			case 0:
				return zipped(t, dir, "a.npz", zip.Deflate, map[string][]byte{"x": b})
			case 1:
				return zipped(t, dir, "a.npz", zip.Store, map[string][]byte{"other": {}, "x": b}) + ":x"
			}
			return saved(t, dir, "a.npy", b)
		}
		value := func(i int) float64 { return float64(i * 7 % 101) }

		x := path([]int{n, steps}, value)
		d, err := FromNPY(x, x, Form{Sample: []int{0}, IDs: true})
		if err != nil || d.N != n || d.Steps != steps || d.Width != 0 || d.Outputs != steps || len(d.IDs) != n*steps {
			t.Fatalf("ids: %+v %v", d, err)
		}
		for i, id := range d.IDs {
			if float64(id) != value(i) || d.Y[i] != float32(value(i)) {
				t.Fatalf("id %d is %d, target %v, want %v", i, id, d.Y[i], value(i))
			}
		}
		d, err = FromNPY(path([]int{n, steps, width}, value), "", Form{Sample: []int{steps, width}})
		if err != nil || d.N != n || d.Steps != steps || d.Width != width || len(d.Features) != n*steps*width {
			t.Fatalf("features: %+v %v", d, err)
		}
		for i, v := range d.Features {
			if v != float32(value(i)) {
				t.Fatalf("feature %d is %v, want %v", i, v, value(i))
			}
		}
		id := func(vector int) int { return vector * 5 % width }
		oneHot := func(i int) float64 {
			if i%width == id(i/width) {
				return 1
			}
			return 0
		}
		d, err = FromNPY(path([]int{n, steps, width}, oneHot), "", Form{Sample: []int{0, width}, FoldOneHot: true})
		if err != nil || d.N != n || d.Steps != steps || d.Width != 0 || d.Depth != width || len(d.IDs) != n*steps {
			t.Fatalf("one-hot: %+v %v", d, err)
		}
		for i, got := range d.IDs {
			if int(got) != id(i) {
				t.Fatalf("one-hot vector %d is %d, want %d", i, got, id(i))
			}
		}
		// One value more or less makes it no one-hot array.
		at, other := rapid.IntRange(0, n*steps*width-1).Draw(t, "at"), rapid.SampledFrom([]float64{0, 1, 2}).Draw(t, "other")
		changed := func(i int) float64 {
			if i == at {
				return other
			}
			return oneHot(i)
		}
		d, err = FromNPY(path([]int{n, steps, width}, changed), "", Form{Sample: []int{0, width}, FoldOneHot: true})
		if folded := d != nil && d.IDs != nil; err != nil || folded != (other == oneHot(at)) || !folded && d.Features[at] != float32(other) {
			t.Fatalf("value %d is %v: %+v %v", at, other, d, err)
		}
	})
}

// TestFromNPYShapes goes through what fits together, with Keras' way to add or
// take away a last axis of 1.
func TestFromNPYShapes(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, shape ...int) string {
		return saved(t, dir, name+".npy", npy("<f4", false, shape, func(i int) float64 { return float64(i%3) + 0.75 }))
	}
	words, series, vectors := Form{Sample: []int{3}, IDs: true}, Form{Sample: []int{3, 1}}, Form{Sample: []int{4}}
	d, err := FromNPY(file("x", 2, 3), "", words)
	if err != nil || !slices.Equal(d.IDs, []int32{0, 1, 2, 0, 1, 2}) {
		t.Errorf("float ids are cut off: %+v %v", d, err)
	}
	for _, c := range []struct {
		form              Form
		x, y              []int
		steps, width, out int
		want              string // in the error; "" for none
	}{
		{words, []int{2, 3}, []int{2}, 3, 0, 1, ""},
		{words, []int{2, 3, 1}, []int{2, 1}, 3, 0, 1, ""},
		{series, []int{2, 3, 1}, []int{2, 5}, 3, 1, 5, ""},
		{series, []int{2, 3}, []int{2, 3, 2}, 3, 1, 6, ""},
		{vectors, []int{2, 4}, []int{2}, 1, 4, 1, ""},
		{Form{Sample: []int{1}}, []int{2}, []int{2}, 1, 1, 1, ""},
		{words, []int{2, 4}, nil, 0, 0, 0, "x.npy: expected shape (n, 3), as the model takes ids; got (2, 4); pad or cut the sequences to 3 steps"},
		{words, []int{2, 3, 5}, nil, 0, 0, 0, "expected shape (n, 3), as the model takes ids; got (2, 3, 5); give ids, not vectors"},
		{words, []int{6}, nil, 0, 0, 0, "got (6,)"},
		{words, []int{0, 3}, nil, 0, 0, 0, "shape (0, 3): there are no values"},
		{words, nil, nil, 0, 0, 0, "got ()"},
		{vectors, []int{2, 5}, nil, 0, 0, 0, "expected shape (n, 4), as the model takes vectors; got (2, 5)"},
		{Form{Sample: []int{0, 4}}, []int{2, 9}, nil, 0, 0, 0, "expected shape (n, steps, 4), as the model takes sequences of vectors; got (2, 9); give vectors of 4 values"},
		{words, []int{2, 3}, []int{3}, 0, 0, 0, "y.npy: 3 rows of targets for 2 samples"},
		{words, []int{2, 3}, []int{}, 0, 0, 0, "y.npy: it is a single value"},
		{words, []int{2, 3}, []int{2, 0}, 0, 0, 0, "y.npy: shape (2, 0): there are no values"},
		{Form{Sample: []int{3}, IDs: true, Target: []int{1}}, []int{2, 3}, []int{2}, 3, 0, 1, ""},
		{Form{Sample: []int{3}, IDs: true, Target: []int{1}}, []int{2, 3}, []int{2, 3}, 3, 0, 1, "y.npy: expected targets of shape (n, 1), as the model predicts; got (2, 3)"},
		{Form{Sample: []int{0}, IDs: true, Target: []int{0, 1}}, []int{2, 3}, []int{2, 3}, 3, 0, 3, ""},
		{Form{Sample: []int{0}, IDs: true, Target: []int{0, 2}}, []int{2, 3}, []int{2, 2, 2}, 3, 0, 3, "expected targets of shape (n, 3, 2)"},
		{Form{Sample: []int{1, 2, 3}}, []int{2, 3}, nil, 0, 0, 0, "form of samples [1 2 3]"},
	} {
		y := ""
		if c.y != nil {
			y = file("y", c.y...)
		}
		d, err := FromNPY(file("x", c.x...), y, c.form)
		switch {
		case c.want != "":
			expect(t, err, c.want)
		case err != nil || d.N != 2 || d.Steps != c.steps || d.Width != c.width || d.Outputs != c.out:
			t.Errorf("%v of %v: %+v %v", c.x, c.form, d, err)
		}
	}
}

func TestFromNPYRefusals(t *testing.T) {
	dir := t.TempDir()
	words := Form{Sample: []int{3}, IDs: true}
	good := npy("<i4", false, []int{2, 3}, func(int) float64 { return 1 })
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "missing.npy"), "missing.npy"},
		{dir, "it is a folder"},
		{os.DevNull, "it is a device, not a file"},
		{saved(t, dir, "text.npy", []byte("1,2,3")), "text.npy: numpy: not a .npy file"},
		{saved(t, dir, "cut.npy", good[:len(good)-1]), "cut.npy: numpy: array of shape [2 3] and type <i4 is cut short: want 24 bytes of values, got 23"},
		{saved(t, dir, "large.npy", npy("<f8", false, []int{2, 3}, func(int) float64 { return 1e12 })), "large.npy: ids: numpy: value 1e+12 at [0 0] does not fit int32"},
		{saved(t, dir, "nan.npy", npy("<f8", false, []int{2, 3}, func(int) float64 { return math.NaN() })), "nan.npy: ids: numpy: value NaN at [0 0]"},
		{zipped(t, dir, "two.npz", zip.Store, map[string][]byte{"x": good, "y": good}), "name one of them behind a colon"},
		{zipped(t, dir, "one.npz", zip.Store, map[string][]byte{"x": good}) + ":z", `one.npz:z: numpy: no array "z" in the .npz file: it holds x`},
		{saved(t, dir, "x.npz", good) + ":x", "not a .npz file, which could hold"},
		{zipped(t, dir, "none.npz", zip.Store, nil), "holds no array"},
		{zipped(t, dir, "short.npz", zip.Deflate, map[string][]byte{"x": good[:len(good)-1]}), "cut short"},
	} {
		_, err := FromNPY(c.path, "", words)
		expect(t, err, c.want)
		if err != nil && strings.Count(err.Error(), ".npy: ") > 1 {
			t.Errorf("the file is named twice: %v", err)
		}
	}
}
