package hdf5_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestMatrix compares files of every version of the format with what h5py reads
// from them: all layouts, filters, chunk indexes and types, compact and dense
// links and attributes.
func TestMatrix(t *testing.T) {
	want := wantTree(t, "matrix")
	for bounds, superblock := range map[string]byte{"earliest": 1, "v108": 2, "v110": 3, "latest": 3} {
		t.Run(bounds, func(t *testing.T) {
			data := readFixture(t, "matrix-"+bounds+".h5")
			if data[8] != superblock {
				t.Errorf("superblock version %d, want %d: the fixture does not hold what it is for", data[8], superblock)
			}
			got := describe(t, open(t, data))
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("h5py's view (-) and ours (+) differ:\n%s", diff)
			}
		})
	}
}

// TestDenseLinks opens links that take a B-tree of three levels.
func TestDenseLinks(t *testing.T) {
	root := open(t, readFixture(t, "links-latest.h5")).Root()
	if got := len(root.Names()); got != 1200 || !slices.IsSorted(root.Names()) {
		t.Errorf("%d names, sorted: %t", got, slices.IsSorted(root.Names()))
	}
	for i := range 1200 {
		d, err := root.Dataset(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Int64s(); err != nil || !slices.Equal(got, []int64{1}) {
			t.Errorf("%s: got %v, %v", d.Path(), got, err)
		}
	}
}

// TestSparse reads arrays of which few elements were written, all over the
// pages and blocks of fixed and extensible arrays.
func TestSparse(t *testing.T) {
	root := open(t, readFixture(t, "sparse.h5")).Root()
	for _, name := range root.Names() {
		d, err := root.Dataset(name)
		if err != nil {
			t.Fatal(err)
		}
		written, err := d.Attr("written")
		if err != nil {
			t.Fatal(err)
		}
		places, err := written.Int64s()
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Repeat([]int64{-1}, d.Shape()[0])
		for _, i := range places {
			want[i] = i%100 + 1
		}
		got, err := d.Int64s()
		if err != nil {
			t.Error(err)
		}
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("%s: element %d is %d, want %d", name, i, got[i], want[i])
			}
		}
	}
}

// TestLarge reads a file that is too large to be kept: heaps and trees of many
// levels, attributes over 64 KB.
func TestLarge(t *testing.T) {
	folder := t.TempDir()
	python(t, "hdf5_matrix.py", folder)
	data, err := os.ReadFile(filepath.Join(folder, "large.h5"))
	if err != nil {
		t.Fatal(err)
	}
	want := readTree(t, filepath.Join(folder, "large.json"))
	if diff := cmp.Diff(want, describe(t, open(t, data)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("h5py's view (-) and ours (+) differ:\n%.4000s", diff)
	}
}
