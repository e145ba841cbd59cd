package hdf5

import (
	"encoding/binary"
	"fmt"
)

// class is a datatype's class; what it holds.
type class uint8

const (
	classInteger    class = 0
	classFloat      class = 1
	classString     class = 3 // of fixed length
	classOpaque     class = 5
	classEnum       class = 8
	classVariable   class = 9 // of variable length: a string, or a sequence
	classComplex    class = 11
	highestDatatype       = 5 // version
)

// padding says how a fixed-length string fills its space.
type padding uint8

const (
	padNullTerminated padding = 0
	padNulls          padding = 1
	padSpaces         padding = 2
)

// vlenSize is the size of a variable-length element: its length (4 bytes) and
// the global heap ID (8-byte address, 4-byte index) of its value.
const vlenSize = 16

// datatype is a Datatype message (IV.A.2.d): the type of an array's elements.
type datatype struct {
	class     class
	size      int // bytes of an element
	bigEndian bool
	signed    bool
	padding   padding
	boolean   bool // an integer that is h5py's bool
	brain     bool // a float that is a bfloat16: the upper half of a float32

	// refused says why elements of this type cannot be read; nil if they can.
	refused error
}

func parseDatatype(b *block) (datatype, error) {
	start := b.pos
	head := b.uint8()
	t := datatype{class: class(head & 15)}
	bits := b.bytes(3)
	size := b.uint32()
	switch version := head >> 4; {
	case b.err != nil:
		return t, b.err
	case version == 0 || size == 0 || t.class > classComplex || size > 1<<31-1:
		b.pos = start
		b.fail("version %d, class %d, size %d", version, t.class, size)
		return t, b.err
	case version > highestDatatype:
		b.pos = start
		b.refuse("version %d", version)
		return t, b.err
	}
	t.size = int(size)
	switch t.class {
	case classInteger:
		t.parseInteger(b, bits)
	case classFloat:
		t.parseFloat(b, bits)
	case classString:
		t.padding = padding(bits[0] & 15)
		if t.padding > padSpaces {
			b.fail("string padding %d", t.padding)
		}
	case classVariable:
		t.parseVariable(b, bits)
	case classEnum:
		t.parseEnum(b, head>>4, int(binary.LittleEndian.Uint16(bits)))
	default:
		t.refuse(b, "%s elements", t.String())
	}
	return t, b.err
}

// refuse notes that the type is sound, but its elements cannot be read.
func (t *datatype) refuse(b *block, format string, args ...any) {
	t.refused = &UnsupportedError{b.offset, b.structure, fmt.Sprintf(format, args...)}
}

func (t *datatype) parseInteger(b *block, bits []byte) {
	t.bigEndian = bits[0]&1 != 0
	t.signed = bits[0]&8 != 0
	offset, precision := b.uint16(), b.uint16()
	switch t.size {
	case 1, 2, 4, 8:
		if offset == 0 && int(precision) == 8*t.size {
			return
		}
	}
	t.refuse(b, "integers of %d bits in %d bytes", precision, t.size)
}

// floatFormat is the Floating-Point property description.
type floatFormat struct {
	bitOffset, precision           uint16
	exponentAt, exponentSize       uint8
	significandAt, significandSize uint8
	bias                           uint32
}

// bfloat16 is the format of the upper half of an IEEE 754 number of 4 bytes.
func bfloat16() floatFormat { return floatFormat{0, 16, 7, 8, 0, 7, 127} }

// ieee gives the format of an IEEE 754 number of a size in bytes.
func ieee(size int) (format floatFormat, ok bool) {
	switch size {
	case 2:
		return floatFormat{0, 16, 10, 5, 0, 10, 15}, true
	case 4:
		return floatFormat{0, 32, 23, 8, 0, 23, 127}, true
	case 8:
		return floatFormat{0, 64, 52, 11, 0, 52, 1023}, true
	}
	return floatFormat{}, false
}

func (t *datatype) parseFloat(b *block, bits []byte) {
	const (
		vaxOrder      = 1 << 6
		impliedOne    = 2 << 4 // the significand's first bit is not stored
		normalization = 3 << 4
	)
	t.bigEndian = bits[0]&1 != 0
	got := floatFormat{b.uint16(), b.uint16(), b.uint8(), b.uint8(), b.uint8(), b.uint8(), b.uint32()}
	want, ok := ieee(t.size)
	if t.size == 2 && got == bfloat16() {
		want, t.brain = got, true
	}
	sign := int(bits[1])
	if !ok || got != want || sign != 8*t.size-1 || bits[0]&vaxOrder != 0 || bits[0]&normalization != impliedOne {
		t.refuse(b, "%d-byte floating-point numbers that are not IEEE 754", t.size)
	}
}

// parseEnum decodes the properties of an enumeration: the type of its values,
// their names, and the values. Only h5py's bool is read.
func (t *datatype) parseEnum(b *block, version uint8, members int) {
	t.refuse(b, "enumeration elements that are not h5py's bool")
	if t.size != 1 || members != 2 || b.remaining() == 0 || class(b.data[b.pos]&15) != classInteger {
		return
	}
	base, err := parseDatatype(b)
	if err != nil {
		return
	}
	for _, want := range []string{"FALSE\x00", "TRUE\x00"} {
		if version < 3 { // names are padded to a multiple of 8
			want += string(make([]byte, pad8(len(want))-len(want)))
		}
		if string(b.bytes(len(want))) != want {
			return
		}
	}
	if values := b.bytes(2); base.size == 1 && base.refused == nil && string(values) == "\x00\x01" {
		t.class, t.boolean, t.refused = classInteger, true, nil
	}
}

func (t *datatype) parseVariable(b *block, bits []byte) {
	const isString = 1
	if bits[0]&15 != isString {
		t.refuse(b, "variable-length sequences")
		return
	}
	if t.size != vlenSize {
		b.fail("variable-length elements of %d bytes, want %d", t.size, vlenSize)
	}
}

// String names the type as NumPy does, without its byte order.
func (t *datatype) String() string {
	switch t.class {
	case classInteger:
		if t.boolean {
			return "bool"
		}
		if t.signed {
			return fmt.Sprintf("int%d", 8*t.size)
		}
		return fmt.Sprintf("uint%d", 8*t.size)
	case classFloat:
		if t.brain {
			return "bfloat16"
		}
		return fmt.Sprintf("float%d", 8*t.size)
	case classVariable:
		if t.refused != nil {
			return "sequence"
		}
		return "string"
	}
	names := [...]string{
		2: "time", 3: "string", 4: "bit field", 5: "opaque", 6: "compound", 7: "reference", 8: "enumeration", 10: "array", 11: "complex",
	}
	return names[t.class]
}

// Datatype messages that are written. The first byte is version 1 and the
// class; then 3 bytes of bit field, the element size and the properties.
const (
	datatypeFloat32 = "\x11\x20\x1f\x00" + "\x04\x00\x00\x00" + "\x00\x00\x20\x00" + "\x17\x08\x00\x17" + "\x7f\x00\x00\x00"
	datatypeFloat64 = "\x11\x20\x3f\x00" + "\x08\x00\x00\x00" + "\x00\x00\x40\x00" + "\x34\x0b\x00\x34" + "\xff\x03\x00\x00"
	datatypeInt64   = "\x10\x08\x00\x00" + "\x08\x00\x00\x00" + "\x00\x00\x40\x00"
	// A variable-length UTF-8 string; its base type is an unsigned byte.
	datatypeText = "\x19\x01\x01\x00" + "\x10\x00\x00\x00" + "\x10\x00\x00\x00" + "\x01\x00\x00\x00" + "\x00\x00\x08\x00"
)

// fixedString is the datatype of strings of size bytes, padded with zeros.
func fixedString(size int, ascii bool) string {
	const class, utf8 = 1<<4 | uint8(classString), 1 << 4
	bits := uint8(padNulls)
	if !ascii {
		bits |= utf8
	}
	return string(binary.LittleEndian.AppendUint32([]byte{class, bits, 0, 0}, uint32(size)))
}
