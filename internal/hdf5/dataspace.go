package hdf5

import (
	"encoding/binary"
	"math"
)

const maxRank = 32

// dataspace is a Dataspace message (IV.A.2.b): the shape of an array.
type dataspace struct {
	shape    []int // empty for a scalar
	elements uint64
	most     []uint64 // how long each dimension can grow; undefined: without limit
}

// Types of a version 2 dataspace.
const (
	dataspaceScalar = 0
	dataspaceSimple = 1
	dataspaceNull   = 2 // no elements
)

func parseDataspace(b *block) (dataspace, error) {
	version := b.version(1, 2)
	rank := b.uint8()
	flags := b.uint8()
	kind := uint8(dataspaceSimple)
	if version == 1 {
		b.skip(5)
	} else {
		kind = b.uint8()
	}
	switch {
	case b.err != nil:
		return dataspace{}, b.err
	case rank > maxRank:
		b.fail("rank %d; HDF5 allows %d", rank, maxRank)
	case kind > dataspaceNull:
		b.fail("dataspace type %d", kind)
	case kind != dataspaceSimple && rank != 0:
		b.fail("dataspace type %d with rank %d", kind, rank)
	case version == 1 && flags&2 != 0:
		b.refuse("permuted dimensions")
	case kind == dataspaceNull:
		return dataspace{shape: []int{0}}, nil
	}
	const hasMost = 1
	s := dataspace{shape: make([]int, rank), elements: 1, most: make([]uint64, rank)}
	for i := range s.shape {
		s.setDimension(b, i)
		s.most[i] = uint64(s.shape[i])
	}
	if flags&hasMost != 0 {
		for i := range s.most {
			if s.most[i] = b.uint64(); s.most[i] < uint64(s.shape[i]) {
				b.fail("dimension %d has length %d, and can have %d", i, s.shape[i], s.most[i])
			}
		}
	}
	return s, b.err
}

// setDimension reads the length of dimension i.
func (s *dataspace) setDimension(b *block, i int) {
	n := b.uint64()
	switch {
	case n > math.MaxInt:
		b.fail("dimension %d has length %d", i, n)
	case n == 0:
		s.elements = 0
	case s.elements > math.MaxInt64/n:
		b.fail("the dimensions multiply to more than 2^63 elements")
	default:
		s.elements *= n
	}
	s.shape[i] = int(n)
}

// appendDataspace encodes a version 1 dataspace that cannot grow.
func appendDataspace(p []byte, shape []int) []byte {
	hasMaximum := uint8(1)
	if len(shape) == 0 {
		hasMaximum = 0
	}
	p = append(p, 1, uint8(len(shape)), hasMaximum, 0, 0, 0, 0, 0)
	for range 2 { // the dimensions, and again as their maxima
		for _, n := range shape {
			p = binary.LittleEndian.AppendUint64(p, uint64(n))
		}
	}
	return p
}
