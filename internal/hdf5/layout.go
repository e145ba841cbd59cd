package hdf5

import "encoding/binary"

// Classes of a Data Layout.
const (
	layoutCompact    = 0
	layoutContiguous = 1
	layoutChunked    = 2
	layoutVirtual    = 3
)

// parseLayout decodes the Data Layout message (IV.A.2.i) of a dataset, whose
// dataspace and datatype are known, and the storage that it describes. Storage
// that cannot be read still gives a dataset, whose shape and attributes can.
func (d *Dataset) parseLayout(m *block, fill []byte, filters []filter) error {
	version := m.uint8()
	if version == 0 || version > 5 {
		m.pos = 0
		m.fail("version %d", version)
	}
	var err error
	if version < 3 {
		d.storage, err = d.oldLayout(m, fill, filters)
	} else {
		d.storage, err = d.newLayout(m, version, fill, filters)
	}
	return err
}

// oldLayout decodes versions 1 and 2, which list the dimensions whatever the
// class.
func (d *Dataset) oldLayout(m *block, fill []byte, filters []filter) (storage, error) {
	rank, kind := int(m.uint8()), m.uint8()
	m.skip(5)
	at, address := m.at(), undefined
	if kind != layoutCompact {
		address = m.optionalAddress()
	}
	dimensions := make([]uint64, rank)
	for i := range dimensions {
		dimensions[i] = uint64(m.uint32())
	}
	switch {
	case m.err != nil:
	case kind == layoutCompact:
		size := m.uint32()
		return compactStorage{m.sub("compact data", int(size))}, m.err
	case kind == layoutContiguous:
		if address == undefined {
			return unwrittenStorage{d.file, fill, at}, nil
		}
		// The message has no size: the elements are there.
		return contiguousStorage{d.file, address, d.file.end - address}, nil
	case kind == layoutChunked:
		return d.chunked(m, dimensions, chunkTree{address}, fill, filters)
	default:
		m.fail("layout class %d", kind)
	}
	return nil, m.err
}

// newLayout decodes versions 3 and later.
func (d *Dataset) newLayout(m *block, version uint8, fill []byte, filters []filter) (storage, error) {
	switch kind := m.uint8(); {
	case m.err != nil:
	case kind == layoutCompact:
		size := m.uint16()
		return compactStorage{m.sub("compact data", int(size))}, m.err
	case kind == layoutContiguous:
		at := m.at()
		address, size := m.optionalAddress(), m.uint64()
		if address == undefined {
			return unwrittenStorage{d.file, fill, at}, m.err
		}
		return contiguousStorage{d.file, address, size}, m.err
	case kind == layoutChunked && version == 3:
		dimensions := make([]uint64, m.uint8())
		address := m.optionalAddress()
		for i := range dimensions {
			dimensions[i] = uint64(m.uint32())
		}
		return d.chunked(m, dimensions, chunkTree{address}, fill, filters)
	case kind == layoutChunked:
		return d.indexedLayout(m, fill, filters)
	case kind == layoutVirtual:
		m.refuse("virtual storage: the data is in other files")
		return refusedStorage{m.err}, nil
	default:
		m.fail("layout class %d", kind)
	}
	return nil, m.err
}

// Types of chunk indexes.
const (
	indexSingle          = 1
	indexImplicit        = 2
	indexFixedArray      = 3
	indexExtensibleArray = 4
	indexTree2           = 5
)

// indexedLayout decodes the layout of chunks of version 4, which offers several
// indexes, and of version 5, which lets chunks be longer.
func (d *Dataset) indexedLayout(m *block, fill []byte, filters []filter) (storage, error) {
	const edgesUnfiltered, singleFiltered = 1 << 0, 1 << 1
	flags := m.uint8()
	dimensions := make([]uint64, m.uint8())
	width := int(m.uint8())
	if m.err == nil && (width == 0 || width > 8) {
		m.fail("dimensions of %d bytes", width)
	}
	for i := range dimensions {
		dimensions[i] = m.uintN(width)
	}
	var single singleChunk
	kind := m.uint8()
	switch kind {
	case indexSingle:
		if flags&singleFiltered != 0 {
			single.size, single.skip = m.uint64(), m.uint32()
		}
	case indexImplicit:
	case indexFixedArray:
		m.skip(1) // what the index's own header says, too; so below
	case indexExtensibleArray:
		m.skip(5)
	case indexTree2:
		m.skip(6)
	default:
		m.fail("chunk index type %d", kind)
	}
	address := m.optionalAddress()
	var index chunkIndex
	switch kind {
	case indexSingle:
		single.address = address
		index = single
	case indexImplicit:
		index = implicitChunks{address}
	case indexFixedArray:
		index = fixedArray{address}
	case indexExtensibleArray:
		index = extensibleArray{address}
	case indexTree2:
		index = chunkTree2{address}
	}
	s, err := d.chunked(m, dimensions, index, fill, filters)
	if err == nil {
		s.edgesUnfiltered = flags&edgesUnfiltered != 0
	}
	return s, err
}

// appendLayout encodes a version 3 Data Layout message for contiguous storage.
func appendLayout(p []byte, address, size uint64) []byte {
	p = append(p, 3, layoutContiguous)
	p = binary.LittleEndian.AppendUint64(p, address)
	return binary.LittleEndian.AppendUint64(p, size)
}
