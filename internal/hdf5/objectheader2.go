package hdf5

const (
	objectHeader2      = "OHDR"
	objectHeader2Block = "OCHK"
	objectHeader2Most  = 34 // bytes of the prefix with all of its optional fields
)

// readObjectHeader2 reads the Version 2 Object Header (IV.A.1.b) at an address.
func readObjectHeader2(q *quota, address uint64) ([]message, error) {
	const (
		structure   = "object header"
		sizeOfSize  = 3      // the first block's size takes 1<<(flags&sizeOfSize) bytes
		ordered     = 1 << 2 // each message has its creation order
		phaseChange = 1 << 4
		times       = 1 << 5
	)
	prefix := q.f.block(structure, address, min(objectHeader2Most, q.f.end-address))
	prefix.signature(objectHeader2)
	prefix.version(2, 2)
	flags := prefix.uint8()
	if flags&times != 0 {
		prefix.skip(16)
	}
	if flags&phaseChange != 0 {
		prefix.skip(4)
	}
	size := prefix.uintN(1 << (flags & sizeOfSize))
	if prefix.err != nil {
		return nil, prefix.err
	}
	first := q.block(structure, address, add(size, uint64(prefix.pos+checksumSize)))
	first.checksum()
	first.skip(prefix.pos)
	format := headerFormat{
		head: 4,
		read: func(b *block) (message, error) { return b.readMessage2(flags&ordered != 0) },
		open: func(b *block) {
			b.checksum()
			b.signature(objectHeader2Block)
		},
	}
	if flags&ordered != 0 {
		format.head += 2
	}
	return readMessages(q, first, format)
}

// readMessage2 reads the header message at the cursor.
func (b *block) readMessage2(ordered bool) (message, error) {
	kind := messageType(b.uint8())
	size := b.uint16()
	flags := b.uint8()
	if ordered {
		b.skip(2)
	}
	return b.message(kind, flags, int(size))
}
