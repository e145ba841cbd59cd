package hdf5

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Group is a folder of the file: named links to groups and datasets, and
// attributes.
type Group struct {
	*object
	links []link // by ascending name
}

// Names gives the names of the group's links in the order of their bytes,
// those that cannot be opened (soft and external links) included.
func (g *Group) Names() []string {
	names := make([]string, len(g.links))
	for i, l := range g.links {
		names[i] = l.name
	}
	return names
}

// Open opens the group or dataset at a path below the group, whose parts are
// separated by slashes. If there is none, the error wraps [ErrNotFound].
func (g *Group) Open(path string) (Object, error) {
	for {
		name, rest, more := strings.Cut(path, "/")
		found, err := g.open(g.file.quota(), name)
		if err != nil || !more {
			return found, err
		}
		next, ok := found.(*Group)
		if !ok {
			return nil, fmt.Errorf("hdf5: %s is a dataset, want a group with %q", found.Path(), rest)
		}
		g, path = next, rest
	}
}

// Group opens the group at a path below g; see [Group.Open].
func (g *Group) Group(path string) (*Group, error) {
	found, err := g.Open(path)
	if err != nil {
		return nil, err
	}
	if sub, ok := found.(*Group); ok {
		return sub, nil
	}
	return nil, fmt.Errorf("hdf5: %s is a dataset, want a group", found.Path())
}

// Dataset opens the dataset at a path below g; see [Group.Open].
func (g *Group) Dataset(path string) (*Dataset, error) {
	found, err := g.Open(path)
	if err != nil {
		return nil, err
	}
	if d, ok := found.(*Dataset); ok {
		return d, nil
	}
	return nil, fmt.Errorf("hdf5: %s is a group, want a dataset", found.Path())
}

// open opens the object that a link of the group leads to.
func (g *Group) open(q *quota, name string) (Object, error) {
	i, ok := slices.BinarySearchFunc(g.links, name, func(l link, name string) int { return cmp.Compare(l.name, name) })
	o := &object{file: g.file, parent: g, name: name}
	if !ok {
		return nil, fmt.Errorf("hdf5: %s: %w", o.Path(), ErrNotFound)
	}
	l := g.links[i]
	o.offset = int64(l.header)
	found, err := o.resolve(q, l)
	if err != nil {
		return nil, fmt.Errorf("hdf5: %s: %w", o.Path(), err)
	}
	return found, nil
}

// maxDepth is how deep groups may be nested; Keras needs about ten.
const maxDepth = 256

// resolve follows a link, unless it leads to another path or back to a group
// that the link is in.
func (o *object) resolve(q *quota, l link) (Object, error) {
	refuse := func(format string, args ...any) error {
		return &UnsupportedError{l.offset, l.structure, fmt.Sprintf(format, args...)}
	}
	if l.elsewhere != "" {
		return nil, refuse("%s", l.elsewhere)
	}
	depth := 0
	for g := o.parent; g != nil; g = g.parent {
		if g.offset == o.offset {
			return nil, refuse("hard link to a group that contains it")
		}
		if depth++; depth > maxDepth {
			return nil, refuse("groups nested deeper than %d", maxDepth)
		}
	}
	return o.decode(q)
}
