package hdf5

import (
	"encoding/binary"
	"math/bits"
)

const checksumSize = 4

// checksum compares the Jenkins checksum in the last four bytes of the block
// with that of the bytes before it, and takes it off the block's end. What
// came with version 1.8 of HDF5 ends in one.
func (b *block) checksum() {
	if b.err != nil {
		return
	}
	n := len(b.data) - checksumSize
	if n < 0 {
		b.fail("%d bytes are too few for a checksum", len(b.data))
		return
	}
	want := binary.LittleEndian.Uint32(b.data[n:])
	b.data = b.data[:n]
	b.compareChecksums(n, want, lookup3(b.data))
}

// compareChecksums fails where a checksum that is stored at a position is not
// the right one.
func (b *block) compareChecksums(at int, stored, right uint32) {
	if b.err == nil && stored != right {
		b.pos = at
		b.fail("its checksum is %#08x, its bytes give %#08x", stored, right)
	}
}

// lookup3 is Bob Jenkins' hash of 2006, hashlittle of lookup3.c with initval 0.
func lookup3(p []byte) uint32 {
	a := 0xdeadbeef + uint32(len(p))
	b, c := a, a
	for ; len(p) > 12; p = p[12:] {
		a += binary.LittleEndian.Uint32(p)
		b += binary.LittleEndian.Uint32(p[4:])
		c += binary.LittleEndian.Uint32(p[8:])
		a, b, c = lookup3Mix(a, b, c)
	}
	if len(p) == 0 {
		return c
	}
	var tail [12]byte
	copy(tail[:], p)
	a += binary.LittleEndian.Uint32(tail[:])
	b += binary.LittleEndian.Uint32(tail[4:])
	c += binary.LittleEndian.Uint32(tail[8:])
	return lookup3Final(a, b, c)
}

func lookup3Mix(a, b, c uint32) (uint32, uint32, uint32) {
	a = a - c ^ bits.RotateLeft32(c, 4)
	c += b
	b = b - a ^ bits.RotateLeft32(a, 6)
	a += c
	c = c - b ^ bits.RotateLeft32(b, 8)
	b += a
	a = a - c ^ bits.RotateLeft32(c, 16)
	c += b
	b = b - a ^ bits.RotateLeft32(a, 19)
	a += c
	c = c - b ^ bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func lookup3Final(a, b, c uint32) uint32 {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	return (c ^ b) - bits.RotateLeft32(b, 24)
}

// fletcher32 is the checksum that the filter of that name adds to a chunk: two
// sums of 16-bit words, here big-endian, modulo 65535.
func fletcher32(p []byte) uint32 {
	var sum1, sum2 uint32
	for len(p) > 0 {
		// So many words that the sums stay below 2^32.
		few := p[:min(len(p), 2*360)]
		p = p[len(few):]
		for ; len(few) > 1; few = few[2:] {
			sum1 += uint32(few[0])<<8 | uint32(few[1])
			sum2 += sum1
		}
		if len(few) == 1 {
			sum1 += uint32(few[0]) << 8
			sum2 += sum1
		}
		sum1 = sum1&0xffff + sum1>>16
		sum2 = sum2&0xffff + sum2>>16
	}
	sum1 = sum1&0xffff + sum1>>16
	sum2 = sum2&0xffff + sum2>>16
	return sum2<<16 | sum1
}
