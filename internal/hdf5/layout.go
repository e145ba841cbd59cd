package hdf5

import (
	"bytes"
	"encoding/binary"
)

// Classes of a Data Layout.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
	layoutVirtual    = 3
)

// storage is where the elements of an array lie.
type storage interface {
	// read gives all elements, which take size bytes.
	read(size uint64) *block
}

// parseLayout decodes a Data Layout message (IV.A.2.i). Storage that cannot be
// read still gives a dataset, whose shape and attributes can.
func parseLayout(f *File, m message, fill []byte) (storage, error) {
	version := m.uint8()
	if version == 0 || version > 5 {
		m.pos = 0
		m.fail("version %d", version)
	}
	if m.err != nil {
		return nil, m.err
	}
	if version == 1 || version == 2 {
		m.refuse("version %d", version)
		return refusedStorage{m.err}, nil
	}
	switch kind := m.uint8(); {
	case m.err != nil:
	case kind == layoutCompact:
		size := m.uint16()
		return compactStorage{m.sub("compact data", int(size))}, m.err
	case kind == layoutContiguous:
		at := m.at()
		address, size := m.optionalAddress(), m.uint64()
		if address == undefined {
			return unwrittenStorage{f, fill, at}, m.err
		}
		return contiguousStorage{f, address, size}, m.err
	case kind == layoutChunked:
		m.refuse("chunked storage")
		return refusedStorage{m.err}, nil
	case kind == layoutVirtual:
		m.refuse("virtual storage: the data is in other files")
		return refusedStorage{m.err}, nil
	default:
		m.fail("layout class %d", kind)
	}
	return nil, m.err
}

// compactStorage holds the elements in the message itself; so do attributes.
type compactStorage struct{ data *block }

func (s compactStorage) read(size uint64) *block {
	b := *s.data
	if size > uint64(len(b.data)) {
		b.fail("its elements take %d bytes, but only %d are stored", size, len(b.data))
	}
	return b.sub(b.structure, int(min(size, uint64(len(b.data)))))
}

// contiguousStorage holds the elements in one run of the file.
type contiguousStorage struct {
	f             *File
	address, size uint64
}

func (s contiguousStorage) read(size uint64) *block {
	const structure = "contiguous data"
	if size > s.size {
		b := &block{structure: structure, offset: int64(s.address)}
		b.fail("its elements take %d bytes, but only %d are stored", size, s.size)
		return b
	}
	return s.f.block(structure, s.address, size)
}

// maxUnwritten is how many bytes of elements that were never written are
// handed out, at least. More must be justified by the size of the file.
const maxUnwritten = 1 << 20

// unwrittenStorage is contiguous storage that was never given space: all
// elements have the fill value.
type unwrittenStorage struct {
	f      *File
	fill   []byte
	offset int64 // of the undefined address
}

func (s unwrittenStorage) read(size uint64) *block {
	b := &block{structure: "data layout message", offset: s.offset, end: s.f.end}
	switch {
	case size > max(maxUnwritten, s.f.end):
		b.refuse("%d bytes of elements that were never written, in a file of %d bytes", size, s.f.end)
	case s.fill == nil:
		b.data = make([]byte, size)
	default:
		b.data = bytes.Repeat(s.fill, int(size)/len(s.fill))
	}
	return b
}

// refusedStorage is storage that is sound, but not read here.
type refusedStorage struct{ why error }

func (s refusedStorage) read(uint64) *block { return &block{err: s.why} }

// appendLayout encodes a version 3 Data Layout message for contiguous storage.
func appendLayout(p []byte, address, size uint64) []byte {
	p = append(p, 3, layoutContiguous)
	p = binary.LittleEndian.AppendUint64(p, address)
	return binary.LittleEndian.AppendUint64(p, size)
}
