package hdf5

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// link is a name in a group and what it stands for.
type link struct {
	name      string
	header    uint64 // address of the object header
	elsewhere string // what the link is, if it is not a hard link and cannot be followed
	structure string // the one that the link is in
	offset    int64  // of the link itself in the file
}

// Types of a Link message. From 65 on, a program may define its own.
const (
	linkHard     = 0
	linkSoft     = 1
	linkExternal = 64
)

// parseLink decodes a Link message (IV.A.2.g).
func parseLink(b *block) (link, error) {
	const (
		sizeOfLength  = 3 // the name's length takes 1<<(flags&sizeOfLength) bytes
		hasOrder      = 1 << 2
		hasType       = 1 << 3
		hasCharacters = 1 << 4
	)
	l := link{structure: b.structure, offset: b.at()}
	b.version(1, 1)
	flags := b.uint8()
	kind := uint8(linkHard)
	if flags&hasType != 0 {
		kind = b.uint8()
	}
	if flags&hasOrder != 0 {
		b.skip(8)
	}
	if flags&hasCharacters != 0 {
		b.skip(1) // ASCII is UTF-8 too
	}
	length := b.uintN(1 << (flags & sizeOfLength))
	l.name = string(b.bytes(int(min(length, uint64(len(b.data))+1))))
	if b.err == nil && (l.name == "" || strings.ContainsAny(l.name, "/\x00")) {
		b.fail("the link name %.80q is empty or contains a slash or a zero byte", l.name)
	}
	switch {
	case b.err != nil:
	case kind == linkHard:
		l.header = b.address()
	case kind == linkSoft:
		l.elsewhere = fmt.Sprintf("soft link to %.200q", b.bytes(int(b.uint16())))
	case kind == linkExternal:
		target := b.bytes(int(b.uint16()))
		file, path, _ := strings.Cut(strings.Trim(string(target), "\x00"), "\x00") // behind a byte of flags, 0
		l.elsewhere = fmt.Sprintf("external link to %.200q in the file %.200q", path, file)
	default:
		l.elsewhere = fmt.Sprintf("link of type %d", kind)
	}
	return l, b.err
}

// readLinks reads the links of a group that has no symbol table: in Link
// messages while they are few, else in a fractal heap.
func readLinks(q *quota, messages []message) ([]link, error) {
	var links []link
	for _, m := range messages {
		switch m.kind {
		case messageLink:
			l, err := parseLink(m.block)
			if err != nil {
				return nil, err
			}
			links = append(links, l)
		case messageLinkInfo:
			dense, err := readDenseLinks(q, m.block)
			if err != nil {
				return nil, err
			}
			links = append(links, dense...)
		}
	}
	slices.SortFunc(links, func(a, b link) int { return cmp.Compare(a.name, b.name) })
	for i, l := range links {
		if i > 0 && l.name == links[i-1].name {
			return nil, &FormatError{l.offset, l.structure, fmt.Sprintf("the name %.80q is there twice", l.name)}
		}
	}
	return links, nil
}

// readDenseLinks reads the links that a Link Info message (IV.A.2.c) leads to.
func readDenseLinks(q *quota, info *block) ([]link, error) {
	const (
		ordered  = 1 << 0
		hashSize = 4
		idSize   = 7
	)
	info.version(0, 0)
	if info.uint8()&ordered != 0 {
		info.skip(8) // the greatest creation order
	}
	var links []link
	err := readDense(q, info, tree2LinkNames, hashSize+idSize, func(heap *fractalHeap, record *block) error {
		record.skip(hashSize)
		m, err := heap.object(record, messageLink.String())
		if err != nil {
			return err
		}
		l, err := parseLink(m)
		links = append(links, l)
		return err
	})
	return links, err
}
