package hdf5

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// fractalHeap is a Fractal Heap (III.G): the messages of links or attributes
// that are too many for an object header. Small objects, here called managed,
// lie in direct blocks, which indirect blocks lead to: a table of rows, whose
// blocks double in size from row to row. Large ones lie by themselves.
type fractalHeap struct {
	q       *quota
	address uint64

	idSize      int
	offsetSize  int // of an offset in the space of managed objects
	lengthSize  int // of a managed object's length
	largest     uint64
	checksummed bool // direct blocks have checksums
	hugeTree    uint64
	width       uint64 // columns of the table
	startSize   uint64 // of the blocks in the first row
	maxDirect   uint64 // the largest direct block
	spaceBits   int    // the space of managed objects has 1<<spaceBits bytes
	root        uint64
	rootRows    int // 0: the root is a direct block
	directRows  int // rows of direct blocks; those behind them have indirect ones
	blocks      map[uint64]*block
	huge        map[uint64]hugeObject
	given       uint64 // bytes of the objects given out
}

// hugeObject is an object with a place of its own in the file.
type hugeObject struct{ address, size uint64 }

const (
	fractalHeapHeaderSize = 146 // without filters
	fractalLargestBlock   = 1 << 32
	fractalBlockPrefix    = 13 // signature, version and heap address; the offset comes behind them
)

// readFractalHeap reads the header of the heap at an address.
func readFractalHeap(q *quota, address uint64) (*fractalHeap, error) {
	const idWrapped, checksummed = 1 << 0, 1 << 1
	h := &fractalHeap{q: q, address: address, blocks: map[uint64]*block{}}
	b := q.block("fractal heap header", address, fractalHeapHeaderSize)
	b.signature("FRHP")
	b.version(0, 0)
	h.idSize = int(b.uint16())
	if filters := b.uint16(); filters > 0 {
		b.refuse("filtered heap blocks")
	}
	b.pos = 0
	b.checksum()
	b.skip(9)
	flags := b.uint8()
	h.checksummed = flags&checksummed != 0
	h.largest = uint64(b.uint32())
	b.skip(8) // number of the next huge object
	h.hugeTree = b.optionalAddress()
	b.skip(8)  // free space
	b.skip(8)  // address of its manager
	b.skip(32) // sizes and counts of managed objects
	b.skip(32) // of huge and of tiny ones
	h.width = uint64(b.uint16())
	h.startSize, h.maxDirect = b.uint64(), b.uint64()
	h.spaceBits = int(b.uint16())
	b.skip(2) // rows to begin with
	h.root = b.optionalAddress()
	h.rootRows = int(b.uint16())
	if b.err == nil && (!powerOf2(h.width) || !powerOf2(h.startSize) || !powerOf2(h.maxDirect) ||
		h.maxDirect < h.startSize || h.maxDirect > fractalLargestBlock || h.spaceBits > 64 || h.idSize < 2) {
		b.fail("a table of width %d with blocks of %d to %d bytes in a space of %d bits, IDs of %d bytes",
			h.width, h.startSize, h.maxDirect, h.spaceBits, h.idSize)
	}
	if b.err != nil {
		return nil, b.err
	}
	h.offsetSize = (h.spaceBits + 7) / 8
	h.lengthSize = min((bits.Len64(h.maxDirect)+6)/8, countSize(max(h.largest, 1)))
	h.directRows = bits.Len64(h.maxDirect) - bits.Len64(h.startSize) + 2
	return h, nil
}

func powerOf2(n uint64) bool { return bits.OnesCount64(n) == 1 }

// object gives the object that the heap ID at the cursor stands for, as a block
// of a structure.
func (h *fractalHeap) object(ids *block, structure string) (*block, error) {
	const managed, huge, tiny = 0, 1, 2
	id := ids.sub("fractal heap ID", h.idSize)
	head := id.uint8()
	if id.err == nil && head>>6 != 0 {
		id.refuse("version %d", head>>6)
	}
	if id.err != nil {
		return nil, id.err
	}
	var object *block
	var err error
	switch head >> 4 & 3 {
	case managed:
		object, err = h.managedObject(id)
	case huge:
		object, err = h.hugeObject(id)
	case tiny:
		object = h.tinyObject(id, head)
	default:
		id.fail("type 3")
		err = id.err
	}
	if err != nil {
		return nil, err
	}
	// Objects may overlap, but not so often that they add up to more than the
	// file.
	if h.given += uint64(len(object.data)); h.given > h.q.f.end {
		object.fail("the heap's objects are longer together than the file")
	}
	object.structure = structure
	return object, object.err
}

// tinyObject gives an object that lies in its ID.
func (h *fractalHeap) tinyObject(id *block, head uint8) *block {
	const shortIDs = 17 // longer IDs have a longer length
	length := int(head & 15)
	if h.idSize > shortIDs {
		length = length<<8 | int(id.uint8())
	}
	return id.sub("fractal heap object", length+1)
}

// managedObject gives an object that lies in a direct block.
func (h *fractalHeap) managedObject(id *block) (*block, error) {
	offset, length := id.uintN(h.offsetSize), id.uintN(h.lengthSize)
	if h.root == undefined {
		id.fail("a managed object in a heap without blocks")
	}
	if id.err != nil {
		return nil, id.err
	}
	direct, start, err := h.root, uint64(0), error(nil)
	size := h.startSize
	if h.rootRows > 0 {
		if direct, start, size, err = h.find(id, offset); err != nil {
			return nil, err
		}
	}
	b, err := h.directBlock(direct, size)
	if err != nil {
		return nil, err
	}
	object := *b
	if from := offset - start; offset < start || from < uint64(b.pos) || from > size || length > size-from {
		id.pos = 0
		id.fail("%d bytes at %d are not in the block of %d bytes at %d", length, offset, size, start)
		return nil, id.err
	}
	object.pos = int(offset - start)
	return object.sub("fractal heap object", int(length)), nil
}

// find walks down from the root to the direct block that has an offset, and
// gives its address, the offset it starts at, and its size.
func (h *fractalHeap) find(id *block, offset uint64) (address, start, size uint64, err error) {
	address = h.root
	rows := h.rootRows
	for {
		row, column, size := h.cell(offset - start)
		if row >= rows {
			id.pos = 0
			id.fail("offset %d lies behind the heap's %d rows", offset, rows)
			return 0, 0, 0, id.err
		}
		b, err := h.indirectBlock(address, rows)
		if err != nil {
			return 0, 0, 0, err
		}
		cursor := *b
		cursor.skip(8 * (row*int(h.width) + int(column)))
		address = cursor.address()
		if cursor.err != nil {
			return 0, 0, 0, cursor.err
		}
		start += h.rowStart(row) + column*size
		if row < h.directRows {
			return address, start, size, nil
		}
		// An indirect block is as large as the blocks in it together: it has
		// fewer rows than the one that it is in.
		rows = bits.Len64(size) - bits.Len64(h.startSize*h.width) + 1
	}
}

// cell gives the row and the column of the table that an offset lies in, and
// the size of the row's blocks.
func (h *fractalHeap) cell(offset uint64) (row int, column, size uint64) {
	// The first two rows have blocks of the same size; from there on, each row
	// is as large as all rows before it.
	row = bits.Len64(offset / (h.startSize * h.width))
	size = h.startSize << max(row-1, 0)
	return row, (offset - h.rowStart(row)) / size, size
}

// rowStart is the offset of a row from the start of its table.
func (h *fractalHeap) rowStart(row int) uint64 {
	if row == 0 {
		return 0
	}
	return h.startSize * h.width << (row - 1)
}

// directBlock reads a direct block, once, with the cursor behind its head.
func (h *fractalHeap) directBlock(address, size uint64) (*block, error) {
	if b, ok := h.blocks[address]; ok && uint64(len(b.data)) == size {
		return b, nil
	}
	b := h.q.block("fractal heap direct block", address, size)
	if h.checksummed {
		h.checkDirect(b)
	}
	h.open(b, "FHDB")
	if h.checksummed {
		b.skip(checksumSize)
	}
	h.blocks[address] = b
	return b, b.err
}

// checkDirect compares a direct block's checksum, which lies in its head, with
// that of the whole block with zeros in its place.
func (h *fractalHeap) checkDirect(b *block) {
	at := fractalBlockPrefix + h.offsetSize
	b.skip(at)
	want := b.uint32()
	if b.err != nil {
		return
	}
	data := slices.Clone(b.data)
	binary.LittleEndian.PutUint32(data[at:], 0)
	b.compareChecksums(at, want, lookup3(data))
	b.pos = 0
}

// indirectBlock reads an indirect block of so many rows, once, with the cursor
// at the first address.
func (h *fractalHeap) indirectBlock(address uint64, rows int) (*block, error) {
	size := fractalBlockPrefix + uint64(h.offsetSize) + 8*uint64(rows)*h.width + checksumSize
	if b, ok := h.blocks[address]; ok && uint64(len(b.data)) == size-checksumSize {
		return b, nil
	}
	b := h.q.block("fractal heap indirect block", address, size)
	b.checksum()
	h.open(b, "FHIB")
	h.blocks[address] = b
	return b, b.err
}

// open reads the head of a block, which leads back to the heap.
func (h *fractalHeap) open(b *block, signature string) {
	b.signature(signature)
	b.version(0, 0)
	if heap := b.uint64(); b.err == nil && heap != h.address {
		b.fail("it belongs to the heap at %d, not to that at %d", heap, h.address)
	}
	b.skip(h.offsetSize)
}

// hugeObject gives an object that lies by itself.
func (h *fractalHeap) hugeObject(id *block) (*block, error) {
	var o hugeObject
	if h.idSize >= 1+16 {
		o.address, o.size = id.address(), id.uint64()
	} else {
		if err := h.readHuge(); err != nil {
			return nil, err
		}
		number := id.uintN(min(8, h.idSize-1))
		var ok bool
		if o, ok = h.huge[number]; !ok {
			id.fail("huge object %d is not in the heap", number)
		}
	}
	if id.err != nil {
		return nil, id.err
	}
	return h.q.block("fractal heap object", o.address, o.size), nil
}

// readHuge reads, once, where the huge objects are.
func (h *fractalHeap) readHuge() error {
	if h.huge != nil || h.hugeTree == undefined {
		return nil
	}
	h.huge = map[uint64]hugeObject{}
	const record = 8 + 8 + 8
	return readTree2(h.q, h.hugeTree, tree2HugeObjects, record, func(r *block) error {
		o := hugeObject{r.address(), r.uint64()}
		h.huge[r.uint64()] = o
		return r.err
	})
}
