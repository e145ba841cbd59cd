package hdf5

import "math"

// chunkedStorage holds the elements in chunks: boxes of one shape, each of
// which lies somewhere in the file, or nowhere while nothing was written to it.
// Those at the upper edges of the array are stored whole.
type chunkedStorage struct {
	f               *File
	offset          int64    // of the layout message
	shape, most     []uint64 // of the array, and how long it can grow
	chunk           []uint64 // shape of a chunk
	grid            []uint64 // how many chunks the array has along each dimension
	elementSize     uint64
	chunkSize       uint64 // bytes of a chunk before it is filtered
	index           chunkIndex
	filters         []filter
	edgesUnfiltered bool // chunks that are not wholly within the array
	fill            []byte
}

// chunk is a chunk that has a place in the file.
type chunk struct {
	number        uint64 // in the grid, in row-major order
	address, size uint64
	skip          uint32 // filters that were left out, a bit for each
}

// chunked is the storage of a dataset in chunks of some dimensions, the last of
// which is the size of an element.
func (d *Dataset) chunked(m *block, dimensions []uint64, index chunkIndex, fill []byte, filters []filter) (*chunkedStorage, error) {
	s := &chunkedStorage{
		f: d.file, offset: m.offset, most: d.dataspace.most, elementSize: uint64(d.datatype.size), chunkSize: 1,
		index: index, filters: filters, fill: fill,
	}
	rank := len(d.dataspace.most)
	if m.err == nil && (rank == 0 || len(dimensions) != rank+1 || dimensions[rank] != s.elementSize) {
		m.fail("chunks of dimensions %v for an array of %d dimensions and elements of %d bytes", dimensions, rank, s.elementSize)
	}
	for _, n := range dimensions {
		if n == 0 {
			m.fail("chunks of dimensions %v", dimensions)
		}
		s.chunkSize = multiply(s.chunkSize, n)
	}
	if m.err != nil {
		return nil, m.err
	}
	s.chunk = dimensions[:rank]
	for i, n := range d.dataspace.shape {
		s.shape = append(s.shape, uint64(n))
		s.grid = append(s.grid, divideUp(uint64(n), s.chunk[i]))
	}
	return s, nil
}

// divideUp gives a/b, rounded up.
func divideUp(a, b uint64) uint64 {
	if a == 0 {
		return 0
	}
	return (a-1)/b + 1
}

func (s *chunkedStorage) read(size uint64) *block {
	b := &block{structure: "chunked data", offset: s.offset, end: s.f.end, scattered: true}
	q := s.f.quota()
	var chunks []chunk
	if chunks, b.err = s.index.chunks(q, s); b.err != nil {
		return b
	}
	stored := uint64(0)
	for _, c := range chunks {
		stored = add(stored, c.size)
	}
	if most := multiply(stored, maxExpansion); size > max(maxUnwritten, s.f.end, most) {
		b.refuse("%d bytes of elements, of which %d are stored, in a file of %d bytes", size, stored, s.f.end)
		return b
	}
	if size > math.MaxInt {
		b.refuse("%d bytes are more than this machine can address", size)
		return b
	}
	b.data = filled(size, s.fill)
	origin := make([]uint64, len(s.grid))
	for _, c := range chunks {
		s.locate(c.number, origin)
		data := s.decode(q, c, origin)
		if data.err != nil {
			b.err = data.err
			return b
		}
		s.paste(b.data, data.data, origin)
	}
	return b
}

// decode reads a chunk and takes back what filters did to it.
func (s *chunkedStorage) decode(q *quota, c chunk, origin []uint64) *block {
	b := q.block("chunk", c.address, c.size)
	if !s.edgesUnfiltered || !s.atEdge(origin) {
		unfilter(b, s.filters, c.skip, s.chunkSize)
	}
	if uint64(len(b.data)) != s.chunkSize {
		b.fail("it has %d bytes, want %d", len(b.data), s.chunkSize)
	}
	return b
}

// number gives the number of the chunk at coordinates that count chunks; false
// if it is not a part of the array, which may have shrunk.
func (s *chunkedStorage) number(coordinates []uint64) (uint64, bool) {
	number := uint64(0)
	for i, c := range coordinates {
		if c >= s.grid[i] {
			return 0, false
		}
		number = number*s.grid[i] + c
	}
	return number, true
}

// locate sets origin to the coordinates of the first element of a chunk.
func (s *chunkedStorage) locate(number uint64, origin []uint64) {
	for i := len(origin) - 1; i >= 0; i-- {
		origin[i] = number % s.grid[i] * s.chunk[i]
		number /= s.grid[i]
	}
}

// atEdge reports whether a chunk juts out over the end of the array.
func (s *chunkedStorage) atEdge(origin []uint64) bool {
	for i, o := range origin {
		if s.chunk[i] > s.shape[i]-o {
			return true
		}
	}
	return false
}

// paste copies what a chunk has of the array's elements to their places.
func (s *chunkedStorage) paste(array, chunk []byte, origin []uint64) {
	last := len(origin) - 1
	run := int(min(s.chunk[last], s.shape[last]-origin[last]) * s.elementSize)
	at := make([]uint64, last) // the row in the chunk, without its last coordinate
	for {
		from, to := uint64(0), uint64(0)
		for i, c := range at {
			from = from*s.chunk[i] + c
			to = to*s.shape[i] + origin[i] + c
		}
		from *= s.chunk[last] * s.elementSize
		to = (to*s.shape[last] + origin[last]) * s.elementSize
		copy(array[to:], chunk[from:][:run])
		i := last - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < min(s.chunk[i], s.shape[i]-origin[i]) {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}
