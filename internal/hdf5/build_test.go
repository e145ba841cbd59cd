package hdf5_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"recurve/internal/hdf5"
)

// builder adds things to a file to be written, and notes what they are.
type builder struct {
	*hdf5.GroupWriter
	path string // "" for the root
	want tree
}

func newBuilder(w *hdf5.Writer) builder {
	b := builder{w.Root(), "", tree{}}
	b.note()
	return b
}

// note notes an empty group.
func (b builder) note() {
	path := b.path
	if path == "" {
		path = "/"
	}
	b.want[path] = description{Attributes: map[string]description{}}
}

// noteLink adds a name to the group's links.
func (b builder) noteLink(name string) {
	path := b.path
	if path == "" {
		path = "/"
	}
	d := b.want[path]
	at, _ := slices.BinarySearch(d.Links, name)
	d.Links = slices.Insert(d.Links, at, name)
	b.want[path] = d
}

func (b builder) group(name string) builder {
	sub := builder{b.CreateGroup(name), b.path + "/" + name, b.want}
	b.noteLink(name)
	sub.note()
	return sub
}

func (b builder) float32s(name string, shape []int, data []float32) {
	b.WriteFloat32(name, shape, data)
	d := description{Type: "float32", Shape: shape}
	for _, x := range data {
		d.Values = append(d.Values, floatText(float64(x)))
	}
	b.noteLink(name)
	b.want[b.path+"/"+name] = d
}

func (b builder) int64s(name string, shape []int, data []int64) {
	b.WriteInt64(name, shape, data)
	d := description{Type: "int64", Shape: shape}
	for _, n := range data {
		d.Values = append(d.Values, strconv.FormatInt(n, 10))
	}
	b.noteLink(name)
	b.want[b.path+"/"+name] = d
}

func (b builder) text(name, value string) {
	b.SetAttrString(name, value)
	b.attributes()[name] = description{Type: "string", Values: []string{value}}
}

func (b builder) list(name string, values []string) {
	b.SetAttrStrings(name, values)
	d := description{Type: "string", Shape: []int{len(values)}, Values: values}
	if len(values) == 0 {
		d.Type = "float64"
	}
	b.attributes()[name] = d
}

func (b builder) attributes() map[string]description {
	if b.path == "" {
		return b.want["/"].Attributes
	}
	return b.want[b.path].Attributes
}

// sample has some of everything that can be written, on few bytes.
func sample() (*hdf5.Writer, tree) {
	w := hdf5.NewWriter()
	root := newBuilder(w)
	root.text("backend", "recurve")
	root.text("no text", "")
	root.text("한국어", "영화 평")
	root.list("layer_names", []string{"embedding", "lstm", "dense"})
	root.list("weight_names", nil)
	root.list("texts", []string{"", "a", "ünï", strings.Repeat("long ", 50)})
	layers := root.group("layers")
	layers.group("no links")
	deep := layers
	for i := range 5 {
		deep = deep.group(fmt.Sprintf("level%d", i))
		deep.text("name", fmt.Sprintf("level %d", i))
	}
	deep.float32s("cube", []int{2, 3, 4}, numbered(24))
	vars := root.group("vars")
	for i := range 14 {
		vars.float32s(strconv.Itoa(i), []int{i}, numbered(i))
	}
	root.float32s("learning_rate", nil, []float32{0.001})
	root.int64s("iteration", nil, []int64{1 << 40})
	root.int64s("extremes", []int{1, 3}, []int64{math.MinInt64, -1, math.MaxInt64})
	root.float32s("special", []int{6}, []float32{
		0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), math.SmallestNonzeroFloat32, -math.MaxFloat32, float32(math.NaN()),
	})
	root.float32s("no rows", []int{0, 3}, nil)
	root.float32s("영화", nil, []float32{1})
	return w, root.want
}

// large has what takes many bytes: long attributes around the size at which
// they go to the global heap, more links than one B-tree node holds, and than
// two levels of them hold, groups as deep as they can be, many elements.
func large() (*hdf5.Writer, tree) {
	w := hdf5.NewWriter()
	root := newBuilder(w)
	for _, n := range []int{64000, 64448, 64456, 64464, 64472, 65536, 300000} {
		root.text(fmt.Sprintf("%d bytes", n), strings.Repeat("x", n))
	}
	root.list("long list", slices.Repeat([]string{strings.Repeat("z", 200), "é", ""}, 200))
	root.list("longest list", slices.Repeat([]string{strings.Repeat("z", 17)}, hdf5.MaxStrings))
	attributed := root.group("many attributes")
	for i := range 1000 {
		attributed.text(fmt.Sprintf("attribute %d", i), strings.Repeat("영화 ", i%50))
	}
	root.float32s("elements", []int{20, 1000}, numbered(20000))
	for _, n := range []int{8, 9, 256, 257, 3000, 8192, 8193} {
		many := root.group(fmt.Sprintf("%d links", n))
		for i := range n {
			many.group(strconv.Itoa(i))
		}
	}
	deep := root
	for range 255 {
		deep = deep.group("deeper")
	}
	deep.int64s("bottom", nil, []int64{-255})
	return w, root.want
}

func numbered(n int) []float32 {
	data := make([]float32, n)
	for i := range data {
		data[i] = float32(i) / 3
	}
	return data
}
