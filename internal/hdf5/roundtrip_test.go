package hdf5_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"recurve/internal/hdf5"
)

// TestRoundTrip writes random trees and reads them back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := hdf5.NewWriter()
		root := newBuilder(w)
		root.fill(r, 3)
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			r.Fatal(err)
		}
		f, err := hdf5.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			r.Fatal(err)
		}
		got, err := describeFile(f)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(root.want, got, cmpopts.EquateEmpty()); diff != "" {
			r.Fatalf("what was written (-) and what is read (+) differ:\n%s", diff)
		}
	})
}

// text draws text without zero bytes.
func text() *rapid.Generator[string] {
	return rapid.Map(rapid.String(), func(s string) string { return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "") })
}

// linkName draws what may name a link.
func linkName() *rapid.Generator[string] {
	return text().Filter(func(s string) bool { return s != "" && s != "." && !strings.Contains(s, "/") })
}

// fill puts random things into a group, and groups down to a depth.
func (b builder) fill(r *rapid.T, depth int) {
	names := rapid.SliceOfNDistinct(linkName(), 0, 40, rapid.ID[string]).Draw(r, "names")
	for _, name := range names {
		switch kind := rapid.IntRange(0, 9).Draw(r, "kind"); {
		case kind == 0 && depth > 0:
			b.group(name).fill(r, depth-1)
		case kind < 5:
			shape, n := drawShape(r)
			data := make([]int64, n)
			for i := range data {
				data[i] = rapid.Int64().Draw(r, "int64")
			}
			b.int64s(name, shape, data)
		default:
			shape, n := drawShape(r)
			data := make([]float32, n)
			for i := range data {
				data[i] = math.Float32frombits(rapid.Uint32().Draw(r, "bits"))
			}
			b.float32s(name, shape, data)
		}
	}
	for _, name := range rapid.SliceOfN(text().Filter(func(s string) bool { return s != "" }), 0, 5).Draw(r, "attributes") {
		if rapid.Bool().Draw(r, "list") {
			b.list(name, rapid.SliceOfN(text(), 0, 30).Draw(r, "texts"))
		} else {
			// Now and then so often that it does not fit in the object header.
			b.text(name, strings.Repeat(text().Draw(r, "text"), rapid.SampledFrom([]int{1, 1, 1, 9000}).Draw(r, "times")))
		}
	}
}

func drawShape(r *rapid.T) (shape []int, elements int) {
	shape = rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(r, "shape")
	elements = 1
	for _, n := range shape {
		elements *= n
	}
	return shape, elements
}
