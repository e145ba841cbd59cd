package hdf5

// readDense reads what links and attributes have in common once they are too
// many for an object header ("dense storage"): their messages lie in a fractal
// heap, and a version 2 B-tree has their heap IDs in the order of the hashes of
// their names. The cursor of info is at the addresses of the two. It visits
// the tree's records, which have the form that their kind asks for.
func readDense(q *quota, info *block, kind uint8, recordSize int, visit func(heap *fractalHeap, record *block) error) error {
	address, tree := info.optionalAddress(), info.optionalAddress()
	if info.err == nil && (address == undefined) != (tree == undefined) {
		info.fail("a fractal heap without a B-tree, or the other way round")
	}
	if info.err != nil || address == undefined {
		return info.err
	}
	heap, err := readFractalHeap(q, address)
	if err != nil {
		return err
	}
	return readTree2(q, tree, kind, recordSize, func(record *block) error { return visit(heap, record) })
}
