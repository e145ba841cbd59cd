package hdf5

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Attribute is a named value of a group or dataset. Its methods are those of a
// [Dataset]'s elements.
type Attribute struct {
	array
	name string
}

// Name is the attribute's name.
func (a *Attribute) Name() string { return a.name }

// readAttributes reads the attributes of an object: in Attribute messages while
// they are few, else in a fractal heap.
func readAttributes(q *quota, o *object, messages []message) ([]*Attribute, error) {
	var attributes, dense []*Attribute
	for _, m := range messages {
		switch m.kind {
		case messageAttribute:
			a, err := parseAttribute(o, m.block)
			if err != nil {
				return nil, err
			}
			attributes = append(attributes, a)
		case messageAttributeInfo:
			var err error
			if dense, err = readDenseAttributes(q, o, m.block); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(dense, func(a, b *Attribute) int { return cmp.Compare(a.name, b.name) })
	return append(attributes, dense...), nil
}

// readDenseAttributes reads the attributes that an Attribute Info message
// (IV.A.2.v) leads to.
func readDenseAttributes(q *quota, o *object, info *block) ([]*Attribute, error) {
	const (
		ordered    = 1 << 0
		recordSize = 8 + 1 + 4 + 4 // heap ID, message flags, creation order, hash of the name
	)
	info.version(0, 0)
	if info.uint8()&ordered != 0 {
		info.skip(2) // the greatest creation order
	}
	var attributes []*Attribute
	err := readDense(q, info, tree2AttributeNames, recordSize, func(heap *fractalHeap, record *block) error {
		m, err := heap.object(record, messageAttribute.String())
		if err != nil {
			return err
		}
		if record.uint8()&flagShared != 0 {
			record.refuse("the message is in a shared message table")
			return record.err
		}
		a, err := parseAttribute(o, m)
		attributes = append(attributes, a)
		return err
	})
	return attributes, err
}

// parseAttribute decodes an Attribute message (IV.A.2.m) of an object.
func parseAttribute(o *object, m *block) (*Attribute, error) {
	const sharedDatatype, sharedDataspace = 1, 2
	version := m.version(1, 3)
	flags := m.uint8()
	if version > 1 && flags&(sharedDatatype|sharedDataspace) != 0 {
		m.refuse("a committed datatype or a shared dataspace")
	}
	nameSize, typeSize, spaceSize := int(m.uint16()), int(m.uint16()), int(m.uint16())
	if version == 3 {
		m.skip(1) // character set: ASCII is UTF-8 too
	}
	part := func(structure string, size int) *block {
		p := m.sub(structure, size)
		if version == 1 {
			m.align8()
		}
		return p
	}
	nameBlock := part("attribute name", nameSize)
	typeBlock := part("datatype of an attribute", typeSize)
	spaceBlock := part("dataspace of an attribute", spaceSize)
	name := nameBlock.bytes(nameSize)
	if m.err == nil && (nameSize < 2 || name[nameSize-1] != 0) {
		nameBlock.pos = 0
		nameBlock.fail("%.80q is not a name that ends in a zero byte", name)
	}
	for _, b := range []*block{m, nameBlock} {
		if b.err != nil {
			return nil, b.err
		}
	}
	a := &Attribute{name: string(name[:nameSize-1])}
	a.object, a.attribute = o, a.name
	a.storage = compactStorage{m.sub("attribute value", m.remaining())}
	var err error
	if a.datatype, err = parseDatatype(typeBlock); err != nil {
		return nil, err
	}
	a.dataspace, err = parseDataspace(spaceBlock)
	return a, err
}

// largestFixed is the largest Attribute message that is written with
// fixed-length strings: the size at which Keras divides its own.
const largestFixed = 64512

// textAttribute is an attribute to be written: one string (without a shape),
// or a list.
type textAttribute struct {
	name   string
	shape  []int
	values []string
}

// headSize is the size of a version 1 Attribute message without its value.
func (a textAttribute) headSize(datatype string) int {
	return 8 + pad8(len(a.name)+1) + pad8(len(datatype)) + len(appendDataspace(nil, a.shape))
}

// variableSize is the size of the message with variable-length strings.
func (a textAttribute) variableSize() int {
	return a.headSize(datatypeText) + len(a.values)*vlenSize
}

// encode gives the message: with fixed-length strings if they fit, else with
// variable-length ones, whose text goes to a global heap collection.
func (a textAttribute) encode(p *plan) []byte {
	if len(a.values) == 0 {
		return encodeAttribute(a.name, datatypeFloat64, a.shape, nil)
	}
	longest, ascii := 1, true // HDF5 has no strings of size 0
	for _, v := range a.values {
		longest = max(longest, len(v))
		ascii = ascii && isASCII(v)
	}
	var value []byte
	fixed := fixedString(longest, ascii)
	if a.headSize(fixed)+longest*len(a.values) <= largestFixed {
		for _, v := range a.values {
			value = append(value, v...)
			value = append(value, make([]byte, longest-len(v))...)
		}
		return encodeAttribute(a.name, fixed, a.shape, value)
	}
	heap := p.addBytes(appendGlobalHeapCollection(nil, a.values))
	for i, v := range a.values {
		value = binary.LittleEndian.AppendUint32(value, uint32(len(v)))
		value = binary.LittleEndian.AppendUint64(value, heap)
		value = binary.LittleEndian.AppendUint32(value, uint32(i+1))
	}
	return encodeAttribute(a.name, datatypeText, a.shape, value)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// encodeAttribute encodes a version 1 Attribute message.
func encodeAttribute(name, datatype string, shape []int, value []byte) []byte {
	space := appendDataspace(nil, shape)
	p := []byte{1, 0}
	p = binary.LittleEndian.AppendUint16(p, uint16(len(name)+1))
	p = binary.LittleEndian.AppendUint16(p, uint16(len(datatype)))
	p = binary.LittleEndian.AppendUint16(p, uint16(len(space)))
	p = append(p, name...)
	p = append(p, make([]byte, pad8(len(name)+1)-len(name))...)
	p = append(p, datatype...)
	p = append(p, make([]byte, pad8(len(datatype))-len(datatype))...)
	p = append(p, space...) // a multiple of 8 by itself
	return append(p, value...)
}
