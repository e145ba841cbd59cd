package hdf5

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// undefined is the format's "undefined address".
const undefined = ^uint64(0)

// A block is a run of file bytes that belongs to one structure, and a cursor
// in it. The first read that fails is kept in err, and every read after it
// gives zero: a decoder reads its fields in a row and looks at err once, before
// it believes any of them. All numbers of the format are little-endian.
type block struct {
	structure string // as the specification names it
	data      []byte
	offset    int64  // of data[0] in the file
	end       uint64 // of the file: what addresses are held against
	pos       int
	err       error
	scattered bool // the bytes come from several places of the file: offset stands for all
}

// block reads size bytes at an address.
func (f *File) block(structure string, address, size uint64) *block {
	b := &block{structure: structure, offset: int64(address), end: f.end}
	if address > f.end || size > f.end-address {
		b.offset = int64(min(address, f.end))
		b.fail("it is %d bytes long and starts at %d, but the file ends at %d", size, address, f.end)
		return b
	}
	if size > math.MaxInt {
		b.refuse("%d bytes are more than this machine can address", size)
		return b
	}
	data := make([]byte, size)
	if n, err := f.r.ReadAt(data, b.offset); n < len(data) {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		b.err = fmt.Errorf("reading %s at offset %d: %w", structure, address, err)
		return b
	}
	b.data = data
	return b
}

// A quota bounds the bytes that the parts of one structure take up together.
// Parts of a sound file do not overlap, so they never need more than the whole
// file; parts that do, or that form a ring, could keep a reader busy for ever.
type quota struct {
	f    *File
	left uint64
}

func (f *File) quota() *quota { return &quota{f, f.end} }

// block reads size bytes at an address and takes them off the quota.
func (q *quota) block(structure string, address, size uint64) *block {
	switch {
	case size > q.f.end: // too much by itself
	case size > q.left:
		b := &block{structure: structure, offset: int64(min(address, q.f.end))}
		b.fail("the parts read so far and this one are longer than the file: they overlap or form a ring")
		return b
	default:
		q.left -= size
	}
	return q.f.block(structure, address, size)
}

// fail records a FormatError at the cursor.
func (b *block) fail(format string, args ...any) {
	if b.err == nil {
		b.err = &FormatError{b.at(), b.structure, fmt.Sprintf(format, args...)}
	}
}

// refuse records an UnsupportedError at the cursor.
func (b *block) refuse(format string, args ...any) {
	if b.err == nil {
		b.err = &UnsupportedError{b.at(), b.structure, fmt.Sprintf(format, args...)}
	}
}

// at is the file offset of the cursor.
func (b *block) at() int64 {
	if b.scattered {
		return b.offset
	}
	return b.offset + int64(b.pos)
}

// remaining is the number of bytes behind the cursor.
func (b *block) remaining() int { return len(b.data) - b.pos }

// bytes gives the next n bytes, which stay part of the block; nil if there are
// fewer.
func (b *block) bytes(n int) []byte {
	if b.err != nil {
		return nil
	}
	if n < 0 || n > b.remaining() {
		b.fail("%d more bytes are needed, %d are left", n, b.remaining())
		return nil
	}
	p := b.data[b.pos : b.pos+n : b.pos+n]
	b.pos += n
	return p
}

func (b *block) skip(n int) { b.bytes(n) }

// align8 moves the cursor to the next multiple of 8 from the block's start.
func (b *block) align8() { b.skip(pad8(b.pos) - b.pos) }

// sub gives the next n bytes as a block of their own.
func (b *block) sub(structure string, n int) *block {
	s := &block{structure: structure, offset: b.at(), end: b.end}
	s.data = b.bytes(n)
	s.err = b.err
	return s
}

func (b *block) uint8() uint8 {
	if p := b.bytes(1); p != nil {
		return p[0]
	}
	return 0
}

func (b *block) uint16() uint16 {
	if p := b.bytes(2); p != nil {
		return binary.LittleEndian.Uint16(p)
	}
	return 0
}

func (b *block) uint32() uint32 {
	if p := b.bytes(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

func (b *block) uint64() uint64 {
	if p := b.bytes(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// uintN reads a number of n bytes, 8 at the most.
func (b *block) uintN(n int) uint64 {
	var v uint64
	for i, c := range b.bytes(n) {
		v |= uint64(c) << (8 * i)
	}
	return v
}

// optionalAddress reads an address that may be undefined.
func (b *block) optionalAddress() uint64 {
	a := b.uint64()
	if b.err == nil && a != undefined && a >= b.end {
		b.pos -= 8
		b.fail("it points to %d, but the file ends at %d", a, b.end)
	}
	return a
}

// address reads an address that must be defined.
func (b *block) address() uint64 {
	a := b.optionalAddress()
	if a == undefined {
		b.pos -= 8
		b.fail("it points to the undefined address")
	}
	return a
}

// signature reads the four letters that a structure starts with.
func (b *block) signature(want string) {
	if got := b.bytes(len(want)); got != nil && string(got) != want {
		b.pos -= len(want)
		b.fail("its signature is %q, want %q", got, want)
	}
}

// version reads a version number. One below lowest never existed; one above
// highest is not read here.
func (b *block) version(lowest, highest uint8) uint8 {
	v := b.uint8()
	switch {
	case b.err != nil:
	case v < lowest:
		b.pos--
		b.fail("version %d", v)
	case v > highest:
		b.pos--
		b.refuse("version %d", v)
	}
	return v
}

// multiply gives a*b, or the greatest uint64 if that is less: a length that no
// file has.
func multiply(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	if high != 0 {
		return math.MaxUint64
	}
	return low
}

// add gives a+b, or the greatest uint64 if that is less.
func add(a, b uint64) uint64 {
	sum, carry := bits.Add64(a, b, 0)
	if carry != 0 {
		return math.MaxUint64
	}
	return sum
}

// pad8 rounds n up to a multiple of 8.
func pad8(n int) int { return (n + 7) &^ 7 }
