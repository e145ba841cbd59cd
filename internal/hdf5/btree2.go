package hdf5

import "math/bits"

// Types of Version 2 B-trees: what their records are.
const (
	tree2HugeObjects    = 1  // of a fractal heap, found by their number
	tree2LinkNames      = 5  // a dense group's links, by the hashes of their names
	tree2AttributeNames = 8  // dense attributes, likewise
	tree2Chunks         = 10 // chunks without filters
	tree2FilteredChunks = 11
)

// anyRecordSize takes records of the size that the tree's header states.
const anyRecordSize = -1

const (
	tree2HeaderSize = 38
	tree2NodeFrame  = 10 // bytes of a node around its records: signature, version, type; checksum
	tree2MaxDepth   = 32 // no file is large enough for more
)

// tree2 is a Version 2 B-tree (III.A.2) that is being read.
type tree2 struct {
	q          *quota
	kind       uint8
	recordSize int
	levels     []tree2Level
	visit      func(record *block) error
	visited    uint64
}

// tree2Level is what the nodes of one level have in common; level 0 is that of
// the leaves.
type tree2Level struct {
	maxRecords uint64 // in a node
	maxBelow   uint64 // in a node and all nodes below it
}

// readTree2 visits all records of the tree at an address, in their order.
func readTree2(q *quota, address uint64, kind uint8, recordSize int, visit func(record *block) error) error {
	b := q.block("version 2 B-tree header", address, tree2HeaderSize)
	b.checksum()
	b.signature("BTHD")
	b.version(0, 0)
	if got := b.uint8(); got != kind {
		b.fail("its type is %d, want %d", got, kind)
	}
	nodeSize := b.uint32()
	got := int(b.uint16())
	if recordSize == anyRecordSize {
		recordSize = got
	}
	if got != recordSize {
		b.fail("its records have %d bytes, want %d", got, recordSize)
	}
	depth := int(b.uint16())
	if depth > tree2MaxDepth {
		b.fail("its depth is %d", depth)
	}
	b.skip(2) // when nodes are split and merged
	root := b.optionalAddress()
	rootRecords := uint64(b.uint16())
	total := b.uint64()
	if b.err != nil {
		return b.err
	}
	if root == undefined {
		return nil
	}
	t := &tree2{q: q, kind: kind, recordSize: recordSize, visit: visit}
	if !t.measure(uint64(nodeSize), depth) {
		b.fail("its nodes of %d bytes have no room for records of %d", nodeSize, recordSize)
		return b.err
	}
	if err := t.readNode(root, rootRecords, depth); err != nil {
		return err
	}
	if t.visited != total {
		b.fail("it declares %d records and has %d", total, t.visited)
	}
	return b.err
}

// measure finds out how many records fit in nodes of a size, which decides how
// wide the counts of records in a pointer are.
func (t *tree2) measure(nodeSize uint64, depth int) bool {
	for level := range depth + 1 {
		room, size := nodeSize, uint64(t.recordSize)
		overhead := uint64(tree2NodeFrame)
		if level > 0 {
			pointer := uint64(t.pointerSize(level))
			overhead += pointer // there is one more pointer than records
			size += pointer
		}
		if room < overhead+size {
			return false
		}
		l := tree2Level{maxRecords: (room - overhead) / size}
		l.maxBelow = l.maxRecords
		if level > 0 {
			l.maxBelow = add(multiply(l.maxRecords+1, t.levels[level-1].maxBelow), l.maxRecords)
		}
		t.levels = append(t.levels, l)
	}
	return true
}

// countSize is how many bytes a count takes that is at most most.
func countSize(most uint64) int { return (bits.Len64(most)-1)/8 + 1 }

// pointerSize is the size of a pointer in a node to the level below it.
func (t *tree2) pointerSize(level int) int {
	size := 8 + countSize(t.levels[0].maxRecords)
	if level > 1 {
		size += countSize(t.levels[level-1].maxBelow)
	}
	return size
}

// readNode reads a node of a level, and everything below it.
func (t *tree2) readNode(address, records uint64, level int) error {
	const structure = "version 2 B-tree node"
	if most := t.levels[level].maxRecords; records > most {
		b := &block{structure: structure, offset: int64(address)}
		b.fail("%d records in a node of %d", records, most)
		return b.err
	}
	size := tree2NodeFrame + records*uint64(t.recordSize)
	if level > 0 {
		size += (records + 1) * uint64(t.pointerSize(level))
	}
	b := t.q.block(structure, address, size)
	b.checksum()
	if level > 0 {
		b.signature("BTIN")
	} else {
		b.signature("BTLF")
	}
	b.version(0, 0)
	if got := b.uint8(); got != t.kind {
		b.fail("its type is %d, the tree's is %d", got, t.kind)
	}
	body := b.sub("version 2 B-tree record", int(records)*t.recordSize)
	if b.err != nil {
		return b.err
	}
	for i := range records + 1 {
		if level > 0 {
			child, count := b.address(), b.uintN(countSize(t.levels[0].maxRecords))
			if level > 1 {
				b.skip(countSize(t.levels[level-1].maxBelow))
			}
			if b.err != nil {
				return b.err
			}
			if err := t.readNode(child, count, level-1); err != nil {
				return err
			}
		}
		if i == records {
			break
		}
		t.visited++
		if err := t.visit(body.sub(body.structure, t.recordSize)); err != nil {
			return err
		}
	}
	return nil
}
