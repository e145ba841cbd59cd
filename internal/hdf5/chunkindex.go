package hdf5

import (
	"fmt"
	"math/bits"
)

// chunkIndex finds the chunks of an array.
type chunkIndex interface {
	chunks(q *quota, s *chunkedStorage) ([]chunk, error)
}

// A chunkOrder numbers the chunks that an array has room for when it has grown
// as far as it can, for indexes that are arrays themselves: in row-major
// order, with one dimension, which may grow for ever, moved to the front.
type chunkOrder struct {
	s     *chunkedStorage
	front int
	room  []uint64 // chunks along each dimension; that in front not used
	at    []uint64
}

func (s *chunkedStorage) order(front int) (chunkOrder, error) {
	o := chunkOrder{s, front, make([]uint64, len(s.grid)), make([]uint64, len(s.grid))}
	for i, n := range s.most {
		o.room[i] = divideUp(n, s.chunk[i])
		if i != front && (n == undefined || n == 0) {
			return o, &FormatError{s.offset, "data layout message", fmt.Sprintf("its chunk index is not one for an array that can grow to %v", s.most)}
		}
	}
	return o, nil
}

// total is the number of chunks that there is room for.
func (o chunkOrder) total() uint64 {
	total := uint64(1)
	for _, n := range o.room {
		total = multiply(total, n)
	}
	return total
}

// number turns a chunk's place in the order into its number in the grid.
func (o chunkOrder) number(place uint64) (uint64, bool) {
	for i := len(o.room) - 1; i >= 0; i-- {
		if i != o.front {
			o.at[i] = place % o.room[i]
			place /= o.room[i]
		}
	}
	o.at[o.front] = place
	return o.s.number(o.at)
}

// chunkElement is the form of an element of an index: an address or, with
// filters, an address, a size of some bytes and the filters that were skipped.
type chunkElement struct {
	filtered  bool
	sizeBytes int
}

// Clients of fixed and extensible arrays.
const (
	clientChunks         = 0
	clientFilteredChunks = 1
)

// chunkElement works out the form of a number of bytes.
func (b *block) chunkElement(client uint8, size int) chunkElement {
	const address, skip = 8, 4
	e := chunkElement{client == clientFilteredChunks, size - address - skip}
	switch {
	case client > clientFilteredChunks:
		b.fail("client ID %d is not one for chunks", client)
	case !e.filtered && size != address, e.filtered && (e.sizeBytes < 1 || e.sizeBytes > 8):
		b.fail("elements of %d bytes", size)
	}
	return e
}

// chunk reads the element at the cursor; ok is false if there is no chunk.
func (b *block) chunk(e chunkElement, s *chunkedStorage) (c chunk, ok bool) {
	c.address, c.size = b.optionalAddress(), s.chunkSize
	if e.filtered {
		c.size, c.skip = b.uintN(e.sizeBytes), b.uint32()
	}
	return c, b.err == nil && c.address != undefined
}

// chunks reads count elements at the cursor, the first of which has a place in
// the order, and appends the chunks that there are.
func (b *block) chunks(list []chunk, e chunkElement, o chunkOrder, first, count uint64) []chunk {
	for i := range count {
		c, ok := b.chunk(e, o.s)
		if b.err != nil {
			break
		}
		if !ok {
			continue
		}
		if c.number, ok = o.number(first + i); ok {
			list = append(list, c)
		}
	}
	return list
}

// log2 gives the logarithm of n, rounded down.
func log2(n uint64) int { return bits.Len64(n) - 1 }

// singleChunk is the index of an array that is one chunk (VII.A).
type singleChunk struct {
	address uint64
	size    uint64 // with filters; else 0
	skip    uint32
}

func (i singleChunk) chunks(_ *quota, s *chunkedStorage) ([]chunk, error) {
	if i.address == undefined {
		return nil, nil
	}
	c := chunk{address: i.address, size: i.size, skip: i.skip}
	if c.size == 0 {
		c.size = s.chunkSize
	}
	return []chunk{c}, nil
}

// implicitChunks is the index of chunks that lie one behind the other (VII.B).
type implicitChunks struct{ address uint64 }

func (i implicitChunks) chunks(_ *quota, s *chunkedStorage) ([]chunk, error) {
	o, err := s.order(0)
	if err != nil || i.address == undefined {
		return nil, err
	}
	if total := multiply(o.total(), s.chunkSize); total > s.f.end-i.address {
		return nil, &FormatError{int64(i.address), "implicit chunks", fmt.Sprintf("they have %d bytes, but the file ends at %d", total, s.f.end)}
	}
	var list []chunk
	for place := range o.total() {
		if number, ok := o.number(place); ok {
			list = append(list, chunk{number: number, address: i.address + place*s.chunkSize, size: s.chunkSize})
		}
	}
	return list, nil
}
