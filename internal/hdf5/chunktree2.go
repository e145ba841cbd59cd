package hdf5

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
