package hdf5

import "bytes"

// storage is where the elements of an array lie.
type storage interface {
	// read gives all elements, which take size bytes.
	read(size uint64) *block
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
	if size > max(maxUnwritten, s.f.end) {
		b.refuse("%d bytes of elements that were never written, in a file of %d bytes", size, s.f.end)
		return b
	}
	b.data = filled(size, s.fill)
	return b
}

// filled gives size bytes of elements that have the fill value; nil stands for
// zeros.
func filled(size uint64, fill []byte) []byte {
	if fill == nil {
		return make([]byte, size)
	}
	return bytes.Repeat(fill, int(size)/len(fill))
}

// refusedStorage is storage that is sound, but not read here.
type refusedStorage struct{ why error }

func (s refusedStorage) read(uint64) *block { return &block{err: s.why} }
