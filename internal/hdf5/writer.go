package hdf5

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Writer collects a tree of groups and datasets and writes it as an HDF5 file.
//
// The building calls return no error: the first mistake (a name that is taken
// or not allowed, a shape that does not fit its data, text that an attribute
// cannot hold) is kept, and [Writer.WriteTo] returns it instead of writing.
type Writer struct {
	root *GroupWriter
	err  error
}

// NewWriter returns a Writer with an empty root group.
func NewWriter() *Writer {
	w := &Writer{}
	w.root = newGroupWriter(w, nil, "")
	return w
}

// Root is the group that everything else is below.
func (w *Writer) Root() *GroupWriter { return w.root }

// WriteTo writes the file and returns its length. The bytes depend on the tree
// alone, not on the order in which it was built.
func (w *Writer) WriteTo(dst io.Writer) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	counter := &countingWriter{w: dst}
	buffered := bufio.NewWriterSize(counter, 1<<16)
	err := newPlan(w.root).writeTo(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	if err != nil {
		return counter.n, fmt.Errorf("hdf5: writing: %w", err)
	}
	return counter.n, nil
}

// countingWriter counts what reaches w.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// GroupWriter is a group of the file that is being built.
type GroupWriter struct {
	w          *Writer
	parent     *GroupWriter // nil for the root
	name       string
	depth      int
	links      map[string]node
	attributes map[string]textAttribute
}

// node is what a link can lead to: a *GroupWriter or a *newDataset.
type node interface {
	// place lays the node out in the file; the caller names the link.
	place(*plan) symbolTableEntry
}

func newGroupWriter(w *Writer, parent *GroupWriter, name string) *GroupWriter {
	g := &GroupWriter{w: w, parent: parent, name: name, links: map[string]node{}, attributes: map[string]textAttribute{}}
	if parent != nil {
		g.depth = parent.depth + 1
	}
	return g
}

// CreateGroup makes the group at a path below g, whose parts are separated by
// slashes, with the groups above it, and returns it. Groups that are there
// already stay as they are.
func (g *GroupWriter) CreateGroup(path string) *GroupWriter {
	for name := range strings.SplitSeq(path, "/") {
		sub, ok := g.links[name].(*GroupWriter)
		if !ok {
			sub = newGroupWriter(g.w, g, name)
			g.link(name, sub)
		}
		g = sub
	}
	return g
}

// WriteFloat32 adds a dataset of float32 values in row-major order at a path
// below g, with the groups above it; see [GroupWriter.CreateGroup]. A scalar
// has no dimensions: shape is nil. The data is not copied; it must stay as it
// is until the file is written.
func (g *GroupWriter) WriteFloat32(path string, shape []int, data []float32) {
	g.writeDataset(path, newDataset{slices.Clone(shape), datatypeFloat32, data, len(data), 4})
}

// WriteInt64 adds a dataset of int64 values; see [GroupWriter.WriteFloat32].
func (g *GroupWriter) WriteInt64(path string, shape []int, data []int64) {
	g.writeDataset(path, newDataset{slices.Clone(shape), datatypeInt64, data, len(data), 8})
}

// newDataset is a dataset to be written.
type newDataset struct {
	shape          []int
	datatype       string // the Datatype message
	data           any    // []float32 or []int64
	elements, size int    // how many, and the bytes of each
}

func (g *GroupWriter) writeDataset(path string, d newDataset) {
	name := path
	if slash := strings.LastIndexByte(path, '/'); slash >= 0 {
		g, name = g.CreateGroup(path[:slash]), path[slash+1:]
	}
	want := 1
	for _, n := range d.shape {
		if n < 0 || n > 0 && want > math.MaxInt/n {
			g.fail(name, "shape %v is not possible", d.shape)
			return
		}
		want *= n
	}
	switch {
	case len(d.shape) > maxRank:
		g.fail(name, "it has %d dimensions, HDF5 allows %d", len(d.shape), maxRank)
	case want != d.elements:
		g.fail(name, "shape %v takes %d values, there are %d", d.shape, want, d.elements)
	default:
		g.link(name, &d)
	}
}

// link gives a node a name in the group.
func (g *GroupWriter) link(name string, n node) {
	switch _, taken := g.links[name]; {
	case taken:
		g.fail(name, "the name is taken")
	case name == "" || name == "." || strings.ContainsAny(name, "/\x00") || !utf8.ValidString(name):
		g.fail(name, "%q cannot name a link: it must be UTF-8 text, not empty or \".\", without slashes and zero bytes", name)
	case g.depth >= maxDepth:
		g.fail(name, "groups can be nested %d deep", maxDepth)
	default:
		g.links[name] = n
	}
}

// SetAttrString gives the group an attribute that holds one string, in place
// of any of that name.
func (g *GroupWriter) SetAttrString(name, value string) {
	g.setAttribute(name, nil, []string{value})
}

// SetAttrStrings gives the group an attribute that holds a list of strings, in
// place of any of that name. An empty list is written as h5py does it, as a
// float64 array of length 0. One attribute takes [MaxStrings] strings; Keras
// looks for those of a longer list in attributes name0, name1, ....
func (g *GroupWriter) SetAttrStrings(name string, values []string) {
	g.setAttribute(name, []int{len(values)}, slices.Clone(values))
}

func (g *GroupWriter) setAttribute(name string, shape []int, values []string) {
	if name == "" || strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
		g.fail("", "%q cannot name an attribute: it must be UTF-8 text, not empty and without zero bytes", name)
		return
	}
	for _, v := range values {
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) || uint64(len(v)) > math.MaxUint32 {
			g.fail("", "attribute %q: %.80q is not text for HDF5: it must be UTF-8 without zero bytes, under 4 GiB", name, v)
			return
		}
	}
	a := textAttribute{name, shape, values}
	if len(values) > MaxStrings || a.variableSize() > maxMessageBody {
		g.fail("", "attribute %q: %d strings do not fit in one attribute: divide them over several", name, len(values))
		return
	}
	g.attributes[name] = a
	if len(g.attributes) > maxAttributes {
		g.fail("", "it has more than %d attributes", maxAttributes)
	}
}

// MaxStrings is how many strings an attribute can hold.
const MaxStrings = 4000

// maxAttributes of a group keep the size of its object header within 32 bits.
const maxAttributes = 1<<16 - 2

// fail keeps the first mistake: one of the group itself, or of a link in it.
func (g *GroupWriter) fail(link, format string, args ...any) {
	if g.w.err != nil {
		return
	}
	names := []string{link}
	if link == "" {
		names = nil
	}
	for ; g.parent != nil; g = g.parent {
		names = append(names, g.name)
	}
	slices.Reverse(names)
	path := "/" + strings.Join(names, "/")
	g.w.err = fmt.Errorf("hdf5: writing %.200s: %s", path, fmt.Sprintf(format, args...))
}
