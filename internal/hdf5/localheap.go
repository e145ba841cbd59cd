package hdf5

import (
	"bytes"
	"encoding/binary"
)

const (
	localHeapHeader = 32
	localHeapNoFree = 1 // free list head of a heap without free blocks
)

// localHeap is a Local Heap (III.D): the names of a group's links, each ending
// in a zero byte.
type localHeap struct {
	data *block
	left int // bytes not yet given out as names
}

func readLocalHeap(q *quota, address uint64) (*localHeap, error) {
	b := q.block("local heap", address, localHeapHeader)
	b.signature("HEAP")
	b.version(0, 0)
	b.skip(3)
	size := b.uint64()
	b.skip(8) // free list: a reader has no use for it
	segment := b.address()
	if b.err != nil {
		return nil, b.err
	}
	data := q.block("local heap data segment", segment, size)
	return &localHeap{data, len(data.data)}, data.err
}

// name is the name at an offset of the data segment. Names do not overlap, so
// all of them together are no longer than the segment.
func (h *localHeap) name(offset uint64) (string, error) {
	b := *h.data
	if offset >= uint64(len(b.data)) {
		b.fail("a name starts at %d of %d bytes", offset, len(b.data))
		return "", b.err
	}
	b.pos = int(offset)
	name := b.data[b.pos:]
	n := bytes.IndexByte(name[:min(len(name), h.left)], 0)
	switch {
	case n < 0 && h.left < len(name):
		b.fail("the names in it overlap")
	case n < 0:
		b.fail("a name has no end")
	case n == 0:
		b.fail("a link has an empty name")
	case bytes.IndexByte(name[:n], '/') >= 0:
		b.fail("the link name %.80q contains a slash", name[:n])
	}
	if b.err != nil {
		return "", b.err
	}
	h.left -= n + 1
	return string(name[:n]), nil
}

// heapNames lays names out as a local heap's data segment, and gives the
// offset of each. Offset 0 is the empty name.
func heapNames(names []string) (data []byte, offsets []uint64) {
	data = make([]byte, 8)
	offsets = make([]uint64, len(names))
	for i, name := range names {
		offsets[i] = uint64(len(data))
		data = append(data, name...)
		data = append(data, make([]byte, pad8(len(name)+1)-len(name))...)
	}
	return data, offsets
}

// appendLocalHeap encodes the header of a heap without free space.
func appendLocalHeap(p []byte, size int, segment uint64) []byte {
	p = append(p, "HEAP\x00\x00\x00\x00"...)
	p = binary.LittleEndian.AppendUint64(p, uint64(size))
	p = binary.LittleEndian.AppendUint64(p, localHeapNoFree)
	return binary.LittleEndian.AppendUint64(p, segment)
}
