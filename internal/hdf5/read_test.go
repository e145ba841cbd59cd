package hdf5_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recurve/internal/hdf5"
)

// TestFixtures compares whole files with what h5py reads from them.
func TestFixtures(t *testing.T) {
	for _, name := range []string{"groups", "links", "numbers", "strings", "attributes", "smallnodes", "keras.weights", "keras"} {
		t.Run(name, func(t *testing.T) {
			got := describe(t, open(t, readFixture(t, name+".h5")))
			if diff := cmp.Diff(wantTree(t, name), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("h5py's view (-) and ours (+) differ:\n%s", diff)
			}
		})
	}
}

// TestManyLinks opens every name of a group with a B-tree of two levels.
func TestManyLinks(t *testing.T) {
	g, err := open(t, readFixture(t, "links.h5")).Root().Group("links")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		d, err := g.Dataset(fmt.Sprintf("%03d", i))
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Int64s()
		if err != nil || !slices.Equal(got, []int64{int64(i % 10)}) {
			t.Errorf("%s: got %v, %v", d.Path(), got, err)
		}
	}
}

// TestRefused checks that what is sound, but not read, is refused by name,
// with the object it was found in, while the rest of the file can be read.
func TestRefused(t *testing.T) {
	checkRefused(t, "refused.h5", []string{"number", "beyond int64"}, []refusal{
		{"soft link", "soft link"},
		{"compound", "compound"},
		{"opaque", "opaque"},
		{"sequences", "variable-length sequences"},
		{"reference", "reference"},
		{"committed type", "committed datatype"},
		{"of committed type", "committed datatype"},
		{"external storage", "external storage"},
		{"virtual storage", "virtual storage"},
		{"external link/away", `external link to "/x" in the file "elsewhere.h5"`},
		{"huge and empty", "4398046511104 bytes"},
		{"ring/inner/outer", "hard link to a group that contains it"},
	})
	checkRefused(t, "odd.h5", []string{"number"}, []refusal{
		{"soft link", `soft link to "/number"`},
		{"external link", `external link to "/x" in the file "elsewhere.h5"`},
		{"dense/soft link", `soft link to "/nowhere"`},
		{"dense/external link", `external link to "/y" in the file "elsewhere.h5"`},
		{"lzf", "filter 32000 (lzf)"},
		{"scaleoffset", "filter 6 (scaleoffset)"},
		{"external storage", "external storage"},
		{"virtual storage", "virtual storage"},
		{"enumeration", "enumeration"},
		{"complex", "compound"},
		{"opaque", "opaque"},
		{"huge and empty", "4398046511104 bytes"},
		{"huge and all but empty", "4398046511104 bytes"},
	})
}

// refusal is a path in a file, and a part of what it is refused for.
type refusal struct{ path, feature string }

// checkRefused checks that a file has nothing else than what is read and what
// is refused.
func checkRefused(t *testing.T, name string, read []string, refused []refusal) {
	t.Helper()
	root := open(t, readFixture(t, name)).Root()
	paths := slices.Clone(read)
	for _, path := range read {
		if _, err := readPath(root, path); err != nil {
			t.Error(err)
		}
	}
	for _, test := range refused {
		if path, _, _ := strings.Cut(test.path, "/"); !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
		_, err := readPath(root, test.path)
		var unsupported *hdf5.UnsupportedError
		if !errors.As(err, &unsupported) {
			t.Errorf("%s: got %v, want an UnsupportedError", test.path, err)
			continue
		}
		if !strings.Contains(unsupported.Feature, test.feature) || !strings.Contains(err.Error(), "/"+test.path+":") {
			t.Errorf("%s: got %q, want it to name the path and %q", test.path, err, test.feature)
		}
		if unsupported.Offset <= 0 {
			t.Errorf("%s: got offset %d", test.path, unsupported.Offset)
		}
	}
	if slices.Sort(paths); !slices.Equal(paths, root.Names()) {
		t.Errorf("%s holds %q, the test covers %q", name, root.Names(), paths)
	}
}

// readPath opens a path and, if it is a dataset, reads it.
func readPath(g *hdf5.Group, path string) (hdf5.Object, error) {
	found, err := g.Open(path)
	if d, ok := found.(*hdf5.Dataset); ok {
		_, err = d.Float32s()
	}
	return found, err
}

// TestOtherFormats checks that files laid out in another way are told apart
// from damaged ones.
func TestOtherFormats(t *testing.T) {
	for name, feature := range map[string]string{
		"sizes4.h5":    "4-byte offsets",
		"userblock.h5": "user block of 512 bytes",
	} {
		data := readFixture(t, name)
		_, err := hdf5.Open(strings.NewReader(string(data)), int64(len(data)))
		var unsupported *hdf5.UnsupportedError
		if !errors.As(err, &unsupported) || !strings.Contains(unsupported.Feature, feature) {
			t.Errorf("%s: got %v, want an UnsupportedError with %q", name, err, feature)
		}
	}
}

func TestNumbersOutOfRange(t *testing.T) {
	d, err := open(t, readFixture(t, "refused.h5")).Root().Dataset("beyond int64")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Float64s(); err != nil || !slices.Equal(got, []float64{1, 1 << 64}) {
		t.Errorf("as float64: got %v, %v", got, err)
	}
	const want = `hdf5: /beyond int64: element 1 is out of the range of int64`
	if _, err := d.Int64s(); err == nil || err.Error() != want {
		t.Errorf("as int64: got %v, want %s", err, want)
	}
}

// TestWrongType checks the answers to a program that expects something else
// than the file holds.
func TestWrongType(t *testing.T) {
	root := open(t, readFixture(t, "keras.weights.h5")).Root()
	kernel, err := root.Dataset("layers/lstm/cell/vars/0")
	if err != nil {
		t.Fatal(err)
	}
	vars, err := root.Group("layers/lstm/cell/vars")
	if err != nil {
		t.Fatal(err)
	}
	name, err := vars.Attr("name")
	if err != nil {
		t.Fatal(err)
	}
	for want, got := range map[string]func() error{
		"hdf5: /layers/lstm/cell/vars/0: it holds float32, want integers":               func() error { _, err := kernel.Int64s(); return err },
		"hdf5: /layers/lstm/cell/vars/0: it holds float32, want strings":                func() error { _, err := kernel.Strings(); return err },
		"hdf5: /layers/lstm/cell/vars/0: it holds 48 elements, want one string":         func() error { _, err := kernel.Text(); return err },
		`hdf5: /layers/lstm/cell/vars: attribute "name": it holds string, want numbers`: func() error { _, err := name.Float32s(); return err },
		"hdf5: /layers/gru: not found":                                                  func() error { _, err := readPath(root, "layers/gru/cell"); return err },
		"hdf5: /layers/: not found":                                                     func() error { _, err := readPath(root, "layers/"); return err },
		`hdf5: /layers/lstm/cell/vars/0: attribute "x": not found`:                      func() error { _, err := kernel.Attr("x"); return err },
		"hdf5: /layers/lstm is a group, want a dataset":                                 func() error { _, err := root.Dataset("layers/lstm"); return err },
		"hdf5: /layers/lstm/cell/vars/0 is a dataset, want a group":                     func() error { _, err := vars.Group("0"); return err },
		`hdf5: /layers/lstm/cell/vars/0 is a dataset, want a group with "deeper/still"`: func() error { _, err := readPath(vars, "0/deeper/still"); return err },
	} {
		err := got()
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if err != nil && strings.Contains(want, "not found") != errors.Is(err, hdf5.ErrNotFound) {
			t.Errorf("%v: is ErrNotFound: %t", err, errors.Is(err, hdf5.ErrNotFound))
		}
	}
	if got, err := name.Text(); got != "lstm_cell" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestConcurrent reads one file from several goroutines; the race detector
// watches.
func TestConcurrent(t *testing.T) {
	f := open(t, readFixture(t, "strings.h5"))
	want := describe(t, f)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if got, err := describeFile(f); err != nil || !cmp.Equal(got, want) {
				t.Errorf("another goroutine reads something else: %v", err)
			}
		})
	}
	group.Wait()
}
