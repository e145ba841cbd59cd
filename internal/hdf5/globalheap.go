package hdf5

import "encoding/binary"

const (
	globalHeapHeader       = 16 // of a collection, and of each object in it
	globalHeapSmallest     = 4096
	globalHeapMaxObjects   = 0xffff
	globalHeapObjectHeader = 16
)

// globalHeapReader reads objects of the file's Global Heap (III.E), where the
// values of variable-length strings are.
type globalHeapReader struct {
	q           *quota
	collections map[uint64]map[uint16]*block // by address, then index
	given       uint64                       // bytes of the objects given out
}

func (f *File) globalHeap() *globalHeapReader {
	return &globalHeapReader{f.quota(), map[uint64]map[uint16]*block{}, 0}
}

// element reads the string of the variable-length element at the cursor: its
// length and the ID of a heap object.
func (h *globalHeapReader) element(b *block) (string, error) {
	length := b.uint32()
	start := b.pos
	address := b.optionalAddress()
	index := b.uint32()
	if b.err != nil {
		return "", b.err
	}
	if length == 0 || address == undefined || address == 0 {
		return "", nil // never written, or empty
	}
	objects, ok := h.collections[address]
	if !ok {
		var err error
		if objects, err = readGlobalHeapCollection(h.q, address); err != nil {
			return "", err
		}
		h.collections[address] = objects
	}
	object, ok := objects[uint16(index)]
	if !ok || index > globalHeapMaxObjects {
		b.pos = start
		b.fail("it points to object %d of the global heap at %d, which has no such object", index, address)
		return "", b.err
	}
	// Elements may share an object, but not so often that they add up to more
	// than the file.
	if h.given += uint64(length); h.given > h.q.f.end {
		b.pos = start
		b.fail("the strings are longer together than the file")
		return "", b.err
	}
	object.pos = 0
	value := object.bytes(int(length))
	return string(value), object.err
}

// readGlobalHeapCollection reads the collection at an address.
func readGlobalHeapCollection(q *quota, address uint64) (map[uint16]*block, error) {
	const structure = "global heap collection"
	b := q.block(structure, address, globalHeapHeader)
	b.signature("GCOL")
	b.version(1, 1)
	b.skip(3)
	size := b.uint64()
	if size < globalHeapHeader {
		b.fail("its size is %d", size)
	}
	if b.err != nil {
		return nil, b.err
	}
	b = q.block(structure, address+globalHeapHeader, size-globalHeapHeader)
	objects := map[uint16]*block{}
	for b.remaining() >= globalHeapObjectHeader { // less than a header is free space
		index := b.uint16()
		b.skip(6) // reference count, reserved
		length := b.uint64()
		if index == 0 {
			break // free space: the rest of the collection
		}
		if length > uint64(b.remaining()) {
			b.fail("object %d has %d bytes, the collection only %d more", index, length, b.remaining())
			break
		}
		if _, twice := objects[index]; twice {
			b.fail("object %d is there twice", index)
			break
		}
		objects[index] = b.sub("global heap object", int(length))
		b.align8()
	}
	return objects, b.err
}

// appendGlobalHeapCollection encodes a collection of strings; string i becomes
// object i+1.
func appendGlobalHeapCollection(p []byte, values []string) []byte {
	used := globalHeapHeader
	for _, v := range values {
		used += globalHeapObjectHeader + pad8(len(v))
	}
	size := max(used, globalHeapSmallest)
	p = append(p, "GCOL\x01\x00\x00\x00"...)
	p = binary.LittleEndian.AppendUint64(p, uint64(size))
	for i, v := range values {
		p = binary.LittleEndian.AppendUint16(p, uint16(i+1))
		p = append(p, 0, 0, 0, 0, 0, 0)
		p = binary.LittleEndian.AppendUint64(p, uint64(len(v)))
		p = append(p, v...)
		p = append(p, make([]byte, pad8(len(v))-len(v))...)
	}
	free := size - used
	if free >= globalHeapObjectHeader {
		p = append(p, make([]byte, 8)...)
		p = binary.LittleEndian.AppendUint64(p, uint64(free))
		free -= globalHeapObjectHeader
	}
	return append(p, make([]byte, free)...)
}
