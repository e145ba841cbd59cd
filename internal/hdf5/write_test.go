package hdf5_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recurve/internal/hdf5"
)

var update = flag.Bool("update", false, "rewrite testdata/written.h5; tools/oracle/hdf5_check.py must then describe it anew")

func written(t *testing.T, w *hdf5.Writer) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := w.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(b.Len()) {
		t.Errorf("WriteTo returned %d for %d bytes", n, b.Len())
	}
	return b.Bytes()
}

// TestWritten holds the bytes of a file against those that h5py has read, and
// what it saw in them against what was written.
func TestWritten(t *testing.T) {
	w, want := sample()
	got := written(t, w)
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", "written.h5"), got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got, readFixture(t, "written.h5")) {
		t.Error("the bytes have changed: if that is meant, run go test -update, then tools/oracle/hdf5_check.py")
	}
	if diff := cmp.Diff(want, wantTree(t, "written"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what was written (-) and h5py's view (+) differ:\n%s", diff)
	}
}

// TestReadWritten reads back what was written.
func TestReadWritten(t *testing.T) {
	for name, build := range map[string]func() (*hdf5.Writer, tree){"sample": sample, "large": large} {
		t.Run(name, func(t *testing.T) {
			w, want := build()
			if diff := cmp.Diff(want, describe(t, open(t, written(t, w))), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("what was written (-) and what is read (+) differ:\n%s", diff)
			}
		})
	}
}

// needPython gives the Python that RECURVE_PYTHON names, which has the packages
// of tools/oracle/requirements.txt; without one it skips the test.
func needPython(t *testing.T) string {
	t.Helper()
	interpreter := os.Getenv("RECURVE_PYTHON")
	if interpreter == "" {
		t.Skip("RECURVE_PYTHON is not set: h5py and Keras do not check what is written")
	}
	return interpreter
}

// python runs a script of tools/oracle.
func python(t *testing.T, arguments ...string) {
	t.Helper()
	interpreter := needPython(t)
	arguments[0] = filepath.Join("..", "..", "tools", "oracle", arguments[0])
	if output, err := exec.Command(interpreter, arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", arguments, err, output)
	}
}

// TestH5py has h5py read what is written, and add to it.
func TestH5py(t *testing.T) {
	for name, build := range map[string]func() (*hdf5.Writer, tree){"sample": sample, "large": large} {
		t.Run(name, func(t *testing.T) {
			needPython(t)
			w, want := build()
			file := filepath.Join(t.TempDir(), "written.h5")
			description, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			for path, data := range map[string][]byte{file: written(t, w), file + ".json": description} {
				if err := os.WriteFile(path, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			python(t, "hdf5_check.py", "tree", file, file+".json")
		})
	}
}

// TestKeras copies a model's weights and optimizer state, and a whole model in
// the old format, and has Keras load the copies.
func TestKeras(t *testing.T) {
	needPython(t)
	for name, check := range map[string]string{"keras.weights.h5": "weights", "keras.h5": "model"} {
		w := hdf5.NewWriter()
		err := open(t, readFixture(t, name)).Walk(func(o hdf5.Object, err error) error {
			if err != nil {
				return err
			}
			return copyObject(w.Root(), o)
		})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, written(t, w), 0o644); err != nil {
			t.Fatal(err)
		}
		python(t, "hdf5_check.py", check, file, filepath.Join("testdata", name))
	}
}

// copyObject copies one object to the same path below root.
func copyObject(root *hdf5.GroupWriter, o hdf5.Object) error {
	path := strings.TrimPrefix(o.Path(), "/")
	switch o := o.(type) {
	case *hdf5.Group:
		g := root
		if path != "" {
			g = root.CreateGroup(path)
		}
		for _, a := range o.Attrs() {
			values, err := a.Strings()
			switch {
			case err != nil:
				return err
			case len(a.Shape()) == 0:
				g.SetAttrString(a.Name(), values[0])
			default:
				g.SetAttrStrings(a.Name(), values)
			}
		}
	case *hdf5.Dataset:
		if strings.HasPrefix(o.Type(), "int") {
			data, err := o.Int64s()
			root.WriteInt64(path, o.Shape(), data)
			return err
		}
		data, err := o.Float32s()
		root.WriteFloat32(path, o.Shape(), data)
		return err
	}
	return nil
}

// TestWriterMistakes checks that WriteTo says what was wrong with the tree,
// and writes nothing.
func TestWriterMistakes(t *testing.T) {
	for want, build := range map[string]func(*hdf5.GroupWriter){
		"hdf5: writing /a/b: shape [2 3] takes 6 values, there are 5": func(g *hdf5.GroupWriter) { g.CreateGroup("a").WriteFloat32("b", []int{2, 3}, make([]float32, 5)) },
		"hdf5: writing /a: shape [] takes 1 values, there are 0":      func(g *hdf5.GroupWriter) { g.WriteInt64("a", nil, nil) },
		"hdf5: writing /a: shape [-1 0] is not possible":              func(g *hdf5.GroupWriter) { g.WriteInt64("a", []int{-1, 0}, nil) },
		"hdf5: writing /a: it has 33 dimensions, HDF5 allows 32":      func(g *hdf5.GroupWriter) { g.WriteInt64("a", make([]int, 33), nil) },
		"hdf5: writing /a: the name is taken":                         func(g *hdf5.GroupWriter) { g.CreateGroup("a"); g.WriteInt64("a", nil, []int64{1}) },
		"hdf5: writing /b: the name is taken":                         func(g *hdf5.GroupWriter) { g.WriteInt64("b", nil, []int64{1}); g.CreateGroup("b/c") },
		`"\x00" cannot name a link`:                                   func(g *hdf5.GroupWriter) { g.WriteInt64("a/\x00", nil, []int64{1}) },
		"hdf5: writing /a/b/c: the name is taken":                     func(g *hdf5.GroupWriter) { g.CreateGroup("a/b/c"); g.WriteInt64("a/b/c", nil, []int64{1}) },
		"hdf5: writing /c: the name is taken":                         func(g *hdf5.GroupWriter) { g.WriteInt64("c", nil, []int64{1}); g.WriteInt64("c/d", nil, []int64{1}) },
		`"" cannot name a link`:                                       func(g *hdf5.GroupWriter) { g.CreateGroup("a//b") },
		`"\xff" cannot name a link`:                                   func(g *hdf5.GroupWriter) { g.CreateGroup("\xff") },
		"hdf5: writing /a: attribute \"x\": \"a\\x00b\" is not text":  func(g *hdf5.GroupWriter) { g.CreateGroup("a").SetAttrString("x", "a\x00b") },
		`hdf5: writing /: "" cannot name an attribute`:                func(g *hdf5.GroupWriter) { g.SetAttrString("", "x") },
		`hdf5: writing /: attribute "x": 5000 strings do not fit`:     func(g *hdf5.GroupWriter) { g.SetAttrStrings("x", make([]string, 5000)) },
		"groups can be nested 256 deep":                               func(g *hdf5.GroupWriter) { g.CreateGroup(strings.Repeat("a/", 256) + "a") },
		"hdf5: writing /first: shape [] takes 1 values, there are 0": func(g *hdf5.GroupWriter) {
			g.CreateGroup("first")
			g.WriteInt64("first", nil, nil)
			g.WriteInt64("first", nil, []int64{1})
			g.WriteInt64("", nil, nil)
		},
	} {
		w := hdf5.NewWriter()
		build(w.Root())
		var b bytes.Buffer
		n, err := w.WriteTo(&b)
		if err == nil && want != "" || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
		if n != 0 || b.Len() != 0 {
			t.Errorf("%s: %d bytes were written", want, b.Len())
		}
	}
}

var errFull = errors.New("disk full")

// fullDisk takes a number of bytes, and no more.
type fullDisk int

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), int(*d))
	*d -= fullDisk(n)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestWriteError(t *testing.T) {
	w := hdf5.NewWriter()
	w.Root().WriteFloat32("0", []int{100000}, numbered(100000))
	for _, room := range []int{0, 1, 96, 1 << 16, 1<<16 + 1, 400000} {
		disk := fullDisk(room)
		n, err := w.WriteTo(&disk)
		if n != int64(room) || !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: got %d, %v", room, n, err)
		}
	}
}

// TestDeterministic builds the same tree in another order.
func TestDeterministic(t *testing.T) {
	forth, back := hdf5.NewWriter(), hdf5.NewWriter()
	steps := []func(*hdf5.GroupWriter){
		func(g *hdf5.GroupWriter) { g.CreateGroup("a/b") },
		func(g *hdf5.GroupWriter) { g.CreateGroup("a/c").SetAttrString("name", "c") },
		func(g *hdf5.GroupWriter) { g.SetAttrString("x", "1") },
		func(g *hdf5.GroupWriter) { g.SetAttrString("y", strings.Repeat("2", 70000)) },
		func(g *hdf5.GroupWriter) { g.WriteFloat32("0", []int{2}, []float32{1, 2}) },
		func(g *hdf5.GroupWriter) { g.WriteInt64("1", nil, []int64{3}) },
	}
	for i := range steps {
		steps[i](forth.Root())
		steps[len(steps)-1-i](back.Root())
	}
	if !bytes.Equal(written(t, forth), written(t, back)) {
		t.Error("the order of building shows in the bytes")
	}
}
