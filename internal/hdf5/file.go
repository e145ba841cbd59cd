package hdf5

import (
	"fmt"
	"io"
	"slices"
)

// File is an HDF5 file that is being read.
type File struct {
	r          io.ReaderAt
	end        uint64 // of the file: nothing beyond it is believed to exist
	superblock superblock
	root       *Group
}

// Open reads the superblock and the root group of a file of size bytes. The
// rest is read from r later, so r must stay open as long as the File is used.
func Open(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, end: uint64(max(size, 0))}
	var err error
	if f.superblock, err = f.readSuperblock(); err != nil {
		return nil, fmt.Errorf("hdf5: %w", err)
	}
	if err := f.readExtension(); err != nil {
		return nil, fmt.Errorf("hdf5: %w", err)
	}
	root := &object{file: f, offset: int64(f.superblock.root.header)}
	found, err := root.decode(f.quota())
	if err != nil {
		return nil, fmt.Errorf("hdf5: /: %w", err)
	}
	var ok bool
	if f.root, ok = found.(*Group); !ok {
		return nil, fmt.Errorf("hdf5: %w", &FormatError{root.offset, "object header", "the root is not a group"})
	}
	return f, nil
}

// Root is the group that everything else is below.
func (f *File) Root() *Group { return f.root }

// Walk calls visit for the root group and everything below it, parents first
// and links in the order of their names. An object that has several links is
// visited once. Where a link cannot be opened, visit gets a nil Object and the
// error. Walk stops at the first error that visit returns, and returns it.
func (f *File) Walk(visit func(Object, error) error) error {
	if err := visit(f.root, nil); err != nil {
		return err
	}
	seen := map[uint64]bool{uint64(f.root.offset): true}
	return f.root.walk(f.quota(), seen, visit)
}

// walk visits everything below the group. As no object is visited twice, one
// quota does for all of them.
func (g *Group) walk(q *quota, seen map[uint64]bool, visit func(Object, error) error) error {
	for _, l := range g.links {
		if l.elsewhere == "" {
			if seen[l.header] {
				continue
			}
			seen[l.header] = true
		}
		found, err := g.open(q, l.name)
		if err := visit(found, err); err != nil {
			return err
		}
		if sub, ok := found.(*Group); ok {
			if err := sub.walk(q, seen, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// Object is a [*Group] or a [*Dataset].
type Object interface {
	// Path is the path that the object was opened by, from the root: "/a/b".
	Path() string
	// Attrs gives the attributes in the order of the file; those that are too
	// many for the object header in the order of their names.
	Attrs() []*Attribute
	// Attr gives an attribute by name. If there is none, the error wraps
	// [ErrNotFound].
	Attr(name string) (*Attribute, error)

	header() *object
}

// object is what a group and a dataset have in common.
type object struct {
	file       *File
	parent     *Group // nil for the root
	name       string
	offset     int64 // of the object header in the file
	attributes []*Attribute
}

// Path is the path that the object was opened by, from the root: "/a/b".
func (o *object) Path() string {
	if o.parent == nil {
		return "/"
	}
	var path []byte
	names := []string{o.name}
	for g := o.parent; g.parent != nil; g = g.parent {
		names = append(names, g.name)
	}
	for _, name := range slices.Backward(names) {
		path = append(append(path, '/'), name...)
	}
	return string(path)
}

// Attrs gives the attributes in the order of the file; those that are too many
// for the object header in the order of their names.
func (o *object) Attrs() []*Attribute { return slices.Clone(o.attributes) }

// Attr gives an attribute by name. If there is none, the error wraps
// [ErrNotFound].
func (o *object) Attr(name string) (*Attribute, error) {
	for _, a := range o.attributes {
		if a.name == name {
			return a, nil
		}
	}
	return nil, fmt.Errorf("hdf5: %s: attribute %q: %w", o.Path(), name, ErrNotFound)
}

func (o *object) header() *object { return o }

// decode reads the object header and says what the object is.
func (o *object) decode(q *quota) (Object, error) {
	messages, err := readObjectHeader(q, uint64(o.offset))
	if err != nil {
		return nil, err
	}
	if o.attributes, err = readAttributes(q, o, messages); err != nil {
		return nil, err
	}
	if m, ok := find(messages, messageSymbolTable); ok {
		links, err := readSymbolTable(q, m.block)
		if err != nil {
			return nil, err
		}
		return &Group{o, links}, nil
	}
	if _, ok := find(messages, messageLinkInfo); ok {
		links, err := readLinks(q, messages)
		if err != nil {
			return nil, err
		}
		return &Group{o, links}, nil
	}
	if _, ok := find(messages, messageLayout); ok {
		return parseDataset(o, messages)
	}
	b := &block{structure: "object header", offset: o.offset}
	if _, ok := find(messages, messageDatatype); ok {
		b.refuse("a committed datatype, neither a group nor a dataset")
	} else {
		b.fail("it has neither a symbol table, a link info nor a data layout message")
	}
	return nil, b.err
}
