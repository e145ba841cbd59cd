package hdf5

import "encoding/binary"

const (
	signature      = "\x89HDF\r\n\x1a\n"
	superblockSize = 96 // version 0, 8-byte offsets and lengths

	superblock1Extra = 4  // what version 1 has between flags and base address
	superblock2Size  = 48 // versions 2 and 3
)

// The K values of a file that does not state its own.
const (
	defaultLeafK     = 4
	defaultInternalK = 16
)

// superblock is what a reader needs of the Superblock (II.A).
type superblock struct {
	leafK     uint16 // a symbol table node has up to 2*leafK entries
	internalK uint16 // a group B-tree node has up to 2*internalK children
	end       uint64 // end-of-file address
	root      symbolTableEntry
	extension uint64 // address of an object header; undefined if there is none
}

// readSuperblock decodes the superblock at the start of f and narrows f.end to
// the end that it states.
func (f *File) readSuperblock() (superblock, error) {
	var s superblock
	b := f.block("superblock", 0, min(f.end, superblockSize+superblock1Extra))
	if size := f.userBlock(); size > 0 {
		b.refuse("it comes after a user block of %d bytes", size)
	}
	b.signature(signature)
	if version := b.version(0, 3); version < 2 {
		s.decodeOld(f, b, version)
	} else {
		s.decodeNew(f, b, version)
	}
	if b.err != nil {
		return superblock{}, b.err
	}
	f.end = s.end
	return s, nil
}

// decodeOld decodes the rest of versions 0 and 1.
func (s *superblock) decodeOld(f *File, b *block, version uint8) {
	b.version(0, 0) // of the file's free space storage
	b.version(0, 0) // of the root group's symbol table entry
	b.skip(1)
	b.version(0, 0) // of the shared header message format
	b.sizes()
	b.skip(1)
	s.leafK, s.internalK = b.uint16(), b.uint16()
	b.positiveK(s.leafK, s.internalK)
	b.skip(4) // file consistency flags: not used
	if version == 1 {
		b.skip(superblock1Extra) // K of the B-trees of chunks: it bounds nothing here
	}
	b.base()
	b.optionalAddress() // free space info: these files have none
	s.end = b.endOfFile(f)
	if driver := b.uint64(); b.err == nil && driver != undefined {
		b.refuse("driver information block: a file in several parts")
	}
	b.end = s.end
	s.root = b.symbolTableEntry()
	s.extension = undefined
}

// decodeNew decodes the rest of versions 2 and 3.
func (s *superblock) decodeNew(f *File, b *block, version uint8) {
	const openForWriting, openForAppending = 1 << 0, 1 << 2
	if b.err == nil {
		b.data = b.data[:min(len(b.data), superblock2Size)]
		b.checksum()
	}
	b.sizes()
	if flags := b.uint8(); b.err == nil && version == 3 && flags&(openForWriting|openForAppending) != 0 {
		b.refuse("the file is marked as being written: its writer did not close it (h5clear -s takes the mark off)")
	}
	b.base()
	s.extension = b.optionalAddress()
	s.end = b.endOfFile(f)
	b.end = s.end
	s.root.header = b.address()
	s.leafK, s.internalK = defaultLeafK, defaultInternalK
}

// sizes reads the sizes of offsets and lengths.
func (b *block) sizes() {
	if offsets, lengths := b.uint8(), b.uint8(); b.err == nil && (offsets != 8 || lengths != 8) {
		b.refuse("%d-byte offsets and %d-byte lengths; only 8 and 8 are read", offsets, lengths)
	}
}

// base reads the base address, which all others are counted from.
func (b *block) base() {
	if base := b.uint64(); base != 0 {
		b.refuse("base address %d", base)
	}
}

func (b *block) endOfFile(f *File) uint64 {
	end := b.uint64()
	if b.err == nil && end > f.end {
		b.fail("the file has %d bytes where %d were written: it was cut short", f.end, end)
	}
	return end
}

func (b *block) positiveK(leaf, internal uint16) {
	if b.err == nil && (leaf == 0 || internal == 0) {
		b.fail("group leaf node K is %d, internal node K is %d; both must be positive", leaf, internal)
	}
}

// readExtension reads the Superblock Extension (II.C), an object header with
// what the superblock has no room for.
func (f *File) readExtension() error {
	s := &f.superblock
	if s.extension == undefined {
		return nil
	}
	messages, err := readObjectHeader(f.quota(), s.extension)
	if err != nil {
		return err
	}
	if m, ok := find(messages, messageDriverInfo); ok {
		m.refuse("a file in several parts")
		return m.err
	}
	if m, ok := find(messages, messageTreeK); ok { // IV.A.2.t
		m.version(0, 0)
		m.skip(2) // of the B-trees of chunks
		s.internalK, s.leafK = m.uint16(), m.uint16()
		m.positiveK(s.leafK, s.internalK)
		return m.err
	}
	return nil
}

// userBlock gives the size of the data of another program that the superblock
// may come after: 512 bytes, 1024, 2048, and so on; 0 if there is none.
func (f *File) userBlock() uint64 {
	for at := uint64(0); f.end >= superblock2Size && at <= f.end-superblock2Size; at = max(512, 2*at) {
		b := f.block("superblock", at, uint64(len(signature)))
		if b.signature(signature); b.err == nil {
			return at
		}
	}
	return 0
}

// appendSuperblock encodes a version 0 superblock.
func appendSuperblock(p []byte, s superblock) []byte {
	p = append(p, signature...)
	p = append(p, 0, 0, 0, 0, 0, 8, 8, 0)
	p = binary.LittleEndian.AppendUint16(p, s.leafK)
	p = binary.LittleEndian.AppendUint16(p, s.internalK)
	p = binary.LittleEndian.AppendUint32(p, 0)         // consistency flags
	p = binary.LittleEndian.AppendUint64(p, 0)         // base address
	p = binary.LittleEndian.AppendUint64(p, undefined) // free space
	p = binary.LittleEndian.AppendUint64(p, s.end)
	p = binary.LittleEndian.AppendUint64(p, undefined) // driver information
	return appendSymbolTableEntry(p, s.root)
}
