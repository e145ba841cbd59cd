package hdf5

// extensibleArray is the Extensible Array (VII.D) of the chunks of an array
// that can grow along one dimension without limit.
//
// Its first elements lie in the index block. The others lie in data blocks,
// which form super blocks: super block u has 1<<(u/2) data blocks, and twice as
// many elements in each as those of u-2. The index block has the addresses of
// the data blocks of the first super blocks; the other super blocks are blocks
// of the file with such addresses of their own.
type extensibleArray struct{ address uint64 }

const (
	extensibleHeaderSize  = 72
	extensibleBlockPrefix = 14
)

// extensibleReader is an extensible array that is being read.
type extensibleReader struct {
	q       *quota
	o       chunkOrder
	address uint64
	client  uint8
	element chunkElement
	size    uint64 // bytes of an element

	maxBits    int    // the array has room for 1<<maxBits elements
	inIndex    uint64 // elements of the index block
	smallest   uint64 // elements of the smallest data block
	directly   int    // super blocks whose data blocks the index block has
	page       uint64 // elements of a page
	offsetSize int

	place uint64 // of the next element
	list  []chunk
}

func (a extensibleArray) chunks(q *quota, s *chunkedStorage) ([]chunk, error) {
	front := -1
	for i, n := range s.most {
		if n == undefined {
			front = i // of several, order complains
		}
	}
	o, err := s.order(max(front, 0))
	if err != nil || a.address == undefined {
		return nil, err
	}
	r := &extensibleReader{q: q, o: o, address: a.address}
	b := q.block("extensible array header", a.address, extensibleHeaderSize)
	b.checksum()
	b.signature("EAHD")
	b.version(0, 0)
	r.client = b.uint8()
	size := b.uint8()
	r.size = uint64(size)
	r.maxBits, r.inIndex = int(b.uint8()), uint64(b.uint8())
	r.smallest = uint64(b.uint8())
	pointers, pageBits := uint64(b.uint8()), b.uint8()
	if b.err == nil && (r.maxBits > 64 || pageBits > 63 || !powerOf2(r.smallest) || !powerOf2(pointers) ||
		log2(r.smallest) > r.maxBits || 2*log2(pointers) > r.superBlocks()) {
		b.fail("room for 1<<%d elements in data blocks of at least %d, %d pointers in a super block, pages of 1<<%d",
			r.maxBits, r.smallest, pointers, pageBits)
	}
	r.element = b.chunkElement(r.client, int(size))
	b.skip(6 * 8) // how much of everything there is
	index := b.optionalAddress()
	if b.err != nil || index == undefined {
		return nil, b.err
	}
	r.directly = 2 * log2(pointers)
	r.page = 1 << pageBits
	if r.directly > 0 && r.elements(r.directly-1) > r.page {
		b.fail("data blocks of the index block with pages of 1<<%d elements", pageBits)
		return nil, b.err
	}
	r.offsetSize = (r.maxBits + 7) / 8
	err = r.readIndex(index)
	return r.list, err
}

// superBlocks is the number of super blocks that there is room for.
func (r *extensibleReader) superBlocks() int { return 1 + r.maxBits - log2(r.smallest) }

// dataBlocks is the number of data blocks of a super block.
func (r *extensibleReader) dataBlocks(super int) uint64 { return 1 << (super / 2) }

// elements is the number of elements of a data block.
func (r *extensibleReader) elements(super int) uint64 {
	return multiply(1<<((super+1)/2), r.smallest)
}

// open reads a block of the array with a body of size bytes.
func (r *extensibleReader) open(structure, signature string, address, size uint64) *block {
	b := r.q.block(structure, address, add(size, extensibleBlockPrefix+checksumSize))
	b.checksum()
	b.signature(signature)
	b.version(0, 0)
	b.sameClient(r.client)
	b.sameHeader(r.address)
	return b
}

// readIndex reads the index block and everything that it leads to.
func (r *extensibleReader) readIndex(address uint64) error {
	direct := uint64(0)
	for super := range r.directly {
		direct += r.dataBlocks(super)
	}
	others := r.superBlocks() - r.directly
	b := r.open("extensible array index block", "EAIB", address, r.inIndex*r.size+8*(direct+uint64(others)))
	r.list = b.chunks(r.list, r.element, r.o, r.place, r.inIndex)
	r.place += r.inIndex
	for super := range r.directly {
		if err := r.readDataBlocks(b, super, nil); err != nil {
			return err
		}
	}
	for super := r.directly; super < r.superBlocks(); super++ {
		where := b.optionalAddress()
		if b.err != nil {
			return b.err
		}
		if where == undefined {
			r.place += r.dataBlocks(super) * r.elements(super)
		} else if err := r.readSuperBlock(where, super); err != nil {
			return err
		}
	}
	return b.err
}

// readSuperBlock reads a super block that is a block of its own. It has a bit
// for each page of its data blocks: whether something was written to it.
func (r *extensibleReader) readSuperBlock(address uint64, super int) error {
	bitmap := uint64(0)
	if r.elements(super) > r.page {
		bitmap = r.dataBlocks(super) * divideUp(r.elements(super)/r.page, 8)
	}
	size := add(uint64(r.offsetSize), add(bitmap, 8*r.dataBlocks(super)))
	b := r.open("extensible array super block", "EASB", address, size)
	b.skip(r.offsetSize)
	if b.err != nil {
		return b.err
	}
	return r.readDataBlocks(b, super, b.bytes(int(bitmap)))
}

// readDataBlocks reads the data blocks of a super block, whose addresses are at
// the cursor.
func (r *extensibleReader) readDataBlocks(b *block, super int, bitmap []byte) error {
	elements := r.elements(super)
	pages := elements / r.page
	for i := range r.dataBlocks(super) {
		where := b.optionalAddress()
		if b.err != nil {
			return b.err
		}
		if where != undefined {
			if err := r.readDataBlock(where, elements, func(page uint64) bool {
				bit := i*pages + page
				return bit/8 < uint64(len(bitmap)) && bitmap[bit/8]<<(bit%8)&0x80 != 0
			}); err != nil {
				return err
			}
		}
		r.place += elements
	}
	return nil
}

func (r *extensibleReader) readDataBlock(address, elements uint64, written func(page uint64) bool) error {
	const structure, signature = "extensible array data block", "EADB"
	if elements <= r.page {
		b := r.open(structure, signature, address, add(uint64(r.offsetSize), multiply(elements, r.size)))
		b.skip(r.offsetSize)
		r.list = b.chunks(r.list, r.element, r.o, r.place, elements)
		return b.err
	}
	b := r.open(structure, signature, address, uint64(r.offsetSize))
	if b.err != nil {
		return b.err
	}
	p := pagedElements{element: r.element, size: r.size, count: elements, page: r.page}
	at := address + extensibleBlockPrefix + uint64(r.offsetSize) + checksumSize
	var err error
	r.list, err = p.read(r.q, r.list, r.o, r.place, at, written)
	return err
}
