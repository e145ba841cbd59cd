package hdf5

// fixedArray is the Fixed Array (VII.C) of the chunks of an array that cannot
// grow.
type fixedArray struct{ address uint64 }

const (
	fixedArrayHeaderSize  = 28
	fixedArrayBlockPrefix = 14
)

func (a fixedArray) chunks(q *quota, s *chunkedStorage) ([]chunk, error) {
	o, err := s.order(0)
	if err != nil || a.address == undefined {
		return nil, err
	}
	b := q.block("fixed array header", a.address, fixedArrayHeaderSize)
	b.checksum()
	b.signature("FAHD")
	b.version(0, 0)
	client, size, pageBits := b.uint8(), int(b.uint8()), b.uint8()
	count := b.uint64()
	if b.err == nil && (count != o.total() || pageBits > 63) {
		b.fail("%d elements for %d chunks, in pages of 1<<%d", count, o.total(), pageBits)
	}
	element := b.chunkElement(client, size)
	data := b.optionalAddress()
	if b.err != nil || data == undefined {
		return nil, b.err
	}
	p := pagedElements{element: element, size: uint64(size), count: count, page: 1 << pageBits}
	b = q.block("fixed array data block", data, fixedArrayBlockPrefix+p.headSize(count > p.page))
	b.checksum()
	b.signature("FADB")
	b.version(0, 0)
	b.sameClient(client)
	b.sameHeader(a.address)
	if count > p.page {
		pages := b.bytes(int(divideUp(count, p.page)+7) / 8)
		if b.err != nil {
			return nil, b.err
		}
		at := data + fixedArrayBlockPrefix + p.headSize(true)
		return p.read(q, nil, o, 0, at, func(page uint64) bool { return pages[page/8]<<(page%8)&0x80 != 0 })
	}
	return b.chunks(nil, element, o, 0, count), b.err
}

// pagedElements are the elements of a data block of a fixed or extensible
// array, if they are so many that they come in pages with a checksum each.
type pagedElements struct {
	element     chunkElement
	size        uint64 // bytes of an element
	count, page uint64 // elements of the data block, and of a page
}

// headSize is the size of what follows the prefix of a fixed array's data
// block, without the pages: a bit for each page, or else the elements.
func (p pagedElements) headSize(paged bool) uint64 {
	if paged {
		return divideUp(divideUp(p.count, p.page), 8) + checksumSize
	}
	return add(multiply(p.count, p.size), checksumSize)
}

// read reads the pages at an address, but only those that something was
// written to, and appends their chunks.
func (p pagedElements) read(q *quota, list []chunk, o chunkOrder, first, at uint64, written func(page uint64) bool) ([]chunk, error) {
	for page := range divideUp(p.count, p.page) {
		start := page * p.page
		count := min(p.page, p.count-start)
		size := add(multiply(count, p.size), checksumSize)
		if written(page) {
			b := q.block("page of a data block", at, size)
			b.checksum()
			list = b.chunks(list, p.element, o, first+start, count)
			if b.err != nil {
				return nil, b.err
			}
		}
		at = add(at, size)
	}
	return list, nil
}

// sameClient and sameHeader read what a block of an array repeats from the
// array's header, and the header's address.
func (b *block) sameClient(want uint8) {
	if got := b.uint8(); b.err == nil && got != want {
		b.fail("its client ID is %d, the array's is %d", got, want)
	}
}

func (b *block) sameHeader(want uint64) {
	if got := b.uint64(); b.err == nil && got != want {
		b.fail("it belongs to the array at %d, not to that at %d", got, want)
	}
}
