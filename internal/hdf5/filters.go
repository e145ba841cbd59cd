package hdf5

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// Filters, by their registered numbers.
const (
	filterDeflate    = 1
	filterShuffle    = 2
	filterFletcher32 = 3
)

const (
	maxFilters = 32
	// maxExpansion is how many bytes deflate can make of one, and so the most
	// that a byte of the file may stand for.
	maxExpansion = 1032
)

// filter is one step of a pipeline, which every chunk goes through as it is
// written. A reader goes back from the last to the first.
type filter struct {
	number     uint16
	name       string
	parameters []uint32
}

// parseFilters decodes a Filter Pipeline message (IV.A.2.l).
func parseFilters(b *block) ([]filter, error) {
	version := b.version(1, 2)
	count := int(b.uint8())
	if count > maxFilters {
		b.fail("%d filters; HDF5 allows %d", count, maxFilters)
	}
	if version == 1 {
		b.skip(6)
	}
	var filters []filter
	for range count {
		f := filter{number: b.uint16()}
		nameSize := 0
		const firstUnregistered = 256
		if version == 1 || f.number >= firstUnregistered {
			nameSize = int(b.uint16())
		}
		b.skip(2) // flags: whether a writer may leave the filter out
		parameters := int(b.uint16())
		f.name = string(bytes.TrimRight(b.bytes(nameSize), "\x00"))
		for range parameters {
			f.parameters = append(f.parameters, b.uint32())
			if b.err != nil {
				return nil, b.err
			}
		}
		if version == 1 && parameters%2 != 0 {
			b.skip(4)
		}
		filters = append(filters, f)
	}
	return filters, b.err
}

// checkFilters refuses pipelines with filters that are not known here.
func checkFilters(b *block, filters []filter) error {
	for _, f := range filters {
		switch f.number {
		case filterDeflate, filterFletcher32:
		case filterShuffle:
			if len(f.parameters) < 1 || f.parameters[0] == 0 {
				b.pos = 0
				b.fail("a shuffle filter without the size of an element")
			}
		default:
			b.pos = 0
			b.refuse("filter %s; deflate, shuffle and fletcher32 are read", f)
		}
	}
	return b.err
}

func (f filter) String() string {
	names := map[uint16]string{4: "szip", 5: "nbit", 6: "scaleoffset", 32000: "lzf"}
	if name, ok := names[f.number]; ok {
		return fmt.Sprintf("%d (%s)", f.number, name)
	}
	return fmt.Sprintf("%d (%.80q)", f.number, f.name)
}

// unfilter takes back what the filters did to a chunk, all but those that skip
// has the bit of: these were left out. The chunk has size bytes without them.
func unfilter(b *block, filters []filter, skip uint32, size uint64) {
	for i := len(filters) - 1; i >= 0; i-- {
		if b.err != nil {
			return
		}
		if skip>>i&1 != 0 {
			continue
		}
		switch f := filters[i]; f.number {
		case filterDeflate:
			// A checksum that came before makes the chunk a little longer.
			b.inflate(size + uint64(checksumSize*i))
		case filterShuffle:
			b.data = unshuffle(b.data, int(f.parameters[0]))
		case filterFletcher32:
			b.fletcher32()
		}
	}
}

// inflate replaces the bytes by those that were compressed to them, size at the
// most.
func (b *block) inflate(size uint64) {
	z, err := zlib.NewReader(bytes.NewReader(b.data))
	if err != nil {
		b.fail("deflate: %v", err)
		return
	}
	// The buffer grows with what there is, not with what is declared.
	var inflated bytes.Buffer
	inflated.Grow(int(min(size+1, maxExpansion*uint64(len(b.data)))) + bytes.MinRead)
	n, err := io.Copy(&inflated, io.LimitReader(z, int64(size)+1))
	switch {
	case err != nil:
		b.fail("deflate: %v", err)
	case uint64(n) > size:
		b.fail("deflate: the chunk is longer than its %d bytes", size)
	}
	b.data = inflated.Bytes()
}

// unshuffle puts the bytes of elements together again: the filter stores the
// first bytes of all elements, then all second ones, and so on. Bytes of an
// element that is not whole stay at the end.
func unshuffle(p []byte, size int) []byte {
	elements := len(p) / size
	if size == 1 || elements <= 1 {
		return p
	}
	q := make([]byte, len(p))
	for i := range size {
		from := p[i*elements : (i+1)*elements]
		for j, c := range from {
			q[j*size+i] = c
		}
	}
	copy(q[elements*size:], p[elements*size:])
	return q
}

// fletcher32 compares the checksum behind the bytes with theirs.
func (b *block) fletcher32() {
	n := len(b.data) - checksumSize
	if n < 0 {
		b.fail("fletcher32: %d bytes are too few", len(b.data))
		return
	}
	want := binary.LittleEndian.Uint32(b.data[n:])
	b.data = b.data[:n]
	b.compareChecksums(n, want, fletcher32(b.data))
}
