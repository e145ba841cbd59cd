package hdf5

import "encoding/binary"

const (
	signature      = "\x89HDF\r\n\x1a\n"
	superblockSize = 96 // version 0, 8-byte offsets and lengths
)

// superblock is what a reader needs of the Superblock (II.A), version 0.
type superblock struct {
	leafK     uint16 // a symbol table node has up to 2*leafK entries
	internalK uint16 // a group B-tree node has up to 2*internalK children
	end       uint64 // end-of-file address
	root      symbolTableEntry
}

// readSuperblock decodes the superblock at the start of f and narrows f.end to
// the end that it states.
func (f *File) readSuperblock() (superblock, error) {
	var s superblock
	b := f.block("superblock", 0, min(f.end, superblockSize))
	if size := f.userBlock(); size > 0 {
		b.refuse("it comes after a user block of %d bytes", size)
	}
	b.signature(signature)
	b.version(0, 0)
	b.version(0, 0) // of the file's free space storage
	b.version(0, 0) // of the root group's symbol table entry
	b.skip(1)
	b.version(0, 0) // of the shared header message format
	if offsets, lengths := b.uint8(), b.uint8(); b.err == nil && (offsets != 8 || lengths != 8) {
		b.refuse("%d-byte offsets and %d-byte lengths; only 8 and 8 are read", offsets, lengths)
	}
	b.skip(1)
	s.leafK, s.internalK = b.uint16(), b.uint16()
	if b.err == nil && (s.leafK == 0 || s.internalK == 0) {
		b.fail("group leaf node K is %d, internal node K is %d; both must be positive", s.leafK, s.internalK)
	}
	b.skip(4) // file consistency flags
	if base := b.uint64(); base != 0 {
		b.refuse("base address %d", base)
	}
	b.optionalAddress() // free space info: version 0 files have none
	s.end = b.uint64()
	if b.err == nil && s.end > f.end {
		b.fail("the file has %d bytes where %d were written: it was cut short", f.end, s.end)
	}
	if driver := b.uint64(); b.err == nil && driver != undefined {
		b.refuse("driver information block: a file in several parts")
	}
	b.end = s.end
	s.root = b.symbolTableEntry()
	if b.err != nil {
		return superblock{}, b.err
	}
	f.end = s.end
	return s, nil
}

// userBlock gives the size of the data of another program that the superblock
// may come after: 512 bytes, 1024, 2048, and so on; 0 if there is none.
func (f *File) userBlock() uint64 {
	for at := uint64(0); f.end >= superblockSize && at <= f.end-superblockSize; at = max(512, 2*at) {
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
