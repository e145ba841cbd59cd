package hdf5

import "fmt"

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

// chunkTree2 is the Version 2 B-tree of the chunks of an array that can grow
// along several dimensions (VII.E).
type chunkTree2 struct{ address uint64 }

func (i chunkTree2) chunks(q *quota, s *chunkedStorage) ([]chunk, error) {
	if i.address == undefined {
		return nil, nil
	}
	kind, client, size := uint8(tree2Chunks), uint8(clientChunks), 8+8*len(s.grid)
	if len(s.filters) > 0 {
		kind, client, size = tree2FilteredChunks, clientFilteredChunks, anyRecordSize
	}
	var list []chunk
	coordinates := make([]uint64, len(s.grid))
	err := readTree2(q, i.address, kind, size, func(record *block) error {
		e := record.chunkElement(client, len(record.data)-8*len(s.grid))
		c, ok := record.chunk(e, s)
		for i := range coordinates {
			coordinates[i] = record.uint64()
		}
		if record.err != nil || !ok {
			return record.err
		}
		if c.number, ok = s.number(coordinates); ok {
			list = append(list, c)
		}
		return nil
	})
	return list, err
}
