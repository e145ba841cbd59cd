package hdf5

// chunkTree is the Version 1 B-tree (III.A.1) of an array's chunks, its nodes
// of type 1. A key says where in the array a chunk is, how many bytes it has
// in the file, and which filters it has skipped.
type chunkTree struct{ root uint64 }

func (t chunkTree) chunks(q *quota, s *chunkedStorage) ([]chunk, error) {
	if t.root == undefined {
		return nil, nil
	}
	r := chunkTreeReader{q: q, s: s, at: make([]uint64, len(s.grid))}
	err := r.readNode(t.root, -1)
	return r.list, err
}

type chunkTreeReader struct {
	q    *quota
	s    *chunkedStorage
	list []chunk
	at   []uint64
}

// readNode reads a node and everything below it; see [groupTree.readNode].
func (t *chunkTreeReader) readNode(address uint64, level int) error {
	b, got, err := readTreeHead(t.q, address, chunkNodeType, level)
	if err != nil {
		return err
	}
	count := b.uint16()
	if b.err != nil {
		return b.err
	}
	const sizeAndSkip, pointer = 8, 8
	key := sizeAndSkip + 8*uint64(len(t.at)+1)
	b = t.q.block(b.structure, address+treeNodeHeader, uint64(count)*(key+pointer)+key)
	for range count {
		c := chunk{size: uint64(b.uint32()), skip: b.uint32()}
		for i, n := range t.s.chunk {
			offset := b.uint64()
			if t.at[i] = offset / n; offset%n != 0 {
				b.fail("a chunk starts at %d of dimension %d, which is not a multiple of %d", offset, i, n)
			}
		}
		b.skip(8) // within the element: 0
		c.address = b.address()
		if b.err != nil {
			return b.err
		}
		if got > 0 {
			if err := t.readNode(c.address, got-1); err != nil {
				return err
			}
		} else if number, ok := t.s.number(t.at); ok {
			c.number = number
			t.list = append(t.list, c)
		}
	}
	return b.err
}
